"""Requests that the documentation leaves open: a server may accept or reject them, but not fail over them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from strategies.json_path import replaced, value_at
from strategies.malformed import DEEP, HUGE
from strategies.mutations import LONG, encode, encode_body, simple_probe

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from schemas import Operation, Path
    from strategies.probe import Probe

NO_SERVER_ERROR = "http.no-server-error"
ATTRIBUTES = ("data", "attributes")
FORGED: Mapping[str, Any] = {
    "verified": True,
    "enabled": False,
    "recovery-codes": ["0123456789"],
    "used-recovery-codes": ["0123456789"],
    "two-factor": {"verified": True, "enabled": False},
    "is-service-account": True,
}
"""Members of the response, sent in a request. A server may ignore or reject them, but not obey them."""


def _with(path: Path, members: Mapping[str, Any]) -> Callable[[Any], bytes]:
    """A body with further members in the object at `path`."""
    return lambda valid: encode(replaced(valid, path, {**value_at(valid, path), **members}))


def _with_raw(path: Path, value: bytes) -> Callable[[Any], bytes]:
    """A body whose member at `path` is a raw JSON text."""
    placeholder = "raw-value-of-a-conformance-run"
    return lambda valid: encode(replaced(valid, path, placeholder)).replace(encode(placeholder), value)


HEADERS: Mapping[str, Mapping[str, str | None]] = {
    "media-type-json": {"content_type": "application/json"},
    "media-type-form": {"content_type": "application/x-www-form-urlencoded"},
    "media-type-garbage": {"content_type": ";;/", "accept": ";q=x,"},
    "media-type-charset": {"content_type": "application/vnd.api+json; charset=x-unknown"},
    "media-type-missing": {"content_type": None},
}
"""Other values of fields of `RequestSpec`."""

FOR_NO_BODY: Mapping[str, Callable[[Any], bytes]] = {
    "body-object": lambda _: b"{}",
    "body-array": lambda _: b"[]",
    "body-null-data": lambda _: b'{"data": null}',
    "body-attributes": lambda _: encode({"data": {"type": "users", "attributes": {**FORGED, "enabled": True}}}),
    "body-malformed": lambda _: b'{"data":',
    "body-not-utf-8": lambda _: b"\xff\xfe",
}
"""Bodies for an operation that has none."""

BODIES: Mapping[str, Callable[[Any], bytes]] = {
    "unknown-members": _with((), {"x-unknown": 1, "meta": {}}),
    "unknown-in-data": _with(("data",), {"id": "user-x", "relationships": {}, "x-unknown": None}),
    "odd-characters": _with(ATTRIBUTES, {"x-\0": "\0", "x-\U0001f512": "\U0001f512", "x": "\ud800"}),
    "long": _with(ATTRIBUTES, {"x-unknown": "x" * LONG, **{f"x-{number}": number for number in range(200)}}),
    "deep": _with_raw(("x-unknown",), DEEP),
    "deep-type": _with_raw(("data", "type"), DEEP),
    "deep-attributes": _with_raw(ATTRIBUTES, DEEP),
    "huge-integer": _with_raw(("x-unknown",), HUGE),
    "huge-type": _with_raw(("data", "type"), HUGE),
    "forged-members": _with(ATTRIBUTES, FORGED),
    "huge-exponent": _with_raw(("x-unknown",), b"1e400"),
    "duplicate-members": lambda valid: b'{"data": null, ' + encode(valid)[1:],
    "byte-order-mark": lambda valid: b"\xef\xbb\xbf" + encode(valid),
    "utf-16": lambda valid: encode(valid).decode().encode("utf-16"),
}
"""Changes of a valid body."""


def undocumented_probes(operation: Operation) -> Iterator[Probe]:
    """Requests with other headers, and requests with another body."""
    for name, fields in HEADERS.items():
        yield _undocumented(operation, name, encode_body, **fields)
    for name, body in (FOR_NO_BODY if operation.request is None else BODIES).items():
        yield _undocumented(operation, name, body)


def _undocumented(operation: Operation, name: str, body: Callable[[Any], bytes | None], **fields: str | None) -> Probe:
    purpose = f"undocumented: {name.replace('-', ' ')}"
    probe_name, shape = f"{operation.name}-{name}", operation.first_shape
    probe = simple_probe(NO_SERVER_ERROR, operation.name, probe_name, shape, purpose, body, **fields)
    return replace(probe, may_be_accepted=True)
