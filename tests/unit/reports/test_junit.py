"""junit.xml and badge.json, which CI servers read."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

from reports.junit import junit
from reports.summary import badge
from reports.waivers import Waiver
from tests.unit.reports.made import (
    CONTRACT,
    FOURTH,
    MUST,
    MUSTS,
    OTHER,
    SHOULD,
    THIRD,
    TOKEN,
    URL,
    case,
    conforming,
    exchange,
    mixed,
    others_conform,
    result,
    situations,
)

if TYPE_CHECKING:
    from reports.run_result import RunResult

ATTRIBUTES = {
    "testsuites": {"name", "time", "tests", "failures", "errors"},
    "testsuite": {"name", "tests", "failures", "errors", "skipped", "time", "timestamp"},
    "properties": set(),
    "property": {"name", "value"},
    "testcase": {"name", "classname", "time"},
    "failure": {"type", "message"},
    "error": {"type", "message"},
    "skipped": {"type", "message"},
}
CHILDREN = {
    "testsuites": {"testsuite"},
    "testsuite": {"properties", "testcase"},
    "properties": {"property"},
    "testcase": {"failure", "error", "skipped"},
}
"""The elements that the schema of Jenkins's xUnit plugin (junit-10.xsd) allows; it refuses files with others."""


def parsed(made: RunResult) -> ET.Element:
    return ET.fromstring(junit(made))  # noqa: S314 (our own)


def outcomes(root: ET.Element) -> dict[tuple[str, str], tuple[str, str]]:
    """The tag and the type of the outcome of each test case that has one."""
    return {
        (each.get("classname", ""), each.get("name", "")): (each[0].tag, each[0].get("type", ""))
        for each in root.iter("testcase")
        if len(each)
    }


def test_jenkins_accepts_it() -> None:
    root = parsed(mixed())
    for element in root.iter():
        assert set(element.attrib) == ATTRIBUTES[element.tag]
        assert {child.tag for child in element} <= CHILDREN.get(element.tag, set())
    for suite in root:
        cases = suite.findall("testcase")
        assert int(suite.get("tests", "")) == len(cases) > 0
        for name, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
            assert int(suite.get(name, "")) == sum(each.find(tag) is not None for each in cases)
    for name in ("tests", "failures", "errors"):
        assert int(root.get(name, "")) == sum(int(suite.get(name, "")) for suite in root)


def test_each_requirement_is_a_suite_and_each_of_its_cases_a_test_case() -> None:
    made, root = mixed(), parsed(mixed())
    assert [suite.get("name") for suite in root] == ["verdict", *CONTRACT.requirements]
    assert len(list(root.iter("testcase"))) == 1 + sum(len(finding.cases) for finding in made.requirements)


def test_only_what_counts_is_red() -> None:
    assert outcomes(parsed(mixed())) == {
        ("tfe-conformance", "verdict"): ("failure", "violated"),
        (MUST, "null"): ("failure", "violated"),
        (OTHER, "waived"): ("skipped", "waived"),
        (THIRD, "open"): ("error", "inconclusive"),
        (FOURTH, "unsent"): ("skipped", "untested"),
        (SHOULD, "should"): ("skipped", "violated"),
    }
    assert outcomes(parsed(mixed(strict=True)))[SHOULD, "should"] == ("failure", "violated")


@pytest.mark.parametrize("name", situations())
def test_it_is_red_exactly_where_the_exit_code_is_not_0(name: str) -> None:
    made, root = situations()[name], parsed(situations()[name])
    red = int(root.get("failures", "")) + int(root.get("errors", ""))
    assert bool(red) == bool(made.exit_code)
    assert (("tfe-conformance", "verdict") in outcomes(root)) == bool(made.exit_code)


def test_the_properties_are_those_of_the_requirement() -> None:
    suite = next(suite for suite in parsed(mixed()) if suite.get("name") == MUST)
    requirement = CONTRACT.requirements[MUST]
    assert {each.get("name"): each.get("value") for each in suite.iter("property")} == {
        "id": MUST,
        "level": "MUST",
        "source": requirement.source,
        "operation": requirement.operation,
        "sentence": requirement.sentence,
        "verdict": "violated",
    }


def test_the_text_of_a_failure_needs_no_other_page() -> None:
    failure = next(each for each in parsed(mixed()).iter("failure") if each.get("message") == "got 200; expected a 4xx")
    requirement = CONTRACT.requirements[MUST]
    for part in (
        f"{MUST} (MUST): {requirement.sentence}",
        requirement.source,
        "Expected:   a 4xx",
        "Actual:     got 200 (reproducible)",
        f"POST {URL}/account/actions/two-factor-enable",
        "Response:   200",
        "Send again: curl -sS",
        "$TFE_TOKEN",
    ):
        assert part in (failure.text or "")
    assert TOKEN not in junit(mixed())


def test_no_two_test_cases_have_one_name() -> None:
    made = result(others_conform(*(case("conforms", MUST, name="same") for _ in range(3))))
    names = [each.get("name") for each in parsed(made).iter("testcase") if each.get("classname") == MUST]
    assert names == ["same", "same (2)", "same (3)"]


def test_a_requirement_without_cases_is_skipped() -> None:
    assert outcomes(parsed(result(conforming(MUST))))[MUST, "no case"] == ("skipped", "untested")


def test_text_that_no_xml_can_hold_is_escaped() -> None:
    evil = "\x00\x1b[31m\ud800\ufffe\uffff]]> <b> & \u202e"
    bad = case("violated", MUST, name=evil, actual=evil, expected=evil, exchanges=(exchange(purpose=evil),))
    failure = next(
        each for each in parsed(result(others_conform(bad))).iter("failure") if "Source" in (each.text or "")
    )
    assert "\\x00\\x1b[31m\\ud800\\ufffe\\uffff]]> <b> & \\u202e" in (failure.text or "")


@pytest.mark.parametrize(
    ("made", "message", "colour"),
    [
        (result(conforming()), "conformant", "1a7340"),
        (result(others_conform(case("violated", MUST)), Waiver(MUST, "x")), "conformant, 1 waived", "1a7340"),
        (result(others_conform(case("violated", MUST))), f"1 of {len(MUSTS)} violated", "b3261e"),
        (result(others_conform(case("violated", SHOULD))), "conformant", "1a7340"),
        (result(conforming(MUST)), "no verdict", "8a5a00"),
    ],
)
def test_the_badge(made: RunResult, message: str, colour: str) -> None:
    expected = {"schemaVersion": 1, "label": "Account API", "message": message, "color": colour}
    assert json.loads(badge(made)) == expected


def test_the_verdict_leads_with_the_causes() -> None:
    verdict = next(each for each in parsed(mixed()).iter("failure"))
    assert verdict.text
    headline, first, second, *_ = verdict.text.splitlines()
    assert headline == mixed().headline
    assert first == f"1. {MUST} (MUST): got 200; expected a 4xx"
    assert second.startswith(f"2. {SHOULD} (SHOULD): ")
