"""Requests that are sent several at once give the verdicts that they give one by one."""

from __future__ import annotations

import random
import socketserver
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING, Any

import pytest

from conformance.client import Client, Limits
from conformance.exchange import Request
from conformance.verdicts import Inconclusive
from reference.faults import FAULTS
from reference.variants import VARIANTS
from tests.suite import ROOT, check
from tests.sweep.faulty import FAULT, VARIANT

if TYPE_CHECKING:
    from pathlib import Path

LIMITS = Limits(connect=1.0, read=1.0, total=2.0, at_once=4)
FEW = {FAULT: ["enable-type-unchecked"], VARIANT: ["fresh-secrets"]}


class Handler(BaseHTTPRequestHandler):
    """Keeps connections open, as HTTP/1.1 has it, and answers with the path."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(self.path)))
        self.end_headers()
        self.wfile.write(self.path.encode())

    def log_message(self, *_: Any) -> None:
        """Nothing is logged."""


class Threads(socketserver.ThreadingMixIn, HTTPServer):
    """Serves connections side by side."""

    daemon_threads = True


def asked(kind: type[HTTPServer], count: int) -> list[Any]:
    with kind(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        client = Client(LIMITS)
        url = f"http://127.0.0.1:{server.server_port}"
        answers = client.send_at_once([Request("POST", f"{url}/{number}", ()) for number in range(count)])
        client.close()
        server.shutdown()
    return answers


def test_the_answers_are_in_the_order_of_the_requests() -> None:
    assert [answer.response.body for answer in asked(Threads, 20)] == [f"/{number}".encode() for number in range(20)]


def test_a_server_that_serves_one_connection_at_a_time_is_found_out() -> None:
    assert any(isinstance(answer, Inconclusive) for answer in asked(HTTPServer, LIMITS.at_once))


def found(folder: Path, concurrency: int, **chosen: str) -> list[Any]:
    done = check(folder, "-p", "tests.sweep.faulty", f"--concurrency={concurrency}", "-q", cwd=ROOT, **chosen)
    assert done.results, done.out
    return [
        (one["id"], one["verdict"], one["detail"], [(case["name"], case["verdict"]) for case in one["cases"]])
        for one in done.results["requirements"]
    ]


def agree(folder: Path, variable: str, name: str) -> None:
    one, four = (found(folder / str(number), number, **{variable: name}) for number in (1, 4))
    assert one == four


@pytest.mark.parametrize(("variable", "name"), [(variable, name) for variable, names in FEW.items() for name in names])
def test_the_verdicts_are_those_of_a_serial_run(variable: str, name: str, tmp_path: Path) -> None:
    agree(tmp_path, variable, name)


@pytest.mark.slow
@pytest.mark.parametrize("name", random.Random(4).sample(sorted(FAULTS), 40))  # noqa: S311 (no secret)
def test_the_verdicts_on_faults_are_those_of_a_serial_run(name: str, tmp_path: Path) -> None:
    agree(tmp_path, FAULT, name)


@pytest.mark.slow
@pytest.mark.parametrize("name", random.Random(4).sample(sorted(VARIANTS), 15))  # noqa: S311 (no secret)
def test_the_verdicts_on_variants_are_those_of_a_serial_run(name: str, tmp_path: Path) -> None:
    agree(tmp_path, VARIANT, name)
