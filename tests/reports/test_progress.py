"""How a run is shown while it goes on: drawn on a terminal, in lines elsewhere."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import re
import subprocess
import sys
import termios
from types import SimpleNamespace
from typing import TYPE_CHECKING

from reports.estimate import Cost, Estimate, Seen
from reports.progress import Progress, duration, roughly
from tests.reports.made import MUSTS, case
from tests.reports.made import run as run_of
from tests.suite import ROOT, check

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

ACCOUNT = "The account: two-factor authentication of the account is off"
PART = ("-k", "methods")
PACED = ("-k", "media_types", "--rate=8")
DISTURBED = ("-p", "tests.reports.disturbed")


def test_times_in_words() -> None:
    times = (0, 0.4, 31, 60, 200, 3599.7, 3900)
    words = ["0 s", "0 s", "31 s", "1 min", "3 min 20 s", "1 h", "1 h 5 min"]
    assert [duration(seconds) for seconds in times] == words
    assert [roughly(seconds) for seconds in (0.1, 3.4, 31, 119, 200, 1000)] == [1, 3, 30, 120, 210, 1020]


def shown() -> tuple[Progress, list[str]]:
    """What a run shows that has 526 cases, and what it writes."""
    asker = SimpleNamespace(exchanges=[None] * 322, budget=SimpleNamespace(limits={}))
    cases = [case("violated", MUSTS[0]), case("violated", MUSTS[0]), case("conforms", MUSTS[1])]
    run = run_of(cases)
    run.asker, run.rejections = asker, SimpleNamespace(outcomes={})  # type: ignore[assignment]
    run.planned = cases[2:] * 526
    written: list[str] = []
    reporter = SimpleNamespace(write_line=written.append, flush=lambda: None)
    progress = Progress(run, reporter, "lines")  # type: ignore[arg-type]
    costs = {f"test_one.py::test[{number}]": Cost(1.0) for number in range(526)}
    progress.estimate = Estimate(costs, Seen(lambda: run.asked))
    return progress, written


def test_the_line_says_how_far_the_run_is() -> None:
    progress, written = shown()
    progress.pytest_runtest_logfinish("test_one.py::test[0]")
    assert progress.text() == "1/526 cases, 322 exchanges, 0 s, 1 violated"
    progress.wait(12.0, "429, as the target asks")
    assert progress.text() == "1/526 cases, 322 exchanges, 0 s, 1 violated (429, as the target asks: waiting 12 s)"
    assert written == ["429, as the target asks: waiting 12 s"]


def test_the_line_is_never_wider_than_the_terminal() -> None:
    progress, _ = shown()
    progress.wait(12.0, "429, as the target asks")
    assert all(len(progress.text(width)) <= width for width in range(1, 100))
    assert progress.text(79) == "0/526 cases, 0 s, 1 violated (429, as the target asks: waiting 12 s)"
    assert progress.text(52) == "0/526 cases (429, as the target asks: waiting 12 s)"
    assert progress.text(20) == "0/526 cases"


def test_lines_come_now_and_then(monkeypatch: pytest.MonkeyPatch) -> None:
    """None in the first seconds, and then one for each tenth of the run, or one a minute."""
    now = 1000.0
    monkeypatch.setattr("reports.progress.time.monotonic", lambda: now)
    progress, written = shown()
    told: list[float] = []
    for number in range(526):
        progress.pytest_runtest_logstart(f"test_one.py::test[{number}]")
        progress._run.exchanges.append(None)  # type: ignore[arg-type] # noqa: SLF001
        now += 0.5
        progress.pytest_runtest_logfinish(f"test_one.py::test[{number}]")
        if len(written) > len(told):
            told.append(now - 1000.0)
    assert 9 <= len(told) <= 11
    assert min(after - before for before, after in zip([0.0, *told], told, strict=False)) >= 10.0
    assert written[4] == "265/526 cases, 587 exchanges, 2 min 12 s, about 2 min left, 1 violated"


def on_terminal(*arguments: str, columns: int = 80, typed: bytes = b"", **variables: str) -> tuple[int, str]:
    """Run `check` on a pseudo-terminal, and type something when a line is drawn; its exit code, and what it wrote."""
    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (24, columns))
    command = [sys.executable, str(ROOT / "conformance" / "__main__.py"), "check", *arguments]
    kept = {name: value for name, value in os.environ.items() if name not in ("TFE_TOKEN", "NO_COLOR", "COLUMNS")}
    said = b""
    with subprocess.Popen(
        command,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        cwd=ROOT,
        env=kept | {"TERM": "xterm"} | variables,
        start_new_session=True,
        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),  # noqa: PLW1509 (as a shell does it)
    ) as process:
        os.close(theirs)
        with contextlib.suppress(OSError):  # the other end is closed
            while chunk := os.read(ours, 65536):
                said += chunk
                if typed and b" cases, " in said:
                    os.write(ours, typed)
                    typed = b""
        code = process.wait(60)
    os.close(ours)
    return code, said.decode()


def screen(said: str) -> list[str]:
    """The rows that a terminal is left with, colours aside."""
    rows, at = [""], 0
    for character in re.sub(r"\x1b\[[0-9;]*m", "", said):
        if character == "\n":
            rows, at = [*rows, ""], 0
        elif character == "\r":
            at = 0
        else:
            rows[-1] = rows[-1][:at] + character + rows[-1][at + 1 :]
            at += 1
    return [row.rstrip() for row in rows]


def test_on_a_terminal_a_line_is_drawn_and_gone_at_the_end(tmp_path: Path) -> None:
    code, said = on_terminal(f"--report-dir={tmp_path}", *PACED)
    assert code == 3, said
    assert re.search(r"\r\d/8 cases, \d+ exchanges, 1 s", said), said
    rows = screen(said)
    assert not any("cases, " in row for row in rows)
    assert rows[-2:] == [ACCOUNT, ""]
    assert rows[0].startswith("target: http://127.0.0.1:")
    assert all(len(row) <= 80 or str(tmp_path) in row for row in rows)
    assert len(rows) <= 24
    assert "\x1b[" in said


def test_what_a_run_says_stands_above_the_line_that_is_drawn(tmp_path: Path) -> None:
    arguments = (f"--report-dir={tmp_path}", *PACED, *DISTURBED)
    _, said = on_terminal(*arguments, columns=44, DISTURB="say", NO_COLOR="1")
    rows = screen(said)
    assert rows.count("a line that is said") == 8
    drawn = re.findall(r"\r( +|\d+/8 cases[^\r\n]*)", said)
    assert max(len(text) for text in drawn) == 43
    assert "waiting 1 s" in said
    assert not any("cases" in row or "waiting" in row for row in rows)
    assert rows[-2:] == [ACCOUNT, ""]
    assert "\x1b" not in said


def test_ctrl_c_on_a_terminal_is_told_and_the_account_is_left_off(tmp_path: Path) -> None:
    code, said = on_terminal(f"--report-dir={tmp_path}", *PACED, typed=b"\x03")
    assert code == 3, said
    rows = screen(said)
    assert any(row.startswith("NO VERDICT: the run was stopped before its end") for row in rows)
    assert rows[-2:] == [ACCOUNT, ""]
    assert not any("cases, " in row for row in rows)


def test_without_a_terminal_nothing_is_drawn_and_nothing_coloured(tmp_path: Path) -> None:
    done = check(tmp_path, *PART, *DISTURBED, FAULT="put-enables")
    assert done.code == 1
    assert not set(done.out) & {"\r", "\x1b"}
    assert done.out.startswith("target: ")
    assert done.out.splitlines()[-1] == ACCOUNT
    assert f"\n  Report: {done.folder / 'report.html'}\n" in done.out


def test_colours_can_be_forced(tmp_path: Path) -> None:
    done = check(tmp_path, *PART, FORCE_COLOR="1")
    assert "\x1b[1m" in done.out
    assert "\r" not in done.out


def test_a_terminal_of_few_characters_is_no_failure(tmp_path: Path) -> None:
    done = check(tmp_path, *PART, *DISTURBED, FAULT="put-enables", DISTURB="say", PYTHONIOENCODING="ascii")
    assert done.code == 1, done.out
    assert "Traceback" not in done.out
    assert done.out.splitlines()[-1] == ACCOUNT


def test_verbose_is_as_pytest_has_it_and_the_end_as_ever(tmp_path: Path) -> None:
    done = check(tmp_path, *PART, *DISTURBED, "-v", DISTURB="say")
    assert "test_methods.py::test_other_method_does_not_act[methods.other-than-post-enable-PUT] PASSED" in done.out
    assert "\na line that is said\n" in done.out
    assert "target: http" in done.out
    assert done.out.splitlines()[-1] == ACCOUNT


def test_quiet_says_the_verdict(tmp_path: Path) -> None:
    done = check(tmp_path, *PART, "-q")
    assert "NO VERDICT: " in done.out
    assert "target: " not in done.out
    assert ".." not in done.out
    assert len(done.out.splitlines()) <= 14
    assert done.out.splitlines()[-1] == ACCOUNT


def test_an_early_end_is_told_before_the_account(tmp_path: Path) -> None:
    done = check(tmp_path, *PART, *DISTURBED, "-x", FAULT="put-enables")
    assert "stopping after 1 failures" in done.out
    assert done.out.splitlines()[-1] == ACCOUNT


def test_a_reader_that_has_seen_enough_changes_no_verdict(tmp_path: Path) -> None:
    command = [sys.executable, str(ROOT / "conformance" / "__main__.py"), "check", *DISTURBED, *PART]
    with subprocess.Popen(
        [*command, f"--report-dir={tmp_path}"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env=os.environ | {"FAULT": "put-enables"},
    ) as run:
        assert run.stdout
        assert run.stderr
        run.stdout.readline()
        run.stdout.close()
        complaints = run.stderr.read()
        assert run.wait(60) == 1, complaints
    assert not complaints
    assert (tmp_path / "report.html").exists()
