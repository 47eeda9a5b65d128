"""What is installed is what is committed, and it works away from a checkout."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from typing import TYPE_CHECKING

import pytest

from tests.suite import ROOT

if TYPE_CHECKING:
    from pathlib import Path

PACKAGES = ("schemas/", "strategies/", "conformance/", "reports/", "reference/", "tfe_conformance/")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel, built from a clean copy of what git tracks, by the build backend that is installed here."""
    source, built = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("built")
    listed = subprocess.run(["git", "ls-files", "-z"], check=True, capture_output=True, cwd=ROOT).stdout
    for name in filter(None, listed.decode().split("\0")):
        if (ROOT / name).exists():
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            (source / name).write_bytes((ROOT / name).read_bytes())
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", f"--outdir={built}", str(source)]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return next(built.glob("*.whl"))


def test_the_wheel_holds_what_git_tracks(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        packed = {
            name.removeprefix("tfe_conformance/") for name in archive.namelist() if name.startswith("tfe_conformance/")
        }
    listed = subprocess.run(["git", "ls-files"], check=True, capture_output=True, text=True, cwd=ROOT).stdout.split()
    names = (name.removeprefix("tfe_conformance/") for name in listed if name.startswith(PACKAGES))
    assert packed == {name for name in names if not name.endswith(".md")}


def test_the_wheel_works_where_the_user_has_packages_of_the_same_names(wheel: Path, tmp_path: Path) -> None:
    """Unpacked beside the user's own `schemas`, and started from there."""
    site, home = tmp_path / "site", tmp_path / "home"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    for name in ("schemas", "reports", "conformance"):
        (home / name).mkdir(parents=True)
        (home / name / "__init__.py").write_text("raise SystemExit('the wrong package')")
    script = "import sys; from tfe_conformance.conformance.runner.__main__ import main; sys.exit(main())"
    done = subprocess.run(
        [sys.executable, "-P", "-c", script, "check", "-k", "test_off_disable or test_every_answer"],
        check=False,
        capture_output=True,
        text=True,
        cwd=home,
        env=os.environ | {"PYTHONPATH": str(site), "XDG_CACHE_HOME": str(tmp_path / "cache")},
    )
    assert done.returncode == 3, done.stdout + done.stderr
    assert (home / "reports" / "latest" / "report.html").exists()
    assert "failed" not in done.stdout
    assert str(site) not in os.environ.get("PYTHONPATH", "")
