"""The contract as an OpenAPI 3.1 document, for tools that read OpenAPI."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from schemas.contract import Contract, Operation

MEDIA_TYPE = "application/vnd.api+json"
LEFT_OUT = ("$schema", "$id", "$defs", "x-order")
"""Keywords of a schema document that a component does not have."""


def document(contract: Contract, version: str) -> str:
    """The OpenAPI document as JSON text. It contains the schemas of the contract with their requirement IDs."""
    openapi = {
        "openapi": "3.1.0",
        "info": {
            "title": f"{contract.name.title()} API of Terraform Enterprise, as tfe-conformance reads it",
            "version": version,
            "license": {"name": "MPL-2.0", "identifier": "MPL-2.0"},
        },
        "jsonSchemaDialect": "https://json-schema.org/draft/2020-12/schema",
        "servers": [{"url": "/api/v2"}],
        "security": [{"token": []}],
        "paths": {
            operation.path: {operation.method.lower(): _operation(contract, operation)}
            for operation in contract.operations.values()
        },
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "schemas": {name: _component(schema) for name, schema in _schemas(contract).items()},
        },
    }
    return json.dumps(openapi, indent=2, ensure_ascii=False)


def _schemas(contract: Contract) -> dict[str, Mapping[str, Any]]:
    """The schemas by the name of their component: shared documents, then the request and response of operations."""
    shared = {
        name: schema for name, schema in contract.documents.items() if "x-operation" not in schema and "type" in schema
    }
    bodies = {
        f"{name}-{part}": contract.documents[name]["$defs"][part]
        for name in contract.operations
        for part in ("request", "response")
        if part in contract.documents[name]["$defs"]
    }
    return shared | bodies


def _operation(contract: Contract, operation: Operation) -> dict[str, Any]:
    described: dict[str, Any] = {
        "operationId": operation.name,
        "summary": operation.title,
        "responses": {
            "2XX": {"description": "The action was carried out.", "content": _content(f"{operation.name}-response")},
            "4XX": {"description": "The request was rejected.", "content": _content("errors")},
        },
    }
    if operation.request is not None:
        content = _content(f"{operation.name}-request")
        content[MEDIA_TYPE]["examples"] = {name: {"value": body} for name, body in operation.shapes.items()}
        described["requestBody"] = {"required": True, "content": content}
    described["x-requirements"] = [
        name for name, requirement in contract.requirements.items() if requirement.operation == operation.name
    ]
    return described


def _content(schema: str) -> dict[str, Any]:
    return {MEDIA_TYPE: {"schema": {"$ref": f"#/components/schemas/{schema}"}}}


def _component(schema: Mapping[str, Any]) -> Any:
    return _rewritten({keyword: value for keyword, value in schema.items() if keyword not in LEFT_OUT})


def _rewritten(node: Any) -> Any:
    """The schema with references to components instead of files, and IDs instead of anchors.

    Anchors must be unique in a document, and several operations share some.
    """
    if isinstance(node, list):
        return [_rewritten(value) for value in node]
    if not isinstance(node, dict):
        return node
    rewritten = {}
    for keyword, value in node.items():
        if keyword == "$anchor":
            rewritten["x-requirement"] = value
        elif keyword == "$ref" and isinstance(value, str) and value.endswith(".json"):
            rewritten[keyword] = f"#/components/schemas/{value.removesuffix('.json')}"
        else:
            rewritten[keyword] = value if keyword in ("examples", "const", "enum") else _rewritten(value)
    return rewritten
