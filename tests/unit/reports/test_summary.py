"""summary.md, for the summary page of a CI job."""

from __future__ import annotations

import re

import pytest

from reports.summary import MAX_CAUSES, cell, code, summary
from tests.unit.reports.made import (
    CONTRACT,
    MUST,
    MUSTS,
    OTHER,
    SHOULDS,
    case,
    conforming,
    exchange,
    mixed,
    others_conform,
    result,
    situations,
)


def test_a_pass_is_short() -> None:
    text = summary(result(conforming()))
    assert text.startswith("## ✅ Conformant\n\n`every MUST conforms`\n")
    assert len(text.partition("<details>")[0].splitlines()) < 15
    assert all(f"| `{name}` |" in text for name in CONTRACT.requirements)


def test_it_leads_with_the_verdict_and_the_causes() -> None:
    text = summary(mixed())
    parts = (
        "## ❌ Not conformant",
        "2 causes to fix",
        f"**1. {CONTRACT.requirements[MUST].sentence}** (MUST)",
        f"- Requirement: `{MUST}`, [`{CONTRACT.requirements[MUST].source}`]({CONTRACT.requirements[MUST].url})",
        "- Expected: `a 4xx`",
        "- Actual: `got 200`",
        "- Seen: in 1 of 2 cases; run again once, reproduced, first",
        f"- Run only this: `tfe-conformance check … --only {MUST}`",
        "```bash\ncurl -sS",
        "### Inconclusive",
        "### Untested",
        f"- `{OTHER}`: `known`",
        f"All {len(CONTRACT.requirements)} requirements",
    )
    places = [text.index(part) for part in parts]
    assert places == sorted(places)


@pytest.mark.parametrize("name", situations())
def test_every_kind_of_run_has_a_summary(name: str) -> None:
    made = situations()[name]
    text = summary(made)
    assert text.startswith("## ")
    assert code(made.why) in text
    assert text.count("<details>") == text.count("</details>\n")
    assert ("recorded exchanges" in text) == made.recorded
    if made.missing and made.verdict == "conformant":
        assert text.startswith(f"## ✅ Conformant (`{made.missing}`)")


def test_it_is_never_too_large_for_github() -> None:
    cases = [
        case(
            "violated",
            name,
            name=name,
            expected="x" * 9999,
            actual="ö|" * 9999,
            exchanges=(exchange(number=number, case_id=name, body=b"\xff" * 2_000),),
        )
        for number, name in enumerate(MUSTS + SHOULDS, 1)
    ]
    made = result(cases)
    assert len(made.causes) > MAX_CAUSES
    text = summary(made)
    assert len(text.encode()) < 1_000_000
    assert f"… and {len(made.causes) - MAX_CAUSES} more in report.html." in text


def test_text_of_a_target_does_not_leave_its_place() -> None:
    evil = "a | b `|` </details>\n| c |\n```"
    bad = case("violated", MUST, actual=evil, exchanges=(exchange(body=evil.encode()),))
    text = summary(result(others_conform(bad)))
    assert text.count("</details>\n") - text.count("\n| c |\n```'\n````\n") >= text.count("<details>")
    assert re.search(r"^````bash\n[^$]*\$TFE_TOKEN[^$]*^````$", text, re.MULTILINE)


@pytest.mark.parametrize("text", ["a`b", "``", "` <script>alert(1)</script>", "line\n# head", "| a | b |"])
def test_nothing_in_a_code_span_is_markup(text: str) -> None:
    span = code(text)
    fence = re.match("`+", span)
    assert fence
    assert span.endswith(fence.group())
    assert fence.group() not in re.split("(?<!`)" + fence.group() + "(?!`)", span)[1]
    assert "\n" not in span
    assert not re.search(r"(?<!\\)\|", cell(text))
