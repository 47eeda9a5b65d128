"""Requests to a service, most of them in process, with a clock and random numbers that repeat."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING, Any

import httpx
from starlette.datastructures import Headers

from reference.messages import MEDIA_TYPE, Operation, Request

if TYPE_CHECKING:
    from collections.abc import Coroutine, Mapping

    from starlette.types import Message

    from reference.server import Server
    from reference.service import Service

START = 1_700_000_010.0
"""The beginning of a TOTP step."""
TICK = 0.02
ACTIONS = "/api/v2/account/actions/two-factor-"
PATHS: dict[Operation, str] = {
    "enable": f"{ACTIONS}enable",
    "disable": f"{ACTIONS}disable",
    "verify": f"{ACTIONS}verify",
    "resend": f"{ACTIONS}resend-verification-code",
}
NUMBER = "+12025550123"


@dataclass(frozen=True)
class RequestSpec:
    """A request; `headers` change the usual ones, and None removes one."""

    operation: Operation
    body: bytes = b""
    method: str = "POST"
    path: str = ""
    headers: Mapping[str, str | None] = field(default_factory=dict)


@dataclass(frozen=True)
class Reply:
    """The messages that a service sent over ASGI, and the seconds that it slept before."""

    status: int
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes
    slept: float

    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


class Driver:
    """A service, its clock, and its first account as a client."""

    def __init__(self, service_type: type[Service]) -> None:
        self.time = START
        self.slept = 0.0
        self.service = service_type(random=Random(481516), clock=lambda: self.time, sleep=self._sleep)  # noqa: S311
        self.routes = self.service.routes()
        self.account = self.service.accounts[0]

    async def _sleep(self, seconds: float) -> None:
        self.slept += seconds

    def code(self, delivery: str) -> str:
        """The right code."""
        return self.service.current_code(self.account, delivery)

    def send(self, spec: RequestSpec) -> Reply:
        """Send a request, a moment after the one before."""
        self.time += TICK
        self.slept = 0.0
        usual = {
            "authorization": f"Bearer {self.account.person.token}",
            "content-type": MEDIA_TYPE,
            "accept": "*/*",
            "accept-encoding": "gzip",
        }
        lines = {name: value for name, value in {**usual, **spec.headers}.items() if value is not None}
        path = spec.path or PATHS[spec.operation]
        request = Request(self.routes.get(path), spec.method, path, Headers(lines), spec.body)
        messages: list[Any] = []

        async def send(message: Message) -> None:
            messages.append(message)

        _finish(self.service.send_response(request, self.service.respond(request), send))
        body = b"".join(message.get("body", b"") for message in messages[1:])
        return Reply(messages[0]["status"], tuple(messages[0]["headers"]), body, self.slept)


def _finish(coroutine: Coroutine[Any, Any, None]) -> None:
    try:
        coroutine.send(None)
    except StopIteration:
        return
    message = "the service waits for something else than its clock"
    raise AssertionError(message)


def document(**attributes: Any) -> bytes:
    """The body of a request."""
    return json.dumps({"data": {"type": "users", "attributes": attributes}}).encode()


def enable(delivery: str, *number: str | None) -> RequestSpec:
    """A valid enable, with or without a number."""
    return RequestSpec("enable", document(delivery=delivery, **({"sms-number": number[0]} if number else {})))


def verify(code: Any) -> RequestSpec:
    """A verify with any code."""
    return RequestSpec("verify", document(code=code))


DISABLE, RESEND = RequestSpec("disable"), RequestSpec("resend")


def client_of(server: Server) -> httpx.Client:
    """A client of a running server, with the token of its first account."""
    headers = {"Authorization": f"Bearer {server.token}", "Content-Type": MEDIA_TYPE}
    return httpx.Client(base_url=f"{server.base_url}/account/actions/", headers=headers, timeout=5)
