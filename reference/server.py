"""A real server on a loopback port: in a thread for as long as a `with` block, or in the foreground until Ctrl-C."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import sys
import threading
from typing import TYPE_CHECKING

import uvicorn

from reference.app import build_app
from reference.console import greeting
from reference.faults import FAULTS
from reference.service import PREFIX, Service
from reference.variants import VARIANTS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from starlette.applications import Starlette

HOST = "127.0.0.1"
PATIENCE = 10.0
"""Seconds that a start or a stop may take."""


def build_service(
    fault: str | None = None, variant: str | None = None, *, announce: Callable[[str], None] | None = None
) -> Service:
    """A fresh service, with the named bug and the named freedom, if any."""
    bases: list[type[Service]] = []
    if fault is not None:
        bases.append(FAULTS.find(fault).service)
    if variant is not None:
        bases.append(VARIANTS.find(variant).service)
    chosen: type[Service] = type("Chosen", (*bases, Service), {})
    return chosen(announce=announce)


class PortError(OSError):
    """A port that cannot be listened on."""

    def __init__(self, port: int, reason: object) -> None:
        super().__init__(port, str(reason))
        self.port = port

    def __str__(self) -> str:
        return f"port {self.port} cannot be used ({self.strerror}): choose another one, or 0 for a free one."


class Server:
    """A server that runs, seen from outside."""

    def __init__(self, service: Service, app: Starlette, port: int) -> None:
        self.service = service
        self.app = app
        self.port = port
        self.base_url = f"http://{HOST}:{port}{PREFIX}"
        self.sms_number = service.sms_number
        self.tokens = tuple(account.person.token for account in service.accounts)
        self.token = self.tokens[0]

    def code(self, delivery: str, account: int = 0) -> str:
        """The code that is right at this moment for one of the accounts, by app or sms."""
        return self.service.current_code(self.service.accounts[account], delivery)


class _Uvicorn(uvicorn.Server):
    """Uvicorn that ends as soon as it is told to, not at its next tick."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._over = asyncio.Event()

    async def main_loop(self) -> None:
        self._loop = asyncio.get_running_loop()
        ticks = 0
        while not await self.on_tick(ticks):
            ticks = (ticks + 1) % 864000
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._over.wait(), 0.1)

    def stop(self) -> None:
        self.should_exit = True
        if self._loop is not None:
            with contextlib.suppress(RuntimeError):  # the loop has ended by itself
                self._loop.call_soon_threadsafe(self._over.set)


def _configure(app: Starlette, service: Service) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        log_config=None,
        log_level="critical",
        access_log=False,
        lifespan="off",
        ws="none",
        http="h11",
        loop="asyncio",
        server_header=False,
        timeout_keep_alive=service.keep_alive,
        timeout_graceful_shutdown=1,
    )


def _listen(port: int) -> socket.socket:
    listener = socket.socket(
        socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP
    )  # asyncio wants TCP named for NODELAY
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
    except (OSError, OverflowError) as error:
        listener.close()
        raise PortError(port, getattr(error, "strerror", error)) from error
    return listener


def running(fault: str | None = None, variant: str | None = None) -> AbstractContextManager[Server]:
    """A server on a free loopback port, up inside the block and gone after it."""
    return serving(build_service(fault, variant))


@contextlib.contextmanager
def serving(service: Service) -> Iterator[Server]:
    """As `running`, with a service of one's own."""
    app = build_app(service)
    with _listen(0) as listener:
        server = _Uvicorn(_configure(app, service))
        thread = threading.Thread(target=server.run, args=([listener],), name="reference", daemon=True)
        thread.start()
        try:
            _await_start(server, thread)
            yield Server(service, app, listener.getsockname()[1])
        finally:
            server.stop()
            thread.join(PATIENCE)


def _await_start(server: uvicorn.Server, thread: threading.Thread) -> None:
    pause = threading.Event()
    waited = 0.0
    while not server.started:
        if waited > PATIENCE or not thread.is_alive():
            message = "the reference server did not start"
            raise RuntimeError(message)
        pause.wait(0.002)
        waited += 0.002


def say(line: str) -> None:
    """Print a line at once, also into a pipe."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def serve(port: int = 8080, fault: str | None = None, variant: str | None = None) -> None:
    """A server in the foreground until Ctrl-C: it tells how to use it and shows each SMS. Port 0 is a free one."""
    service = build_service(fault, variant, announce=say)
    app = build_app(service)
    with _listen(port) as listener:
        server = Server(service, app, listener.getsockname()[1])
        say(greeting(server, fault=fault, variant=variant))
        with contextlib.suppress(KeyboardInterrupt):
            _Uvicorn(_configure(app, service)).run([listener])
    say("Stopped.")
