"""Requests by another method than POST."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from strategies.mutations import encode_body, simple_probe

if TYPE_CHECKING:
    from collections.abc import Iterator

    from schemas import Operation
    from strategies.probe import Probe

OTHER_THAN_POST = "methods.other-than-post"
NO_OVERRIDE = "methods.no-override"
METHODS = ("GET", "HEAD", "OPTIONS", "PUT", "PATCH", "DELETE")
OPEN = ("HEAD", "OPTIONS")
"""Methods that a server may accept, if it does not carry out the action."""
WITH_BODY = ("PUT", "PATCH")


def method_probes(operation: Operation) -> Iterator[Probe]:
    """A request by each other method, otherwise valid."""
    for method in METHODS:
        name, purpose = f"{operation.name}-{method}", f"{method} instead of {operation.method}"
        body = encode_body if method in WITH_BODY else (lambda _: None)
        probe = simple_probe(OTHER_THAN_POST, operation.name, name, operation.first_shape, purpose, body, method=method)
        yield replace(probe, may_be_accepted=method in OPEN)


def override_probes(operation: Operation) -> Iterator[Probe]:
    """A GET that asks to be taken for POST, as some frameworks do: by a header, and by a parameter of the query."""
    header, query = "X-HTTP-Method-Override", "_method=POST"
    ways: tuple[tuple[str, str, dict[str, Any]], ...] = (
        ("header", header, {"headers": ((header, "POST"),)}),
        ("query", query, {"query": query}),
    )
    for way, words, fields in ways:
        name, purpose = f"{operation.name}-{way}", f"GET with {words}"
        yield simple_probe(NO_OVERRIDE, operation.name, name, operation.first_shape, purpose, method="GET", **fields)
