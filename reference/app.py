"""The ASGI application around a service."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.requests import ClientDisconnect
from starlette.requests import Request as StarletteRequest
from starlette.routing import Route, Router

from reference.messages import Request
from reference.parsing import MAX_BODY

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

    from reference.messages import Operation
    from reference.service import Service


class Endpoint:
    """The endpoint of one operation for all methods, or of every other path."""

    def __init__(self, service: Service, operation: Operation | None) -> None:
        self.service = service
        self.operation = operation

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Read the request and send the service's response."""
        if scope["type"] != "http":
            return
        incoming = StarletteRequest(scope, receive)
        try:
            body = await read_body(incoming)
        except ClientDisconnect:
            return
        request = Request(self.operation, incoming.method, scope["path"], incoming.headers, body)
        await self.service.send_response(request, self.service.respond(request), send)


async def read_body(request: StarletteRequest) -> bytes:
    """The body; reading stops once it is larger than `MAX_BODY`."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY:
            break
    return bytes(body)


def build_app(service: Service) -> Router:
    """An application that has no state but the service's."""
    routes = [Route(path, Endpoint(service, operation)) for path, operation in service.routes().items()]
    return Router(routes, redirect_slashes=False, default=Endpoint(service, None))
