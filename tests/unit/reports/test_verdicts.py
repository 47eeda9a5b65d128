"""From cases to verdicts and exit codes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from reports.verdicts import NO_CASE, assess_requirement, missing_cases
from reports.waivers import Waiver
from tests.unit.reports.made import (
    CONTRACT,
    MUST,
    OTHER,
    SHOULD,
    case,
    conforming,
    finding,
    others_conform,
    result,
)

if TYPE_CHECKING:
    from conformance.model import Verdict

REQUIREMENT = CONTRACT.requirements[MUST]


@pytest.mark.parametrize(
    ("cases", "verdict"),
    [
        (["violated", "conforms", "inconclusive", "untested"], "violated"),
        (["conforms", "inconclusive", "untested"], "inconclusive"),
        (["untested", "conforms", "untested"], "conforms"),
        (["untested", "untested"], "untested"),
        ([], "untested"),
    ],
)
def test_the_worst_case_decides(cases: list[Verdict], verdict: Verdict) -> None:
    assert assess_requirement(REQUIREMENT, [case(each, MUST) for each in cases]).verdict == verdict


def test_a_requirement_says_how_many_of_its_cases_were_sent() -> None:
    cases = [case("untested", MUST, detail="no code"), case("conforms", MUST), case("untested", MUST, detail="limit")]
    detail = assess_requirement(REQUIREMENT, cases).detail
    assert detail == "conforms (1 of 3 cases sent); not sent: limit; no code"
    assert assess_requirement(REQUIREMENT, [case("conforms", MUST)]).detail == ""


def test_the_reason_for_an_untested_requirement() -> None:
    untested = [case("untested", MUST, detail="no code")]
    assert assess_requirement(REQUIREMENT, []).detail == NO_CASE
    assert assess_requirement(REQUIREMENT, untested).detail == "no code"
    assert assess_requirement(REQUIREMENT, untested, "no connection").detail == "no connection"


def test_only_selected_requirements_count_and_all_of_them() -> None:
    violated = [*conforming(), case("violated", SHOULD), case("violated", OTHER)]
    made = result(violated, selected=frozenset({MUST}))
    assert (made.exit_code, made.why) == (0, "every selected requirement conforms")
    assert [each.id for each in made.requirements] == [MUST]
    made = result(violated, selected=frozenset({MUST, SHOULD}), only=(MUST, SHOULD))
    assert (made.exit_code, made.why) == (1, "1 of 2 selected requirements is violated")


def test_a_waiver_is_not_stale_where_its_requirement_was_not_selected() -> None:
    assert result(conforming(), Waiver(OTHER, "known"), selected=frozenset({MUST})).exit_code == 0


def test_only_a_few_reasons_are_listed() -> None:
    cases = [case("inconclusive", MUST, detail=f"reason {number}") for number in range(5)]
    assert assess_requirement(REQUIREMENT, cases).detail == "reason 0; reason 1; reason 2; and 2 more reasons"


def test_a_reproducible_violation_comes_first() -> None:
    flaky = case("violated", MUST, name="flaky", reproducible=False, detail="flaky")
    steady = case("violated", MUST, name="steady", reproducible=True, detail="steady")
    made = finding(result([flaky, steady]), MUST)
    assert [each.name for each in made.decisive] == ["steady", "flaky"]
    assert made.detail == "steady (and 1 more case)"


def test_missing_cases_are_counted_once_by_their_first_clause() -> None:
    cases = [
        case("untested", MUST, name="a", detail="skipped: the limit of codes is reached; raise it with --budget"),
        case("untested", OTHER, name="a", detail="skipped: the limit of codes is reached; raise it with --budget"),
        case("untested", MUST, name="b", detail=""),
        case("conforms", MUST, name="c"),
    ]
    assert missing_cases(cases) == "2 of 3 cases not sent: the limit of codes is reached (1), no reason given (1)"


@pytest.mark.parametrize(
    ("cases", "changes", "code"),
    [
        ([], {}, 0),
        ([case("violated", MUST)], {}, 1),
        ([case("violated", MUST), case("inconclusive", OTHER)], {}, 1),
        ([case("inconclusive", MUST)], {}, 3),
        ([case("inconclusive", MUST)], {"allow_untested": True}, 3),
        ([case("untested", MUST)], {}, 3),
        ([case("untested", MUST)], {"allow_untested": True}, 0),
        ([case("violated", SHOULD)], {}, 0),
        ([case("violated", SHOULD)], {"strict": True}, 1),
        ([case("inconclusive", SHOULD)], {}, 0),
        ([case("inconclusive", SHOULD)], {"strict": True}, 3),
        ([case("untested", SHOULD)], {"strict": True}, 3),
        ([case("untested", SHOULD)], {"strict": True, "allow_untested": True}, 0),
        ([], {"stopped": "Ctrl-C"}, 3),
        ([], {"stopped": "Ctrl-C", "allow_untested": True}, 3),
        ([], {"partial": "tests were deselected"}, 3),
        ([], {"partial": "tests were deselected", "allow_untested": True}, 0),
        ([], {"usage": "no such file"}, 2),
        ([case("violated", MUST)], {"usage": "no such file"}, 2),
        ([case("violated", MUST)], {"stopped": "Ctrl-C"}, 1),
        ([], {"abort_reason": "no connection"}, 3),
        ([], {"recorded": True}, 0),
    ],
)
def test_exit_codes(cases: list[Any], changes: dict[str, Any], code: int) -> None:
    assert result(others_conform(*cases), **changes).exit_code == code


@pytest.mark.parametrize("changes", [{}, {"allow_untested": True}, {"strict": True, "allow_untested": True}])
def test_a_run_without_cases_never_passes(changes: dict[str, Any]) -> None:
    assert result([], **changes).exit_code == 3


def test_a_target_that_could_not_be_reached_never_passes() -> None:
    cases = [case("untested", name) for name in CONTRACT.requirements]
    made = result(cases, abort_reason="no connection", allow_untested=True)
    assert (made.exit_code, made.why, made.causes) == (3, "no connection", ())


def test_waived_violations_pass_and_are_named() -> None:
    made = result(others_conform(case("violated", MUST)), Waiver(MUST, "known"))
    assert (made.exit_code, made.why) == (0, "every MUST conforms, except 1 waived")
    assert made.having("waived")[0].waiver == "known"
    assert made.having("waived")[0].cases[0].verdict == "waived"


def test_what_ended_the_run_is_a_note_where_it_is_not_the_reason() -> None:
    made = result(others_conform(case("violated", MUST)), stopped="Ctrl-C", notes=("the token expired",))
    assert made.notes == ("the token expired", "Ctrl-C")
    assert result(conforming(), stopped="Ctrl-C").notes == ()
