"""The reference server on a loopback port: in a thread inside a `with` block, or in the foreground."""

from __future__ import annotations

import contextlib
import socket
import sys
import threading
import time
from typing import TYPE_CHECKING

import uvicorn

from reference.app import build_app
from reference.console import greeting
from reference.service import PREFIX, Service

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from contextlib import AbstractContextManager

HOST = "127.0.0.1"
TIMEOUT = 10.0
"""Seconds that a start or a stop may take."""


class PortError(OSError):
    """A port that cannot be listened on."""

    def __init__(self, port: int, reason: object) -> None:
        super().__init__(port, str(reason))
        self.port = port

    def __str__(self) -> str:
        return f"port {self.port} cannot be used ({self.strerror}): choose another one, or 0 for a free one."


class Server:
    """A running server, as a client sees it; `token` is the first account's."""

    def __init__(self, service: Service, port: int) -> None:
        self.service = service
        self.port = port
        self.base_url = f"http://{HOST}:{port}{PREFIX}"
        self.sms_number = service.sms_number
        self.tokens = tuple(account.person.token for account in service.accounts)
        self.token = self.tokens[0]

    def code(self, delivery: str, account: int = 0) -> str:
        """The code by "app" or "sms" that is right at the moment for an account."""
        return self.service.current_code(self.service.accounts[account], delivery)


def running() -> AbstractContextManager[Server]:
    """Run the reference server on a free loopback port; it stops at the end of the block."""
    return serving(Service())


class _Server(uvicorn.Server):
    def stop(self) -> None:
        self.should_exit = True


@contextlib.contextmanager
def serving(service: Service) -> Iterator[Server]:
    """Run a given service on a free loopback port; it stops at the end of the block."""
    with _listen(0) as listener:
        server = _Server(_configure(service))
        thread = threading.Thread(target=server.run, args=([listener],), name="reference", daemon=True)
        thread.start()
        try:
            _await_start(server, thread)
            yield Server(service, listener.getsockname()[1])
        finally:
            server.stop()
            thread.join(TIMEOUT)


def serve(port: int = 8080, service_type: type[Service] = Service, notes: Iterable[str] = ()) -> None:
    """Run a server in the foreground until Ctrl-C; it prints how to use it, and each SMS.

    Args:
        port: the port to listen on; 0 is a free one.
        service_type: the service, if not the conforming one.
        notes: paragraphs to add to the greeting.

    Raises:
        PortError: the port cannot be listened on.
    """
    service = service_type(announce=_print_at_once)
    with _listen(port) as listener:
        server = Server(service, listener.getsockname()[1])
        _print_at_once(greeting(service, server.base_url, notes))
        with contextlib.suppress(KeyboardInterrupt):
            uvicorn.Server(_configure(service)).run([listener])
    _print_at_once("Stopped.")


def _configure(service: Service) -> uvicorn.Config:
    return uvicorn.Config(
        build_app(service),
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
    # asyncio sets TCP_NODELAY only where the protocol is named
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
        listener.listen()  # a client may connect as soon as it is told to
    except (OSError, OverflowError) as error:
        listener.close()
        raise PortError(port, getattr(error, "strerror", error)) from error
    return listener


def _await_start(server: uvicorn.Server, thread: threading.Thread) -> None:
    deadline = time.monotonic() + TIMEOUT
    while not server.started:
        if time.monotonic() > deadline or not thread.is_alive():
            message = "the reference server did not start"
            raise RuntimeError(message)
        time.sleep(0.002)


def _print_at_once(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()  # into a pipe as well
