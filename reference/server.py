"""The reference server on a loopback port: in a thread inside a `with` block, or in the foreground."""

from __future__ import annotations

import contextlib
import socket
import threading
from typing import TYPE_CHECKING

import uvicorn

from reference.accounts import person_named
from reference.app import build_app
from reference.console import greeting
from reference.service import PREFIX, Service

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from contextlib import AbstractContextManager

HOST = "127.0.0.1"
TIMEOUT = 10.0
"""Seconds that a stop may take."""


class PortError(Exception):
    """A port that cannot be listened on; the message says so, and what to do."""


class Server:
    """A running server, as a client sees it; `token` is the first account's."""

    def __init__(self, service: Service, port: int, host: str = HOST) -> None:
        self.service = service
        self.port = port
        self.base_url = f"http://{f'[{host}]' if ':' in host else host}:{port}{PREFIX}"
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
            yield Server(service, listener.getsockname()[1])  # requests wait in the backlog until it has started
        finally:
            server.stop()
            thread.join(TIMEOUT)


def serve(  # noqa: PLR0913 (all but the first by name)
    port: int = 8080,
    *,
    host: str = HOST,
    code: str | None = None,
    names: Iterable[str] = (),
    service_type: type[Service] = Service,
    notes: Iterable[str] = (),
) -> None:
    """Run a server in the foreground until Ctrl-C; it prints how to use it, and each SMS.

    Args:
        port: 0 for a free one.
        host: the address to listen on.
        code: a code that is always right, for both deliveries.
        names: the user names of the accounts; by default there are two.
        service_type: the service.
        notes: paragraphs to add to the greeting.

    Raises:
        PortError: the port cannot be listened on.
    """
    people = [person_named(name) for name in dict.fromkeys(names)]
    service = service_type(announce=_print_at_once, people=people, code=code)
    with _listen(port, host) as listener:
        server = Server(service, listener.getsockname()[1], host)
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


def _listen(port: int, host: str = HOST) -> socket.socket:
    # asyncio sets TCP_NODELAY only where the protocol is named
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen()  # a client may connect as soon as it is told to
    except (OSError, OverflowError) as error:
        listener.close()
        reason = error.strerror if isinstance(error, OSError) else error
        place = f"port {port}" if host == HOST else f"port {port} of {host}"
        raise PortError(f"{place} cannot be used ({reason}): choose another one, or 0 for a free one.") from error
    return listener


def _print_at_once(text: str) -> None:
    print(text, flush=True)  # noqa: T201 (a program of the terminal; flushed for a pipe as well)
