"""A target that puts markup into every string, every name of a member and every header that it sends."""

from __future__ import annotations

import contextlib
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

TOKEN = "Evil-AbCdEf1234567890-xyz"
EVIL = (
    "</pre></td></script></style><script>document.title='evil'</script>"
    "<img class=evil src='http://127.0.0.1:9/evil.png' onerror=\"document.title='evil'\">"
    "<a class=evil href='javascript:document.title=0'>x</a>\"'`{{ 7*7 }}&lt;b class=evil&gt;"
)
USER = {
    "id": EVIL,
    "type": EVIL,
    EVIL: EVIL,
    "attributes": {
        "username": EVIL,
        "avatar-url": EVIL,
        "v2-only": EVIL,
        "two-factor": {"delivery": EVIL, "enabled": EVIL, "sms-number": EVIL, "verified": [EVIL], EVIL: [{EVIL: EVIL}]},
    },
    "links": {"self": EVIL},
}
ERROR = {"status": EVIL, "title": EVIL, "detail": [EVIL], "source": {"pointer": EVIL}, EVIL: EVIL}


class Handler(BaseHTTPRequestHandler):
    """Accepts what is JSON, and rejects the rest."""

    protocol_version = "HTTP/1.1"
    # Without this, each answer waits for the acknowledgement of its head.
    wbufsize = -1
    disable_nagle_algorithm = True

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        try:
            json.loads(body or b"null")
        except (ValueError, RecursionError):
            self.answer(400)
        else:
            self.answer(200 if self.headers.get("Authorization") == f"Bearer {TOKEN}" else 500)

    def do_other(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.answer(405)

    do_GET = do_HEAD = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = do_other

    def answer(self, status: int) -> None:
        document = json.dumps({"data": USER, EVIL: EVIL} if status == 200 else {"errors": [ERROR]}).encode()
        text = b"" if self.command == "HEAD" else document
        self.send_response(status, EVIL)
        self.send_header("Content-Type", f"application/vnd.api+json; {EVIL}")
        self.send_header("X-Evil", EVIL)
        self.send_header("Set-Cookie", f"{EVIL}={EVIL}")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_: object) -> None:
        """Keep quiet."""


@contextlib.contextmanager
def serving() -> Iterator[str]:
    """Its base URL."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/api/v2"
        finally:
            server.shutdown()
            thread.join()
