"""A pytest plugin that tests a made-up contract: widgets can be renamed, by a server with the environment's bug."""

from __future__ import annotations

import contextlib
import json
import os
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from conformance.plugin import CONTRACT, EMBEDDED
from schemas import load

if TYPE_CHECKING:
    from collections.abc import Iterator

TOKEN = "Widgets-1234567890-abc"


def problem(path: str, authorization: str | None, body: bytes, bug: str) -> int:
    """The status with which a request is rejected, or 0."""
    if path != "/widgets/actions/rename":
        return 404
    if authorization != f"Bearer {TOKEN}" and bug != "credentials":
        return 401
    try:
        data = json.loads(body.decode())["data"]
        attributes = data["attributes"]
        name, size = attributes["name"], attributes.get("size", 0)
        sound = data["type"] == "widgets" and isinstance(name, str)
        sound = sound and (bug == "size" or (isinstance(size, int | float) and not isinstance(size, bool)))
    except (ValueError, TypeError, KeyError, RecursionError, AttributeError):
        sound = False
    return 0 if sound else 422


class Handler(BaseHTTPRequestHandler):
    """Renames, or rejects with an error document."""

    protocol_version = "HTTP/1.1"
    # Without this, each answer waits for the acknowledgement of its head.
    wbufsize = -1
    disable_nagle_algorithm = True

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        bug = os.environ.get("WIDGET_BUG", "")
        status = problem(self.path, self.headers.get("Authorization"), body, bug)
        self.answer(status or 200, {"errors": [{"status": str(status)}]} if status else {"data": {}})

    def do_other(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.answer(405, {"errors": [{"status": "405"}]})

    do_GET = do_HEAD = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = do_other

    def answer(self, status: int, document: Any) -> None:
        text = b"" if self.command == "HEAD" else json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/vnd.api+json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_: object) -> None:
        """Keep quiet."""


@contextlib.contextmanager
def serving() -> Iterator[Any]:
    """A server on a free port."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield SimpleNamespace(base_url=f"http://127.0.0.1:{server.server_port}", token=TOKEN)
        finally:
            server.shutdown()
            thread.join()


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config: pytest.Config) -> None:
    """Test widgets instead of accounts."""
    config.stash[CONTRACT] = load("widgets", Path(__file__).parent / "widgets")
    config.stash[EMBEDDED] = serving
