"""`make demo` ends with a red report."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.demo import REPORT
from tests.suite import ROOT, environment


@pytest.mark.slow
def test_the_demo_shows_one_cause_and_leaves_its_report() -> None:
    command = [sys.executable, "-m", "tests.demo"]
    done = subprocess.run(command, check=False, capture_output=True, text=True, cwd=ROOT, env=environment())
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1. data.type MUST be" in done.stdout
    assert "\n2. " not in done.stdout
    assert "NOT CONFORMANT: 1 of " in done.stdout
    assert (REPORT / "report.html").exists()
