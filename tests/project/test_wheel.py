"""What is installed is what is committed, and it works away from a checkout."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tarfile
import zipfile
from typing import TYPE_CHECKING

import pytest

from tests.suite import ROOT, TOKEN

if TYPE_CHECKING:
    from pathlib import Path

PACKAGES = ("schemas/", "strategies/", "conformance/", "reports/", "reference/", "tfe_conformance/")
SERVER = """
import json

import schemas

assert schemas.MINE == "schemas"
OFF = {"delivery": None, "enabled": False, "sms-number": None, "verified": False}
USER = {"id": "user-1", "type": "users", "attributes": {"two-factor": OFF, "username": "ada"}}


async def app(scope, receive, send):
    if scope["type"] != "http":
        return
    is_disable = scope["path"].endswith("disable")
    body = {"data": USER} if is_disable else {"errors": [{"status": "422"}]}
    headers = [(b"content-type", b"application/vnd.api+json")]
    await send({"type": "http.response.start", "status": 200 if is_disable else 422, "headers": headers})
    await send({"type": "http.response.body", "body": json.dumps(body).encode()})
"""
TEST = """
from server import app
from tfe_conformance import check


def test_server(tmp_path):
    result = check(app=app, token="token-of-mine", only="verify.while-off", report_dir=tmp_path)
    assert result.conformant, result.summary()
"""
TYPED = """
from tfe_conformance import RunResult, check

result: RunResult = check("http://127.0.0.1/api/v2", token="t", only=["enable.*"], strict=True)
reveal_type(result.findings)
"""


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with an sdist of what git tracks, and a wheel made of it, by the build backend that is installed."""
    source, built = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("built")
    listed = subprocess.run(["git", "ls-files", "-z"], check=True, capture_output=True, cwd=ROOT).stdout
    for name in filter(None, listed.decode().split("\0")):
        if (ROOT / name).exists():
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            (source / name).write_bytes((ROOT / name).read_bytes())
    command = [sys.executable, "-m", "build", "--no-isolation", f"--outdir={built}", str(source)]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return built


@pytest.fixture(scope="module")
def wheel(built: Path) -> Path:
    """The wheel."""
    return next(built.glob("*.whl"))


def test_the_sdist_holds_all_that_git_tracks_but_the_settings_of_git_and_ci(built: Path) -> None:
    with tarfile.open(next(built.glob("*.tar.gz"))) as archive:
        packed = {name.partition("/")[2] for name in archive.getnames()}
    listed = subprocess.run(["git", "ls-files"], check=True, capture_output=True, text=True, cwd=ROOT).stdout.split()
    assert {name for name in listed if name not in packed} <= {".gitignore", ".ci/run"}


def test_the_wheel_holds_what_git_tracks(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        packed = {
            name.removeprefix("tfe_conformance/") for name in archive.namelist() if name.startswith("tfe_conformance/")
        }
    listed = subprocess.run(["git", "ls-files"], check=True, capture_output=True, text=True, cwd=ROOT).stdout.split()
    tracked = {name.removeprefix("tfe_conformance/") for name in listed if name.startswith(PACKAGES)}
    assert packed == tracked


@pytest.fixture
def home(wheel: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a user who has packages of the same names, an application that uses one, and the wheel."""
    site, home = tmp_path / "site", tmp_path / "home"
    shutil.unpack_archive(wheel, site, "zip")
    for name in ("schemas", "reports", "conformance"):
        (home / name).mkdir(parents=True)
        (home / name / "__init__.py").write_text(f"MINE = {name!r}\n")
    (home / "server.py").write_text(SERVER)
    monkeypatch.setenv("PYTHONPATH", str(site))
    monkeypatch.setenv("TFE_TOKEN", TOKEN)
    return home


def run(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run Python in the folder of the user."""
    command = [sys.executable, *arguments]
    return subprocess.run(command, check=False, capture_output=True, text=True, cwd=home, timeout=240)


@pytest.mark.parametrize(
    "arguments",
    [pytest.param(["-P", "-m", "tfe_conformance"], marks=pytest.mark.slow), ["-m", "tfe_conformance"]],
)
def test_the_command_works_where_the_user_has_packages_of_the_same_names(home: Path, arguments: list[str]) -> None:
    done = run(home, *arguments, "check", "--only=verify.while-off")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "CONFORMANT: every selected requirement conforms" in done.stdout
    assert (home / "reports" / "latest" / "report.html").exists()


@pytest.mark.slow
def test_an_application_of_the_user_is_tested_by_its_name(home: Path) -> None:
    done = run(home, "-m", "tfe_conformance", "check", "--app=server:app", "--only=verify.while-off")
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_library_works_in_the_test_run_of_a_user(home: Path) -> None:
    (home / "test_server.py").write_text(TEST)
    done = run(home, "-m", "pytest", "-q", "-W", "error", "test_server.py")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 passed" in done.stdout


def test_the_library_is_typed(home: Path) -> None:
    (home / "typed.py").write_text(TYPED)
    done = run(home, "-m", "mypy", "--strict", "--no-incremental", "typed.py")
    assert "tuple[tfe_conformance.api.Finding, ...]" in done.stdout, done.stdout
    assert done.returncode == 0, done.stdout
