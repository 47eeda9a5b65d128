"""The examples conform, and their tests pass, as a user would run them."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.suite import ROOT, environment

if TYPE_CHECKING:
    from pathlib import Path

EXAMPLES = sorted(folder.name for folder in (ROOT / "examples").iterdir() if folder.is_dir())
TIMEOUT = 240


def test_there_is_an_example_for_each_framework() -> None:
    assert EXAMPLES == ["django", "fastapi", "flask"]


@pytest.mark.slow
@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_passes_its_own_test(name: str, tmp_path: Path) -> None:
    if importlib.util.find_spec(name) is None:
        pytest.skip(f"{name} is not installed: it is in the dependency group examples")
    folder = tmp_path / name
    shutil.copytree(ROOT / "examples" / name, folder)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"],
        check=False,
        capture_output=True,
        text=True,
        cwd=folder,
        env=environment(PYTHONPATH=str(ROOT)),
        timeout=TIMEOUT,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 passed" in done.stdout
    assert (folder / "reports" / "latest" / "report.html").exists()


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_test_of_an_example_is_short(name: str) -> None:
    lines = (ROOT / "examples" / name / "test_server.py").read_text("utf-8").splitlines()
    assert len([line for line in lines if line]) == 5
