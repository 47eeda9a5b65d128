"""Serve an ASGI or WSGI application on a free loopback port: in a thread, or as a process of its own for `--app`.

This module imports nothing else of the suite, whose folders may have the names of packages of the application.
"""

from __future__ import annotations

import importlib
import inspect
import os
import signal
import socket
import sys
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import uvicorn

if TYPE_CHECKING:
    from collections.abc import Iterator

HOST = "127.0.0.1"
TIMEOUT = 30.0
"""Seconds that the application may take to start or to stop."""


class Server(uvicorn.Server):
    """A server that another thread can stop."""

    def stop(self) -> None:
        """End the server after the requests that it is busy with."""
        self.should_exit = True


class AppNameError(Exception):
    """A name that leads to no application."""


@contextmanager
def serving(app: Any) -> Iterator[str]:
    """Serve an application in a thread; the value is its URL, without a path.

    Raises:
        RuntimeError: the application did not start.
    """
    # asyncio sends without delay only where the protocol is named.
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listener:
        listener.bind((HOST, 0))
        config = uvicorn.Config(
            as_asgi(app), log_config=None, access_log=False, ws="none", loop="asyncio", timeout_graceful_shutdown=1
        )
        server = Server(config)
        thread = threading.Thread(target=server.run, args=([listener],), name="application", daemon=True)
        thread.start()
        try:
            deadline = time.monotonic() + TIMEOUT
            while not server.started:
                if not thread.is_alive() or time.monotonic() > deadline:
                    raise RuntimeError("the application did not start")
                time.sleep(0.005)
            yield f"http://{HOST}:{listener.getsockname()[1]}"
        finally:
            server.stop()
            thread.join(TIMEOUT)


def as_asgi(app: Any) -> Any:
    """The application itself if it is an ASGI application, which is awaited; a WSGI application in an adapter."""
    if inspect.iscoroutinefunction(app) or inspect.iscoroutinefunction(type(app).__call__):
        return app
    from a2wsgi import WSGIMiddleware  # noqa: PLC0415 (only for WSGI)

    return WSGIMiddleware(app)


def load(name: str) -> Any:
    """The application that `package.module:app` names; `package.module:make_app()` is called.

    Raises:
        AppNameError: the name has another form, or the module has no such attribute.
    """
    module_name, _, path = name.partition(":")
    if not module_name or not path:
        raise AppNameError(f"{name!r} is not of the form package.module:app")
    app: Any = importlib.import_module(module_name)
    for attribute in path.removesuffix("()").split("."):
        if not hasattr(app, attribute):
            raise AppNameError(f"{module_name} has no {attribute!r}")
        app = getattr(app, attribute)
    return app() if path.endswith("()") else app


def main(name: str) -> None:
    """Serve an application until standard input ends. The first line of standard output is the URL."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C ends the run, which still needs the server
    sys.path[0] = os.getcwd()  # noqa: PTH109 (a string)
    with os.fdopen(os.dup(1), "w", encoding="utf-8") as output:
        os.dup2(2, 1)  # what the application prints goes to standard error
        with serving(load(name)) as url:
            output.write(f"{url}\n")
            output.flush()
            sys.stdin.read()


if __name__ == "__main__":
    try:
        main(sys.argv[1])
    except AppNameError as error:
        sys.exit(f"tfe-conformance: --app: {error}")
