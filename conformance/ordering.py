"""The cases of a run and their order: by the state that they need, the limits, and the measured power of each case.

A run without limits sends everything, documented requests first. With limits, each requirement is tested once first,
along a walk on which one state serves all cases that need it; then follow the most powerful of the other cases. The
smoke profile stops after the first part. `--only` and `--lf` leave the cases that some requirements need.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from conformance.model import ConfigurationError
from conformance.user_files import user_path
from schemas import ContractError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from conformance.model import Case
    from conformance.settings import Settings
    from schemas import Contract
    from strategies.probe import Probe

SKIPPED_BY_SMOKE = "skipped by --profile smoke, which tests its requirement with another case"
FIRST, OPTIONAL, OTHERS, AT_END = range(4)
"""Priorities: each requirement once, and probes that cost only an exchange; the SHOULDs among the first that cost a
limited operation, so that the MUSTs are tested before; all others; cases that judge all exchanges."""
MAX_GUESSES = 4
"""Wrong codes in a row for which no careful server locks an account."""


@dataclass(frozen=True)
class Candidate:
    """A collected case, and its needs.

    Attributes:
        case: the case, not run yet.
        probe: the probe that it sends, if any.
        station: the state that it needs, or the batch that it is sent in; empty for neither.
        is_at_end: it judges all exchanges of the run.
        place: the position in the order of collection.
    """

    case: Case
    probe: Probe | None
    station: str
    is_at_end: bool
    place: int


@dataclass(frozen=True)
class Planned:
    """A case in its place: its priority, and why it is skipped, or empty."""

    candidate: Candidate
    priority: int
    skipped: str = ""


@dataclass(frozen=True)
class Policy:
    """The facts that decide the order.

    Attributes:
        is_smoke: the run tests each requirement once only.
        limits: the limits by kind; empty for none.
        walk: the stations in the order in which each leads to the next.
    """

    is_smoke: bool
    limits: Mapping[str, int]
    walk: Sequence[str]


@cache
def power_ranks() -> Mapping[str, int]:
    """The rank of each case by the faults that it catches, as the sweep measured it; the most powerful is 0."""
    order = json.loads((files(__package__) / "case_order.json").read_text("utf-8"))
    return {case_id: rank for rank, case_id in enumerate(order["cases"])}


def ordered(candidates: Sequence[Candidate], contract: Contract, policy: Policy) -> list[Planned]:
    """The cases in the order in which to run them."""
    is_ordered = policy.is_smoke or bool(policy.limits)
    first = list(_representatives(candidates, contract, policy)) if is_ordered else []
    free = [] if policy.is_smoke else list(_free(candidates, first, policy))
    optional = {candidate.place for candidate in first if _is_optional(candidate, contract, policy)}
    chosen = {candidate.place for candidate in (*first, *free)}

    def plan(candidate: Candidate) -> Planned:
        if candidate.is_at_end:
            return Planned(candidate, AT_END)
        if candidate.place in chosen:
            return Planned(candidate, OPTIONAL if candidate.place in optional else FIRST)
        return Planned(candidate, OTHERS, SKIPPED_BY_SMOKE if policy.is_smoke else "")

    def key(planned: Planned) -> tuple[int, ...]:
        candidate = planned.candidate
        in_order = _station(candidate, policy) if planned.priority in (FIRST, OPTIONAL) else _rank(candidate)
        return planned.priority, in_order if is_ordered else 0, candidate.place

    return sorted(map(plan, candidates), key=key)


def _representatives(candidates: Sequence[Candidate], contract: Contract, policy: Policy) -> Iterator[Candidate]:
    """A case per requirement that not every response is judged by; of a MUST on several operations one for each."""
    by_responses = {
        name for operation in contract.operations.values() for name in contract.judged_by_responses(operation)
    }
    covered: set[tuple[str, str]] = set()

    def cost(candidate: Candidate) -> tuple[Any, ...]:
        is_limited = candidate.case.operation in policy.limits
        needs_other_state = candidate.probe is not None and any(candidate.probe.control)
        # A probe shares its control with others; tests are in an order in which few set-ups serve all of them.
        is_test = candidate.probe is None
        rank = 0 if is_test else _rank(candidate)
        return needs_other_state, is_limited, not candidate.station, is_test, rank, candidate.place

    for candidate in sorted(candidates, key=cost):
        proves_nothing = candidate.probe is not None and candidate.probe.may_be_accepted
        if candidate.is_at_end or proves_nothing:
            continue
        for name in candidate.case.requirements:
            is_must = contract.requirements[name].level == "MUST"
            target = (name, candidate.case.operation if is_must else "")
            if name not in by_responses and target not in covered and not _is_spared(candidate, policy):
                covered.add(target)
                yield candidate


def _is_optional(candidate: Candidate, contract: Contract, policy: Policy) -> bool:
    levels = {contract.requirements[name].level for name in candidate.case.requirements}
    return candidate.case.operation in policy.limits and "MUST" not in levels


def _is_spared(candidate: Candidate, policy: Policy) -> bool:
    """By another method a limited operation would cost as much, and tell little more."""
    is_method = candidate.probe is not None and candidate.probe.requirement.startswith("methods.")
    return is_method and candidate.case.operation in policy.limits


def _free(candidates: Sequence[Candidate], first: Sequence[Candidate], policy: Policy) -> Iterator[Candidate]:
    """Probes that cost only an exchange, while the state that they need is there for another one."""
    chosen = {candidate.place for candidate in first}
    groups = {candidate.probe.group for candidate in first if candidate.probe is not None}
    guesses = dict.fromkeys(groups, 0)
    for candidate in first:
        if candidate.probe is not None and candidate.probe.is_guess:
            guesses[candidate.probe.group] += 1
    for candidate in sorted(candidates, key=lambda candidate: (_rank(candidate), candidate.place)):
        probe = candidate.probe
        if probe is None or candidate.place in chosen or probe.group not in groups or probe.may_be_accepted:
            continue
        if candidate.case.operation in policy.limits or (probe.is_guess and guesses[probe.group] >= MAX_GUESSES):
            continue
        guesses[probe.group] += probe.is_guess
        yield candidate


def _rank(candidate: Candidate) -> int:
    ranks = power_ranks()
    return ranks.get(candidate.case.id, len(ranks))


def _station(candidate: Candidate, policy: Policy) -> int:
    return policy.walk.index(candidate.station) if candidate.station in policy.walk else len(policy.walk)


def selected_requirements(settings: Settings, contract: Contract) -> frozenset[str]:
    """The IDs of the requirements that the options select; empty where they select none in particular.

    Raises:
        ConfigurationError: a pattern matches no requirement, or the last run violated none.
    """
    patterns = [*settings.only, *(_last_violated(settings.report_dir) if settings.lf else ())]
    try:
        return frozenset(name for pattern in patterns for name in contract.matching(pattern))
    except ContractError as error:
        raise ConfigurationError(f"--only: {error}") from error


def _last_violated(report_dir: str) -> list[str]:
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
    operations = {name for requirement in requirements for name in _judged_operations(requirement, contract)}
    return [
        candidate
        for candidate in candidates
        if not set(requirements).isdisjoint(candidate.case.requirements)
        or (candidate.case.operation in operations and not candidate.is_at_end)
    ]


def _judged_operations(requirement: str, contract: Contract) -> Sequence[str]:
    """The operations whose every response, or every rejection, is held to a requirement at the end of the run."""
    match contract.requirements[requirement].kind:
        case "response":
            operations = contract.operations.values()
            return [item.name for item in operations if requirement in contract.judged_by_responses(item)]
        case "rejection-has-no-effect":
            return [contract.requirements[requirement].operation]
    return []
