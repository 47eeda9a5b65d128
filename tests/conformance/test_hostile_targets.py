"""A whole run against a target that does it harm ends: with a verdict, in bounded time and memory, and in silence."""

from __future__ import annotations

import itertools
import json
import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

from tests.conformance import certificates
from tests.conformance.contents import CONTENTS, ESCAPES, FORMATS, MARKUP, strings
from tests.conformance.framings import FRAMINGS, UNTIL_THE_END
from tests.conformance.hostile import NO_ANSWER, accepting, listening, message, read_request, saying
from tests.siege import HONEST_FIRST, PUBLISHED, Held, besieged, held, target
from tests.suite import TOKEN

if TYPE_CHECKING:
    import socket
    from pathlib import Path

    from tests.conformance.relay import Honest

CONFORMANT, VIOLATED, NO_VERDICT = 0, 1, 3
HURRIED = ("-p", "tests.conformance.hurried")
MEMORY = 300
"""MiB; a run against a target that conforms takes some 90."""
SECONDS = 240
"""Of the processor."""
HARMLESS = {
    "escapes-in-headers",
    "formats-in-headers",
    "markup-in-headers",
    "broken-provisioning-url",
    "impatient",
    "twice-the-same-names",
}
"""Contents that break no requirement."""
TERMINAL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")


def results(folder: Path) -> dict[str, object]:
    found: dict[str, object] = json.loads((folder / "report" / "results.json").read_text("utf-8"))
    return found


def bounded(run: Held) -> None:
    assert "Traceback" not in run.out
    assert "the suite itself failed" not in run.out
    assert not TERMINAL.search(run.out.replace("\r\n", "\n"))
    assert run.peak < MEMORY, run
    assert run.busy < SECONDS, run


def test_answers_conform_however_they_are_framed(tmp_path: Path) -> None:
    names = itertools.cycle(FRAMINGS)

    def spoil(connection: socket.socket, honest: Honest) -> None:
        name = next(names)
        connection.sendall(FRAMINGS[name](honest))
        if name in UNTIL_THE_END:
            raise ConnectionAbortedError

    with target(spoil, after=0) as (url, token):
        run = held(tmp_path, url, token)
    assert run.code == CONFORMANT, run.out
    bounded(run)


@pytest.mark.parametrize("name", ["hang", "gzip-bomb"])
def test_a_target_that_turns_hostile_is_given_up(name: str, tmp_path: Path) -> None:
    run = besieged(name, after=HONEST_FIRST, folder=tmp_path, arguments=(*HURRIED, "-k", "enable"))
    assert run.code == NO_VERDICT, run.out
    assert NO_ANSWER[name][1] in run.out
    bounded(run)
    assert not [found for found in results(tmp_path)["requirements"] if found["verdict"] == "violated"]  # type: ignore[attr-defined]


def test_a_redirect_takes_the_token_nowhere(tmp_path: Path) -> None:
    elsewhere: list[bytes] = []

    def serve(connection: socket.socket) -> None:
        elsewhere.append(read_request(connection))

    with accepting(serve) as other:
        answer = message("307 Temporary Redirect", b"", f"Location: {other}/account/actions/two-factor-enable")
        with target(lambda connection, _: connection.sendall(answer), after=HONEST_FIRST) as (url, token):
            run = held(tmp_path, url, token, "-k", "accepted or credentials")
    assert run.code == VIOLATED, run.out
    bounded(run)
    assert not [request for request in elsewhere if request]


def test_a_certificate_for_another_host_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    certificates.trust(monkeypatch, tmp_path)
    with listening(saying("200 OK", b"null"), tls=certificates.context("tfe.example")) as url:
        run = held(tmp_path, url, TOKEN)
    assert run.code == NO_VERDICT
    assert "TLS failed: the certificate is refused: IP address mismatch" in run.out
    bounded(run)


class Tags(HTMLParser):
    """What a page is built of, and what it would run."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.handlers: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.add(tag)
        for name, value in attrs:
            if name.startswith("on") or name in ("srcdoc", "http-equiv") or (value or "").strip().startswith("javas"):
                self.handlers.add(value or name)


def test_nothing_that_a_string_holds_is_more_than_text(tmp_path: Path) -> None:
    both = strings(lambda text: f"{text}{MARKUP}{ESCAPES}{FORMATS}", lambda name: name)
    with target(lambda connection, honest: connection.sendall(both(honest)), after=1) as (url, token):
        run = held(tmp_path, url, token, "-v", "-rA", "--tb=long", "-k", "accepted or life")
    assert run.code == VIOLATED, run.out
    bounded(run)
    report = tmp_path / "report"
    page = (report / "report.html").read_text("utf-8")
    assert "{{ 7 * 7 }}" in page, "the answers are there"
    assert not {"iframe", "base", "object", "embed"} & Tags(page).names
    assert Tags(page).handlers <= {"Content-Security-Policy"}
    summary = (report / "summary.md").read_text("utf-8")
    assert not TERMINAL.search(summary)
    assert re.search("`[^`\n]*</script>[^`\n]*`", summary)
    assert not re.search("^[^`\n]*</script>", summary, re.MULTILINE)
    ET.parse(report / "junit.xml")  # noqa: S314 (our own)


def test_the_published_table_is_of_these_targets() -> None:
    rows = [line.split(" | ") for line in PUBLISHED.read_text("utf-8").splitlines() if line.startswith("| ")][2:]
    assert [row[0].removeprefix("| ") for row in rows] == [*NO_ANSWER, *CONTENTS]
    for name, first, *_, peak, later, _, _, last in rows:
        harmless = name.removeprefix("| ") in HARMLESS
        assert {first, later} <= ({"0"} if harmless else {"1", "3"}), name
        assert all(int(cell.split(" ")[0]) < MEMORY for cell in (peak, last)), name


# -- all of them, within the limits of a real run --------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("name", NO_ANSWER)
@pytest.mark.parametrize("after", [0, HONEST_FIRST])
def test_every_target_that_does_not_answer(name: str, after: int, tmp_path: Path) -> None:
    run = besieged(name, after=after, folder=tmp_path)
    assert run.code == NO_VERDICT, run.out
    assert run.seconds < 200
    bounded(run)


@pytest.mark.slow
@pytest.mark.parametrize("name", CONTENTS)
@pytest.mark.parametrize("after", [0, HONEST_FIRST])
def test_every_target_that_answers_harmfully(name: str, after: int, tmp_path: Path) -> None:
    run = besieged(name, after=after, folder=tmp_path)
    assert run.code == CONFORMANT if name in HARMLESS else run.code in (VIOLATED, NO_VERDICT), run.out
    bounded(run)
