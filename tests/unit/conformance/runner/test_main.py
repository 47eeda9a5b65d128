"""The entry point turns every exception into a line and an exit code, which is never that of a violation."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import warnings
from typing import TYPE_CHECKING

import pytest

from conformance.runner import __main__, cli
from conformance.runner.__main__ import main
from tests.suite import CONFORMANT, MAIN, NO_VERDICT, USAGE, environment

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@pytest.fixture(autouse=True)
def _process(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The signals, the path and the filters of warnings are restored."""
    monkeypatch.setattr(sys, "path", list(sys.path))
    handlers = [signal.getsignal(number) for number in SIGNALS]
    with warnings.catch_warnings():
        yield
    for number, handler in zip(SIGNALS, handlers, strict=True):
        signal.signal(number, handler)


@pytest.fixture
def raising(monkeypatch: pytest.MonkeyPatch) -> Callable[..., int]:
    """Calls the entry point with a command that raises an exception."""

    def call(error: BaseException, *arguments: str) -> int:
        def run(*_: object) -> int:
            raise error

        monkeypatch.setattr(cli, "run", run)
        return main(list(arguments))

    return call


@pytest.mark.parametrize(
    ("error", "code", "line"),
    [
        (RuntimeError("bro\nken"), NO_VERDICT, "the suite itself failed: RuntimeError: bro ken (-v for more)"),
        (AssertionError(), NO_VERDICT, "the suite itself failed: AssertionError:  (-v for more)"),
        (ModuleNotFoundError("No", name="httpx"), USAGE, "the package httpx is missing: install tfe-conformance again"),
        (KeyboardInterrupt(), NO_VERDICT, "stopped before anything was sent"),
    ],
)
def test_an_exception_is_a_line_and_no_violation(
    error: BaseException, code: int, line: str, raising: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    assert raising(error) == code
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.splitlines()[0].replace(" ", "").startswith(f"tfe-conformance: {line}".replace(" ", ""))
    assert printed.err.count("\n") == 1


@pytest.mark.parametrize("option", ["-v", "-vv", "--verbose"])
def test_more_is_a_traceback(option: str, raising: Callable[..., int], capsys: pytest.CaptureFixture[str]) -> None:
    assert raising(RuntimeError("broken"), "check", option) == NO_VERDICT
    assert "Traceback" in capsys.readouterr().err


@pytest.mark.parametrize("number", SIGNALS)
def test_a_signal_before_the_run_is_taken_for_ctrl_c(number: signal.Signals, monkeypatch: pytest.MonkeyPatch) -> None:
    def run(*_: object) -> int:
        os.kill(os.getpid(), number)
        raise AssertionError

    monkeypatch.setattr(cli, "run", run)
    signal.signal(number, signal.SIG_DFL)
    assert main([]) == NO_VERDICT


def test_the_first_signal_stops_the_run_the_second_its_clean_up_and_no_more_do_anything(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    interrupts = 0

    def run(*_: object) -> int:
        nonlocal interrupts
        for number in (*SIGNALS, signal.SIGTERM):
            try:
                signal.raise_signal(number)
            except KeyboardInterrupt:
                interrupts += 1
        return CONFORMANT

    monkeypatch.setattr(cli, "run", run)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # as in the background of a script
    assert main([]) == CONFORMANT
    assert interrupts == 2


def test_sighup_that_is_ignored_stays_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def run(*_: object) -> int:
        os.kill(os.getpid(), signal.SIGHUP)
        return 0

    monkeypatch.setattr(cli, "run", run)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    assert main([]) == 0


def test_warnings_are_no_errors_whatever_python_was_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cli, "run", lambda *_: warnings.warn("deprecated", stacklevel=1) or 0)
    warnings.simplefilter("error")
    assert main([]) == 0


def test_the_working_folder_is_no_place_for_modules(tmp_path: Path) -> None:
    for name in ("rich", "httpx", "argparse"):
        (tmp_path / f"{name}.py").write_text("raise RuntimeError('the wrong module')")
    command = [sys.executable, "-m", "conformance.runner", "requirements"]
    variables = environment(PYTHONPATH=str(__main__.ROOT))
    done = subprocess.run(command, check=False, capture_output=True, text=True, cwd=tmp_path, env=variables)
    assert done.returncode == CONFORMANT, done.stderr


@pytest.mark.parametrize(
    ("closing", "printed"),
    [(">&-", "standard output is closed, so only the exit code and the reports tell the verdict"), ("2>&-", "accept.")],
)
def test_a_closed_stream_is_a_line_at_most(closing: str, printed: str) -> None:
    command = f"{MAIN[0]} {MAIN[1]} requirements {closing}"
    done = subprocess.run(["sh", "-c", command], check=False, capture_output=True, text=True, env=environment())
    assert done.returncode == CONFORMANT
    assert printed in done.stdout + done.stderr


def test_a_file_does_not_take_the_place_of_a_closed_stream() -> None:
    script = "import runpy; runpy.run_path('{}')['open_standard_streams'](); print(open('/dev/null').fileno())"
    command = f'{sys.executable} -c "{script.format(MAIN[1])}" <&- 2>&-'
    done = subprocess.run(["sh", "-c", command], check=True, capture_output=True, text=True)
    assert int(done.stdout) > 2


def test_a_full_disk_is_a_line() -> None:
    command = f"{MAIN[0]} {MAIN[1]} requirements >/dev/full"
    done = subprocess.run(["sh", "-c", command], check=False, capture_output=True, text=True, env=environment())
    assert done.returncode == USAGE
    assert done.stderr == "tfe-conformance: standard output can't be written: No space left on device\n"
