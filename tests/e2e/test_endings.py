"""However a run ends, the account is off, or the last line names the command that switches it off."""

from __future__ import annotations

import signal
import subprocess
import time
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING

import pytest

from tests.e2e.services import Staging, target
from tests.suite import CONFORMANT, MAIN, NO_VERDICT, USAGE, command_here, environment

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from starlette.types import Send

    from reference.messages import Request, Response

IS_OFF = "The account: two-factor authentication of the account is off"
CLEANING = "cleaning up first"


class Slow(Staging):
    """Each response takes 50 ms, so that a signal comes while a request is on its way."""

    async def send_response(self, request: Request, response: Response, send: Send) -> None:
        await self.sleep(0.05)
        await super().send_response(request, response, send)


class Run:
    """A run in a process of its own, and the service that it tests."""

    def __init__(self, service: Slow, process: subprocess.Popen[str], stdout: IO[str], options: list[str]) -> None:
        self.service, self.process, self.stdout, self.options = service, process, stdout, options

    def await_set_up(self) -> None:
        """Return while two-factor authentication is on."""
        deadline = time.monotonic() + 60
        while not self.service.is_on and time.monotonic() < deadline:
            time.sleep(0.005)
        assert self.service.is_on

    def await_line(self, part: str) -> None:
        """Return when a line with this part was printed."""
        assert any(part in line for line in self.stdout)

    def end(self) -> tuple[int, str]:
        """The exit code, and the rest of the output."""
        out, _ = self.process.communicate(timeout=60)
        return self.process.returncode, out


@contextmanager
def under_way(folder: Path, *arguments: str) -> Iterator[Run]:
    """A run that has not ended when the block begins."""
    service = Slow()
    with target(service) as (options, variables):
        command = [*MAIN, "check", f"--report-dir={folder}", "-k", "test_pending", *options, *arguments]
        with subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment(**variables)
        ) as process:
            assert process.stdout is not None
            yield Run(service, process, process.stdout, options)
            process.kill()


@pytest.mark.parametrize("number", [signal.SIGINT, pytest.param(signal.SIGHUP, marks=pytest.mark.slow)])
def test_a_run_that_is_stopped_leaves_the_account_off(number: signal.Signals, tmp_path: Path) -> None:
    with under_way(tmp_path) as run:
        run.await_set_up()
        run.process.send_signal(number)
        code, out = run.end()
        assert code == NO_VERDICT, out
        assert not run.service.is_on, out
    assert CLEANING in out
    assert "NO VERDICT: the run was stopped before its end" in out
    assert out.splitlines()[-1] == IS_OFF
    assert (tmp_path / "report.html").exists()


def test_a_run_in_the_background_of_a_script_is_stopped_by_sigterm(tmp_path: Path) -> None:
    """A shell without job control starts it so that it ignores SIGINT."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with under_way(tmp_path) as run:
            signal.signal(signal.SIGINT, before)
            run.await_set_up()
            run.process.terminate()
            code, out = run.end()
            assert (code, run.service.is_on) == (NO_VERDICT, False), out
    finally:
        signal.signal(signal.SIGINT, before)
    assert CLEANING in out


@pytest.mark.slow
def test_a_run_whose_reader_is_gone_leaves_the_account_off(tmp_path: Path) -> None:
    """Ctrl-C ends the program behind a pipe as well, such as `tee`: the run can print no more."""
    with under_way(tmp_path) as run:
        run.await_set_up()
        run.stdout.close()
        run.process.send_signal(signal.SIGINT)
        assert run.process.wait(timeout=60) == NO_VERDICT
        assert not run.service.is_on
    assert (tmp_path / "report.html").exists()


def test_a_second_ctrl_c_leaves_the_account_as_it_is_and_reset_switches_it_off(tmp_path: Path) -> None:
    with under_way(tmp_path) as run:
        run.await_set_up()
        run.process.send_signal(signal.SIGINT)
        run.await_line(CLEANING)
        run.process.send_signal(signal.SIGINT)
        code, out = run.end()
        assert (code, run.service.is_on) == (NO_VERDICT, True), out
        assert "may still be on" in out.splitlines()[-1]
        assert "tfe-conformance reset" in out.splitlines()[-1]
        token = run.service.accounts[0].person.token
        assert command_here("reset", run.options[0], TFE_TOKEN="another-token-0123")[0] == NO_VERDICT
        assert run.service.is_on
        code, out = command_here("reset", run.options[0], TFE_TOKEN=token)
        assert (code, run.service.is_on) == (CONFORMANT, False), out
        assert "is off" in out
    assert command_here("reset", TFE_TOKEN=token)[0] == USAGE


def test_no_number_of_signals_makes_it_a_violation(tmp_path: Path) -> None:
    with under_way(tmp_path) as run:
        run.await_set_up()
        while run.process.poll() is None:
            run.process.send_signal(signal.SIGINT)
            run.process.send_signal(signal.SIGTERM)
            time.sleep(0.02)
        code, out = run.end()
    assert code == NO_VERDICT, out
    assert "Traceback" not in out
    assert (tmp_path / "report.html").exists()


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("tenths", range(2, 42, 2))
def test_at_any_moment(tenths: int, number: signal.Signals, tmp_path: Path) -> None:
    with under_way(tmp_path) as run:
        time.sleep(tenths / 10)
        run.process.send_signal(number)
        code, out = run.end()
        assert code in {NO_VERDICT, -number}, out  # before the suite is imported, Python ends by itself
        assert not run.service.is_on, out
