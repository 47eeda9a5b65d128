"""A defect breaks its own requirement and no other, as bytes; a valid body breaks none."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas import Contract, Operation, load, parse
from strategies.bodies import backwards, bodies, body_defects, escaped, json_values, near, spellings
from strategies.defects import Defect, broken_by, defects, encode

CONTRACT: Contract = load()
WITH_BODY = [operation for operation in CONTRACT.operations.values() if operation.request is not None]
ENUMERATED = [
    pytest.param(operation, defect, id=f"{defect.requirement}-{defect.name}")
    for operation in WITH_BODY
    for defect in defects(operation)
]
operations = pytest.mark.parametrize("operation", WITH_BODY, ids=lambda operation: operation.name)


@pytest.mark.parametrize(("operation", "defect"), ENUMERATED)
def test_a_defect_breaks_its_requirement_alone(operation: Operation, defect: Defect) -> None:
    body = defect.apply(operation.shapes[defect.shape])
    assert broken_by(operation, body) == {defect.requirement}


@operations
def test_every_requirement_on_a_body_has_defects_with_names_of_their_own(operation: Operation) -> None:
    assert operation.request is not None
    found = [(defect.requirement, defect.name) for defect in defects(operation)]
    assert len(found) == len(set(found))
    assert {name for name, _ in found} == {rule.id for rule in operation.request.rules}


@operations
def test_defects_differ_as_bytes(operation: Operation) -> None:
    sent = [defect.apply(operation.shapes[defect.shape]) for defect in defects(operation)]
    assert len(sent) == len(set(sent))


def test_near_misses_depart_from_a_body_that_is_valid_but_for_them() -> None:
    enable = CONTRACT.operations["enable"]
    found = {defect.name: defect for defect in defects(enable)}
    assert found["near-miss-upper-case-sms"].shape == "sms"
    assert json.loads(found["near-miss-upper-case-sms"].apply(enable.shapes["sms"])) == {
        "data": {"type": "users", "attributes": {"delivery": "SMS", "sms-number": "+1555555555"}}
    }
    assert found["near-miss-upper-case-app"].shape == "app"


def test_a_number_for_a_string_is_the_number_that_would_be_coerced() -> None:
    verify = CONTRACT.operations["verify"]
    defect = next(d for d in defects(verify) if (d.requirement, d.name) == ("verify.request.code", "wrong-type-number"))
    assert json.loads(defect.apply(verify.shapes["code"]))["data"]["attributes"]["code"] == 123456


def test_an_operation_without_a_body_has_none() -> None:
    assert list(defects(CONTRACT.operations["disable"])) == []


@operations
@given(data=st.data())
@settings(deadline=None)
def test_a_valid_body_breaks_nothing_however_it_is_spelled(operation: Operation, data: st.DataObject) -> None:
    body = data.draw(bodies(operation))
    assert broken_by(operation, encode(body)) == set()
    for text in (data.draw(spellings(body)), backwards(body), escaped(body)):
        assert parse(text) == body


@operations
@given(data=st.data())
@settings(deadline=None)
def test_a_generated_defect_breaks_its_requirement_alone(operation: Operation, data: st.DataObject) -> None:
    defect = data.draw(body_defects(operation))
    assert broken_by(operation, defect.apply(operation.shapes[defect.shape])) == {defect.requirement}


@given(body=json_values)
@settings(deadline=None)
def test_any_value_survives_the_way_to_bytes(body: Any) -> None:
    assert parse(encode(body)) == body


@given(value=near("users"))
def test_near_strings_are_at_most_one_edit_away(value: str) -> None:
    assert abs(len(value) - len("users")) <= 1
