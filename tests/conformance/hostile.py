"""Targets that answer with anything but the API."""

from __future__ import annotations

import contextlib
import re
import socket
import threading
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@contextlib.contextmanager
def listening(answer: Callable[[socket.socket], None]) -> Iterator[str]:
    """A base URL behind which each connection is handed to `answer`, after its request was read."""
    stopped = threading.Event()
    server = socket.create_server(("127.0.0.1", 0))
    server.settimeout(0.1)

    def one(connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            connection.settimeout(30)
            read_request(connection)
            answer(connection)

    def serve() -> None:
        while not stopped.is_set():
            with contextlib.suppress(TimeoutError):
                connection, _ = server.accept()
                threading.Thread(target=one, args=(connection,), daemon=True).start()

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.getsockname()[1]}/api/v2"
    finally:
        stopped.set()
        thread.join()
        server.close()


def read_request(connection: socket.socket) -> None:
    """Read a whole request, which may come in pieces: to close before its end is to reset. Of TLS, its first piece."""
    received = connection.recv(65536)
    while received[:1].isalpha() and not complete(received):
        more = connection.recv(65536)
        if not more:
            return
        received += more


def complete(request: bytes) -> bool:
    """Whether a request has come to its end."""
    head, end, body = request.partition(b"\r\n\r\n")
    length = re.search(rb"(?i)\r\ncontent-length: *(\d+)", head)
    return bool(end) and len(body) >= (int(length[1]) if length else 0)


def saying(status: str, body: bytes, *headers: str) -> Callable[[socket.socket], None]:
    """Answer with this status line, body and headers, and close."""
    head = "\r\n".join([f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "Connection: close", *headers])
    return lambda connection: connection.sendall(head.encode() + b"\r\n\r\n" + body)


def reset(connection: socket.socket) -> None:
    """Reset the connection."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")


def hang(connection: socket.socket) -> None:
    """Say nothing, for longer than anyone waits."""
    connection.settimeout(60)
    connection.recv(1)


def drip(connection: socket.socket) -> None:
    """Send a byte at a time, so that no single read takes long."""
    connection.sendall(b"HTTP/1.1 200 OK\r\n")
    for _ in range(600):
        connection.sendall(b"X-A: b\r\n")
        time.sleep(0.1)


def flood(connection: socket.socket) -> None:
    """Send a body that has no end."""
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 10000000000\r\n\r\n")
    while True:
        connection.sendall(b"[" * 65536)


def garbage(connection: socket.socket) -> None:
    """Send what is no HTTP."""
    connection.sendall(bytes(range(256)) * 8)
