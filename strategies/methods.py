"""Requests by another method than POST."""

from __future__ import annotations

from typing import TYPE_CHECKING

from strategies.mutations import encode_body, sending
from strategies.probe import Probe

if TYPE_CHECKING:
    from collections.abc import Iterator

    from schemas import Operation

OTHER_THAN_POST = "methods.other-than-post"
NO_OVERRIDE = "methods.no-override"
METHODS = ("GET", "HEAD", "OPTIONS", "PUT", "PATCH", "DELETE")
OPEN = ("HEAD", "OPTIONS")
"""Methods that a server may accept, if it does not carry out the action."""
WITH_BODY = ("PUT", "PATCH")


def method_probes(operation: Operation) -> Iterator[Probe]:
    """A request by each other method, otherwise valid."""
    for method in METHODS:
        body = encode_body if method in WITH_BODY else (lambda _: None)
        purpose = f"{method} instead of {operation.method}"
        build = sending(operation.name, OTHER_THAN_POST, purpose, body, method=method)
        name, may_be_accepted = f"{operation.name}-{method}", method in OPEN
        yield Probe(
            OTHER_THAN_POST, operation.name, name, operation.first_shape, build, may_be_accepted=may_be_accepted
        )


def override_probes(operation: Operation) -> Iterator[Probe]:
    """A GET that asks to be taken for POST, as some frameworks do: by a header, and by a parameter of the query."""
    header, query = "X-HTTP-Method-Override", "_method=POST"
    builds = {
        "header": sending(operation.name, NO_OVERRIDE, f"GET with {header}", method="GET", headers=((header, "POST"),)),
        "query": sending(operation.name, NO_OVERRIDE, f"GET with {query}", method="GET", query=query),
    }
    for name, build in builds.items():
        yield Probe(NO_OVERRIDE, operation.name, f"{operation.name}-{name}", operation.first_shape, build)
