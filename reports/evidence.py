"""Exchanges as evidence: masked, bounded, with the places that show a violation and a curl command line."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from conformance.masking import printable
from reports.curl import curl_command
from reports.run_result import Place, ShownExchange, ShownRequest, ShownResponse
from schemas import NotJSON, parse

if TYPE_CHECKING:
    from collections.abc import Iterable

    from conformance.masking import Masker
    from conformance.model import Case, Exchange
    from schemas import BodySchema, Contract, Pointer, Requirement

MAX_BODY = 8_000
"""Characters of a body that are kept."""
STATUS = Place("response", "status")
ASSERTIONS = ("const", "enum", "type", "minLength", "minItems", "maxItems", "pattern", "required", "not")
"""Keywords of JSON Schema that are short enough to be shown as the demand."""


def show_exchange(exchange: Exchange, masker: Masker) -> ShownExchange:
    """The exchange without secrets and control characters."""
    request, response = exchange.request, exchange.response

    def clean(text: str) -> str:
        return printable(masker.value(text))

    def clean_headers(headers: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
        return tuple((printable(name), printable(value)) for name, value in masker.headers(tuple(headers)))

    def clean_body(body: bytes) -> str:
        return cut(printable(masker.body(body)))

    return ShownExchange(
        number=exchange.number,
        operation=exchange.operation,
        purpose=clean(exchange.spec.purpose),
        case=clean(exchange.case_id),
        seconds=round(exchange.seconds, 3),
        request=ShownRequest(
            method=clean(request.method),
            url=clean(request.url),
            headers=clean_headers(request.headers),
            body=None if request.body is None else clean_body(request.body),
        ),
        response=None
        if response is None
        else ShownResponse(response.status, clean_headers(response.headers), clean_body(response.body)),
        problem=clean(exchange.problem),
        curl=curl_of(exchange, masker),
    )


def curl_of(exchange: Exchange, masker: Masker) -> str:
    """The curl command line that repeats an exchange, with `$CODE` in the place of the right code."""
    request, code = exchange.request, exchange.spec.known_code
    headers = masker.headers(request.headers)
    body, codes = request.body, 0
    if body:
        try:
            text = body.decode()
            if code:
                text, codes = re.subn(rf"(?<!\w){re.escape(code)}(?!\w)", "$CODE", text)
            body = masker.body(text.encode()).encode()
        except UnicodeDecodeError:
            if masker.holds_secret(body.decode("latin-1")):
                body = masker.body(body).encode()
    return curl_command(request.method, masker.value(request.url), headers, body, has_code=codes > 0)


def cut(text: str) -> str:
    """The text, or its beginning and the number of characters that were left out."""
    return text if len(text) <= MAX_BODY else f"{text[:MAX_BODY]}… [{len(text) - MAX_BODY:,} more characters]"


def exchange_text(exchange: ShownExchange) -> str:
    """The exchange in three lines of text."""
    request = f"{exchange.request.method} {exchange.request.url} ({exchange.purpose})"
    return f"Request:    {request}\nResponse:   {exchange.outcome}\nSend again: {exchange.curl}"


# -- places ------------------------------------------------------------------------------------------------------------


def places(contract: Contract, requirement: str, exchange: Exchange) -> tuple[Place, ...]:
    """The places in an exchange that show that it violates a requirement; none where that can't be told."""
    operation, at = contract.operations[exchange.operation], contract.requirements[requirement].at
    if operation.request is not None and requirement in ids(operation.request):
        return (*_in_body("request", operation.request, requirement, exchange.request.body or b""), STATUS)
    if exchange.response is None:
        return ()
    if at and not at.startswith("/"):
        return (Place("response", at.removesuffix(":")),)
    if broken := broken_places(contract, requirement, exchange):
        return broken
    member = member_of(contract, requirement, exchange.operation)
    return () if member is None else (Place("response", "body", member),)


def broken_places(contract: Contract, requirement: str, exchange: Exchange) -> tuple[Place, ...]:
    """The places in the body of a response at which it violates a requirement of its schema."""
    body = exchange.response.body if exchange.response is not None else b""
    schemas = [contract.operations[exchange.operation].response, contract.errors]
    schema = next((schema for schema in schemas if requirement in ids(schema)), None)
    return _in_body("response", schema, requirement, body) if schema is not None else ()


def member_of(contract: Contract, requirement: str, operation: str) -> str | None:
    """The JSON Pointer to the member of a response that a requirement is about, `None` where it is about none."""
    at = contract.requirements[requirement].at
    if at.startswith("/"):
        return at
    for schema in (contract.operations[operation].response, contract.errors):
        for rule in schema.rules:
            if rule.id == requirement:
                return pointer_text(step for step in rule.path if step != "*")
    return None


def pointer_text(pointer: Iterable[str | int]) -> str:
    """The JSON Pointer (RFC 6901) of these steps."""
    return "".join(f"/{str(step).replace('~', '~0').replace('/', '~1')}" for step in pointer)


def ids(schema: BodySchema | None) -> set[str]:
    """The IDs of the requirements in the schema of a body."""
    return {rule.id for rule in schema.rules} if schema else set()


def _in_body(message: str, schema: BodySchema, requirement: str, body: bytes) -> tuple[Place, ...]:
    pointers: list[Pointer]
    try:
        pointers = schema.places(parse(body)).get(requirement, [])
    except NotJSON:
        pointers = [()]
    return tuple(Place(message, "body", pointer) for pointer in dict.fromkeys(map(pointer_text, pointers)))


def demand(contract: Contract, requirement: Requirement, case: Case) -> str:
    """The demand that a violated case did not meet: its own words, else the gist of the rule, else the sentence."""
    if case.expected and case.expected != requirement.sentence and case.requirements[0] == requirement.id:
        return case.expected
    if any(requirement.id in ids(operation.request) for operation in contract.operations.values()):
        return "a 4xx"
    schemas = [*(operation.response for operation in contract.operations.values()), contract.errors]
    rule = next((rule.schema for schema in schemas for rule in schema.rules if rule.id == requirement.id), {})
    keywords = [f"{name}: {json.dumps(rule[name], ensure_ascii=False)}" for name in ASSERTIONS if name in rule]
    return ", ".join(keywords) or requirement.sentence
