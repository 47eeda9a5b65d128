"""A target may do what it likes: a run ends in bounded time and memory, with a verdict, and executes nothing of it."""

from __future__ import annotations

import http.client
import itertools
import json
import os
import re
import socket
import subprocess
import time
from contextlib import contextmanager
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import pytest

from reference.server import serving as serving_service
from tests.e2e.services import CODE, Staging, target
from tests.suite import MAIN, NO_VERDICT, VIOLATED, Finished, environment, finished
from tests.unit.conformance.http_servers import NO_RESPONSE, Handler, message, read_request, serving
from tests.unit.conformance.test_hostile_values import DEPTH, ESCAPES, FORMATS, MARKUP, with_strings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from reference.messages import Request, Response

HONEST = 30
"""Responses after which a target turns hostile."""
MEMORY = 300
"""MiB; a run against a conforming target takes some 100."""
SECONDS = 120
"""Seconds of the processor; a run against a conforming target takes some 5."""
PRINTABLE = re.compile(r"[\n\x20-\x7e\xa0-\u200a\u2010-\u2027\u2030-\uffff]*")


def run(folder: Path, *arguments: str, **variables: str) -> Finished:
    """A run in a process of its own, which keeps to bounded time and memory and prints plain text."""
    command = [*MAIN, "check", f"--report-dir={folder / 'report'}", *arguments]
    seconds = memory = 0.0
    with (
        (folder / "output").open("wb") as output,
        subprocess.Popen(command, stdout=output, stderr=output, env=environment(**variables)) as process,
    ):
        while process.poll() is None:
            seconds, memory = usage(process.pid) or (seconds, memory)
            if seconds > SECONDS or memory > MEMORY:
                process.kill()
            time.sleep(0.1)
    text = (folder / "output").read_text("utf-8")
    assert seconds < SECONDS
    assert memory < MEMORY
    assert "Traceback" not in text
    assert "the suite itself failed" not in text
    assert PRINTABLE.fullmatch(text)
    return finished(folder, process.returncode, text)


def usage(process_id: int) -> tuple[float, float] | None:
    """The seconds of the processor and the peak memory in MiB of a process so far; `None` once it has ended."""
    try:
        times = Path(f"/proc/{process_id}/stat").read_text("utf-8").rpartition(")")[2].split()[11:13]
        memory = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{process_id}/status").read_text("utf-8"))
    except OSError:
        return None
    return sum(map(int, times)) / os.sysconf("SC_CLK_TCK"), int(memory[1]) / 1024 if memory else 0.0


# -- no HTTP -----------------------------------------------------------------------------------------------------------


@contextmanager
def turning(port: int, handle: Handler) -> Iterator[str]:
    """The base URL of a relay to a server that hands connections to `handle` after some responses."""
    count = itertools.count()

    def relay(connection: socket.socket) -> None:
        while request := read_request(connection):
            if next(count) >= HONEST:
                handle(connection)
                return
            connection.sendall(forward(port, request))

    with serving(relay) as url:
        yield url


def forward(port: int, request: bytes) -> bytes:
    """The response of a server to a request."""
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(request)
        response = http.client.HTTPResponse(connection, method=request.split(b" ", 1)[0].decode())
        response.begin()
        media_type = response.headers.get("content-type")
        headers = [f"Content-Type: {media_type}"] if media_type else []
        return message(f"{response.status} {response.reason}", response.read(), *headers)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["gzip-bomb", "endless-103"])
def test_a_target_that_stops_speaking_http_is_given_up(name: str, tmp_path: Path) -> None:
    handle, problem = NO_RESPONSE[name]
    with serving_service(Staging()) as server, turning(server.port, handle) as url:
        options = [f"--base-url={url}", f"--code-source=static:{CODE}", "-k", "enable"]
        done = run(tmp_path, *options, TFE_TOKEN=server.token)
    assert done.code == NO_VERDICT, done.out
    assert not done.having("violated")
    assert problem in done.out


# -- hostile content ---------------------------------------------------------------------------------------------------


class Hostile(Staging):
    """Answers honestly first, and then with bodies that `change` makes of the honest ones."""

    change: Callable[[int, bytes], bytes]

    def respond(self, request: Request) -> Response:
        response = super().respond(request)
        return (
            response if self.total <= HONEST else replace(response, body=type(self).change(self.total, response.body))
        )


def with_hostile_strings(_: int, body: bytes) -> bytes:
    """The document with text for browsers, terminals, templates and shells in each string."""
    text = f"{MARKUP}{ESCAPES}{FORMATS}"
    return json.dumps(with_strings(json.loads(body), lambda string: f"{string}{text}")).encode()


LARGE: tuple[Callable[[bytes], bytes], ...] = (
    lambda _: b"[" * DEPTH + b"]" * DEPTH,
    lambda _: b'{"data": [' + b"[]," * 100_000 + b"1]}",
    lambda _: b"{" + b",".join(b'"%d":{}' % number for number in range(30_000)) + b"}",
    lambda _: b'{"errors": [' + b'{"status":"422"},' * 20_000 + b'{"status": 1}]}',
    lambda _: b'{"data": ' + b"9" * 400_000 + b"}",
    lambda body: json.dumps(with_strings(json.loads(body), lambda text: text + "x" * 20_000)).encode(),
    lambda body: with_recovery_codes(body, [f"{number:09x}" for number in range(20_000)]),
    lambda body: with_recovery_codes(body, ["ab-" * 50_000, "c" * 100_000]),
)


def with_recovery_codes(body: bytes, codes: list[str]) -> bytes:
    """The document with these recovery codes."""
    document: Any = json.loads(body)
    if isinstance(document, dict) and "data" in document:
        document["data"]["attributes"]["two-factor"]["recovery-codes"] = codes
    return json.dumps(document).encode()


@pytest.mark.slow
def test_large_and_deep_bodies_take_bounded_time_and_memory(tmp_path: Path) -> None:
    service = type("Large", (Hostile,), {"change": lambda number, body: LARGE[number % len(LARGE)](body)})
    with target(service()) as (options, variables):
        done = run(tmp_path, *options, "--profile=smoke", **variables)
    assert done.code in {VIOLATED, NO_VERDICT}, done.out
    assert sum(path.stat().st_size for path in done.folder.iterdir()) < 20_000_000


class Tags(HTMLParser):
    """The elements of a page, and the scripts in its attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.handlers: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.add(tag)
        for name, value in attrs:
            if name.startswith("on") or name in {"srcdoc", "http-equiv"} or (value or "").strip().startswith("javas"):
                self.handlers.add(value or name)


def test_no_string_of_a_response_is_more_than_text(tmp_path: Path) -> None:
    service = type("Text", (Hostile,), {"change": with_hostile_strings})
    with target(service()) as (options, variables):
        done = run(tmp_path, *options, "-v", "-rA", "--tb=long", "-k", "test_documented or every_response", **variables)
    assert done.code == VIOLATED, done.out
    page = (done.folder / "report.html").read_text("utf-8")
    assert "{{ 7 * 7 }}" in page, "the responses are in the report"
    assert not {"iframe", "base", "object", "embed"} & Tags(page).names
    assert Tags(page).handlers <= {"location.reload()"}  # pytest-html's own
    assert "<img src=x" not in page
    summary = (done.folder / "summary.md").read_text("utf-8")
    assert PRINTABLE.fullmatch(summary)
    assert not re.search("^[^`\n]*</script>", summary, re.MULTILINE)
    ET.parse(done.folder / "junit.xml")  # noqa: S314 (our own)
