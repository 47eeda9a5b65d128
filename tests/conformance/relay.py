"""Stand between the suite and a server that conforms, and change what it answers."""

from __future__ import annotations

import contextlib
import http.client
import itertools
import socket
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.conformance.hostile import accepting, message, read_request

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from reference.server import Server


@dataclass(frozen=True)
class Honest:
    """What the server answered: the status and its reason, the headers but for those of the connection, the body."""

    status: str
    headers: tuple[str, ...]
    body: bytes

    @property
    def bytes(self) -> bytes:
        """The answer as it would be sent."""
        return message(self.status, self.body, *self.headers)


@contextlib.contextmanager
def between(server: Server, spoil: Callable[[socket.socket, Honest], None], *, after: int = 0) -> Iterator[str]:
    """A base URL behind which the server's answers are given to `spoil` to be sent, the first few sent as they are."""
    answered = itertools.count()

    def serve(connection: socket.socket) -> None:
        while request := read_request(connection):
            honest = asked(server.port, request)
            if next(answered) < after:
                connection.sendall(honest.bytes)
            else:
                spoil(connection, honest)

    with accepting(serve) as url:
        yield url


def asked(port: int, request: bytes) -> Honest:
    """What the server answers."""
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(request)
        answer = http.client.HTTPResponse(connection, method=request.split(b" ", 1)[0].decode())
        answer.begin()
        body = answer.read()
    left_out = {"connection", "content-length", "transfer-encoding"}
    headers = tuple(f"{name}: {value}" for name, value in answer.getheaders() if name.lower() not in left_out)
    return Honest(f"{answer.status} {answer.reason}", headers, body)
