"""Judgements of a single response: its schema, its error document, status and headers. All of it is pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from conformance.model import Judgement, Violation
from schemas import BeyondParser, NotJSON

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from conformance.model import Exchange, Response
    from schemas import BodySchema, Contract, Path

SHORTEST_TOKEN = 8
"""Characters; a shorter token may be part of a response by chance."""


def judge_response(contract: Contract, exchange: Exchange, token: str) -> Iterator[Judgement]:
    """The judgements of a response that hold whatever the state of the account is.

    Args:
        contract: the contract.
        exchange: an exchange; one without a response has no judgements.
        token: the valid bearer token, or empty where it is unknown.
    """
    response = exchange.response
    if response is None:
        return
    operation = contract.operations[exchange.operation]
    other_method = exchange.request.method != operation.method
    is_server_error = response.status >= 500 and not (other_method and response.status == 501)
    yield Judgement("http.no-server-error", f"the status is {response.status}" if is_server_error else "")
    if len(token) >= SHORTEST_TOKEN:
        yield Judgement("response.no-token", _repeated_token(response, token))
    if exchange.request.method == "HEAD":
        return
    if response.accepted and not other_method:
        yield from judge_body(operation.response, response)
    if response.rejected:
        yield from _judge_rejection(contract, exchange, response)
    if {"data", "errors"} & response.document.keys() and (response.rejected or not other_method):
        yield Judgement("response.media-type", _media_type(contract, response))


def _judge_rejection(contract: Contract, exchange: Exchange, response: Response) -> Iterator[Judgement]:
    body = list(judge_body(contract.errors, response))
    yield from body
    if any(judgement.requirement == "errors.status-string" for judgement in body):
        yield Judgement("errors.status-equal", _other_status(response))
    is_401 = response.status == 401
    if exchange.valid_credentials:
        yield Judgement("credentials.reserved-401", "the token is valid, and the status is 401" if is_401 else "")
    elif exchange.valid_credentials is False:
        yield Judgement("credentials.status-401", "" if is_401 else f"the status is {response.status}")


def judge_body(schema: BodySchema, response: Response) -> Iterator[Judgement]:
    """A judgement for each requirement of a schema that the body allows to judge.

    Members of a value that is missing or of the wrong type allow no judgement. A body that exceeds the limits of our
    parser allows none at all.
    """
    try:
        instance = response.json
    except BeyondParser:
        return
    except NotJSON as error:
        yield Judgement(schema.rules[0].id, f"the body: {error}" if response.body else "the body is empty")
        return
    broken = schema.broken_by(instance)
    for rule in schema.rules:
        if rule.id in broken or _is_reached(instance, rule.path):
            yield Judgement(rule.id, broken.get(rule.id, ""))


def require(
    judgements: Iterable[Judgement], exchange: Exchange, *requirements: str, also: tuple[str, ...] = ()
) -> None:
    """Raise a violation where a judgement says that an exchange breaks one of these requirements.

    Raises:
        Violation: it breaks one.
    """
    problems = {judgement.requirement: judgement.problem for judgement in judgements if judgement.problem}
    for requirement in requirements:
        if requirement in problems:
            raise Violation(requirement, actual=problems[requirement], exchanges=(exchange,), also=also)


def _is_reached(instance: Any, path: Path) -> bool:
    """Whether the parent of the value at a path is present, so that the value, or its absence, can be judged."""
    for step in path:
        if step == "*" and isinstance(instance, list) and instance:
            instance = instance[0]
        elif step != "*" and isinstance(instance, dict):
            instance = instance.get(step)
        else:
            return False
    return True


def _repeated_token(response: Response, token: str) -> str:
    if token.encode() in response.body:
        return "the body repeats the token"
    return next((f"the header {name} repeats the token" for name, value in response.headers if token in value), "")


def _media_type(contract: Contract, response: Response) -> str:
    media_type = response.header("content-type")
    schema = next(s for s in contract.documents["http"]["$defs"].values() if s["$anchor"] == "response.media-type")
    return "" if re.search(schema["pattern"], media_type.strip()) else f"the Content-Type is {media_type!r}"


def _other_status(response: Response) -> str:
    errors = [error for error in response.document["errors"] if isinstance(error, dict)]
    statuses = {str(error.get("status", response.status)) for error in errors}
    if len(statuses) == 1 and statuses != {str(response.status)}:
        return f"the error says {statuses.pop()}, the response has {response.status}"
    return ""
