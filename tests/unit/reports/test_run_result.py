"""The result of a run, and results.json."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from reports.evidence import MAX_BODY
from reports.run_result import CaseResult, Finding, RunResult, ShownExchange, results_schema, some
from tests.unit.reports import results_doc
from tests.unit.reports.made import (
    CONTRACT,
    MUST,
    MUSTS,
    OTHER,
    TOKEN,
    case,
    conforming,
    exchange,
    finding,
    mixed,
    others_conform,
    result,
    situations,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

SCHEMA = results_schema()
VALIDATOR = Draft202012Validator(SCHEMA, format_checker=Draft202012Validator.FORMAT_CHECKER)
SECONDS = st.floats(0, 1e6)


def tuples(items: st.SearchStrategy[Any]) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(items, max_size=2).map(tuple)


CASES = st.builds(CaseResult, exchanges=tuples(st.builds(ShownExchange, seconds=SECONDS)))
RESULTS = st.builds(RunResult, seconds=SECONDS, requirements=tuples(st.builds(Finding, cases=tuples(CASES))))


@given(RESULTS)
def test_a_result_survives_its_serialisation(made: RunResult) -> None:
    assert RunResult.from_json(made.to_json()) == made


@pytest.mark.parametrize("name", situations())
def test_the_result_of_every_kind_of_run_conforms_to_the_schema(name: str) -> None:
    made = situations()[name]
    document = json.loads(made.to_json())
    Draft202012Validator(closed(SCHEMA)).validate(document)
    VALIDATOR.validate(document)
    assert RunResult.from_json(made.to_json().encode()) == made
    assert document["exit_code"] == made.exit_code
    assert [requirement["id"] for requirement in document["requirements"]] == list(CONTRACT.requirements)


def closed(schema: Any) -> Any:
    """The schema, which then allows no other members."""
    if isinstance(schema, dict):
        changed = {key: closed(value) for key, value in schema.items()}
        return changed | ({"additionalProperties": False} if "properties" in schema and "type" in schema else {})
    return [closed(item) for item in schema] if isinstance(schema, list) else schema


def test_a_member_of_a_newer_version_is_ignored() -> None:
    made = mixed()
    document = json.loads(made.to_json()) | {"newer": 1}
    document["tool"]["newer"] = 2
    VALIDATOR.validate(document)
    assert RunResult.from_json(json.dumps(document)) == made


def test_the_schema_describes_every_member() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    described = list(properties(SCHEMA))
    assert len(described) > 60
    assert all(each["description"].endswith(".") for each in described)


def properties(schema: Any) -> Any:
    if isinstance(schema, dict):
        yield from schema["properties"].values() if "properties" in schema and "type" in schema else ()
        for value in schema.values():
            yield from properties(value)


def test_the_documentation_of_the_results_is_that_of_the_schema() -> None:
    text = results_doc.FILE.read_text("utf-8")
    objects = [name for name, schema in SCHEMA["$defs"].items() if "properties" in schema]
    assert sorted(results_doc.tables(text)) == sorted(["document", *objects])
    assert text == results_doc.updated(text), "run python -m tests.unit.reports.results_doc"


def test_secrets_are_masked_and_nothing_moves_a_cursor() -> None:
    evil = f"{TOKEN} \x1b[2J\x7f\x9b\u202e\ud800"
    shown = exchange(
        purpose=evil, response_body=evil.encode("utf-8", "surrogatepass"), response_headers=((evil, evil),)
    )
    bad = case("violated", MUST, name=evil, detail=evil, expected=evil, actual=evil, exchanges=(shown,))
    text = result(others_conform(bad), notes=(evil,), abort_reason=evil, target=evil).to_json()
    assert TOKEN not in text
    assert "$TFE_TOKEN" in text
    assert all(character.isprintable() or character in "\n\t" for character in "".join(strings(json.loads(text))))


def strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from strings(item)


def test_the_first_violated_cases_keep_all_of_their_exchanges() -> None:
    three = tuple(exchange(number=number) for number in (1, 2, 3))
    cases = [case("violated", MUST, name=f"{number}", exchanges=three) for number in range(7)]
    made = finding(result([*cases, case("conforms", MUST, name="good", exchanges=three)]), MUST)
    assert [len(each.exchanges) for each in made.cases] == [3] * 5 + [1, 1, 2]
    assert [each.number for each in made.cases[-1].exchanges] == [2, 3]


def test_the_steps_before_a_violation_come_first_and_all_can_be_run_as_a_script() -> None:
    steps, exchanges = (exchange(number=7), exchange(number=8)), (exchange(number=12),)
    (violated,) = finding(result([case("violated", MUST, steps=steps, exchanges=exchanges)]), MUST).cases
    assert [each.number for each in violated.exchanges] == [7, 8, 12]
    assert violated.script.count("curl -sS") == len(violated.script.splitlines()) == 3


def test_a_cause_names_the_command_that_tests_only_its_first_requirement() -> None:
    made = result(others_conform(case("violated", MUST)))
    assert made.run_again(made.causes[0]) == f"tfe-conformance check … --only {MUST}"
    recorded = result(others_conform(case("violated", MUST)), recorded=True)
    assert recorded.run_again(recorded.causes[0]) == ""


def test_a_large_body_is_masked_before_it_is_cut() -> None:
    body = b"x" * (MAX_BODY - 10) + TOKEN.encode() + b"x" * 500_000
    made = result([case("conforms", MUST, exchanges=(exchange(response_body=body, body=body),))])
    (shown,) = finding(made, MUST).cases[0].exchanges
    assert shown.response
    for text in (shown.request.body, shown.response.body):
        assert text
        assert TOKEN[:5] not in text
        assert text.endswith("… [500,000 more characters]")
        assert len(text) < MAX_BODY + 40


def test_results_stay_small() -> None:
    long = exchange(response_body=b'"' + b"x" * 500_000 + b'"')
    made = result([case("conforms", name, exchanges=(long, long)) for name in CONTRACT.requirements])
    assert len(made.to_json()) < 2.4 * MAX_BODY * len(CONTRACT.requirements)


def test_an_exchange_without_a_response_says_why() -> None:
    made = result([case("inconclusive", MUST, exchanges=(exchange(status=0),))])
    (shown,) = finding(made, MUST).cases[0].exchanges
    assert (shown.response, shown.outcome) == (None, "the connection was refused")


def test_counts_and_totals() -> None:
    made = mixed()
    assert made.counts["MUST"]["violated"] == made.counts["MUST"]["waived"] == 1
    assert sum(sum(counts.values()) for counts in made.counts.values()) == len(CONTRACT.requirements)
    others = f"1 inconclusive, 1 untested, 1 waived, {len(MUSTS) - 4} conforms"
    assert made.totals[0] == f"MUST     {len(MUSTS)}: 1 violated, {others}"


def test_the_headline_of_a_pass_says_which_cases_were_not_sent() -> None:
    cases = [
        case("untested", MUST, name=f"x{number}", detail=f"skipped: no {word}; give one")
        for number, word in enumerate(["code", "number", "code"])
    ]
    made = result([*conforming(), *cases])
    count = len(CONTRACT.requirements) + 3
    assert made.headline == f"CONFORMANT (3 of {count} cases not sent: no code (2), no number (1)): every MUST conforms"
    assert result(conforming()).headline == "CONFORMANT: every MUST conforms"


def test_requirements_that_a_cause_blocks_are_not_listed_again() -> None:
    cases = (
        case("violated", MUST),
        case("inconclusive", OTHER, name="x", because=MUST),
        case("inconclusive", MUSTS[2], name="y", detail="throttled"),
    )
    made = result(others_conform(*cases))
    assert made.causes[0].blocked == (OTHER,)
    assert made.by_reason("inconclusive") == {"throttled": [MUSTS[2]]}


@pytest.mark.parametrize(
    ("stamps", "expected"),
    [
        ((None,), "in 1 of 2 cases; not run again"),
        ((True, None), "in 2 of 3 cases; run again once, reproduced"),
        ((True, True), "in 2 of 3 cases; run again twice, reproduced each time"),
        ((True, False, True), "in 3 of 4 cases; flaky: run again 3 times, reproduced 2 of 3"),
        ((False,), "in 1 of 2 cases; flaky: run again once, reproduced never"),
    ],
)
def test_how_often_a_cause_was_seen(stamps: tuple[bool | None, ...], expected: str) -> None:
    cases = [case("violated", MUST, name=f"{at}", reproducible=stamp) for at, stamp in enumerate(stamps)]
    made = result([*cases, case("conforms", MUST, name="good")])
    assert made.seen(made.causes[0]) == expected


def test_a_recording_is_not_run_again() -> None:
    made = situations()["recorded"]
    assert made.seen(made.causes[0]) == "in 1 of 2 cases of the recording"


def test_the_first_few_names() -> None:
    assert some(["a", "b"], 2) == "a, b"
    assert some(iter("abc"), 2) == "a, b and 1 more"
