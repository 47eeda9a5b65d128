"""The OpenAPI document is valid, agrees with the contract, and has the plain form that generators understand."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate

from schemas import BodySchema, Contract, ContractError, load, parse
from schemas.openapi import MEDIA_TYPE, STATUSES, document, whole
from strategies.json_path import MISSING, value_at
from strategies.mutations import WRONG_VALUES, replacing

if TYPE_CHECKING:
    from collections.abc import Iterator

CONTRACT: Contract = load()
OPENAPI: dict[str, Any] = json.loads(document(CONTRACT, "1"))
SCHEMAS: dict[str, Any] = OPENAPI["components"]["schemas"]
BODIES: dict[str, BodySchema] = {
    **{f"{name}-request": item.request for name, item in CONTRACT.operations.items() if item.request is not None},
    **{f"{name}-response": item.response for name, item in CONTRACT.operations.items()},
    "errors": CONTRACT.errors,
}
LEFT_OUT = {
    name
    for name, requirement in CONTRACT.requirements.items()
    if "four-members" in name or "recovery-codes" in name or name == "errors.no-data"
}
"""The requirements that forbid members."""


OPERATIONS: dict[str, Any] = {path["post"]["operationId"]: path["post"] for path in OPENAPI["paths"].values()}


def two_factor(name: str) -> dict[str, Any]:
    """The schema of two-factor in the response of an operation."""
    schema: dict[str, Any] = SCHEMAS[f"{name}-response"]
    for member in ("data", "attributes", "two-factor"):
        schema = schema["properties"][member]
    return schema


def nodes(schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """A schema, and all schemas below it."""
    yield schema
    for below in (*schema.get("properties", {}).values(), *([schema["items"]] if "items" in schema else [])):
        yield from nodes(below)


def test_it_is_valid() -> None:
    validate(OPENAPI)


def test_it_has_each_operation_at_its_path() -> None:
    assert {path: list(methods) for path, methods in OPENAPI["paths"].items()} == {
        operation.path: ["post"] for operation in CONTRACT.operations.values()
    }
    assert list(OPERATIONS) == list(CONTRACT.operations)


# -- schemas -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", BODIES)
def test_a_schema_accepts_the_samples_and_what_differs_in_one_value_as_the_contract_does(name: str) -> None:
    body, validator = BODIES[name], Draft202012Validator(SCHEMAS[name])
    judged = 0
    for example in body.schema["examples"]:
        assert validator.is_valid(example)
        for rule in body.rules:
            if value_at(example, rule.path) is MISSING or rule.id in LEFT_OUT:
                continue
            for change in WRONG_VALUES.values():
                if rule.path or change(example) is not MISSING:
                    changed = parse(replacing(rule.path, change)(example))
                    assert validator.is_valid(changed) == (not set(body.broken_by(changed)) - LEFT_OUT), changed
                    judged += 1
    assert judged > 5


@pytest.mark.parametrize("name", BODIES)
def test_a_schema_is_whole_and_each_value_has_a_type(name: str) -> None:
    for node in nodes(SCHEMAS[name]):
        assert not {"allOf", "anyOf", "oneOf", "not", "$ref", "$anchor", "$defs", "title"} & set(node)
        assert "type" in node, node


@pytest.mark.parametrize(
    ("name", "members"),
    [
        ("enable", ["delivery", "enabled", "sms-number", "verified"]),
        ("disable", ["delivery", "enabled", "sms-number", "verified"]),
        ("verify", ["delivery", "enabled", "recovery-codes", "sms-number", "used-recovery-codes", "verified"]),
    ],
)
def test_two_factor_has_the_members_of_the_sample(name: str, members: list[str]) -> None:
    schema = two_factor(name)
    assert sorted(schema["properties"]) == sorted(schema["required"]) == members


def test_types_say_what_may_be_null() -> None:
    types = {
        name: {member: schema["type"] for member, schema in two_factor(name)["properties"].items()}
        for name in ("enable", "disable")
    }
    assert types == {
        "enable": {"delivery": "string", "enabled": "boolean", "sms-number": ["string", "null"], "verified": "boolean"},
        "disable": {"delivery": "null", "enabled": "boolean", "sms-number": "null", "verified": "boolean"},
    }


def test_every_requirement_is_named_with_its_source_and_those_of_a_schema_there() -> None:
    assert list(OPENAPI["x-requirements"]) == list(CONTRACT.requirements)
    for name, entry in OPENAPI["x-requirements"].items():
        assert entry["url"] == CONTRACT.requirements[name].url
    named = {name for schema in SCHEMAS.values() for node in nodes(schema) for name in node.get("x-requirements", [])}
    assert named | LEFT_OUT >= {rule.id for body in BODIES.values() for rule in body.rules}
    assert named <= set(CONTRACT.requirements)


def test_parts_that_contradict_each_other_are_a_mistake() -> None:
    assert whole({"allOf": [{"type": "string"}], "minLength": 1}) == {"type": "string", "minLength": 1}
    with pytest.raises(ContractError, match="type is 'string' and 'null'"):
        whole({"allOf": [{"type": "string"}], "type": "null"})


# -- requests and responses --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "operation"), OPERATIONS.items())
def test_each_status_has_its_response(name: str, operation: dict[str, Any]) -> None:
    responses = operation["responses"]
    assert set(responses) == {"200", "2XX", *STATUSES}
    reference = responses["200"]["content"][MEDIA_TYPE]["schema"]["$ref"]
    assert reference == f"#/components/schemas/{name}-response"


@pytest.mark.parametrize("status", STATUSES)
def test_each_rejection_has_an_example_that_conforms(status: str) -> None:
    content = OPENAPI["components"]["responses"][f"rejected-{status}"]["content"][MEDIA_TYPE]
    assert CONTRACT.errors.broken_by(content["example"]) == {}
    assert content["example"]["errors"][0].get("status", "default") == status


def test_headers_are_declared() -> None:
    responses = OPENAPI["components"]["responses"]
    assert list(responses["rejected-401"]["headers"]) == ["WWW-Authenticate"]
    assert list(responses["rejected-429"]["headers"]) == ["Retry-After", "X-RateLimit-Limit", "X-RateLimit-Reset"]


@pytest.mark.parametrize(("name", "operation"), OPERATIONS.items())
def test_the_content_type_is_demanded_with_or_without_a_body(name: str, operation: dict[str, Any]) -> None:
    if CONTRACT.operations[name].request is not None:
        assert list(operation["requestBody"]["content"]) == [MEDIA_TYPE]
    else:
        (parameter,) = operation["parameters"]
        assert parameter["required"]
        assert (parameter["name"], parameter["schema"]["enum"]) == ("Content-Type", [MEDIA_TYPE])
        assert parameter["schema"]["default"] == MEDIA_TYPE, "a generated function can be called without it"
