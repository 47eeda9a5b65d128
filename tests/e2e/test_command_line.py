"""The command line: mistakes cost a line and exit code 2, and the other commands do as their help says."""

from __future__ import annotations

import json
import re
import signal
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.e2e.services import OFF_LOOPBACK, Staging, target
from tests.suite import (
    CONFORMANT,
    MAIN,
    NO_VERDICT,
    ROOT,
    TOKEN,
    USAGE,
    VIOLATED,
    check_here,
    command_here,
    environment,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

HERE = "--base-url=http://127.0.0.1:9/api/v2"
AWAY = "--base-url=https://tfe.example/api/v2"
PRODUCTION = "--base-url=https://app.terraform.io/api/v2"
WAIVER = '[[waiver]]\nid = "enable.request.typ"\nreason = "known"\n'


@pytest.mark.parametrize(
    ("arguments", "variables", "part"),
    [
        (["--base-url=nonsense"], {"TFE_TOKEN": TOKEN}, "is not a URL"),
        ([AWAY], {"TFE_TOKEN": TOKEN}, "--disposable-account"),
        ([PRODUCTION, "--disposable-account"], {"TFE_TOKEN": TOKEN}, "--allow-production"),
        ([HERE], {}, "no token"),
        ([HERE], {"TFE_TOKEN": ""}, "is empty"),
        ([HERE], {"TFE_TOKEN": f"{TOKEN}\nb"}, "newline"),
        ([HERE, "--token-file=/does/not/exist"], {}, "can't be read"),
        ([HERE, "--token-file=a", "--token-env=B"], {}, "give one of them"),
        ([HERE, "--code-source=magic"], {"TFE_TOKEN": TOKEN}, "--code-source"),
        ([HERE, "--sms-number=me"], {"TFE_TOKEN": TOKEN}, "--sms-number"),
        ([HERE, "--budget=requests=1"], {"TFE_TOKEN": TOKEN}, "--budget: 'requests' is none of exchanges, enable"),
        (["--waivers=/does/not/exist"], {}, "--waivers"),
        (["--waivers=wrong.toml"], {}, "did you mean 'enable.request.type'?"),
        (["--write-waivers=wrong.toml"], {}, "exists already"),
        (["--report-dir=wrong.toml"], {}, "--report-dir"),
        (["--har=missing/run.har"], {}, "--har"),
        (["-n2"], {}, "-n2: an account has one state at a time"),
        (["-p", "xdist"], {}, ": xdist: an account has one state at a time"),
        (["-p", "no:reports.plugin"], {}, "no:reports.plugin: the suite needs it"),
        (["-pno:pytest_html.plugin"], {}, "-pno:pytest_html.plugin: the suite needs it"),
        (["--html=page.html"], {}, "the page is report.html, in the folder of --report-dir"),
        (["--pastebin=all"], {}, "--pastebin=all: a report is not for the public"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_wrong_option_is_one_line(
    arguments: list[str], variables: dict[str, str], part: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "wrong.toml").write_text(WAIVER)
    monkeypatch.chdir(tmp_path)
    done = check_here(tmp_path, *arguments, **variables)
    assert (done.code, done.out.count("\n"), done.results) == (USAGE, 1, {})
    assert done.out.startswith("tfe-conformance: ")
    assert part in done.out
    assert TOKEN not in done.out


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (["check", HERE, "--rate=-1"], "argument --rate"),
        (["check", HERE, "--profile=quick"], "argument --profile"),
        (["check", f"--token={TOKEN}"], "--token"),
        (["check", "--report-dir={}", "-k", "(("], "'-k'"),
        (["check", "--report-dir={}", "-k"], "argument -k: expected one argument"),
        (["check", "--report-dir={}", "no_such_test.py"], "no_such_test.py"),
        ([], "COMMAND"),
        (["recover"], "invalid choice: 'recover'"),
        (["requirements", "--format=xml"], "--format"),
        (["openapi", "--indent=2"], "openapi has no option --indent=2"),
        (["compare"], "results.json"),
        (["compare", "none.json"], "none.json can't be read"),
        (["serve", "--port=99999"], "99999"),
        (["reset"], "--base-url"),
        (["reset", AWAY], "--disposable-account"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_other_mistakes_have_exit_code_2(arguments: list[str], part: str, tmp_path: Path) -> None:
    arguments = [argument.format(tmp_path) for argument in arguments]
    code, out = command_here(*arguments[:1], *(["--assert=plain"] if "check" in arguments else []), *arguments[1:])
    assert code == USAGE
    assert part in out
    assert "Traceback" not in out


def test_a_working_folder_that_was_deleted_is_a_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    code, out = command_here("check")
    assert (code, out.count("\n")) == (USAGE, 1)
    assert "the working folder does not exist any more" in out


def test_nothing_is_sent_off_loopback_to_an_account_that_nobody_called_disposable(tmp_path: Path) -> None:
    service = Staging()
    with target(service, host=OFF_LOOPBACK) as (options, variables):
        assert check_here(tmp_path, *options, "--allow-production", **variables).code == USAGE
        assert command_here("reset", options[0], **variables)[0] == USAGE
    assert not service.total


# -- other commands ----------------------------------------------------------------------------------------------------


def test_lists() -> None:
    assert "\naccept.parameters " in command_here("requirements")[1]
    assert command_here("requirements", "--format=markdown")[1].startswith("| ID |")
    assert {"id", "level", "sentence"} <= json.loads(command_here("requirements", "--format=json")[1])[0].keys()
    assert json.loads(command_here("openapi")[1])["openapi"].startswith("3.")
    assert command_here("--version") == (0, "tfe-conformance 0.1.0\n")
    assert "--base-url URL" in command_here("check", "--help")[1]


def test_a_list_of_the_tests_sends_nothing_and_leaves_no_report(tmp_path: Path) -> None:
    service = Staging()
    with target(service) as (options, variables):
        done = check_here(
            tmp_path, *options, "--collect-only", "-q", "-k", "test_documented or pending_verify", **variables
        )
    assert done.code == CONFORMANT
    assert "::test_pending_verify[" in done.out
    assert not done.folder.exists()
    assert not service.total


@pytest.fixture
def served() -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A server of `serve` in a process of its own, and the text that it begins with."""
    command = [*MAIN, "serve", "--port=0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment()) as process:
        try:
            assert process.stdout is not None
            yield process, "".join(iter(process.stdout.readline, "Ctrl-C stops it.\n"))
        finally:
            process.kill()


def test_a_server_that_was_served_can_be_tested_and_reset(
    served: tuple[subprocess.Popen[str], str], tmp_path: Path
) -> None:
    process, greeting = served
    url, token, secret, curl = (
        re.search(pattern, greeting)[1]  # type: ignore[index]
        for pattern in (r" at (http://\S+)", r"token +(\S+)", r"TOTP secret +(\S+)", r"(curl .*)\n")
    )
    response = subprocess.run(["sh", "-c", f"{curl} -sS"], check=True, capture_output=True, text=True).stdout
    assert json.loads(response)["data"]["attributes"]["two-factor"]["enabled"] is False
    code, out = command_here("reset", f"--base-url={url}", TFE_TOKEN=token)
    assert (code, out) == (CONFORMANT, "two-factor authentication of the account is off\n")
    options = (f"--base-url={url}", f"--code-source=totp:{secret}", "-k", "test_documented and verify")
    done = check_here(tmp_path, *options, TFE_TOKEN=token)
    assert done.verdict("verify.accepted") == "conforms", done.out
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=20) == 0


@pytest.mark.parametrize(
    "command", ["requirements | head -n 1", "check -v -k test_documented --report-dir={} | head -n 1"]
)
def test_a_reader_that_has_seen_enough_is_no_failure(command: str, tmp_path: Path) -> None:
    script = f"set -o pipefail; {MAIN[0]} {MAIN[1]} {command.format(tmp_path)}; echo $?"
    done = subprocess.run(["bash", "-c", script], check=True, capture_output=True, text=True, env=environment())
    assert done.stdout.count("\n") == 2
    assert done.stdout.splitlines()[-1] == ("3" if "check" in command else "0")
    assert not done.stderr


def test_runs_can_be_compared(tmp_path: Path) -> None:
    for name, arguments in (("before", ["test_documented"]), ("after", ["test_documented and app"])):
        check_here(tmp_path / name, "-k", *arguments)
    files = [str(tmp_path / name / "report" / "results.json") for name in ("before", "after")]
    page, text = tmp_path / "page.html", tmp_path / "text.md"
    code, out = command_here("compare", *files, f"--html={page}", f"--markdown={text}")
    assert code == VIOLATED
    assert "resend.accepted" in out
    assert "resend.accepted" in text.read_text("utf-8")
    assert "resend.accepted" in page.read_text("utf-8")
    assert command_here("compare", *files[1:], *files[1:])[0] == CONFORMANT


# -- the surroundings --------------------------------------------------------------------------------------------------


def foreign_plugin(folder: Path) -> str:
    """A folder for the path in which a pytest plugin is installed that ends any run it is loaded into."""
    (folder / "another-1.0.dist-info").mkdir(parents=True)
    (folder / "another-1.0.dist-info" / "METADATA").write_text("Metadata-Version: 2.1\nName: another\nVersion: 1.0\n")
    (folder / "another-1.0.dist-info" / "entry_points.txt").write_text("[pytest11]\nanother = another_plugin\n")
    (folder / "another_plugin.py").write_text("raise SystemExit('another plugin was loaded')\n")
    return str(folder)


def test_the_surroundings_change_nothing_and_stay_as_they_are(tmp_path: Path) -> None:
    """Files of the user, options of pytest, another plugin, no home, and a Python that skips assertions."""
    home = tmp_path / "home"
    (home / "schemas").mkdir(parents=True)
    (home / "schemas" / "__init__.py").write_text("raise SystemExit('the wrong schemas')")
    (home / "conftest.py").write_text("raise SystemExit('a conftest of the user')")
    (home / "pytest.ini").write_text("[pytest]\naddopts = --no-such-option\n")
    before = sorted(path.name for path in home.rglob("*"))
    variables = environment(
        PYTEST_ADDOPTS="--no-such-option",
        PYTEST_PLUGINS="none_such",
        PYTHONPATH=foreign_plugin(tmp_path / "site"),
        PYTHONOPTIMIZE="1",
        PYTHONIOENCODING="ascii",
        TFE_CONFORMANCE_FAULT="enable-type-absent-accepted",
    )
    del variables["HOME"]
    reports = tmp_path / "report"
    options = ["-p", "tests.sweep.faulty", "-k", "documented or defective or any_sequence", f"--report-dir={reports}"]
    options += ["-p", "no:cacheprovider", f"--junitxml={tmp_path / 'pytest.xml'}"]
    done = subprocess.run(
        [*MAIN, "check", *options], check=False, capture_output=True, text=True, cwd=home, env=variables
    )
    assert done.returncode == VIOLATED, done.stdout + done.stderr
    results = json.loads((reports / "results.json").read_text("utf-8"))
    violated = {entry["id"] for entry in results["requirements"] if entry["verdict"] == "violated"}
    assert "enable.request.type" in violated
    assert (tmp_path / "pytest.xml").exists()
    assert sorted(path.name for path in home.rglob("*")) == before


def test_pytest_in_a_checkout_is_the_same_run(tmp_path: Path) -> None:
    variables = environment(PYTHONPATH=foreign_plugin(tmp_path / "site"))
    command = [MAIN[0], "-m", "pytest", "-p", "no:cacheprovider", f"--report-dir={tmp_path}", "-k", "off_disable"]
    done = subprocess.run(command, check=False, capture_output=True, text=True, cwd=ROOT, env=variables)
    assert done.returncode == NO_VERDICT, done.stdout + done.stderr
    assert (tmp_path / "report.html").exists()
