"""Requests of which the documentation says neither that they are valid nor that they are not."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from strategies.defects import LONG, encode
from strategies.malformed import DEPTH, DIGITS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


@dataclass(frozen=True)
class Departure:
    """A departure from a valid request: what becomes of the body, and which headers (`None`: not sent) are others.

    The keys of `headers` are `content_type` and `accept`.
    """

    body: Callable[[Any], bytes | None]
    headers: Mapping[str, str | None] = field(default_factory=dict)


def _as_it_is(valid: Any) -> bytes | None:
    return None if valid is None else encode(valid)


def _with(place: str, members: Mapping[str, Any]) -> Callable[[Any], bytes]:
    """The body with further members in its root, in data, or in data.attributes."""

    def changed(valid: Any) -> bytes:
        data = valid["data"]
        match place:
            case "root":
                return encode({**valid, **members})
            case "data":
                return encode({**valid, "data": {**data, **members}})
        return encode({**valid, "data": {**data, "attributes": {**data["attributes"], **members}}})

    return changed


def _around(before: bytes, after: bytes) -> Callable[[Any], bytes]:
    """The body with a member of raw JSON text more."""
    return lambda valid: encode(valid)[:-1] + b', "x-unknown": ' + before + after + b"}"


HEADERS = {
    "media-type-json": Departure(_as_it_is, {"content_type": "application/json"}),
    "media-type-form": Departure(_as_it_is, {"content_type": "application/x-www-form-urlencoded"}),
    "media-type-garbage": Departure(_as_it_is, {"content_type": ";;/", "accept": ";q=x,"}),
    "media-type-charset": Departure(_as_it_is, {"content_type": "application/vnd.api+json; charset=x-unknown"}),
    "media-type-missing": Departure(_as_it_is, {"content_type": None}),
}
"""Departures in the headers."""

WITHOUT_BODY = HEADERS | {
    "body-object": Departure(lambda _: b"{}"),
    "body-array": Departure(lambda _: b"[]"),
    "body-null-data": Departure(lambda _: b'{"data": null}'),
    "body-malformed": Departure(lambda _: b'{"data":'),
    "body-not-utf-8": Departure(lambda _: b"\xff\xfe"),
}
"""Departures of an operation that has no body."""

UNDOCUMENTED = HEADERS | {
    "unknown-members": Departure(_with("root", {"x-unknown": 1, "meta": {}})),
    "unknown-in-data": Departure(_with("data", {"id": "user-x", "relationships": {}, "x-unknown": None})),
    "odd-characters": Departure(_with("attributes", {"x-\0": "\0", "x-\U0001f512": "\U0001f512", "x": "\ud800"})),
    "long": Departure(_with("attributes", {"x-unknown": "x" * LONG, **{f"x-{at}": at for at in range(200)}})),
    "deep": Departure(_around(b"[" * DEPTH, b"]" * DEPTH)),
    "huge-integer": Departure(_around(b"9" * DIGITS, b"")),
    "huge-exponent": Departure(_around(b"1e400", b"")),
    "duplicate-members": Departure(lambda valid: b'{"data": null, ' + encode(valid)[1:]),
    "byte-order-mark": Departure(lambda valid: b"\xef\xbb\xbf" + encode(valid)),
    "utf-16": Departure(lambda valid: encode(valid).decode().encode("utf-16")),
}
"""Departures of an operation that has a body."""
