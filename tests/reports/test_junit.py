"""junit.xml and the badge: what the pages of CI servers are given."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import pytest

from reports.badge import badge_json, badge_svg
from reports.junit import junit
from reports.verdicts import Conduct
from reports.waivers import Waiver
from tests.reports.made import CONTRACT, MUSTS, SHOULDS, TOKEN, URL, all_conform, case, exchange, report

if TYPE_CHECKING:
    from reports.results import Report

MUST, OTHER, THIRD, FOURTH = MUSTS[:4]
SHOULD = SHOULDS[0]
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
"""What the schema of Jenkins's xUnit plugin (junit-10.xsd) allows, of which it refuses a file for any other."""


def parsed(made: Report) -> ET.Element:
    return ET.fromstring(junit(made))  # noqa: S314 (our own)


def outcomes(root: ET.Element) -> dict[tuple[str, str], tuple[str, str]]:
    """The tag and the type of what each test case came to."""
    return {
        (each.get("classname", ""), each.get("name", "")): (each[0].tag, each[0].get("type", ""))
        if len(each)
        else ("", "")
        for each in root.iter("testcase")
    }


def mixed(**options: Any) -> Report:
    cases = [
        case("violated", MUST, name=f"{MUST}-null", reproducible=True),
        case("conforms", MUST, name=f"{MUST}-list"),
        case("violated", OTHER, name="waived"),
        case("inconclusive", THIRD),
        case("untested", FOURTH, detail="no code"),
        case("violated", SHOULD),
        case("inconclusive", SHOULDS[1]),
    ]
    named = {name for each in cases for name in each.requirements}
    return report([*all_conform(*named), *cases], Waiver(OTHER, "known"), **options)


def test_it_is_as_jenkins_demands() -> None:
    root = parsed(mixed())
    for element in root.iter():
        assert set(element.attrib) == ATTRIBUTES[element.tag]
        assert {child.tag for child in element} <= CHILDREN.get(element.tag, set())
    for suite in root:
        cases = suite.findall("testcase")
        assert int(suite.get("tests", "")) == len(cases)
        for name, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
            assert int(suite.get(name, "")) == sum(each.find(tag) is not None for each in cases)
    for name in ("tests", "failures", "errors"):
        assert int(root.get(name, "")) == sum(int(suite.get(name, "")) for suite in root)


def test_each_case_of_each_requirement_is_a_test_case() -> None:
    made = mixed()
    root = parsed(made)
    assert [suite.get("name") for suite in root] == ["verdict", *CONTRACT.requirements]
    assert len(outcomes(root)) == 1 + sum(len(finding.cases) for finding in made.outcome.findings)


def test_what_is_red_is_what_counts() -> None:
    found = outcomes(parsed(mixed()))
    assert {key: value for key, value in found.items() if value[0]} == {
        ("tfe-conformance", "verdict"): ("failure", "violated"),
        (MUST, "null"): ("failure", "violated"),
        (OTHER, "waived"): ("skipped", "waived"),
        (THIRD, "a-case"): ("error", "inconclusive"),
        (FOURTH, "a-case"): ("skipped", "untested"),
        (SHOULD, "a-case"): ("skipped", "violated"),
        (SHOULDS[1], "a-case"): ("skipped", "inconclusive"),
    }
    strict = outcomes(parsed(mixed(strict=True)))
    assert strict[SHOULD, "a-case"] == ("failure", "violated")
    assert strict[SHOULDS[1], "a-case"] == ("error", "inconclusive")


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (report(all_conform()), ("", "")),
        (report([*all_conform(MUST), case("violated", MUST)], Waiver(MUST, "known")), ("", "")),
        (report([*all_conform(SHOULD), case("violated", SHOULD)]), ("", "")),
        (report(all_conform(), Waiver(MUST, "known")), ("error", "configuration")),
        (report(all_conform(MUST)), ("error", "no verdict")),
        (report([], problem="no connection"), ("error", "no verdict")),
        (report(all_conform(), conduct=Conduct(stopped="Ctrl-C")), ("error", "no verdict")),
        (report([case("violated", MUST)]), ("failure", "violated")),
    ],
)
def test_something_is_red_exactly_where_the_exit_code_is_not_0(made: Report, expected: tuple[str, str]) -> None:
    root = parsed(made)
    assert outcomes(root)["tfe-conformance", "verdict"] == expected
    red = int(root.get("failures", "")) + int(root.get("errors", ""))
    assert bool(red) == bool(made.outcome.exit_code)


def test_the_properties_say_which_requirement_it_is() -> None:
    suite = next(suite for suite in parsed(mixed()) if suite.get("name") == MUST)
    properties = {each.get("name"): each.get("value") for each in suite.iter("property")}
    requirement = CONTRACT.requirements[MUST]
    assert properties == {
        "id": MUST,
        "level": "MUST",
        "source": requirement.source,
        "operation": requirement.operation,
        "sentence": requirement.sentence,
        "verdict": "violated",
    }


def test_the_text_of_a_failure_says_it_all() -> None:
    failure = next(each for each in parsed(mixed()).iter("failure") if each.get("message") == "got 200; expected a 4xx")
    requirement = CONTRACT.requirements[MUST]
    text = failure.text or ""
    for part in (
        f"{MUST} (MUST): {requirement.sentence}",
        requirement.source,
        "a 4xx",
        "got 200",
        "reproducible",
        f"POST {URL}/account/actions/two-factor-enable",
        "Status:       200",
        "curl -sS",
        "$TFE_TOKEN",
    ):
        assert part in text
    assert TOKEN not in junit(mixed())


def test_no_two_test_cases_have_one_name() -> None:
    made = report([*all_conform(MUST), *(case("conforms", MUST, name="same") for _ in range(3))])
    names = [each.get("name") for each in parsed(made).iter("testcase") if each.get("classname") == MUST]
    assert names == ["same", "same (2)", "same (3)"]


def test_a_requirement_that_was_not_asked_is_there_and_skipped() -> None:
    assert outcomes(parsed(report(all_conform(MUST))))[MUST, "not asked"] == ("skipped", "untested")


def test_what_no_xml_can_hold_is_escaped() -> None:
    evil = "\x00\x1b[31m\ud800\ufffe]]> <b> & \u202e"
    bad = case("violated", MUST, name=evil, actual=evil, expected=evil, exchanges=(exchange(purpose=evil),))
    root = parsed(report([*all_conform(MUST), bad]))
    failure = next(
        each for each in root.iter("failure") if each.get("type") == "violated" and "Source" in (each.text or "")
    )
    assert "\\x00\\x1b[31m\\ud800\\ufffe]]> <b> & \\u202e" in (failure.text or "")


@pytest.mark.parametrize(
    ("made", "message", "colour"),
    [
        (report(all_conform()), "conformant", "1a7340"),
        (report([*all_conform(MUST), case("violated", MUST)], Waiver(MUST, "x")), "conformant, 1 waived", "1a7340"),
        (report([*all_conform(MUST), case("violated", MUST)]), f"1 of {len(MUSTS)} violated", "b3261e"),
        (report([*all_conform(SHOULD), case("violated", SHOULD)]), "conformant", "1a7340"),
        (report(all_conform(MUST)), "no verdict", "8a5a00"),
    ],
)
def test_the_badge(made: Report, message: str, colour: str) -> None:
    expected = {"schemaVersion": 1, "label": "Account API", "message": message, "color": colour}
    assert badge_json(made) == json.loads(json.dumps(expected))
    root = ET.fromstring(badge_svg(made))  # noqa: S314
    texts = [each.text for each in root.iter("{http://www.w3.org/2000/svg}text")]
    assert texts == ["Account API", message]
    assert root.get("aria-label") == f"Account API: {message}"
    assert f'fill="#{colour}"' in badge_svg(made)
    assert "http" not in badge_svg(made).replace("http://www.w3.org/2000/svg", "")
