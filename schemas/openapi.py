"""The contract as an OpenAPI 3.1 document, in the plain form that generators of clients and mock servers understand."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from schemas.contract import ContractError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from schemas.contract import Contract, Operation

MEDIA_TYPE = "application/vnd.api+json"
ERRORS = "errors"
JSON_TYPES = {type(None): "null", bool: "boolean", str: "string"}
"""Those of the values that the contract lists."""
STATUSES = {
    "401": "The bearer token is missing or invalid.",
    "404": "There is nothing at this path.",
    "406": "Accept names the media type of JSON:API only with parameters.",
    "409": "The state of the account does not allow the action.",
    "415": "The Content-Type is missing, or is not application/vnd.api+json without parameters.",
    "422": "The body is invalid, or the code is wrong.",
    "429": "Too many requests.",
    "default": "Another rejection: the documentation names no status, and any 4xx conforms.",
}
SUCCESS = "The action was carried out. The documentation names no status, and any 2xx conforms."
RESPONSE_HEADERS: Mapping[str, tuple[tuple[str, str, str], ...]] = {
    "401": (("WWW-Authenticate", "Bearer", "The scheme of the credentials."),),
    "429": (
        ("Retry-After", "1", "Seconds to wait, or the date from which on to try again."),
        ("X-RateLimit-Limit", "30", "The requests that are allowed in a second."),
        ("X-RateLimit-Reset", "0.5", "Seconds until the limit is reset."),
    ),
}
"""The headers of rejections by status: name, example and meaning."""
INFO = (
    "The operations as tfe-conformance reads their documentation. Each schema names the requirements that it states in "
    "`x-requirements`; the member of that name at the top has their sentences, sources and URLs. Rules that forbid a "
    "member are left out, as generators would make a member of it."
)


def document(contract: Contract, version: str) -> str:
    """The OpenAPI document as JSON text."""
    openapi = {
        "openapi": "3.1.0",
        "info": {
            "title": f"{contract.name.title()} API of Terraform Enterprise",
            "description": INFO,
            "version": version,
            "license": {"name": "MPL-2.0", "identifier": "MPL-2.0"},
        },
        "jsonSchemaDialect": "https://json-schema.org/draft/2020-12/schema",
        "servers": [{"url": "/api/v2"}],
        "security": [{"token": []}],
        "tags": [{"name": contract.name}],
        "paths": {
            operation.path: {operation.method.lower(): _operation(contract, operation)}
            for operation in contract.operations.values()
        },
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "schemas": _components(contract),
            "responses": {f"rejected-{status}": _rejection(status) for status in STATUSES},
        },
        "x-requirements": {
            name: {member: getattr(requirement, member) for member in ("level", "sentence", "source", "url", "read")}
            for name, requirement in contract.requirements.items()
        },
    }
    return json.dumps(openapi, indent=2, ensure_ascii=False)


def _components(contract: Contract) -> dict[str, Any]:
    """The schema of each body by the name of its component."""
    bodies = {
        f"{operation.name}-{part}": body
        for operation in contract.operations.values()
        for part, body in (("request", operation.request), ("response", operation.response))
    }
    return {name: whole(body.schema) for name, body in {**bodies, ERRORS: contract.errors}.items() if body is not None}


def _operation(contract: Contract, operation: Operation) -> dict[str, Any]:
    requirements = [item for item in contract.requirements.values() if item.operation == operation.name]
    success = {"description": SUCCESS, "content": _content(f"{operation.name}-response")}
    rejections = {status: {"$ref": f"#/components/responses/rejected-{status}"} for status in STATUSES}
    described = {
        "operationId": operation.name,
        "tags": [contract.name],
        "summary": operation.title,
        "externalDocs": {"url": requirements[0].url},
        "responses": {"200": success, "2XX": success, **rejections},
        "x-requirements": [item.id for item in requirements],
    }
    if operation.request is None:
        # OpenAPI ignores a parameter of this name; tools that don't, send what the documentation's samples send.
        header = {"type": "string", "enum": [MEDIA_TYPE], "default": MEDIA_TYPE}
        return described | {
            "description": f"The request has no body. It needs the header Content-Type: {MEDIA_TYPE} all the same.",
            "parameters": [{"name": "Content-Type", "in": "header", "required": True, "schema": header}],
        }
    content = _content(f"{operation.name}-request")
    content[MEDIA_TYPE]["examples"] = {name: {"value": body} for name, body in operation.shapes.items()}
    return described | {"requestBody": {"required": True, "content": content}}


def _rejection(status: str) -> dict[str, Any]:
    headers = {
        name: {"description": description, "schema": {"type": "string"}, "example": example}
        for name, example, description in RESPONSE_HEADERS.get(status, ())
    }
    content = _content(ERRORS)
    error = {"title": STATUSES[status]} | ({"status": status} if status.isdecimal() else {})
    content[MEDIA_TYPE]["example"] = {"errors": [error]}
    return {"description": STATUSES[status], "content": content} | ({"headers": headers} if headers else {})


def _content(schema: str) -> dict[str, Any]:
    return {MEDIA_TYPE: {"schema": {"$ref": f"#/components/schemas/{schema}"}}}


def whole(schema: Mapping[str, Any]) -> dict[str, Any]:
    """The schema without `allOf` and `not`: the members of all parts are in one place, each with its type.

    Raises:
        ContractError: two parts make different demands of one keyword.
    """
    result: dict[str, Any] = {}
    for part in (*map(whole, schema.get("allOf", ())), _own_part(schema)):
        result = _combined(result, part)
    return result


def _own_part(schema: Mapping[str, Any]) -> dict[str, Any]:
    part: dict[str, Any] = {}
    for keyword, value in schema.items():
        match keyword:
            case "$anchor":
                part["x-requirements"] = [value]
            case "properties":
                part[keyword] = {name: whole(member) for name, member in value.items() if not _is_forbidden(member)}
            case "items":
                part[keyword] = whole(value)
            case "allOf" | "not" | "title" | "$schema" | "$id" | "$defs":
                pass
            case _ if not keyword.startswith("x-"):
                part[keyword] = value
    values = schema.get("enum", [schema["const"]] if "const" in schema else [])
    if values and "type" not in part:
        (part["type"],) = {JSON_TYPES[type(value)] for value in values}
    return part


def _is_forbidden(member: Mapping[str, Any]) -> bool:
    """Whether the member must be absent or empty: a client has no use for it."""
    return member.get("not") == {} or member.get("maxItems") == 0


def _combined(first: Mapping[str, Any], second: Mapping[str, Any]) -> dict[str, Any]:
    combined = {**first, **second}
    for keyword in first.keys() & second.keys():
        one, other = first[keyword], second[keyword]
        match keyword:
            case "properties":
                combined[keyword] = {**one, **{name: _combined(one.get(name, {}), other[name]) for name in other}}
            case "items":
                combined[keyword] = _combined(one, other)
            case "required" | "x-requirements":
                combined[keyword] = list(dict.fromkeys([*one, *other]))
            case "description":
                combined[keyword] = f"{one} {other}"
            case "examples":
                combined[keyword] = other  # those of the whole come after those of a part
            case _ if one != other:
                raise ContractError(f"{keyword} is {one!r} and {other!r} in one schema")
    return combined
