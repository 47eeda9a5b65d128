"""Read schema documents into a contract: the operations, and the requirements that their subschemas state."""

from __future__ import annotations

import difflib
import fnmatch
import hashlib
import json
import re
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal, cast

from referencing import Registry, Resource

from schemas.body_schema import BodySchema

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from importlib.resources.abc import Traversable

Level = Literal["MUST", "SHOULD"]
Kind = Literal["request", "response", "state", "rejection-has-no-effect"]

KEYWORD = re.compile(r"\b(MUST|SHOULD)\b")
ANNOTATIONS = {"examples", "const", "enum", "x-shapes", "x-operation"}
"""Keywords that hold values, not subschemas."""
VERSION_LENGTH = 12
PAGE = "account"
SHARED = "all"
"""The `operation` of a requirement that no single operation's document states."""


class ContractError(Exception):
    """A name that is not in the contract, or schemas that contradict each other."""


@dataclass(frozen=True)
class Requirement:
    """A statement about the API that holds or does not, read from the subschema that states it.

    Attributes:
        id: the subschema's `$anchor`.
        sentence: its `description`.
        source: its `x-source`.
        operation: the name of an operation, or `SHARED`.
        url: the URL of the source: that of the longest beginning of it that the `x-sources` of a document name.
        read: the day on which the source was read, in ISO 8601.
        kind: what is held to it. "request": a request that breaks it must be rejected. "response": each response is
            judged by it. "state": the effect of requests, or a response that depends on the requests before.
            "rejection-has-no-effect": a rejected request changes nothing. It follows from the place of the subschema,
            or is its `x-kind`.
        responses_of: its `x-responses-of`: the operations whose responses are judged by it, "*" for all, where the
            rule is more than a schema of the body.
        at: its `x-at`: the part of a response that shows a violation, where no schema of a body tells. It is "status",
            a JSON Pointer (RFC 6901) into the body, the name of a header with a colon at its end, or empty.
        follows: its `x-follows`: the ID of a requirement; where both are violated, that one is the cause. Or empty.
    """

    id: str
    sentence: str
    source: str
    operation: str
    url: str = ""
    read: str = ""
    kind: Kind = "state"
    responses_of: tuple[str, ...] = ()
    at: str = ""
    follows: str = ""

    @property
    def level(self) -> Level:
        """The RFC 2119 keyword of the sentence; MUST NOT counts as MUST, SHOULD NOT as SHOULD."""
        return cast("Level", KEYWORD.findall(self.sentence)[0])


@dataclass(frozen=True, eq=False)
class Operation:
    """An action of the API, as its schema document describes it.

    Attributes:
        name: the stem of the document's file name.
        title: a heading for people.
        method: the HTTP method.
        path: the path below the base URL.
        shapes: the documented request bodies by name, `None` where the request has no body.
        request: the schema of the request body; `None` where the operation has none.
        response: the schema of the body of a success.
    """

    name: str
    title: str
    method: str
    path: str
    shapes: Mapping[str, Any]
    request: BodySchema | None
    response: BodySchema

    @property
    def first_shape(self) -> str:
        """The name of the first shape."""
        return next(iter(self.shapes))


@dataclass(frozen=True)
class Contract:
    """All operations and requirements of a page of the documentation, and of the conventions that bind it.

    Attributes:
        name: the name of the page.
        operations: the operations by name, in the order of the page.
        requirements: the requirements by ID, in the order of the documents.
        documents: the schema documents by the stem of their file name, as they were read.
        errors: the schema of the document that a rejection carries.
    """

    name: str
    operations: Mapping[str, Operation]
    requirements: Mapping[str, Requirement]
    documents: Mapping[str, Mapping[str, Any]]
    errors: BodySchema

    @cached_property
    def version(self) -> str:
        """The first characters of the SHA-256 of the documents, which differ where the text of the contract does."""
        text = json.dumps(dict(self.documents), sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:VERSION_LENGTH]

    def judged_by_responses(self, operation: Operation) -> list[str]:
        """The IDs of the requirements that responses of an operation are judged by, successes and rejections."""
        rules = [rule.id for rule in (*operation.response.rules, *self.errors.rules)]
        beyond = [item.id for item in self.requirements.values() if {"*", operation.name} & {*item.responses_of}]
        return list(dict.fromkeys([*rules, *beyond]))

    def no_effect_requirement(self, operation_name: str) -> str | None:
        """The ID of the requirement that a rejected request of the operation changes nothing, if there is one."""
        requirements = (item for item in self.requirements.values() if item.operation == operation_name)
        return next((item.id for item in requirements if item.kind == "rejection-has-no-effect"), None)

    def matching(self, pattern: str) -> list[str]:
        """The IDs that match a glob, such as "enable.*".

        Raises:
            ContractError: none does; the message names a similar ID, if there is one.
        """
        return fnmatch.filter(self.requirements, pattern) or [self.requirement(pattern).id]

    def requirement(self, name: str) -> Requirement:
        """The requirement with this ID.

        Raises:
            ContractError: the contract has none; the message names a similar ID, if there is one.
        """
        if name in self.requirements:
            return self.requirements[name]
        similar = difflib.get_close_matches(name, self.requirements, n=1)
        hint = f"; did you mean {similar[0]!r}?" if similar else ""
        raise ContractError(f"there is no requirement {name!r}{hint}")


@cache
def load() -> Contract:
    """The contract of the page and the conventions that bind it, read from the documents in the folders beside this."""
    package = files(__package__)
    documents = _documents(package / PAGE) | _documents(package / "common")
    registry: Registry[Any] = Registry().with_resources(
        (document["$id"], Resource.from_contents(document)) for document in documents.values()
    )
    operations = {
        stem: _operation(stem, document, registry) for stem, document in documents.items() if "x-operation" in document
    }
    errors = _body_schema(registry, documents["errors"]["$id"])
    return Contract(
        name=PAGE,
        operations=MappingProxyType(operations),
        requirements=MappingProxyType(_requirements(documents, operations.values(), errors)),
        documents=MappingProxyType(documents),
        errors=errors,
    )


def _documents(folder: Traversable) -> dict[str, dict[str, Any]]:
    """The JSON documents of a folder by stem, in the order of their `x-order`, then of their names."""
    documents = {
        entry.name.removesuffix(".json"): json.loads(entry.read_text("utf-8"))
        for entry in folder.iterdir()
        if entry.name.endswith(".json")
    }
    return dict(sorted(documents.items(), key=lambda item: (item[1].get("x-order", 0), item[0])))


def _operation(name: str, document: Mapping[str, Any], registry: Registry[Any]) -> Operation:
    definitions = f"{document['$id']}#/$defs/"
    return Operation(
        name=name,
        title=document["title"],
        method=document["x-operation"]["method"],
        path=document["x-operation"]["path"],
        shapes=MappingProxyType(document["x-shapes"]),
        request=_body_schema(registry, f"{definitions}request") if "request" in document["$defs"] else None,
        response=_body_schema(registry, f"{definitions}response"),
    )


def _body_schema(registry: Registry[Any], reference: str) -> BodySchema:
    resolved = registry.resolver().lookup(reference)
    return BodySchema(_without_references(resolved.contents, resolved.resolver))


def _without_references(node: Any, resolver: Any) -> Any:
    """A schema in which each `$ref` is replaced by the schema it refers to, as the first of its `allOf`.

    The path to an error is then unique, which leads to the requirement that states the rule.
    """
    if isinstance(node, list):
        return [_without_references(value, resolver) for value in node]
    if not isinstance(node, dict):
        return node
    schema = {
        keyword: value if keyword in ANNOTATIONS else _without_references(value, resolver)
        for keyword, value in node.items()
        if keyword not in ("$ref", "$schema", "$id", "$defs")
    }
    if "$ref" not in node:
        return schema
    target = resolver.lookup(node["$ref"])
    return {"allOf": [_without_references(target.contents, target.resolver), *schema.pop("allOf", [])], **schema}


def _requirements(
    documents: Mapping[str, Mapping[str, Any]], operations: Collection[Operation], errors: BodySchema
) -> dict[str, Requirement]:
    """The requirements by ID, in the order of the documents."""
    kinds: dict[str, Kind] = {}
    for operation in operations:
        kinds |= {rule.id: "request" for rule in (operation.request.rules if operation.request else ())}
        kinds |= {rule.id: "response" for rule in (*operation.response.rules, *errors.rules)}
    sources = {
        beginning: (url, document["x-read"])
        for document in documents.values()
        for beginning, url in document.get("x-sources", {}).items()
    }
    return {
        schema["$anchor"]: _requirement(schema, stem if "x-operation" in document else SHARED, kinds, sources)
        for stem, document in documents.items()
        for schema in anchored(document)
    }


def anchored(schema: Any) -> Iterator[Mapping[str, Any]]:
    """Every subschema with an `$anchor` at and below a schema, in the order of the document."""
    if isinstance(schema, dict):
        if "$anchor" in schema:
            yield schema
        for keyword, value in schema.items():
            if keyword not in ANNOTATIONS:
                yield from anchored(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from anchored(value)


def _requirement(
    schema: Mapping[str, Any], operation: str, kinds: Mapping[str, Kind], sources: Mapping[str, tuple[str, str]]
) -> Requirement:
    name, source, responses_of = schema["$anchor"], schema["x-source"], tuple(schema.get("x-responses-of", ()))
    kind = kinds.get(name) or schema.get("x-kind", "response" if responses_of else "state")
    beginning = max((text for text in sources if source.startswith(text)), key=len, default="")
    url, read = sources.get(beginning, ("", ""))
    at, follows = schema.get("x-at", ""), schema.get("x-follows", "")
    return Requirement(name, schema["description"], source, operation, url, read, kind, responses_of, at, follows)
