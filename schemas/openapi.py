"""The contract as an OpenAPI 3.1 document, for tools that read those."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from schemas.contract import Contract, Operation

MEDIA_TYPE = "application/vnd.api+json"


def document(contract: Contract, version: str) -> str:
    """The OpenAPI document as JSON text. The schemas of the contract stand in it whole, requirement IDs included."""
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
            "schemas": {name: _component(schema) for name, schema in contract.documents.items() if _is_schema(schema)}
            | {
                f"{name}-{part}": _component(contract.documents[name]["$defs"][part])
                for name in contract.operations
                for part in ("request", "response")
                if part in contract.documents[name]["$defs"]
            },
        },
    }
    return json.dumps(openapi, indent=2, ensure_ascii=False)


def _operation(contract: Contract, operation: Operation) -> dict[str, Any]:
    described: dict[str, Any] = {
        "operationId": operation.name,
        "summary": operation.title,
        "responses": {
            "2XX": _content("It was done.", f"{operation.name}-response"),
            "4XX": _content("It was rejected.", "errors"),
        },
    }
    if operation.request is not None:
        examples = {name: {"value": body} for name, body in operation.shapes.items()}
        content = _content("", f"{operation.name}-request")["content"]
        content[MEDIA_TYPE]["examples"] = examples
        described["requestBody"] = {"required": True, "content": content}
    described["x-requirements"] = [
        name for name, requirement in contract.requirements.items() if requirement.operation == operation.name
    ]
    return described


def _content(description: str, schema: str) -> dict[str, Any]:
    return {
        "description": description,
        "content": {MEDIA_TYPE: {"schema": {"$ref": f"#/components/schemas/{schema}"}}},
    }


def _is_schema(document: Mapping[str, Any]) -> bool:
    return "x-operation" not in document and "type" in document


def _component(schema: Mapping[str, Any]) -> Any:
    """A schema as a component: references go to other components, and what is only of this project is left out."""
    found = copy.deepcopy(dict(schema))
    for name in ("$schema", "$id", "$defs", "x-order"):
        found.pop(name, None)
    return _relative(found)


def _relative(node: Any) -> Any:
    """Anchors are not unique within one document; a `$ref` to a neighbouring file becomes one to its component."""
    if isinstance(node, list):
        return [_relative(value) for value in node]
    if not isinstance(node, dict):
        return node
    found = {}
    for keyword, value in node.items():
        if keyword == "$anchor":
            found["x-requirement"] = value
        elif keyword == "$ref" and isinstance(value, str) and value.endswith(".json"):
            found[keyword] = f"#/components/schemas/{value.removesuffix('.json')}"
        else:
            found[keyword] = value if keyword in ("examples", "const", "enum") else _relative(value)
    return found
