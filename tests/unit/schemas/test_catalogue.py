"""The catalogue and the OpenAPI document agree with the contract."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from schemas import Contract, catalogue, load
from schemas.openapi import document

if TYPE_CHECKING:
    import pytest

CONTRACT: Contract = load()


def test_table_and_markdown_hold_every_requirement() -> None:
    table, markdown = catalogue.table(CONTRACT), catalogue.markdown(CONTRACT)
    for name, requirement in CONTRACT.requirements.items():
        assert name in table
        assert f"| `{name}` | {requirement.level} | " in markdown


def test_the_table_fits_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "132")
    rows, _, sources = catalogue.table(CONTRACT).partition("\n\n")
    lines = rows.splitlines()
    assert max(map(len, lines)) <= 132
    assert any(line.startswith(" ") for line in lines), "a long sentence goes on in the next line"
    assert all(line.startswith("Source: https://") for line in sources.splitlines())


def test_json_holds_every_requirement() -> None:
    items = json.loads(catalogue.as_json(CONTRACT))
    assert [item["id"] for item in items] == list(CONTRACT.requirements)
    assert {key for item in items for key in item} == {"id", "level", "operation", "sentence", "source", "url", "read"}


def test_openapi_schemas_judge_as_the_contract_does() -> None:
    openapi = json.loads(document(CONTRACT, "1"))
    assert set(openapi["paths"]) == {operation.path for operation in CONTRACT.operations.values()}
    registry: Registry[Any] = Registry().with_resource(
        "urn:openapi", Resource.from_contents(openapi, default_specification=DRAFT202012)
    )
    for name, operation in CONTRACT.operations.items():
        reference = {"$ref": f"urn:openapi#/components/schemas/{name}-response"}
        validator = Draft202012Validator(reference, registry=registry)
        for sample in operation.response.schema["examples"]:
            assert validator.is_valid(sample)
            assert not validator.is_valid({"data": sample})
