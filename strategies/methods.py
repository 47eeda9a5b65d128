"""Requests by another method than POST."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from strategies.mutations import encode_body
from strategies.probe import Probe, RequestSpec

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from schemas import Operation

OTHER_THAN_POST = "methods.other-than-post"
NO_OVERRIDE = "methods.no-override"
METHODS = ("GET", "HEAD", "OPTIONS", "PUT", "PATCH", "DELETE")
OPEN = ("HEAD", "OPTIONS")
"""Methods that a server may accept, if it does not carry out the action."""
WITHOUT_BODY = ("GET", "HEAD", "OPTIONS", "DELETE")


def method_probes(operation: Operation) -> Iterator[Probe]:
    """A request by each other method, otherwise valid."""
    for method in METHODS:
        yield Probe(
            OTHER_THAN_POST,
            operation.name,
            f"{operation.name}-{method}",
            next(iter(operation.shapes)),
            _by(operation, method),
            may_be_accepted=method in OPEN,
        )


def override_probes(operation: Operation) -> Iterator[Probe]:
    """A GET that asks to be taken for POST, as some frameworks do: by a header, and by a parameter of the query."""
    for name, headers, query in (
        ("header", (("X-HTTP-Method-Override", "POST"),), ""),
        ("query", (), "_method=POST"),
    ):
        yield Probe(
            NO_OVERRIDE,
            operation.name,
            f"{operation.name}-{name}",
            next(iter(operation.shapes)),
            _overriding(operation, headers, query),
        )


def _overriding(
    operation: Operation, headers: tuple[tuple[str, str], ...], query: str
) -> Callable[[Any, str], RequestSpec]:
    def build(valid: Any, _: str) -> RequestSpec:
        return RequestSpec(
            operation.name,
            encode_body(valid),
            f"GET with {headers[0][0] if headers else query}",
            NO_OVERRIDE,
            method="GET",
            headers=headers,
            query=query,
        )

    return build


def _by(operation: Operation, method: str) -> Callable[[Any, str], RequestSpec]:
    def build(valid: Any, _: str) -> RequestSpec:
        body = None if method in WITHOUT_BODY else encode_body(valid)
        return RequestSpec(
            operation.name, body, f"{method} instead of {operation.method}", OTHER_THAN_POST, method=method
        )

    return build
