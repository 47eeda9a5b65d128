"""Servers on loopback that send bytes of the tests' choice, well framed or hostile."""

from __future__ import annotations

import contextlib
import gzip
import re
import socket
import threading
import time
import zlib
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterator

Handler = Callable[[socket.socket], None]
"""Handles a connection; at its return the connection is closed."""
JSON = b'{"data": {"type": "users"}}'
CONTENT_TYPE = "Content-Type: application/vnd.api+json"
BOMB = 10_000_000
"""Bytes that a few thousand are decoded to."""


@contextlib.contextmanager
def serving(handle: Handler, *, tls: ssl.SSLContext | None = None, host: str = "127.0.0.1") -> Iterator[str]:
    """The base URL of a server that hands each connection to `handle`, in a thread of its own."""
    stopped = threading.Event()
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.create_server((host, 0), family=family, backlog=100)

    def run(connection: socket.socket) -> None:
        with contextlib.suppress(OSError), connection:
            connection.settimeout(10)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with tls.wrap_socket(connection, server_side=True) if tls else connection as plain:
                handle(plain)

    def accept() -> None:
        while True:
            connection, _ = listener.accept()
            if stopped.is_set():
                connection.close()
                return
            threading.Thread(target=run, args=(connection,), daemon=True).start()

    thread = threading.Thread(target=accept)
    thread.start()
    port = listener.getsockname()[1]
    try:
        yield f"http{'s' if tls else ''}://{f'[{host}]' if ':' in host else host}:{port}/api/v2"
    finally:
        stopped.set()
        socket.create_connection((host, port)).close()
        thread.join()
        listener.close()


def answering(respond: Handler) -> Handler:
    """Reads the first request of a connection, and then responds."""

    def handle(connection: socket.socket) -> None:
        if read_request(connection):
            respond(connection)

    return handle


def keeping_alive(*responses: bytes, requests: list[bytes] | None = None) -> Handler:
    """Responds to each request, on any connection; the last response is repeated. Appends to `requests`."""
    remaining = list(responses)

    def handle(connection: socket.socket) -> None:
        while request := read_request(connection):
            if requests is not None:
                requests.append(request)
            connection.sendall(remaining.pop(0) if len(remaining) > 1 else remaining[0])

    return handle


def read_request(connection: socket.socket) -> bytes:
    """A whole request: to close a connection before its end would reset it. Of a TLS handshake, the first piece."""
    received = connection.recv(65536)
    while received[:1].isalpha() and not is_complete(received):
        more = connection.recv(65536)
        if not more:
            break
        received += more
    return received


def is_complete(request: bytes) -> bool:
    """Whether a request has come to its end."""
    head, end, body = request.partition(b"\r\n\r\n")
    length = re.search(rb"(?i)\r\ncontent-length: *(\d+)", head)
    return bool(end) and len(body) >= (int(length[1]) if length else 0)


# -- responses -----------------------------------------------------------------------------------------------------


def message(status: str, body: bytes = b"", *headers: str, version: str = "1.1", length: bool = True) -> bytes:
    """A response with this status line, these headers and this body."""
    lengths = [f"Content-Length: {len(body)}"] if length else []
    head = "\r\n".join([f"HTTP/{version} {status}", *lengths, *headers])
    return head.encode("latin-1") + b"\r\n\r\n" + body


def chunked(*chunks: bytes, trailer: bytes = b"", headers: tuple[str, ...] = ()) -> bytes:
    """A response in chunks, each with an extension."""
    head = message("200 OK", b"", "Transfer-Encoding: chunked", *headers, length=False)
    pieces = [b"%x;a=b\r\n%b\r\n" % (len(chunk), chunk) for chunk in chunks]
    return b"".join([head, *pieces, b"0\r\n", trailer, b"\r\n"])


def encoded(body: bytes, encoding: str) -> bytes:
    """A response with a body in this Content-Encoding."""
    return message("200 OK", body, CONTENT_TYPE, f"Content-Encoding: {encoding}", "Connection: close")


def raw_deflate(body: bytes) -> bytes:
    """The body compressed without the header of zlib, as some servers take "deflate"."""
    compressor = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return compressor.compress(body) + compressor.flush()


FRAMINGS: dict[str, bytes] = {
    "length": message("200 OK", JSON),
    "until-the-end": message("200 OK", JSON, length=False),
    "http-1.0": message("200 OK", JSON, version="1.0"),
    "http-1.0-until-the-end": message("200 OK", JSON, version="1.0", length=False),
    "http-1.0-keep-alive": message("200 OK", JSON, "Connection: keep-alive", version="1.0"),
    "no-reason": message("200", JSON),
    "line-feeds": message("200 OK", JSON).replace(b"\r\n", b"\n"),
    "folded-header": message("200 OK", JSON, "X: a\r\n  b"),
    "empty-header": message("200 OK", JSON, "X:"),
    "latin-1-header": message("200 OK", JSON, "X: \xe9\xff"),
    "escape-in-a-header": message("200 OK", JSON, "X: \x1b[31m"),
    "chunks": chunked(JSON[:3], JSON[3:]),
    "chunks-and-trailer": chunked(JSON, trailer=b"X: a\r\n"),
    "chunks-beside-a-length": chunked(JSON, headers=("Content-Length: 3",)),
    "continue": b"HTTP/1.1 100 Continue\r\n\r\n" + message("200 OK", JSON),
    "hints": b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" * 20 + message("200 OK", JSON),
    "gzip": encoded(gzip.compress(JSON), "gzip"),
    "x-gzip": encoded(gzip.compress(JSON), "X-GZIP"),
    "deflate": encoded(zlib.compress(JSON), "deflate"),
    "raw-deflate": encoded(raw_deflate(JSON), "deflate"),
    "identity": encoded(JSON, "identity"),
    "gzip-and-identity": encoded(gzip.compress(JSON), "gzip, identity"),
    "followed-by-another": message("200 OK", JSON) + message("200 OK", b'"stale"'),
    "followed-by-a-line-break": message("200 OK", JSON) + b"\r\n",
}
"""The ways in which HTTP may frame the same response, by name."""


# -- hostile servers -----------------------------------------------------------------------------------------------


def sending(*pieces: bytes) -> Handler:
    """Sends these bytes, and closes."""
    return lambda connection: connection.sendall(b"".join(pieces))


def endless(begin: bytes, again: bytes, pause: float = 0.0) -> Handler:
    """Sends the one, then the other again and again: in pieces of 64 KiB, or with a pause after each."""

    def respond(connection: socket.socket) -> None:
        connection.sendall(begin)
        piece = again if pause else again * (1 + 65536 // len(again))
        while True:
            connection.sendall(piece)
            time.sleep(pause)

    return respond


def reset(connection: socket.socket) -> None:
    """Resets the connection."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")


def stalling(*pieces: bytes) -> Handler:
    """Sends these bytes, and no more until the client closes the connection."""

    def respond(connection: socket.socket) -> None:
        connection.sendall(b"".join(pieces))
        connection.recv(1)

    return respond


def resetting(*pieces: bytes) -> Handler:
    """Sends these bytes, and then resets the connection."""

    def respond(connection: socket.socket) -> None:
        connection.sendall(b"".join(pieces))
        time.sleep(0.05)  # a reset overtakes what was not read yet
        reset(connection)

    return respond


def numbered(template: str, count: int) -> bytes:
    """Header lines with numbers in them."""
    return b"".join(f"{template.format(number)}\r\n".encode() for number in range(count))


OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
PAUSE = 0.02
CLOSED, SLOW, LARGE, NOT_HTTP = "closed the connection", "no complete response", "larger than", "is not HTTP"
RESET, UNDECODED = "was reset", "can't be decoded"
NO_RESPONSE: dict[str, tuple[Handler, str]] = {
    # The connection
    "reset": (reset, RESET),
    "silent-close": (sending(), CLOSED),
    "silence": (stalling(), SLOW),
    # Another protocol
    "garbage": (sending(bytes(range(256)) * 8), NOT_HTTP),
    "binary-status-line": (sending(b"HTTP/1.1 \x00\xff\x1b[2J 200\r\n\r\n"), NOT_HTTP),
    "http-0.9": (sending(b"<html>welcome</html>\n"), CLOSED),
    "another-protocol": (sending(b"SSH-2.0-OpenSSH_9.9\r\n"), CLOSED),
    "no-status": (sending(b"HTTP/1.1 OK\r\n\r\n"), NOT_HTTP),
    "status-of-two-digits": (sending(b"HTTP/1.1 20 OK\r\n\r\n"), NOT_HTTP),
    "nul-in-a-header": (sending(OK, b"X: a\0b\r\n\r\n"), NOT_HTTP),
    "header-without-a-colon": (sending(OK, b"Content-Type\r\n\r\n"), NOT_HTTP),
    "long-header-without-a-colon": (sending(OK, b"\x1b[2J" * 1000, b"\r\n\r\n"), NOT_HTTP),
    # Without end
    "endless-status-line": (endless(b"HTTP/1.1 200 ", b"O"), NOT_HTTP),
    "endless-header-line": (endless(OK + b"X: ", b"x"), NOT_HTTP),
    "endless-headers": (endless(OK, b"X-A: b\r\n"), NOT_HTTP),
    "endless-100": (endless(b"", b"HTTP/1.1 100 Continue\r\nX: " + b"x" * 200 + b"\r\n\r\n"), LARGE),
    "endless-103": (endless(b"", b"HTTP/1.1 103 Early Hints\r\nLink: </" + b"a" * 200 + b">\r\n\r\n"), LARGE),
    "endless-body": (endless(OK + b"\r\n", b"["), LARGE),
    "endless-length": (endless(OK + b"Content-Length: 10000000000\r\n\r\n", b"["), LARGE),
    "endless-chunks": (endless(CHUNKED, b"80\r\n" + b"[" * 128 + b"\r\n"), LARGE),
    "endless-chunk": (endless(CHUNKED + b"f" * 16 + b"\r\n", b"["), LARGE),
    "endless-chunk-extension": (endless(CHUNKED + b"1;a=", b"b"), NOT_HTTP),
    "endless-trailers": (endless(CHUNKED + b"4\r\nnull\r\n0\r\n", b"X-A: b\r\n"), NOT_HTTP),
    "endless-empty-lines": (endless(b"", b"\r\n"), NOT_HTTP),
    # Too slow
    "stalled-head": (stalling(OK, b"Content-Ty"), SLOW),
    "stalled-body": (stalling(message("200 OK", JSON)[:-1]), SLOW),
    "drip-status-line": (endless(b"HTTP/1.1 200 ", b"O", PAUSE), SLOW),
    "drip-headers": (endless(OK + b"X: ", b"x", PAUSE), SLOW),
    "drip-body": (endless(OK + b"\r\n", b" ", PAUSE), SLOW),
    "drip-100": (endless(b"", CONTINUE, PAUSE), SLOW),
    # Too large
    "header-of-1-mb": (sending(OK, b"X: ", b"x" * 1_000_000, b"\r\n\r\n"), NOT_HTTP),
    "many-long-headers": (sending(OK, numbered("X-{0}: " + "x" * 100, 10_000), b"\r\n"), NOT_HTTP),
    "many-headers": (sending(OK, numbered("X: {0}", 9_000), b"\r\n"), "more than 250 headers"),
    # The length
    "too-long-a-length": (sending(OK, b"Content-Length: 5\r\n\r\nnull"), CLOSED),
    "negative-length": (sending(OK, b"Content-Length: -1\r\n\r\nnull"), NOT_HTTP),
    "two-lengths": (sending(OK, b"Content-Length: 4\r\nContent-Length: 5\r\n\r\nnull"), NOT_HTTP),
    "length-in-words": (sending(OK, b"Content-Length: four\r\n\r\nnull"), NOT_HTTP),
    "length-of-1000-digits": (sending(OK, b"Content-Length: ", b"9" * 1000, b"\r\n\r\nnull"), NOT_HTTP),
    "broken-off": (sending(message("200 OK", JSON)[:-2]), CLOSED),
    "reset-in-the-body": (resetting(message("200 OK", JSON)[:-2]), RESET),
    "reset-in-the-head": (resetting(OK, b"Content-Ty"), RESET),
    # Chunks
    "no-chunks": (sending(CHUNKED, b"null"), CLOSED),
    "negative-chunk": (sending(CHUNKED, b"-4\r\nnull\r\n0\r\n\r\n"), NOT_HTTP),
    "chunk-too-long": (sending(CHUNKED, b"3\r\nnull\r\n0\r\n\r\n"), NOT_HTTP),
    "chunk-of-20-digits": (sending(CHUNKED, b"1" * 21, b"\r\nnull"), NOT_HTTP),
    "no-last-chunk": (sending(CHUNKED, b"4\r\nnull\r\n"), CLOSED),
    "other-transfer-encoding": (sending(OK, b"Transfer-Encoding: gzip\r\n\r\n", gzip.compress(JSON)), NOT_HTTP),
    # Encodings
    "not-gzip": (sending(encoded(JSON, "gzip")), UNDECODED),
    "gzip-broken-off": (sending(encoded(gzip.compress(JSON)[:-9], "gzip")), UNDECODED),
    "gzip-members": (sending(encoded(gzip.compress(JSON) * 2, "gzip")), UNDECODED),
    "unknown-encoding": (sending(encoded(JSON, "magic\x1b[2J")), UNDECODED),
    "two-encodings": (sending(encoded(zlib.compress(gzip.compress(JSON)), "gzip, deflate")), UNDECODED),
    "a-thousand-encodings": (sending(encoded(JSON, ",".join(["gzip"] * 1000))), UNDECODED),
    "gzip-bomb": (sending(encoded(gzip.compress(b"0" * BOMB), "gzip")), LARGE),
    "deflate-bomb": (sending(encoded(zlib.compress(b"0" * BOMB), "deflate")), LARGE),
    "raw-deflate-bomb": (sending(encoded(raw_deflate(b"0" * BOMB), "deflate")), LARGE),
}
"""Responses that are none, and a part of the problem that is reported, by name."""
