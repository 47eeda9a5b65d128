"""Where an exchange shows that a requirement is broken: the member of a body, the status, or a header."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

from schemas import NotJSON, parse

if TYPE_CHECKING:
    from conformance.exchange import Exchange
    from conformance.verdicts import Case
    from schemas import BodySchema, Contract, Pointer

STATUS, BODY = "status", "body"


class Place(NamedTuple):
    """A place in an exchange: `part` is "status", "body", or the name of a header with a colon at its end.

    `pointer` are the steps to the value in the body; what is missing has the place where it should stand.
    """

    message: Literal["request", "answer"]
    part: str
    pointer: Pointer = ()

    def __str__(self) -> str:
        where = {STATUS: "the status", BODY: as_text(self.pointer) or "the body"}.get(self.part)
        return f"{where or f'the header {self.part[:-1]}'} of the {self.message}"


def as_text(pointer: Pointer) -> str:
    """A JSON Pointer (RFC 6901)."""
    return "".join(f"/{str(step).replace('~', '~0').replace('/', '~1')}" for step in pointer)


def places_of(contract: Contract, case: Case) -> tuple[Place, ...]:
    """Where the decisive exchange of a violated case shows what is wrong, as far as that can be told."""
    if not case.exchanges:
        return ()
    found = [place for name in case.requirements for place in places(contract, name, case.exchanges[-1])]
    return tuple(dict.fromkeys(found))


def places(contract: Contract, name: str, exchange: Exchange) -> tuple[Place, ...]:
    """Where an exchange shows that it breaks a requirement; nothing where that can't be told."""
    operation, at = contract.operations[exchange.operation], contract.requirements[name].at
    if operation.request is not None and name in {rule.id for rule in operation.request.rules}:
        found = _pointers(operation.request, name, exchange.request.body or b"")
        return (*(Place("request", BODY, pointer) for pointer in found), Place("answer", STATUS))
    if at and not at.startswith("/"):
        return (Place("answer", at),)
    for schema in (operation.response, contract.errors):
        if name in {rule.id for rule in schema.rules}:
            found = _pointers(schema, name, exchange.response.body)
            break
    else:
        found = []
    stated = member(contract, name, exchange)
    if not found and stated is not None and (at or exchange.judged.get(name)):
        found = [stated]
    return tuple(Place("answer", BODY, pointer) for pointer in found)


def member(contract: Contract, name: str, exchange: Exchange) -> Pointer | None:
    """Where in the body of an answer the member stands that a requirement is about, if it is about one."""
    at = contract.requirements[name].at
    if at.startswith("/"):
        return tuple(_step(step) for step in at[1:].split("/"))
    for schema in (contract.operations[exchange.operation].response, contract.errors):
        for rule in schema.rules:
            if rule.id == name:
                return tuple(step for step in rule.path if step != "*")
    return None


def _pointers(schema: BodySchema, name: str, body: bytes) -> list[Pointer]:
    try:
        return schema.places(parse(body)).get(name, [])
    except NotJSON:
        return [()]


def _step(text: str) -> str | int:
    step = text.replace("~1", "/").replace("~0", "~")
    return int(step) if step.isdecimal() else step
