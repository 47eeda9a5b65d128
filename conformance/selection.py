"""The part of the suite that some requirements need, for `--only` and `--lf`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from conformance.model import ConfigurationError
from conformance.user_files import user_path
from schemas import ContractError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from conformance.ordering import Candidate
    from conformance.settings import Settings
    from schemas import Contract


def selected_requirements(settings: Settings, contract: Contract) -> frozenset[str]:
    """The IDs of the requirements that the options select; empty where they select none in particular.

    Raises:
        ConfigurationError: a pattern matches no requirement, or the last run violated none.
    """
    patterns = [*settings.only, *(last_violated(settings.report_dir) if settings.lf else ())]
    try:
        return frozenset(name for pattern in patterns for name in contract.matching(pattern))
    except ContractError as error:
        raise ConfigurationError(f"--only: {error}") from error


def last_violated(report_dir: str) -> list[str]:
    """The IDs of the requirements that the last run with this report folder found violated.

    Raises:
        ConfigurationError: there is no such run, or it found none.
    """
    file = user_path(report_dir, "--report-dir") / "results.json"
    try:
        requirements: list[dict[str, Any]] = json.loads(file.read_text("utf-8"))["requirements"]
    except (OSError, ValueError, KeyError) as error:
        raise ConfigurationError(f"--lf: {file} holds no results of a run; run without --lf first") from error
    names = [requirement["id"] for requirement in requirements if requirement["verdict"] == "violated"]
    if not names:
        raise ConfigurationError(f"--lf: nothing is violated in {file}; run without --lf")
    return names


def needed_for(requirements: Collection[str], candidates: Iterable[Candidate], contract: Contract) -> list[Candidate]:
    """The cases that judge these requirements, and those that send the requests which some of them are judged by."""
    operations = {name for requirement in requirements for name in judged_operations(requirement, contract)}
    return [
        candidate
        for candidate in candidates
        if not set(requirements).isdisjoint(candidate.case.requirements)
        or (candidate.case.operation in operations and not candidate.is_at_end)
    ]


def judged_operations(requirement: str, contract: Contract) -> Sequence[str]:
    """The operations whose every response, or every rejection, is held to a requirement at the end of the run."""
    match contract.requirements[requirement].kind:
        case "response":
            operations = contract.operations.values()
            return [each.name for each in operations if requirement in contract.judged_by_responses(each)]
        case "rejection-has-no-effect":
            return [contract.requirements[requirement].operation]
    return []
