"""Exchanges as evidence: masked, bounded, with the places that show a violation and a curl command line."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from conformance.masking import printable
from reports.curl import curl_command
from reports.run_result import Place, ShownExchange, ShownRequest, ShownResponse
from schemas import NotJSON, parse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from conformance.masking import Masker
    from conformance.model import Case, Exchange, Headers
    from schemas import BodySchema, Contract, Pointer, Requirement

MAX_BODY = 8_000
"""Characters of a body that are kept."""


class Evidence:
    """Texts and exchanges without secrets and control characters; each is masked once."""

    def __init__(self, masker: Masker) -> None:
        self._masker = masker
        self.text: Callable[[str], str] = cache(lambda text: printable(masker.value(text)))
        self.exchange: Callable[[Exchange], ShownExchange] = cache(self._exchange)

    def _exchange(self, exchange: Exchange) -> ShownExchange:
        request, response = exchange.request, exchange.response
        shown_response = None
        if response is not None:
            shown_response = ShownResponse(response.status, self._headers(response.headers), self._body(response.body))
        return ShownExchange(
            number=exchange.number,
            operation=exchange.operation,
            purpose=self.text(exchange.spec.purpose),
            case=self.text(exchange.case_id),
            seconds=round(exchange.seconds, 3),
            request=ShownRequest(
                method=self.text(request.method),
                url=self.text(request.url),
                headers=self._headers(request.headers),
                body=None if request.body is None else self._body(request.body),
            ),
            response=shown_response,
            problem=self.text(exchange.problem),
            curl=curl_of(exchange, self._masker),
        )

    def _headers(self, headers: Headers) -> Headers:
        return tuple((printable(name), printable(value)) for name, value in self._masker.headers(headers))

    def _body(self, body: bytes) -> str:
        text = printable(self._masker.body(body))
        return text if len(text) <= MAX_BODY else f"{text[:MAX_BODY]}… [{len(text) - MAX_BODY:,} more characters]"


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


def places(contract: Contract, requirement: str, exchange: Exchange) -> tuple[Place, ...]:
    """The places in an exchange that show that it violates a requirement; none where that can't be told."""
    request, at = contract.operations[exchange.operation].request, contract.requirements[requirement].at
    if request is not None and requirement in ids(request):
        status = Place("response", "status")
        return (*_in_body("request", request, requirement, exchange.request.body or b""), status)
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
    """The demand that a violated case did not meet; the words of a case are about its first requirement."""
    if case.expected not in ("", requirement.sentence) and case.requirements[0] == requirement.id:
        return case.expected
    is_of_request = any(requirement.id in ids(operation.request) for operation in contract.operations.values())
    return "a 4xx" if is_of_request else requirement.sentence
