"""Judge a single answer by all that it is to hold whatever was asked: its schema, its errors, its headers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from conformance.verdicts import Violation
from schemas import NotJSON

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.exchange import Exchange, Response
    from conformance.target import Target
    from schemas import BodySchema, Contract, Path

UNTYPICAL = 8
"""Characters; a shorter token may stand in an answer by chance."""


def judge(contract: Contract, target: Target, exchange: Exchange) -> None:
    """Enter into `exchange.judged` each requirement that the answer was judged by, with what is wrong, if anything."""
    operation = contract.operations[exchange.operation]
    response = exchange.response
    other_method = exchange.request.method != operation.method
    exchange.judged["http.no-server-error"] = _server_error(response, other_method=other_method)
    exchange.judged["response.no-token"] = _token_shown(response, target.token.reveal())
    if exchange.request.method == "HEAD":
        return
    if response.accepted and not other_method:
        exchange.judged |= dict(schema_judgements(operation.response, response))
    if response.rejected:
        exchange.judged |= dict(schema_judgements(contract.errors, response))
        if "errors.status-string" in exchange.judged:
            exchange.judged["errors.status-equal"] = _other_status(response)
        if exchange.valid_credentials:
            exchange.judged["credentials.reserved-401"] = (
                "it is the answer to a valid token" if response.status == 401 else None
            )
        elif exchange.valid_credentials is False:
            exchange.judged["credentials.status-401"] = (
                None if response.status == 401 else f"the status is {response.status}"
            )
    if {"data", "errors"} & response.document.keys() and (response.rejected or not other_method):
        pattern = next(s for s in contract.documents["http"]["$defs"].values() if s["$anchor"] == "response.media-type")
        media_type = response.header("content-type")
        exchange.judged["response.media-type"] = (
            None if re.search(pattern["pattern"], media_type.strip()) else f"the Content-Type is {media_type!r}"
        )


def require(exchange: Exchange, *requirements: str, also: tuple[str, ...] = ()) -> None:
    """Find that an answer holds these requirements, as far as it was judged by them.

    Raises:
        Violation: it breaks one.
    """
    for name in requirements:
        problem = exchange.judged.get(name)
        if problem:
            raise Violation(name, expected="", actual=problem, exchanges=(exchange,), also=also)


def schema_judgements(schema: BodySchema, response: Response) -> Iterator[tuple[str, str | None]]:
    """Each requirement of a body's schema that the answer can be judged by, with what is wrong.

    What stands inside a value that is missing or of the wrong type can't be judged, and is left out.
    """
    try:
        instance = response.json
    except NotJSON as error:
        yield schema.rules[0].id, f"the body: {error}" if response.body else "the body is empty"
        return
    broken = schema.broken_by(instance)
    for rule in schema.rules:
        if rule.id in broken:
            yield rule.id, broken[rule.id]
        elif reached(instance, rule.path):
            yield rule.id, None


def reached(instance: Any, path: Path) -> bool:
    """Whether what holds the value at a path is there, so that the value, or its absence, can be judged."""
    for step in path:
        if step == "*" and isinstance(instance, list) and instance:
            instance = instance[0]
        elif step != "*" and isinstance(instance, dict):
            instance = instance.get(step)
        else:
            return False
    return True


def _server_error(response: Response, *, other_method: bool) -> str | None:
    if response.status < 500 or (other_method and response.status == 501):
        return None
    return f"the status is {response.status}"


def _token_shown(response: Response, token: str) -> str | None:
    if len(token) < UNTYPICAL:
        return None
    if token.encode() in response.body:
        return "the body repeats the token"
    return next((f"the header {name} repeats the token" for name, value in response.headers if token in value), None)


def _other_status(response: Response) -> str | None:
    errors = [error for error in response.document["errors"] if isinstance(error, dict)]
    statuses = {str(error.get("status", response.status)) for error in errors}
    if len(statuses) == 1 and statuses != {str(response.status)}:
        return f"the error says {statuses.pop()}, the answer has {response.status}"
    return None
