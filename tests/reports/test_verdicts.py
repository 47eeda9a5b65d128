"""From cases to verdicts and exit codes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from reports.verdicts import NOT_ASKED, Conduct, aggregate
from reports.waivers import Waiver
from tests.reports.made import CONTRACT, MUSTS, SHOULDS, all_conform, case, report

if TYPE_CHECKING:
    from conformance.verdicts import Verdict

MUST, OTHER = MUSTS[:2]
SHOULD = SHOULDS[0]


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
def test_the_worst_case_makes_the_verdict(cases: list[Verdict], verdict: Verdict) -> None:
    found = aggregate(CONTRACT.requirements[MUST], [case(each, MUST) for each in cases])
    assert found.verdict == verdict


def test_untested_cases_beside_conforming_ones_are_told() -> None:
    found = aggregate(CONTRACT.requirements[MUST], [case("untested", MUST, detail="no code"), case("conforms", MUST)])
    assert found.detail == "1 of 2 cases untested: no code"
    assert found.tally == "1 of 2"


def test_the_reason_of_the_untested() -> None:
    requirement = CONTRACT.requirements[MUST]
    assert aggregate(requirement, []).detail == NOT_ASKED
    assert aggregate(requirement, [case("untested", MUST, detail="no code")]).detail == "no code"
    assert aggregate(requirement, [case("untested", MUST, detail="no code")], "no connection").detail == "no connection"


def test_what_a_thrifty_run_did_not_ask_is_told() -> None:
    cases = [*all_conform(), case("untested", MUST, detail="left out for the budget")]
    asked = f"1 of {len(cases)} cases were not asked"
    found = report(cases, thrifty=True, profile="full").outcome
    assert (found.exit_code, [note.partition(",")[0] for note in found.notes]) == (0, [asked])
    assert "--profile full --budget none" in report(cases, thrifty=True, profile="frugal").outcome.notes[0]
    assert not report(all_conform(), thrifty=True).outcome.notes
    assert not report(cases).outcome.notes


def test_what_happened_again_is_shown_first() -> None:
    flaky, steady = case("violated", MUST, reproducible=False), case("violated", MUST, reproducible=True)
    assert aggregate(CONTRACT.requirements[MUST], [flaky, steady]).decisive[0] is steady


def test_a_case_that_was_entered_twice_counts_once() -> None:
    twice = case("conforms", MUST)
    found = report([twice, twice]).outcome
    assert next(each for each in found.findings if each.requirement.id == MUST).tally == "1 of 1"


@pytest.mark.parametrize(
    ("cases", "options", "code"),
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
    ],
)
def test_exit_codes(cases: list[Any], options: dict[str, Any], code: int) -> None:
    named = [name for each in cases for name in each.requirements]
    assert report([*all_conform(*named), *cases], **options).outcome.exit_code == code


def test_a_run_without_cases_never_passes() -> None:
    choices: list[dict[str, Any]] = [{}, {"allow_untested": True}, {"strict": True, "allow_untested": True}]
    for options in choices:
        assert report([], **options).outcome.exit_code == 3


def test_a_target_that_could_not_be_asked_never_passes() -> None:
    cases = [case("untested", name) for name in CONTRACT.requirements]
    found = report(cases, problem="no connection", allow_untested=True).outcome
    assert (found.exit_code, found.why) == (3, "no connection")


@pytest.mark.parametrize(
    ("conduct", "options", "code"),
    [
        (Conduct(stopped="Ctrl-C"), {}, 3),
        (Conduct(stopped="Ctrl-C"), {"allow_untested": True}, 3),
        (Conduct(partial="some were deselected"), {}, 3),
        (Conduct(partial="some were deselected"), {"allow_untested": True}, 0),
        (Conduct(usage="no such file"), {}, 2),
    ],
)
def test_a_part_of_a_run_is_no_run(conduct: Conduct, options: dict[str, Any], code: int) -> None:
    assert report(all_conform(), conduct=conduct, **options).outcome.exit_code == code


def test_a_violation_outweighs_what_was_not_run() -> None:
    assert report([case("violated", MUST)], conduct=Conduct(stopped="Ctrl-C")).outcome.exit_code == 1


def test_cases_that_were_not_run_are_untested() -> None:
    left = [case("untested", MUST, detail="not run: the run was stopped")]
    found = report(all_conform(MUST), conduct=Conduct(unasked=left)).outcome
    assert [each.requirement.id for each in found.those("untested")] == [MUST]


def test_counts_are_complete() -> None:
    counts = report([*all_conform(MUST), case("violated", MUST)]).outcome.counts
    assert sum(sum(level.values()) for level in counts.values()) == len(CONTRACT.requirements)
    assert counts["MUST"]["violated"] == 1


def test_waived_violations_pass_and_are_named() -> None:
    found = report([*all_conform(MUST), case("violated", MUST)], Waiver(MUST, "known")).outcome
    assert found.exit_code == 0
    assert found.why == "every MUST conforms, but for 1 waived"
    assert found.those("waived")[0].waiver == "known"
