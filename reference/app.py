"""The Starlette application around a service: one endpoint an action, and one for every other address."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.routing import Route

from reference.messages import Call
from reference.parsing import MAX_BODY

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

    from reference.messages import Operation
    from reference.service import Service


class Endpoint:
    """Reads a request, asks the service, sends its answer; all methods come here."""

    def __init__(self, service: Service, operation: Operation | None) -> None:
        self.service = service
        self.operation = operation

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One exchange; a client that leaves is not missed."""
        if scope["type"] != "http":
            return
        request = Request(scope, receive)
        try:
            body = await read(request)
        except ClientDisconnect:
            return
        call = Call(self.operation, request.method, scope["path"], request.headers, body)
        await self.service.deliver(call, self.service.answer(call), send)


async def read(request: Request) -> bytes:
    """The body, or so much of it that its excess shows."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY:
            break
    return bytes(body)


def build_app(service: Service) -> Starlette:
    """An application whose whole state is in the service."""
    app = Starlette(routes=[Route(path, Endpoint(service, operation)) for path, operation in service.routes().items()])
    app.router.redirect_slashes = False
    app.router.default = Endpoint(service, None)
    return app
