"""A target that repeats every secret that it knows, in every form, in every place of its answers."""

from __future__ import annotations

import contextlib
import itertools
import json
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from reference.server import running
from tests.conformance.hostile import message
from tests.conformance.relay import Honest, between
from tests.forms import FORMS

if TYPE_CHECKING:
    import socket
    from collections.abc import Iterator

    from reference.server import Server

NUMBER = "+13125550199"
EVERYWHERE = 3
"""Secrets that an answer repeats in each form, the newest."""


class Echo:
    """The reference server, seen through a relay that spoils its answers; `known` are the secrets so far."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._turn = itertools.count()
        self.known = dict.fromkeys((server.token, NUMBER))

    def code(self, delivery: str) -> str:
        """The right code, which no answer repeats before it was asked for."""
        code = self._server.code(delivery)
        self.known[code] = None
        return code

    def spoil(self, connection: socket.socket, honest: Honest) -> None:
        """Send the answer, and with it all that is known."""
        with contextlib.suppress(ValueError, KeyError, TypeError):
            told = json.loads(honest.body)["data"]["attributes"]["two-factor"]
            self.known |= dict.fromkeys(told.get("recovery-codes", ()))
            if "provisioning-url" in told:
                self.known |= dict.fromkeys((self._server.service.accounts[0].secret, told["provisioning-url"]))
        turn = next(self._turn)
        secrets = [next(iter(self.known)), *list(self.known)[-EVERYWHERE:]]
        said = [form(secret) for secret in secrets for form in FORMS.values()]
        status = f"{honest.status} {secrets[turn % len(secrets)]}"
        rejected = not honest.status.startswith("2")
        headers = [*honest.headers, *self._headers(turn, secrets)]
        if rejected and turn % 3 == 0:
            page = f"<!doctype html><title>{secrets[0]}</title><p>{'<p>'.join(said)}".encode()
            connection.sendall(message(status, page, "Content-Type: text/html", *self._headers(turn, secrets)))
        elif rejected and turn % 3 == 1:
            other = b"\xff\xfe" + "\n".join(secrets).encode("utf-16-le") + "\r\n".join(said).encode() + b"\xff"
            connection.sendall(message(status, other, "Content-Type: text/plain", *self._headers(turn, secrets)))
        elif turn % 2:
            connection.sendall(message(status, self._document(honest, said), *headers))
        else:
            in_pieces(connection, status, self._document(honest, said), headers)

    def _headers(self, turn: int, secrets: list[str]) -> list[str]:
        sendable = [name for name, form in FORMS.items() if not set("\r\n\0") & set(form("a secret"))]
        forms = [sendable[(turn + more) % len(sendable)] for more in range(4)]
        return [
            f"X-Echo-{secrets[0].replace('.', '-')}: 1",
            f"Location: /login?token={secrets[0]}&code={secrets[-1]}",
            f"Set-Cookie: session={secrets[0]}; Path=/",
            f"WWW-Authenticate: Bearer realm={secrets[0]}",
            *(f"X-{form}: {FORMS[form](secret)}" for form in forms for secret in secrets),
        ]

    def _document(self, honest: Honest, said: list[str]) -> bytes:
        """The document with the secrets in it, among the rest and in the errors."""
        try:
            document: Any = json.loads(honest.body)
        except ValueError:
            return honest.body + "\n".join(said).encode()
        if isinstance(document, dict):
            document["meta"] = {"echo": said, **dict.fromkeys(said)}
            for error in document.get("errors", ()):
                error["detail"] = "\n".join(said)
                error["title"] += f" ({said[0]})"
        return json.dumps(document).encode()


def in_pieces(connection: socket.socket, status: str, body: bytes, headers: list[str]) -> None:
    """Send a body in chunks of some bytes, so that many a secret stands in two."""
    head = "\r\n".join([f"HTTP/1.1 {status}", "Transfer-Encoding: chunked", "Connection: close", *headers])
    pieces = [body[at : at + 29] for at in range(0, len(body), 29)]
    chunks = b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces)
    connection.sendall(head.encode() + b"\r\n\r\n" + chunks + b"0\r\n\r\n")


@contextlib.contextmanager
def echoing() -> Iterator[Any]:
    """Such a target, as the embedded one, and what it knows."""
    with running() as server:
        echo = Echo(server)
        with between(server, echo.spoil) as url:
            yield SimpleNamespace(base_url=url, token=server.token, code=echo.code, sms_number=NUMBER, known=echo.known)
