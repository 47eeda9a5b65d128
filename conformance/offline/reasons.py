"""Why a recording decides nothing about a requirement, in words that say what it would have to hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from conformance.offline.recording import Recording

ABOUT_CREDENTIALS = "credentials."
ABOUT_HEADS = ("methods.", "media-type.", "accept.")


def why_untested(recording: Recording, requirement: str, operation: str) -> str:
    """What is missing."""
    aims = recording.aims_of(operation)
    if not aims:
        return f"no request to {operation} is recorded"
    asked = recording.contract.operations[operation]
    bodies = {rule.id for rule in asked.request.rules} if asked.request is not None else set()
    reasons = (
        (
            requirement in recording.contract.judged_by_answers(asked),
            "no recorded answer allows to judge it",
        ),
        (
            requirement in aims,
            "a request that breaks it was rejected; that it was for that, no valid request right after it shows",
        ),
        (
            requirement.startswith(ABOUT_CREDENTIALS),
            "the recording doesn't say of a request that its credentials are invalid",
        ),
        (
            requirement in bodies,
            "no request is recorded that breaks it alone, as far as can be told what was sent",
        ),
        (
            requirement == f"{operation}.accepted",
            "no documented request was accepted while it is known to be possible",
        ),
        (requirement.startswith(ABOUT_HEADS), "no such request is recorded"),
    )
    found = (reason for applies, reason in reasons if applies)
    return next(found, "it takes a sequence of requests that is not in the recording")
