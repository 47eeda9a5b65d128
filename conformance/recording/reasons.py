"""The reasons why recordings decide nothing: what they lack, in words."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import httpx

from conformance.recording.replay import INCOMPLETE, normal_url
from conformance.runner.lifecycle import why_not_this_api

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from conformance.recording.har import Recording
    from conformance.recording.replay import Item, Replay

HOSTS = 3
"""The number of hosts that are named."""
NO_BODIES = "the recording holds no response bodies (export with content)"
NO_REQUEST = "no method or no URL"


def abort_reason(recordings: Sequence[Recording], outcome: Replay) -> str:
    """The reason why nothing can be judged at all, or an empty string."""
    names = " and ".join(recording.name for recording in recordings)
    total = sum(recording.total for recording in recordings)
    entries = [entry for recording in recordings for entry in recording.entries]
    answered = [item for item in outcome.items if item.exchange.response is not None]
    if not total:
        return f"{names} is empty: it has no entries"
    if not entries:
        return f"{names}: none of the {total} entries can be read: {NO_REQUEST}"
    if not outcome.items:
        hosts = Counter(httpx.URL(normal_url(entry.request.url)).host or "no host" for entry in entries)
        others = ", ".join([host for host, _ in hosts.most_common(HOSTS)] + ["…"] * (len(hosts) > HOSTS))
        where = f"below {outcome.base_url}" if outcome.base_url else "of this API"
        return f"{names} holds no request to an operation {where}: its {total} entries are for {others}"
    if not answered:
        problems = ", ".join(dict.fromkeys(item.entry.problem for item in outcome.items))
        return f"{names}: none of the {len(outcome.items)} requests to the operations has a response: {problems}"
    reasons = ["" if _lacks_body(item) else why_not_this_api(item.exchange) for item in answered]
    return f"{names} holds no response of this API: {reasons[0]}" if all(reasons) else ""


def notes(recordings: Sequence[Recording], outcome: Replay, *, is_complete: bool) -> Iterator[str]:
    """The sentences that tell when and by which tool a file was recorded, and how much of it was judged."""
    for recording in recordings:
        items = [item for item in outcome.items if item.entry.file == recording.name]
        scope = f"{len(items)} of {recording.total} entries are requests to the operations"
        yield f"{recording.name}: {recording.origin}; {scope}"
        problems = Counter(item.entry.problem for item in items if item.entry.problem)
        for problem, count in (problems + Counter({NO_REQUEST: recording.unreadable})).items():
            yield f"{recording.name}: {count} {'entry' if count == 1 else 'entries'} cannot be read: {problem}"
        if _lack_bodies(items):
            yield f"{recording.name}: {NO_BODIES}"
        if not (is_complete or recording.is_own):
            yield f"{recording.name}: {INCOMPLETE}"


def why_untested(outcome: Replay, requirement: str, operation: str) -> str:
    """What the recordings lack to judge a requirement."""
    items = [item for item in outcome.items if item.exchange.operation == operation]
    if not items:
        return f"no request to {operation} is recorded"
    if requirement in outcome.contract.judged_by_responses(outcome.contract.operations[operation]):
        return NO_BODIES if _lack_bodies(items) else f"no recorded response to {operation} allows to judge it"
    if requirement in {item.broken for item in items}:
        return f"a request that breaks it was rejected; no accepted documented request to {operation} shows why"
    if requirement == f"{operation}.accepted":
        return f"no documented request to {operation} was accepted"
    if outcome.contract.requirements[requirement].kind == "request":
        return "no recorded request is known to break it and nothing else"
    return "it takes requests that are not in the recording"


def _lacks_body(item: Item) -> bool:
    """Whether a response was accepted, and its body is not recorded."""
    return item.exchange.accepted and not item.entry.is_response_known


def _lack_bodies(items: Sequence[Item]) -> bool:
    """Whether some responses were accepted, and none has its body."""
    accepted = [item for item in items if item.exchange.accepted]
    return bool(accepted) and all(map(_lacks_body, accepted))
