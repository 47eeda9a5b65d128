"""All ways in which HTTP may frame an answer, each of them as good as the others."""

from __future__ import annotations

import gzip
import zlib
from typing import TYPE_CHECKING

from tests.conformance.hostile import bare, message

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conformance.relay import Honest


def framed(
    *headers: str,
    version: str = "1.1",
    length: bool = True,
    before: bytes = b"",
    encode: Callable[[bytes], bytes] = bytes,
) -> Callable[[Honest], bytes]:
    """Answers with more headers, with or without a length."""

    def framing(honest: Honest) -> bytes:
        body = encode(honest.body) if honest.body else b""
        lines = [f"HTTP/{version} {honest.status}", *honest.headers, *(headers if honest.body else ())]
        lines += [f"Content-Length: {len(body)}"] * length
        return before + "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body

    return framing


def chunked(*headers: str, trailer: bytes = b"") -> Callable[[Honest], bytes]:
    """Answers in chunks, one of them with an extension."""

    def framing(honest: Honest) -> bytes:
        if not honest.body:
            return honest.bytes
        head = framed(*headers, "Transfer-Encoding: chunked", length=False)(honest).partition(b"\r\n\r\n")[0]
        some, rest = honest.body[:3], honest.body[3:]
        chunks = [b"%x;a=b\r\n%b\r\n" % (len(part), part) for part in (some, rest) if part]
        return b"".join([head, b"\r\n\r\n", *chunks, b"0\r\n", trailer, b"\r\n"])

    return framing


CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
HINTS = b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
FRAMINGS: dict[str, Callable[[Honest], bytes]] = {
    "length": framed(),
    "until-the-end": framed(length=False),
    "http-1.0": framed(version="1.0"),
    "http-1.0-until-the-end": framed(version="1.0", length=False),
    "http-1.0-that-stays": framed("Connection: keep-alive", version="1.0"),
    "no-reason": lambda honest: message(honest.status[:4], honest.body, *honest.headers),
    "line-feeds": lambda honest: honest.bytes.replace(b"\r\n", b"\n"),
    "folded-header": framed("X: a\r\n  b"),
    "empty-header": framed("X:"),
    "latin-1-header": framed("X: \xe9\xff"),
    "escape-in-a-header": framed("X: \x1b[31m"),
    "chunks": chunked(),
    "chunks-and-trailer": chunked(trailer=b"X: a\r\n"),
    "chunks-beside-a-length": chunked("Content-Length: 3"),
    "continue": framed(before=CONTINUE),
    "hints": framed(before=HINTS * 20),
    "gzip": framed("Content-Encoding: gzip", encode=gzip.compress),
    "x-gzip": framed("Content-Encoding: X-GZIP", encode=gzip.compress),
    "deflate": framed("Content-Encoding: deflate", encode=zlib.compress),
    "bare-deflate": framed("Content-Encoding: deflate", encode=bare),
    "identity": framed("Content-Encoding: identity"),
    "two-encodings": framed("Content-Encoding: gzip, deflate", encode=lambda body: zlib.compress(gzip.compress(body))),
    "two-encoding-headers": framed(
        "Content-Encoding: deflate", "Content-Encoding: gzip", encode=lambda body: gzip.compress(zlib.compress(body))
    ),
    "followed-by-another": lambda honest: honest.bytes + message("200 OK", b'{"data": "stale"}'),
    "followed-by-more-than-the-length": lambda honest: honest.bytes + b"\r\n",
}
"""What is sent for an honest answer, by name."""
UNTIL_THE_END = {name for name in FRAMINGS if name.endswith("until-the-end")}
"""Those that end with their connection."""
