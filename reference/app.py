"""The ASGI application around a service."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.requests import ClientDisconnect
from starlette.requests import Request as StarletteRequest

from reference.messages import Request
from reference.parsing import MAX_BODY

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

    from reference.service import Service


def build_app(service: Service) -> ASGIApp:
    """An application that has no state but the service's."""
    routes = service.routes()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        incoming = StarletteRequest(scope, receive)
        try:
            body = await _read_body(incoming)
        except ClientDisconnect:
            return
        path = scope["path"]
        request = Request(routes.get(path), incoming.method, path, incoming.headers, body)
        await service.send_response(request, service.respond(request), send)

    return app


async def _read_body(request: StarletteRequest) -> bytes:
    """The body; reading stops once it is larger than `MAX_BODY`."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY:
            break
    return bytes(body)
