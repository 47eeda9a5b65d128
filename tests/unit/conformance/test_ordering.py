"""The order of the cases follows from their marks, the limits of the run and their measured power."""

from __future__ import annotations

from dataclasses import replace
from itertools import groupby
from typing import TYPE_CHECKING, Any

import pytest

from conformance import ordering
from conformance.model import Case
from conformance.ordering import (
    AT_END,
    FIRST,
    MAX_GUESSES,
    OPTIONAL,
    OTHERS,
    SKIPPED_BY_SMOKE,
    Candidate,
    Planned,
    Policy,
    ordered,
    power_ranks,
)
from conformance.two_factor.registry import DEFAULT_LIMITS, WALK
from strategies.probe import Probe
from tests.unit.conformance.fakes import CONTRACT
from tests.unit.conformance.in_process import candidates

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

UNLIMITED = Policy(is_smoke=False, limits={}, walk=WALK)
LIMITED = Policy(is_smoke=False, limits=DEFAULT_LIMITS, walk=WALK)
SMOKE = Policy(is_smoke=True, limits=DEFAULT_LIMITS, walk=WALK)
SMOKE_ON_LOOPBACK = Policy(is_smoke=True, limits={}, walk=WALK)
POLICIES = {
    "unlimited": UNLIMITED,
    "limited": LIMITED,
    "smoke": SMOKE,
    "smoke on loopback": SMOKE_ON_LOOPBACK,
}
every_policy = pytest.mark.parametrize("policy", POLICIES.values(), ids=POLICIES)
every_order = pytest.mark.parametrize("policy", list(POLICIES.values())[1:], ids=list(POLICIES)[1:])


@pytest.fixture
def ranks(monkeypatch: pytest.MonkeyPatch) -> dict[str, int]:
    """The measured power: none, until a test ranks cases."""
    powers: dict[str, int] = {}
    monkeypatch.setattr(ordering, "power_ranks", lambda: powers)
    return powers


def plan_of(policy: Policy, cases: Sequence[Candidate] | None = None) -> list[Planned]:
    return ordered(candidates() if cases is None else cases, CONTRACT, policy)


def to_test_first() -> set[tuple[str, str]]:
    """Each requirement that not all responses are judged by, a MUST for each operation that a case of it concerns."""
    by_responses = {name for item in CONTRACT.operations.values() for name in CONTRACT.judged_by_responses(item)}
    return {
        (name, item.case.operation if CONTRACT.requirements[name].level == "MUST" else "")
        for item in candidates()
        for name in item.case.requirements
        if name not in by_responses and not item.is_at_end and not (item.probe and item.probe.may_be_accepted)
    }


def covered_by(plan: Sequence[Planned]) -> set[tuple[str, str]]:
    return {
        (name, item.candidate.case.operation if CONTRACT.requirements[name].level == "MUST" else "")
        for item in plan
        for name in item.candidate.case.requirements
    }


# -- the whole suite ---------------------------------------------------------------------------------------------------


@every_policy
def test_each_case_is_planned_once(policy: Policy) -> None:
    assert sorted(item.candidate.place for item in plan_of(policy)) == list(range(len(candidates())))


@every_policy
def test_cases_that_judge_all_exchanges_come_last_and_are_never_skipped(policy: Policy) -> None:
    plan = plan_of(policy)
    at_end = [item.candidate.is_at_end for item in plan]
    assert at_end == sorted(at_end)
    assert all(item.priority == AT_END and not item.skipped for item in plan if item.candidate.is_at_end)
    assert any(at_end)


def test_without_limits_everything_is_sent_in_the_order_of_the_suite() -> None:
    plan = plan_of(UNLIMITED)
    places = [item.candidate.place for item in plan if not item.candidate.is_at_end]
    assert places == sorted(places)
    assert {item.priority for item in plan} == {OTHERS, AT_END}
    assert not any(item.skipped for item in plan)


@every_order
def test_each_requirement_is_tested_first(policy: Policy) -> None:
    first = [item for item in plan_of(policy) if item.priority in (FIRST, OPTIONAL)]
    missing = to_test_first() - covered_by(first)
    # By another method a limited operation would cost as much, and tell little more.
    assert {name for name, operation in missing if operation not in policy.limits} == set()
    assert all(name.startswith("methods.") for name, _ in missing)


@pytest.mark.parametrize("policy", [LIMITED, SMOKE], ids=["limited", "smoke"])
def test_must_comes_before_should_where_the_operation_is_limited(policy: Policy) -> None:
    plan = [item for item in plan_of(policy) if item.candidate.case.operation in DEFAULT_LIMITS]
    first = [item for item in plan if item.priority in (FIRST, OPTIONAL)]
    levels = [{CONTRACT.requirements[name].level for name in item.candidate.case.requirements} for item in first]
    optional = ["MUST" not in names for names in levels]
    assert optional == sorted(optional)
    assert any(optional)


def test_smoke_skips_all_others_with_the_reason() -> None:
    plan = plan_of(SMOKE)
    assert {item.skipped for item in plan if item.priority == OTHERS} == {SKIPPED_BY_SMOKE}
    assert not any(item.skipped for item in plan if item.priority != OTHERS)
    assert not any(item.skipped for item in plan_of(LIMITED))


def test_smoke_tests_each_requirement_with_few_cases() -> None:
    first = [item for item in plan_of(SMOKE) if item.priority == FIRST]
    assert len(first) <= len(to_test_first())


@every_order
def test_a_case_that_proves_nothing_is_not_among_the_first(policy: Policy) -> None:
    first = [item.candidate.probe for item in plan_of(policy) if item.priority == FIRST]
    assert not [probe for probe in first if probe is not None and probe.may_be_accepted]


@every_order
def test_the_first_cases_pass_each_station_of_the_walk_once(policy: Policy) -> None:
    stations = [item.candidate.station for item in plan_of(policy) if item.priority == FIRST]
    walked = [station for station, _ in groupby(stations) if station]
    assert walked == [station for station in WALK if station in walked]
    assert len(walked) > len(WALK) // 2


@every_policy
def test_the_guesses_of_a_group_among_the_first_lock_no_account(policy: Policy) -> None:
    probes = [item.candidate.probe for item in plan_of(policy) if item.priority == FIRST]
    groups = [probe.group for probe in probes if probe is not None and probe.is_guess]
    assert all(groups.count(group) <= MAX_GUESSES for group in groups)


def test_limited_operations_get_no_probes_but_those_that_a_requirement_needs() -> None:
    limited = [item.candidate.case for item in plan_of(LIMITED) if item.priority == FIRST]
    smoke = [item.candidate.case for item in plan_of(SMOKE) if item.priority == FIRST]
    added = [case for case in limited if case not in smoke]
    assert added
    assert not {case.operation for case in added} & DEFAULT_LIMITS.keys()


def test_each_state_that_a_test_needs_is_on_the_walk() -> None:
    assert {item.station for item in candidates()} - {""} <= set(WALK)


@every_policy
def test_renaming_a_test_changes_no_plan(policy: Policy, ranks: Mapping[str, int]) -> None:
    assert not ranks
    renamed = [replace(item, case=replace(item.case, name=f"renamed-{item.place}")) for item in candidates()]
    before, after = plan_of(policy), plan_of(policy, renamed)
    assert [(item.candidate.place, item.priority, item.skipped) for item in before] == [
        (item.candidate.place, item.priority, item.skipped) for item in after
    ]


def test_the_ranked_cases_exist() -> None:
    assert power_ranks().keys() <= {item.case.id for item in candidates()}


def test_case_ids_are_unique() -> None:
    ids = [item.case.id for item in candidates()]
    assert len(ids) == len(set(ids))


# -- made-up cases -----------------------------------------------------------------------------------------------------

BODY, TYPE = "verify.request.body", "verify.request.type"
MUST, SHOULD = "credentials.required", "credentials.scheme"


def candidate(
    place: int,
    requirement: str = BODY,
    operation: str = "verify",
    *,
    station: str = "",
    at_end: bool = False,
    **probe: Any,
) -> Candidate:
    """A case; `probe` are the facts of its probe, if it has one."""
    made = Probe(requirement, operation, str(place), "code", lambda *_: None, **probe) if probe else None
    return Candidate(Case((requirement,), operation, f"case-{place}"), made, station, at_end, place)


def places(plan: Sequence[Planned], priority: int) -> list[int]:
    return [item.candidate.place for item in plan if item.priority == priority]


def test_the_most_powerful_case_tests_the_requirement(ranks: dict[str, int]) -> None:
    ranks |= {"case-2": 0, "case-1": 1}
    cases = [candidate(place, is_guess=False) for place in range(3)]
    assert places(plan_of(SMOKE_ON_LOOPBACK, cases), FIRST) == [2]
    assert places(plan_of(SMOKE_ON_LOOPBACK, cases), OTHERS) == [1, 0]


@pytest.mark.usefixtures("ranks")
def test_a_case_in_its_own_state_and_of_an_unlimited_operation_is_cheaper() -> None:
    policy = Policy(is_smoke=True, limits={"enable": 1}, walk=("off",))
    limited, free = candidate(1, SHOULD, "enable"), candidate(2, SHOULD)
    stationed = candidate(3, SHOULD, station="off")
    assert places(plan_of(policy, [limited, free]), FIRST) == [2]
    assert places(plan_of(policy, [limited, free, stationed]), FIRST) == [3]
    elsewhere, own = candidate(0, control=("enable", "app")), candidate(4, is_guess=False)
    assert places(plan_of(policy, [elsewhere, own]), FIRST) == [4]


@pytest.mark.usefixtures("ranks")
def test_probes_of_a_group_that_is_sent_anyway_are_sent_with_it() -> None:
    policy = Policy(is_smoke=False, limits={"enable": 1}, walk=())
    first = candidate(0, BODY, is_guess=False)
    free = candidate(1, BODY, is_guess=False)
    other_group = candidate(2, BODY, control=("disable", "no-body"))
    may_be_accepted = candidate(3, BODY, may_be_accepted=True)
    without_probe = candidate(4, BODY)
    plan = plan_of(policy, [first, free, other_group, may_be_accepted, without_probe])
    assert places(plan, FIRST) == [0, 1]
    assert places(plan, OTHERS) == [2, 3, 4]


@pytest.mark.usefixtures("ranks")
def test_no_more_guesses_are_sent_with_a_group_than_no_server_counts() -> None:
    policy = Policy(is_smoke=False, limits={"enable": 1}, walk=())
    plan = plan_of(policy, [candidate(place, BODY, is_guess=True) for place in range(10)])
    assert places(plan, FIRST) == list(range(MAX_GUESSES))


@pytest.mark.usefixtures("ranks")
def test_a_requirement_is_tested_for_each_operation_if_it_is_a_must() -> None:
    assert (CONTRACT.requirements[MUST].level, CONTRACT.requirements[SHOULD].level) == ("MUST", "SHOULD")
    operations = ("enable", "disable", "verify", "resend")
    for requirement, count in ((MUST, 4), (SHOULD, 1)):
        cases = [candidate(place, requirement, name) for place, name in enumerate(operations)]
        assert len(places(plan_of(SMOKE_ON_LOOPBACK, cases), FIRST)) == count


@pytest.mark.usefixtures("ranks")
def test_requirements_on_all_responses_need_no_case_of_their_own() -> None:
    name = "http.no-server-error"
    assert places(plan_of(SMOKE_ON_LOOPBACK, [candidate(0, name), candidate(1, TYPE)]), FIRST) == [1]


def test_the_measured_order_is_read_once() -> None:
    assert power_ranks() is power_ranks()
    assert list(power_ranks().values()) == list(range(len(power_ranks())))
