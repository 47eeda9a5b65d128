"""Serve an ASGI or WSGI application on a free loopback port: in a thread, or as a process of its own for `--app`.

This module imports nothing else of the suite, whose folders may have the names of packages of the application.
"""

from __future__ import annotations

import inspect
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import uvicorn
from uvicorn.importer import ImportFromStringError, import_from_string

if TYPE_CHECKING:
    from collections.abc import Iterator

HOST = "127.0.0.1"
TIMEOUT = 30.0
"""Seconds that the application may take to start or to stop."""


class AppError(Exception):
    """An application that can't be served."""


class Server(uvicorn.Server):
    """A server that another thread can stop."""

    def stop(self) -> None:
        """End the server after the requests that it is busy with."""
        self.should_exit = True


@contextmanager
def serving(app: Any) -> Iterator[str]:
    """Serve an application in a thread; the value is its URL, without a path.

    Raises:
        AppError: the application did not start.
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
                    raise AppError("the application did not start")
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


@contextmanager
def serving_process(name: str) -> Iterator[str]:
    """Serve the application `package.module:app` in a process of its own; the value is its URL, without a path.

    Raises:
        AppError: it can't be imported, or does not start; its traceback was printed.
    """
    with subprocess.Popen(  # noqa: S603 (this module)
        [sys.executable, __file__, name], stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8"
    ) as process:
        try:
            url = process.stdout.readline().strip() if process.stdout else ""
            if not url:
                raise AppError(f"--app: {name} could not be served; the reason is above")
            yield url
        finally:
            if process.stdin:
                process.stdin.close()  # which ends the server
            try:
                process.wait(TIMEOUT)
            except subprocess.TimeoutExpired:
                process.kill()


def main(name: str) -> None:
    """Serve an application until standard input ends. The first line of standard output is the URL."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C ends the run, which still needs the server
    sys.path[0] = os.getcwd()  # noqa: PTH109 (a string)
    try:
        app = import_from_string(name.removesuffix("()"))
    except ImportFromStringError as error:
        sys.exit(f"tfe-conformance: --app: {error}")
    with os.fdopen(os.dup(1), "w", encoding="utf-8") as output:
        os.dup2(2, 1)  # what the application prints goes to standard error
        with serving(app() if name.endswith("()") else app) as url:
            output.write(f"{url}\n")
            output.flush()
            sys.stdin.read()


if __name__ == "__main__":
    main(sys.argv[1])
