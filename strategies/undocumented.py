"""Requests that the documentation leaves open: a server may accept or reject them, but not fail over them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from strategies.json_path import replaced
from strategies.malformed import DEPTH, DIGITS
from strategies.mutations import LONG, encode, encode_body
from strategies.probe import Probe, RequestSpec

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from schemas import Operation

NO_SERVER_ERROR = "http.no-server-error"


FORGED: Mapping[str, Any] = {
    "verified": True,
    "enabled": True,
    "recovery-codes": ["0123456789"],
    "used-recovery-codes": ["0123456789"],
    "two-factor": {"verified": True, "enabled": True},
    "is-service-account": True,
}
"""Members of the response, sent in a request. A server may ignore or reject them, but not obey them."""


@dataclass(frozen=True)
class Departure:
    """A departure from a valid request: what the body becomes, and other values of `content_type` and `accept`."""

    body: Callable[[Any], bytes | None]
    headers: Mapping[str, str | None] = field(default_factory=dict)


def _with(holder: str, members: Mapping[str, Any]) -> Departure:
    """A body with further members in its root, in data, or in data.attributes."""

    def body(valid: Any) -> bytes:
        data = valid["data"]
        match holder:
            case "root":
                return encode({**valid, **members})
            case "data":
                return encode({**valid, "data": {**data, **members}})
        return encode({**valid, "data": {**data, "attributes": {**data["attributes"], **members}}})

    return Departure(body)


def _with_raw(value: bytes) -> Departure:
    """A body with a further member whose value is a raw JSON text."""
    return Departure(lambda valid: encode(valid)[:-1] + b', "x-unknown": ' + value + b"}")


def _with_raw_value(path: tuple[str, ...], value: bytes) -> Departure:
    """A body whose member at `path` is a raw JSON text."""
    placeholder = "raw-value-of-a-conformance-run"

    def body(valid: Any) -> bytes:
        return encode(replaced(valid, path, placeholder)).replace(encode(placeholder), value)

    return Departure(body)


DEEP = b"[" * DEPTH + b"]" * DEPTH
HUGE = b"9" * DIGITS
HEADERS = {
    "media-type-json": Departure(encode_body, {"content_type": "application/json"}),
    "media-type-form": Departure(encode_body, {"content_type": "application/x-www-form-urlencoded"}),
    "media-type-garbage": Departure(encode_body, {"content_type": ";;/", "accept": ";q=x,"}),
    "media-type-charset": Departure(encode_body, {"content_type": "application/vnd.api+json; charset=x-unknown"}),
    "media-type-missing": Departure(encode_body, {"content_type": None}),
}
"""Departures in the headers."""

WITHOUT_BODY = HEADERS | {
    "body-object": Departure(lambda _: b"{}"),
    "body-array": Departure(lambda _: b"[]"),
    "body-null-data": Departure(lambda _: b'{"data": null}'),
    "body-attributes": Departure(lambda _: encode({"data": {"type": "users", "attributes": dict(FORGED)}})),
    "body-malformed": Departure(lambda _: b'{"data":'),
    "body-not-utf-8": Departure(lambda _: b"\xff\xfe"),
}
"""Departures of an operation without a body."""

WITH_BODY = HEADERS | {
    "unknown-members": _with("root", {"x-unknown": 1, "meta": {}}),
    "unknown-in-data": _with("data", {"id": "user-x", "relationships": {}, "x-unknown": None}),
    "odd-characters": _with("attributes", {"x-\0": "\0", "x-\U0001f512": "\U0001f512", "x": "\ud800"}),
    "long": _with("attributes", {"x-unknown": "x" * LONG, **{f"x-{number}": number for number in range(200)}}),
    "deep": _with_raw(DEEP),
    "deep-type": _with_raw_value(("data", "type"), DEEP),
    "deep-attributes": _with_raw_value(("data", "attributes"), DEEP),
    "huge-integer": _with_raw(HUGE),
    "huge-type": _with_raw_value(("data", "type"), HUGE),
    "forged-members": _with("attributes", FORGED),
    "huge-exponent": _with_raw(b"1e400"),
    "duplicate-members": Departure(lambda valid: b'{"data": null, ' + encode(valid)[1:]),
    "byte-order-mark": Departure(lambda valid: b"\xef\xbb\xbf" + encode(valid)),
    "utf-16": Departure(lambda valid: encode(valid).decode().encode("utf-16")),
}
"""Departures of an operation with a body."""


def undocumented_probes(operation: Operation) -> Iterator[Probe]:
    """A request with each departure that fits the operation."""
    departures = WITHOUT_BODY if operation.request is None else WITH_BODY
    shape = next(iter(operation.shapes))
    for name, departure in departures.items():
        build = _departing(operation.name, name, departure)
        yield Probe(NO_SERVER_ERROR, operation.name, f"{operation.name}-{name}", shape, build, may_be_accepted=True)


def _departing(operation: str, name: str, departure: Departure) -> Callable[[Any, str], RequestSpec]:
    purpose = f"undocumented: {name.replace('-', ' ')}"

    def build(valid: Any, _: str) -> RequestSpec:
        return replace(
            RequestSpec(operation, departure.body(valid), purpose, NO_SERVER_ERROR), **dict[str, Any](departure.headers)
        )

    return build
