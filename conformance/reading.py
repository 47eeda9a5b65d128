"""Read an answer to its end: of bounded size, decoded, and with nothing behind it on its connection."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Any, cast

import httpx

from conformance.exchange import Response

if TYPE_CHECKING:
    from collections.abc import AsyncIterable

ENCODINGS = {"gzip": (31,), "x-gzip": (31,), "deflate": (zlib.MAX_WBITS, -zlib.MAX_WBITS)}
"""What zlib calls them; some servers take "deflate" for what has no frame."""
ACCEPTED = "gzip, deflate"
LAYERS = 3
"""How often an answer may be encoded: each layer of a bomb makes a thousand times as much of it."""
HEADERS = 250
"""How many headers an answer may have."""


class Unreadable(Exception):  # noqa: N818 (it says what the answer is)
    """The answer breaks off, is too large, or is encoded in a way that does not hold: `str()` says so."""


async def read(response: httpx.Response, largest: int) -> Response:
    """Read an answer, whose head has come, to its end.

    Args:
        response: the answer; it is left open.
        largest: how many bytes the body may have, as it comes and decoded.

    Raises:
        Unreadable: it has more, breaks off, or can't be decoded.
        httpx.HTTPError: it is no HTTP, or its sender fell silent.
    """
    headers = tuple(response.headers.multi_items())
    if len(headers) > HEADERS:
        raise Unreadable(f"the answer has more than {HEADERS} headers")
    body = bytearray()
    try:
        async for chunk in cast("AsyncIterable[bytes]", response.stream):
            body += chunk
            if len(body) > largest:
                raise Unreadable(f"the answer is larger than {largest:,} bytes")
    except httpx.ReadError as error:
        raise Unreadable("the connection was reset before the answer was complete") from error
    use_no_more_if_followed(response)
    return Response(response.status_code, headers, decoded(bytes(body), response.headers, largest))


def use_no_more_if_followed(response: httpx.Response) -> None:
    """Have a connection closed on which more has come than the answer, as it would be read as the next one's.

    There is no public way to see what was received and not used. What comes later, while no request is on its way,
    httpcore finds by itself.
    """
    stream: Any = response.stream
    state = stream._stream._httpcore_stream._stream._connection._h11_state  # noqa: SLF001
    if state.trailing_data[0]:
        state.send_failed()


def decoded(body: bytes, headers: httpx.Headers, largest: int) -> bytes:
    """The body without its encodings (RFC 9110, 8.4), which are named in the order in which they were applied.

    Raises:
        Unreadable: it is larger than it may be, or is not encoded as it says.
    """
    names = [name.strip().lower() for name in headers.get("content-encoding", "").split(",")]
    names = [name for name in names if name not in ("", "identity")]
    if len(names) > LAYERS:
        raise Unreadable(f"the answer's Content-Encoding has more than {LAYERS} layers")
    for name in reversed(names if body else ()):
        if name not in ENCODINGS:
            raise Unreadable(f"the answer's Content-Encoding is {name[:40]!r}, and {ACCEPTED} were asked for")
        try:
            body = inflated(body, ENCODINGS[name], largest)
        except zlib.error as error:
            raise Unreadable(f"the answer's Content-Encoding does not hold: {error}") from error
    return body


def inflated(body: bytes, frames: tuple[int, ...], largest: int) -> bytes:
    """The body as it was before compression, within one of these frames.

    Raises:
        zlib.error: it was not.
        Unreadable: it is larger than it may be.
    """
    decompressor = zlib.decompressobj(frames[0])
    try:
        plain = decompressor.decompress(body, largest + 1)
    except zlib.error:
        if len(frames) == 1:
            raise
        return inflated(body, frames[1:], largest)
    if len(plain) > largest:
        raise Unreadable(f"the answer is larger than {largest:,} bytes when it is decoded")
    if not decompressor.eof:
        raise zlib.error("it ends too early")
    if decompressor.unused_data:
        raise zlib.error("there is more behind its end")
    return plain
