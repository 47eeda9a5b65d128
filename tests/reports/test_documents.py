"""results.json and summary.md."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from reports.evidence import LONGEST
from reports.files import dumped
from reports.results import VIOLATED_IN_FULL, cleaned, results, schema
from reports.summary import VIOLATIONS_SHOWN, code, summary
from reports.waivers import Waiver
from tests.reports import results_doc
from tests.reports.made import CONTRACT, MUSTS, SHOULDS, all_conform, case, exchange, report

MUST, OTHER = MUSTS[:2]
VALIDATOR = Draft202012Validator(schema(), format_checker=Draft202012Validator.FORMAT_CHECKER)


def mixed() -> Any:
    """A report that has some of everything."""
    broken = (MUST, OTHER, MUSTS[2], SHOULDS[0])
    cases = [
        case("violated", MUST, reproducible=True),
        case("violated", OTHER),
        case("inconclusive", MUSTS[2], exchanges=(exchange(), exchange(body=None, response_body=b"\xff"))),
        case("untested", SHOULDS[0]),
    ]
    return report([*all_conform(*broken), *cases], Waiver(OTHER, "known"))


def properties(found: Any) -> Any:
    """Every subschema that describes a property or an object."""
    if isinstance(found, dict):
        yield from found.get("properties", {}).values()
        for value in found.values():
            yield from properties(value)


def test_the_schema_is_strict_and_says_what_everything_is() -> None:
    Draft202012Validator.check_schema(schema())
    assert all(found.get("description") for found in properties(schema()))
    objects = [found for found in properties({"properties": schema()["$defs"]}) if found.get("type") == "object"]
    assert all(found["additionalProperties"] is False for found in objects)


def test_the_first_violated_cases_carry_all_of_their_exchanges() -> None:
    conforming = [case("conforms", MUST, exchanges=(exchange(),) * 2) for _ in range(VIOLATED_IN_FULL)]
    broken = [case("violated", MUST, exchanges=(exchange(),) * 3) for _ in range(VIOLATED_IN_FULL + 1)]
    found = next(each for each in results(report([*conforming, *broken]))["requirements"] if each["id"] == MUST)
    assert [len(each["exchanges"]) for each in found["cases"]] == [*[1] * VIOLATED_IN_FULL, *[3] * VIOLATED_IN_FULL, 1]


def test_results_are_as_their_schema_says() -> None:
    found = json.loads(dumped(cleaned(results(mixed()), mixed().evidence)))
    VALIDATOR.validate(found)
    assert [each["id"] for each in found["requirements"]] == list(CONTRACT.requirements)
    assert (found["verdict"], found["exit_code"]) == ("violated", 1)
    by_id = {each["id"]: each for each in found["requirements"]}
    assert by_id[MUST]["cases"][0]["exchanges"][0]["request"]["body"] == '{"data": {"type": "user"}}'
    assert by_id[OTHER]["waiver"] == "known"
    assert by_id[MUSTS[2]]["cases"][0]["exchanges"][0]["response"]["body"] == "\\xff"
    with pytest.raises(ValidationError):
        VALIDATOR.validate(found | {"more": 1})


def test_results_stay_small() -> None:
    long = exchange(response_body=b'"' + b"x" * 500_000 + b'"')
    cases = [case("conforms", name, exchanges=(long, long, long)) for name in CONTRACT.requirements]
    found = results(report(cases))
    assert len(dumped(found)) < 10 * LONGEST * len(cases)
    assert "more characters]" in found["requirements"][0]["cases"][0]["exchanges"][0]["response"]["body"]


def test_a_summary_is_short_when_all_is_well() -> None:
    text = summary(report(all_conform()))
    assert text.startswith("## ✅ Conformant")
    assert len(text.partition("<details>")[0].splitlines()) < 15
    assert all(f"| `{name}` |" in text for name in CONTRACT.requirements)


def test_a_summary_says_what_to_fix() -> None:
    text = summary(mixed())
    for part in (
        "## ❌ Not conformant",
        MUST,
        CONTRACT.requirements[MUST].source,
        "Expected: `a 4xx`",
        "Actual: `got 200`",
    ):
        assert part in text
    assert re.search(r"```bash\ncurl .*\$TFE_TOKEN.*\n```", text)
    assert "### Inconclusive" in text
    assert "### Untested" in text
    assert f"`{OTHER}`: `known`" in text


def test_a_summary_is_never_too_large_for_github() -> None:
    huge = exchange(body=b"\xff" * 16_000)
    cases = [
        case("violated", name, expected="x" * 9999, actual="ö|" * 9999, exchanges=(huge,)) for name in MUSTS + SHOULDS
    ]
    text = summary(report(cases))
    assert len(text.encode()) < 500_000
    assert text.count("is in report.html, as it is a long one") == VIOLATIONS_SHOWN
    assert f"… and {len(CONTRACT.requirements) - VIOLATIONS_SHOWN} more in report.html." in text


def test_what_a_target_says_does_not_leave_its_cell() -> None:
    text = summary(report([*all_conform(MUST), case("violated", MUST, actual="a | b `|` </details>\n| c |")]))
    row = next(line for line in text.splitlines() if line.startswith(f"| `{MUST}` | MUST | `"))
    assert len(re.findall(r"(?<!\\)\|", row)) == 5
    assert text.count("</details>\n") == text.count("<details>")


@pytest.mark.parametrize("text", ["a`b", "``", "` <script>alert(1)</script>", "line\n# head", "| a | b |"])
def test_nothing_in_a_code_span_is_markup(text: str) -> None:
    found = code(text)
    fence = re.match("`+", found)
    assert fence
    assert found.endswith(fence.group())
    assert fence.group() not in re.split("(?<!`)" + fence.group() + "(?!`)", found)[1]
    assert "\n" not in found


def test_the_page_about_results_names_every_member() -> None:
    text = results_doc.FILE.read_text("utf-8")
    objects = [name for name, found in schema()["$defs"].items() if "properties" in found]
    assert sorted(results_doc.named(text)) == sorted(["document", *objects])
    assert text == results_doc.written(text), "python -m tests.reports.results_doc puts the tables in"
    for name in {name for name in results_doc.named(text) if name != "document"}:
        assert f"\n## {name}\n" in text


def test_nothing_in_results_json_moves_a_cursor() -> None:
    said = {"a": "\x1b[2J\x7f\x9b5m\u202e\u2028é"}
    text = dumped(said)
    assert json.loads(text) == said
    assert text.isprintable() or text.rstrip("\n").isprintable()
    assert "é" in text
