"""Mutations start from the right body; any valid body breaks nothing, in any JSON text of it."""

from __future__ import annotations

import ast
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas import Contract, Operation, load, parse
from strategies import mutations
from strategies.generation import drawn_body_probes, generated, generated_body_probes, json_values, one_edit_away
from strategies.json_path import MISSING, replaced, value_at
from strategies.mutations import body_probes, broken_by, encode
from strategies.valid_bodies import backwards, escaped, serialisations

CONTRACT: Contract = load()
WITH_BODY = [operation for operation in CONTRACT.operations.values() if operation.request is not None]
operations = pytest.mark.parametrize("operation", WITH_BODY, ids=lambda operation: operation.name)


def body_of(operation: str, probe_id: str) -> Any:
    probe = next(probe for probe in body_probes(CONTRACT.operations[operation]) if probe.id == probe_id)
    spec = probe.build(CONTRACT.operations[operation].shapes[probe.shape], "")
    assert spec is not None
    assert spec.body is not None
    return probe.shape, json.loads(spec.body)


@operations
def test_every_requirement_on_a_body_has_probes(operation: Operation) -> None:
    assert operation.request is not None
    assert {probe.requirement for probe in body_probes(operation)} == {rule.id for rule in operation.request.rules}


@operations
def test_no_two_probes_send_the_same_bytes(operation: Operation) -> None:
    specs = [probe.build(operation.shapes[probe.shape], "") for probe in body_probes(operation)]
    bodies = [spec.body for spec in specs if spec is not None]
    assert len(bodies) == len(specs) == len(set(bodies))


def test_a_near_miss_departs_from_the_shape_that_holds_its_value() -> None:
    shape, body = body_of("enable", "enable.request.delivery-near-miss-upper-case-sms")
    assert shape == "sms"
    assert body == {"data": {"type": "users", "attributes": {"delivery": "SMS", "sms-number": "+1555555555"}}}
    assert body_of("enable", "enable.request.delivery-near-miss-upper-case-app")[0] == "app"


def test_a_number_in_the_place_of_a_string_is_the_number_that_is_coerced_to_it() -> None:
    _, body = body_of("verify", "verify.request.code-wrong-type-number")
    assert body["data"]["attributes"]["code"] == 123456


def test_the_purpose_names_the_place_and_the_mutation() -> None:
    probes = {probe.id: probe for probe in body_probes(CONTRACT.operations["enable"])}
    spec = probes["enable.request.type-missing"].build(CONTRACT.operations["enable"].shapes["app"], "")
    assert spec is not None
    assert spec.purpose == "without data.type"


@pytest.mark.parametrize(
    ("name", "purpose"),
    [
        ("sms-number-wrong-type-number", "data.attributes.sms-number: 12025550123"),
        ("sms-number-wrapped-in-array", 'data.attributes.sms-number: ["+12025550123"]'),
        ("attributes-encoded-twice", "data.attributes: encoded twice"),
        ("data-wrapped-in-array", "data: wrapped in array"),
    ],
)
def test_the_purpose_names_the_number_that_is_sent_and_no_part_of_an_object_with_it(name: str, purpose: str) -> None:
    operation = CONTRACT.operations["enable"]
    probe = next(probe for probe in body_probes(operation) if probe.id == f"enable.request.{name}")
    spec = probe.build(replaced(operation.shapes["sms"], ("data", "attributes", "sms-number"), "+12025550123"), "")
    assert spec is not None
    assert spec.purpose == purpose


def test_an_operation_without_a_body_has_no_probes_of_it() -> None:
    assert list(body_probes(CONTRACT.operations["disable"])) == []
    assert drawn_body_probes(CONTRACT.operations["disable"], 0, 5) == ()
    assert broken_by(CONTRACT.operations["disable"], b"{") == set()


def test_a_body_beyond_the_parser_breaks_the_requirement_on_the_whole() -> None:
    body = b'{"data": ' + b"9" * 5_000 + b"}"
    assert broken_by(CONTRACT.operations["enable"], body) == {"enable.request.body"}


@operations
@given(data=st.data())
@settings(deadline=None)
def test_a_valid_body_breaks_nothing_in_any_json_text(operation: Operation, data: st.DataObject) -> None:
    body = data.draw(st.sampled_from(list(operation.shapes.values())))
    assert broken_by(operation, encode(body)) == set()
    for text in (data.draw(serialisations(body)), backwards(body), escaped(body)):
        assert parse(text) == body


def test_other_json_texts_differ_as_bytes() -> None:
    body = CONTRACT.operations["enable"].shapes["sms"]
    texts = {encode(body), backwards(body), escaped(body), *generated(serialisations(body), 0, 5)}
    assert len(texts) == 8


@operations
@given(data=st.data())
@settings(deadline=None)
def test_a_generated_probe_breaks_its_requirement_alone(operation: Operation, data: st.DataObject) -> None:
    probe = data.draw(generated_body_probes(operation))
    spec = probe.build(operation.shapes[probe.shape], "")
    assert spec is not None
    assert spec.body is not None
    assert broken_by(operation, spec.body) == {probe.requirement}


@operations
def test_drawn_probes_are_numbered_and_the_same_for_a_seed(operation: Operation) -> None:
    def bodies(seed: int) -> list[Any]:
        return [probe.build(operation.shapes[probe.shape], "") for probe in drawn_body_probes(operation, seed, 5)]

    assert [probe.name for probe in drawn_body_probes(operation, 0, 5)] == [f"generated-{n}" for n in range(1, 6)]
    assert bodies(0) == bodies(0)
    assert bodies(0) != bodies(1)


@pytest.mark.parametrize(("count", "drawn"), [(0, 0), (1, 1), (2, 2), (5, 2)])
def test_examples_are_different_and_fewer_where_there_are_no_more(count: int, drawn: int) -> None:
    examples = generated(st.integers(0, 1000).map(lambda number: number % 2), 0, count)
    assert len(examples) == len(set(examples)) == drawn


@given(body=json_values)
@settings(deadline=None)
def test_any_value_survives_the_way_to_bytes(body: Any) -> None:
    assert parse(encode(body)) == body


@given(data=st.data(), value=st.text(max_size=10))
def test_a_string_one_edit_away_differs_in_one_character_at_most(data: st.DataObject, value: str) -> None:
    edited = data.draw(one_edit_away(value))
    start = next((at for at, pair in enumerate(zip(value, edited, strict=False)) if pair[0] != pair[1]), None)
    start = min(len(value), len(edited)) if start is None else start
    rests = [(value[start + cut :], edited[start + add :]) for cut in (0, 1) for add in (0, 1)]
    assert any(left == right for left, right in rests)


def test_replacing_leaves_the_original_alone() -> None:
    body = {"data": {"type": "users"}}
    assert replaced(body, ("data", "type"), MISSING) == {"data": {}}
    assert replaced(body, ("data", "type"), None) == {"data": {"type": None}}
    assert replaced(body, (), 1) == 1
    assert body == {"data": {"type": "users"}}
    assert value_at(body, ("data", "id")) is MISSING
    assert value_at(body, ("data", "type", "x")) is MISSING


def test_only_the_modules_that_generate_import_hypothesis() -> None:
    """It is slow to import, and most commands generate nothing."""
    slow = {"hypothesis", "strategies.generation", "strategies.valid_bodies"}
    importing = {
        module.stem
        for module in Path(mutations.__file__).parent.glob("*.py")
        for node in ast.parse(module.read_text("utf-8")).body
        if isinstance(node, ast.ImportFrom) and node.module in slow
    }
    assert importing == {"generation", "valid_bodies"}
