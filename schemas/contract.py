"""Read schema documents into a contract: the operations, and the requirements that their subschemas state."""

from __future__ import annotations

import difflib
import hashlib
import json
import re
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal, cast

from referencing import Registry, Resource

from schemas.judge import BodySchema

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from importlib.resources.abc import Traversable

Level = Literal["MUST", "SHOULD", "MAY"]

KEYWORD = re.compile(r"\b(MUST|SHOULD|MAY)\b")
ANNOTATIONS = {"examples", "const", "enum", "x-shapes", "x-operation"}
"""Keywords that hold values, not subschemas."""
VERSION_LENGTH = 12
SHARED = "all"
"""The `operation` of a requirement that no single operation's document states."""


class ContractError(Exception):
    """A schema document that states its requirements wrongly, or a name that is not in the contract."""


@dataclass(frozen=True)
class Requirement:
    """One statement about the API that holds or not.

    `id` is the subschema's `$anchor`, `sentence` its `description`, `source` its `x-source`; the keywords beside them
    are the rule, where JSON Schema can say it. `operation` is the name of an operation, or `SHARED`. `answers_of` names
    the operations whose every answer is judged by it ("*": all), where more than the schema of the body is needed.
    `at` is where an answer shows that it is broken, where no schema of a body says it: "status", a JSON Pointer
    (RFC 6901) into the body, the name of a header with a colon at its end, or empty.
    """

    id: str
    sentence: str
    source: str
    operation: str
    answers_of: tuple[str, ...] = ()
    at: str = ""

    @property
    def level(self) -> Level:
        """The RFC 2119 keyword of the sentence; MUST NOT counts as MUST, SHOULD NOT as SHOULD."""
        return cast("Level", KEYWORD.findall(self.sentence)[0])


@dataclass(frozen=True)
class Operation:
    """One action of the API, as its schema document describes it.

    `shapes` are the documented request bodies by name, `None` where the request has no body; `request` is `None` where
    the operation has no body.
    """

    name: str
    title: str
    method: str
    path: str
    shapes: Mapping[str, Any]
    request: BodySchema | None
    response: BodySchema


@dataclass(frozen=True)
class Contract:
    """All operations and requirements of one page of the documentation, with the conventions that bind it."""

    name: str
    operations: Mapping[str, Operation]
    requirements: Mapping[str, Requirement]
    documents: Mapping[str, Mapping[str, Any]]
    errors: BodySchema
    """The schema of the document that a rejection carries."""

    @cached_property
    def version(self) -> str:
        """What tells this text of the contract from any other: the beginning of a digest of its documents."""
        text = json.dumps(dict(self.documents), sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:VERSION_LENGTH]

    def judged_by_answers(self, operation: Operation) -> list[str]:
        """The IDs of the requirements that the answers of an operation are judged by, successes and rejections."""
        rules = [rule.id for rule in (*operation.response.rules, *self.errors.rules)]
        named = [name for name, found in self.requirements.items() if {"*", operation.name} & {*found.answers_of}]
        return list(dict.fromkeys([*rules, *named]))

    def requirement(self, name: str) -> Requirement:
        """The requirement with this ID.

        Raises:
            ContractError: there is none; the message says which is meant, if one is near.
        """
        if name in self.requirements:
            return self.requirements[name]
        near = difflib.get_close_matches(name, self.requirements, n=1)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        raise ContractError(f"there is no requirement {name!r}{hint}")


def load(name: str = "account", folder: Traversable | None = None) -> Contract:
    """Read the contract called `name`: the documents in its folder, and the conventions in `common`.

    Args:
        name: a folder beside this module.
        folder: where the documents are, if not there.

    Raises:
        ContractError: a document states a requirement wrongly.
    """
    home = files(__package__)
    documents = dict(_documents(folder or home / name)) | dict(_documents(home / "common"))
    registry: Registry[Any] = Registry().with_resources(
        (document["$id"], Resource.from_contents(document)) for document in documents.values()
    )
    requirements: dict[str, Requirement] = {}
    for stem, document in documents.items():
        owner = stem if "x-operation" in document else SHARED
        for schema in anchored(document):
            requirement = _requirement(schema, owner)
            if requirement.id in requirements:
                raise ContractError(f"{stem}: the ID {requirement.id!r} is taken")
            requirements[requirement.id] = requirement
    return Contract(
        name=name,
        operations=MappingProxyType(
            {stem: _operation(stem, doc, registry) for stem, doc in documents.items() if "x-operation" in doc}
        ),
        requirements=MappingProxyType(requirements),
        documents=MappingProxyType(documents),
        errors=BodySchema(registry, documents["errors"]["$id"]),
    )


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


def _documents(folder: Traversable) -> Iterator[tuple[str, dict[str, Any]]]:
    """The JSON documents of a folder by stem, in the order of their `x-order`, then of their names."""
    found = [
        (entry.name.removesuffix(".json"), json.loads(entry.read_text("utf-8")))
        for entry in folder.iterdir()
        if entry.name.endswith(".json")
    ]
    return iter(sorted(found, key=lambda pair: (pair[1].get("x-order", 0), pair[0])))


def _requirement(schema: Mapping[str, Any], owner: str) -> Requirement:
    name = schema["$anchor"]
    sentence, source = schema.get("description", ""), schema.get("x-source", "")
    if len(set(KEYWORD.findall(sentence))) != 1:
        raise ContractError(f"{name}: its description needs one RFC 2119 keyword, has {sentence!r}")
    if not source:
        raise ContractError(f"{name}: it has no x-source")
    return Requirement(name, sentence, source, owner, tuple(schema.get("x-answers-of", ())), schema.get("x-at", ""))


def _operation(name: str, document: Mapping[str, Any], registry: Registry[Any]) -> Operation:
    reference = f"{document['$id']}#/$defs/"
    return Operation(
        name=name,
        title=document["title"],
        method=document["x-operation"]["method"],
        path=document["x-operation"]["path"],
        shapes=MappingProxyType(document["x-shapes"]),
        request=BodySchema(registry, reference + "request") if "request" in document["$defs"] else None,
        response=BodySchema(registry, reference + "response"),
    )
