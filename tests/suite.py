"""Run the suite as a user does, and read what it left."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
TOKEN = "Tok-AbCdEf1234567890-xyz"


@dataclass(frozen=True)
class Finished:
    """A run that has ended: exit code, what it printed, and its results, if it left any."""

    code: int
    out: str
    results: dict[str, Any]
    folder: Path

    def verdict(self, requirement: str) -> str:
        """The verdict on a requirement."""
        return str(next(found["verdict"] for found in self.results["requirements"] if found["id"] == requirement))

    def having(self, verdict: str) -> set[str]:
        """The IDs of the requirements with this verdict."""
        return {found["id"] for found in self.results["requirements"] if found["verdict"] == verdict}


def environment(folder: Path, **variables: str) -> dict[str, str]:
    """The variables of a run: no token but a given one, and a journal below `folder`."""
    around = {name: value for name, value in os.environ.items() if name != "TFE_TOKEN"}
    return around | {"XDG_STATE_HOME": str(folder / "state")} | variables


def check(folder: Path, *arguments: str, cwd: Path = ROOT, **variables: str) -> Finished:
    """Run `tfe-conformance check` with these arguments and variables; reports go to a folder below `folder`."""
    return _run("check", folder, *arguments, cwd=cwd, **variables)


def judge(folder: Path, file: Path, *arguments: str) -> Finished:
    """Run `tfe-conformance judge` on a HAR file; reports go to a folder below `folder`."""
    return _run("judge", folder, str(file), *arguments)


def _run(command: str, folder: Path, *arguments: str, cwd: Path = ROOT, **variables: str) -> Finished:
    reports = folder / "report"
    done = subprocess.run(
        [
            sys.executable,
            str(ROOT / "conformance" / "runner" / "__main__.py"),
            command,
            f"--report-dir={reports}",
            *arguments,
        ],
        check=False,
        capture_output=True,
        text=True,
        cwd=cwd,
        timeout=240,
        env=environment(folder, **variables),
    )
    results = reports / "results.json"
    found = json.loads(results.read_text("utf-8")) if results.exists() else {}
    return Finished(done.returncode, done.stdout + done.stderr, found, reports)
