"""Targets that answer with anything but the API: whatever the other end of a connection can do to its client."""

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

Answer = Callable[[socket.socket], None]
"""Does what a target does with a connection whose request was read."""
JSON = "Content-Type: application/json"
BOMB = 10_000_000
"""Bytes that a few thousand are decoded to."""


@contextlib.contextmanager
def listening(answer: Answer, *, tls: ssl.SSLContext | None = None, host: str = "127.0.0.1") -> Iterator[str]:
    """A base URL behind which each connection is handed to `answer`, after its first request was read."""

    def one(connection: socket.socket) -> None:
        if read_request(connection):
            answer(connection)

    with accepting(one, tls=tls, host=host) as url:
        yield url


@contextlib.contextmanager
def accepting(serve: Answer, *, tls: ssl.SSLContext | None = None, host: str = "127.0.0.1") -> Iterator[str]:
    """A base URL behind which each connection is handed to `serve`, in a thread of its own."""
    stopped = threading.Event()
    listener = socket.create_server((host, 0), family=socket.AF_INET6 if ":" in host else socket.AF_INET, backlog=100)

    def one(connection: socket.socket) -> None:
        with contextlib.suppress(OSError), connection:
            connection.settimeout(120)
            with tls.wrap_socket(connection, server_side=True) if tls else connection as plain:
                serve(plain)

    def accept() -> None:
        while True:
            connection, _ = listener.accept()
            if stopped.is_set():
                connection.close()
                return
            threading.Thread(target=one, args=(connection,), daemon=True).start()

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


def read_request(connection: socket.socket) -> bytes:
    """Read a whole request, which may come in pieces: to close before its end is to reset. Of TLS, its first piece."""
    received = connection.recv(65536)
    while received[:1].isalpha() and not complete(received):
        more = connection.recv(65536)
        if not more:
            break
        received += more
    return received


def complete(request: bytes) -> bool:
    """Whether a request has come to its end."""
    head, end, body = request.partition(b"\r\n\r\n")
    length = re.search(rb"(?i)\r\ncontent-length: *(\d+)", head)
    return bool(end) and len(body) >= (int(length[1]) if length else 0)


# -- what is sent --------------------------------------------------------------------------------------------------


def message(status: str, body: bytes, *headers: str) -> bytes:
    """An answer with this status line, these headers and this body."""
    head = "\r\n".join([f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers])
    return head.encode("latin-1") + b"\r\n\r\n" + body


def saying(status: str, body: bytes, *headers: str) -> Answer:
    """Answer with this status line, body and headers, and close."""
    return sending(message(status, body, "Connection: close", *headers))


def sending(*pieces: bytes) -> Answer:
    """Send these bytes, and close."""
    return lambda connection: connection.sendall(b"".join(pieces))


def forever(begin: bytes, again: bytes, pause: float = 0.0) -> Answer:
    """Send the one, then the other again and again, in pieces that fill a buffer or with a pause after each."""

    def answer(connection: socket.socket) -> None:
        connection.sendall(begin)
        piece = again if pause else again * (1 + 65536 // len(again))
        while True:
            connection.sendall(piece)
            time.sleep(pause)

    return answer


def reset(connection: socket.socket) -> None:
    """Reset the connection."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")


def hang(connection: socket.socket) -> None:
    """Say nothing, for longer than anyone waits."""
    connection.recv(1)


def stalling(*pieces: bytes) -> Answer:
    """Send these bytes, then no more."""

    def answer(connection: socket.socket) -> None:
        connection.sendall(b"".join(pieces))
        hang(connection)

    return answer


def breaking(*pieces: bytes) -> Answer:
    """Send these bytes, then reset the connection."""

    def answer(connection: socket.socket) -> None:
        connection.sendall(b"".join(pieces))
        time.sleep(0.05)  # a reset overtakes what was not read yet
        reset(connection)

    return answer


# -- encodings -----------------------------------------------------------------------------------------------------


def squeezed(size: int, layers: int = 1) -> bytes:
    """Zeros, compressed again and again by gzip."""
    body = b"0" * size
    for _ in range(layers):
        body = gzip.compress(body, mtime=0)
    return body


def encoded(body: bytes, encoding: str) -> Answer:
    """Answer with a body in this encoding."""
    return saying("200 OK", body, JSON, f"Content-Encoding: {encoding}")


def bare(body: bytes) -> bytes:
    """The body compressed without any frame, as some servers take "deflate"."""
    compressor = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return compressor.compress(body) + compressor.flush()


# -- the whole list ------------------------------------------------------------------------------------------------

OK = b"HTTP/1.1 200 OK\r\n"
HEAD = OK + JSON.encode() + b"\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"


def numbered(template: str, count: int) -> bytes:
    """Header lines with numbers in them."""
    return b"".join(f"{template.format(number)}\r\n".encode() for number in range(count))


def lengths(*values: str, body: bytes = b"null") -> Answer:
    """Answer with these values of Content-Length."""
    return sending(HEAD, *(f"Content-Length: {value}\r\n".encode() for value in values), b"\r\n", body)


NO_ANSWER: dict[str, tuple[Answer, str]] = {
    # The connection
    "reset": (reset, "reset"),
    "silent-close": (lambda _: None, "closed the connection"),
    "hang": (hang, "fell silent"),
    # What is no HTTP
    "garbage": (sending(bytes(range(256)) * 8), "no HTTP"),
    "http-0.9": (sending(b"<html>welcome</html>\n"), "closed the connection"),
    "another-protocol": (sending(b"SSH-2.0-OpenSSH_9.9\r\n"), "closed the connection"),
    "no-status": (sending(b"HTTP/1.1 OK\r\n\r\n"), "no HTTP"),
    "status-of-two-digits": (sending(b"HTTP/1.1 20 OK\r\n\r\n"), "no HTTP"),
    "nul-in-a-header": (sending(OK, b"X: a\0b\r\n\r\n"), "no HTTP"),
    "header-without-a-colon": (sending(OK, b"Content-Type\r\n\r\n"), "no HTTP"),
    # What has no end
    "endless-status-line": (forever(b"HTTP/1.1 200 ", b"O"), "no HTTP"),
    "endless-header-line": (forever(OK + b"X: ", b"x"), "no HTTP"),
    "endless-headers": (forever(OK, b"X-A: b\r\n"), "no HTTP"),
    "endless-100": (forever(b"", b"HTTP/1.1 100 Continue\r\n\r\n"), "more than"),
    "endless-103": (forever(b"", b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"), "more than"),
    "endless-body": (forever(HEAD + b"\r\n", b"["), "larger than"),
    "endless-length": (forever(HEAD + b"Content-Length: 10000000000\r\n\r\n", b"["), "larger than"),
    "endless-chunks": (forever(CHUNKED, b"8\r\n[[[[[[[[\r\n"), "larger than"),
    "endless-chunk": (forever(CHUNKED + b"f" * 16 + b"\r\n", b"["), "larger than"),
    "endless-chunk-extension": (forever(CHUNKED + b"1;a=", b"b"), "no HTTP"),
    "endless-trailers": (forever(CHUNKED + b"4\r\nnull\r\n0\r\n", b"X-A: b\r\n"), "no HTTP"),
    "endless-empty-lines": (forever(b"", b"\r\n"), "no HTTP"),
    # What is too slow
    "stalled-head": (stalling(OK, b"Content-Ty"), "fell silent"),
    "stalled-body": (stalling(message("200 OK", b"null", JSON)[:-1]), "fell silent"),
    "drip-status-line": (forever(b"HTTP/1.1 200 ", b"O", 0.1), "more than"),
    "drip-headers": (forever(OK + b"X: ", b"x", 0.1), "more than"),
    "drip-body": (forever(HEAD + b"\r\n", b" ", 0.1), "more than"),
    "drip-100": (forever(b"", b"HTTP/1.1 100 Continue\r\n\r\n", 0.1), "more than"),
    # What is too large
    "header-of-1-mb": (sending(OK, b"X: ", b"x" * 1_000_000, b"\r\n\r\n"), "no HTTP"),
    "many-long-headers": (sending(OK, numbered("X-{0}: " + "x" * 100, 10_000), b"\r\n"), "no HTTP"),
    "many-headers": (
        sending(OK, b"Content-Length: 4\r\n", numbered("X: {0}", 9_000), b"\r\nnull"),
        "more than 250 headers",
    ),
    # The length
    "too-long-a-length": (lengths("5"), "breaks off"),
    "negative-length": (lengths("-1"), "no HTTP"),
    "two-lengths": (lengths("4", "5"), "no HTTP"),
    "length-in-words": (lengths("four"), "no HTTP"),
    "length-of-1000-digits": (lengths("9" * 1000), "no HTTP"),
    "broken-off": (sending(message("200 OK", b"null", JSON)[:-2]), "breaks off"),
    "reset-in-the-body": (breaking(message("200 OK", b"null", JSON)[:-2]), "reset"),
    "reset-in-the-head": (breaking(OK, b"Content-Ty"), "reset"),
    # Chunks
    "no-chunks": (sending(CHUNKED, b"null"), "breaks off"),
    "negative-chunk": (sending(CHUNKED, b"-4\r\nnull\r\n0\r\n\r\n"), "no HTTP"),
    "chunk-too-long": (sending(CHUNKED, b"3\r\nnull\r\n0\r\n\r\n"), "no HTTP"),
    "chunk-of-20-digits": (sending(CHUNKED, b"1" * 21, b"\r\nnull"), "no HTTP"),
    "no-last-chunk": (sending(CHUNKED, b"4\r\nnull\r\n"), "breaks off"),
    "other-transfer-encoding": (sending(HEAD, b"Transfer-Encoding: gzip\r\n\r\n", squeezed(4)), "no HTTP"),
    # Encodings
    "not-gzip": (encoded(b"null", "gzip"), "Content-Encoding"),
    "gzip-broken-off": (encoded(squeezed(1000)[:-9], "gzip"), "Content-Encoding"),
    "unknown-encoding": (encoded(b"null", "magic"), "Content-Encoding"),
    "gzip-bomb": (encoded(squeezed(BOMB), "gzip"), "larger than"),
    "gzip-bomb-in-gzip": (encoded(squeezed(10 * BOMB, 2), "gzip, gzip"), "larger than"),
    "gzip-members": (encoded(squeezed(5) * 2, "gzip"), "Content-Encoding"),
    "deflate-bomb": (encoded(zlib.compress(b"0" * BOMB), "deflate"), "larger than"),
    "bare-deflate-bomb": (encoded(bare(b"0" * BOMB), "deflate"), "larger than"),
    "brotli": (encoded(b"\x0b\x01\x80null\x03", "br"), "Content-Encoding"),
    "zstd": (encoded(b"(\xb5/\xfd\x04\x58\x21\0\0null", "zstd"), "Content-Encoding"),
    "a-thousand-encodings": (encoded(b"null", ",".join(["gzip"] * 1000)), "Content-Encoding"),
}
"""What is sent for an answer, and what is said of it, by name."""
