"""Run the suite as a user does, in a process or in this one, and read the files that it writes."""

from __future__ import annotations

import contextlib
import io
import json
import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from conformance.runner import cli

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parent.parent
MAIN = (sys.executable, str(ROOT / "conformance" / "runner" / "__main__.py"))
TOKEN = "Tok-AbCdEf1234567890-xyz"
CONFORMANT, VIOLATED, USAGE, NO_VERDICT = range(4)
HIDDEN = ("TFE_TOKEN", "FORCE_COLOR", "GITHUB_ACTIONS", "GITHUB_STEP_SUMMARY")
"""Variables that a process does not inherit."""
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@dataclass(frozen=True)
class Finished:
    """A run that has ended: its exit code, all that it printed, and its results, if it left any."""

    code: int
    out: str
    results: dict[str, Any]
    folder: Path

    def verdict(self, requirement: str) -> str:
        """The verdict on a requirement."""
        return str(next(entry["verdict"] for entry in self.results["requirements"] if entry["id"] == requirement))

    def having(self, verdict: str) -> set[str]:
        """The IDs of the requirements with this verdict."""
        return {entry["id"] for entry in self.results["requirements"] if entry["verdict"] == verdict}


def environment(**variables: str) -> dict[str, str]:
    """The variables of a process: no token but a given one. Compiled modules are kept, as that takes seconds."""
    inherited = {name: value for name, value in os.environ.items() if name not in HIDDEN}
    inherited["PYTHONDONTWRITEBYTECODE"] = ""
    inherited.setdefault("PYTHONPYCACHEPREFIX", str(ROOT / "build" / "compiled"))
    return inherited | variables


def check(folder: Path, *arguments: str, cwd: Path = ROOT, **variables: str) -> Finished:
    """Run `tfe-conformance check` in a process of its own; reports go to a folder below `folder`."""
    return _run("check", folder, *arguments, cwd=cwd, **variables)


def judge(folder: Path, file: Path, *arguments: str) -> Finished:
    """Run `tfe-conformance judge` on a HAR file; reports go to a folder below `folder`."""
    return _run("judge", folder, str(file), *arguments)


def _run(command: str, folder: Path, *arguments: str, cwd: Path = ROOT, **variables: str) -> Finished:
    done = subprocess.run(
        [*MAIN, command, f"--report-dir={folder / 'report'}", *arguments],
        check=False,
        capture_output=True,
        text=True,
        cwd=cwd,
        timeout=240,
        env=environment(**variables),
    )
    return finished(folder, done.returncode, done.stdout + done.stderr)


def finished(folder: Path, code: int, out: str) -> Finished:
    """A run whose reports are in a folder below `folder`."""
    file = folder / "report" / "results.json"
    return Finished(code, out, json.loads(file.read_text("utf-8")) if file.exists() else {}, folder / "report")


def check_here(folder: Path, *arguments: str, **variables: str) -> Finished:
    """Run `tfe-conformance check` in this process, which is faster; its token comes from `variables` only."""
    # This process has the modules already, so pytest would warn that it can't rewrite their assertions.
    code, out = command_here("check", "--assert=plain", f"--report-dir={folder / 'report'}", *arguments, **variables)
    return finished(folder, code, out)


def command_here(*arguments: str, **variables: str) -> tuple[int, str]:
    """The exit code of a command in this process, and all that it printed."""
    out = io.StringIO()
    with _own_process(**variables), contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
        try:
            code = cli.run(arguments)
        except SystemExit as error:
            code = int(error.code or 0)
    return code, out.getvalue()


@contextlib.contextmanager
def _own_process(**variables: str) -> Iterator[None]:
    """Undo what a run does to its process: variables and signals."""
    handlers = {number: signal.getsignal(number) for number in SIGNALS}
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("TFE_TOKEN", raising=False)
        patch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
        for name, value in variables.items():
            patch.setenv(name, value)
        yield
    for number, handler in handlers.items():
        signal.signal(number, handler)
