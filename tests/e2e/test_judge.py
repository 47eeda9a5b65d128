"""`judge` writes the reports and exit codes of `check` for recorded traffic, and sends nothing."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from conformance.runner import cli
from tests.suite import (
    CONFORMANT,
    NO_VERDICT,
    ROOT,
    USAGE,
    VIOLATED,
    Finished,
    check_here,
    command_here,
    environment,
    finished,
)
from tests.unit.conformance.recording.hars import (
    BASE,
    NUMBER,
    RECOVERY_CODES,
    TOKEN,
    disable,
    enable,
    har,
    life,
    rejected,
    user,
    verify,
)

if TYPE_CHECKING:
    from pathlib import Path

WITHOUT_NETWORK = """
import sys
def refuse(event, _):
    if event in ("socket.connect", "socket.bind", "socket.getaddrinfo"):
        raise RuntimeError(f"{event}: nothing may be sent")
sys.addaudithook(refuse)
sys.path.insert(0, sys.argv.pop(1))
from conformance.runner.__main__ import main
sys.exit(main())
"""
"""A program that runs the command line, and fails where anything is sent."""
SHOULD = enable(answer_headers={"Content-Type": "application/json"})
"""A request whose response breaks a SHOULD: its media type."""


@pytest.fixture(autouse=True)
def _plain_assertions(monkeypatch: pytest.MonkeyPatch) -> None:
    """This process has the modules already, so pytest would warn that it can't rewrite their assertions."""
    run_pytest = cli.run_pytest
    monkeypatch.setattr(cli, "run_pytest", lambda arguments: run_pytest(["--assert=plain", *arguments]))


def saved(folder: Path, document: Any, name: str = "recorded.har") -> str:
    file = folder / name
    file.write_text(document if isinstance(document, str) else json.dumps(document), "utf-8")
    return str(file)


def judge(folder: Path, *arguments: str) -> Finished:
    """Run `tfe-conformance judge` in this process."""
    return finished(folder, *command_here("judge", f"--report-dir={folder / 'report'}", *arguments))


@pytest.mark.slow
def test_a_run_that_was_saved_is_judged_as_it_was(tmp_path: Path) -> None:
    file = tmp_path / "run.har"
    done = check_here(tmp_path / "live", f"--har={file}")
    assert done.code == CONFORMANT, done.out
    again = judge(tmp_path, str(file), "--strict")
    assert again.code == CONFORMANT, again.out
    assert [each["verdict"] for each in again.results["requirements"]] == ["conforms"] * len(
        done.results["requirements"]
    )
    assert again.results["exchanges"] == done.results["exchanges"]
    assert (again.results["recorded"], done.results["recorded"]) == (True, False)


def test_a_recording_that_conforms_leaves_only_requirements_untested(tmp_path: Path) -> None:
    done = judge(tmp_path, saved(tmp_path, har(*life())))
    assert done.code == NO_VERDICT, done.out
    assert not done.having("violated") | done.having("inconclusive")
    assert "credentials.required" in done.having("untested")
    assert all((done.folder / name).stat().st_size for name in ("report.html", "junit.xml", "summary.md", "badge.json"))
    assert done.results["target"] == {"base_url": BASE, "embedded": False}
    assert done.results["exchanges"] == len(life())
    assert judge(tmp_path, saved(tmp_path, har(*life())), "--allow-untested").code == CONFORMANT


def test_a_violation_is_shown_with_the_entry_that_shows_it(tmp_path: Path) -> None:
    wrong = disable(answer=user("disable", enabled=True))
    done = judge(tmp_path, saved(tmp_path, har(*life(), wrong)))
    assert done.code == VIOLATED, done.out
    assert done.having("violated") == {"disable.response.enabled"}
    (requirement,) = (each for each in done.results["requirements"] if each["verdict"] == "violated")
    (case,) = (each for each in requirement["cases"] if each["verdict"] == "violated")
    (exchange,) = case["exchanges"]
    assert exchange["purpose"] == f"entry {len(life()) + 1} of recorded.har"
    assert "$TFE_TOKEN" in exchange["curl"]


def test_a_contradiction_counts_in_a_complete_recording(tmp_path: Path) -> None:
    files = [saved(tmp_path, har(disable(at=1.0))), saved(tmp_path, har(verify(at=2.0)), "later.har")]
    assert judge(tmp_path, *files, "--complete").verdict("verify.while-off") == "violated"
    done = judge(tmp_path, *files)
    assert (done.code, done.verdict("verify.while-off")) == (NO_VERDICT, "inconclusive")
    assert "--complete" in done.out


def test_no_secret_of_a_recording_is_shown(tmp_path: Path) -> None:
    url = "otpauth://totp/tfe:user-2fa?secret=JBSWY3DPEHPK3PXP&issuer=tfe"
    steps = [
        enable(
            answer=user("enable", delivery="app", provisioning_url=url), headers={"X-Csrf-Token": "csrf-of-request"}
        ),
        *life(),
        rejected(verify("271828", headers={"Cookie": "session=c2Vzc2lvbi1vZi1hLXVzZXI; theme=dark"}), 429),
        verify("314159", status=500, answer=b"", answer_headers={"Set-Cookie": "session=bmV3LXNlc3Npb24; Path=/"}),
        enable(answer_headers={"X-Echo": "c2Vzc2lvbi1vZi1hLXVzZXI bmV3LXNlc3Npb24 csrf-of-request"}),
    ]
    done = judge(tmp_path, saved(tmp_path, har(*steps)), "--complete")
    assert done.code == VIOLATED, done.out
    texts = [done.out, *(file.read_text("utf-8") for file in done.folder.iterdir())]
    secrets = [TOKEN, *RECOVERY_CODES, "123456", "654321", "730146", "271828", "314159", "JBSWY3DPEHPK3PXP"]
    secrets += ["c2Vzc2lvbi1vZi1hLXVzZXI", "bmV3LXNlc3Npb24", "csrf-of-request"]
    assert not [secret for secret in secrets if any(secret in text for text in texts)]
    assert any(NUMBER in text for text in texts)  # it is reserved for fiction


def test_waivers_and_strictness_are_those_of_check(tmp_path: Path) -> None:
    file = saved(tmp_path, har(*life(), SHOULD))
    assert judge(tmp_path, file, "--allow-untested").code == CONFORMANT
    assert judge(tmp_path, file, "--allow-untested", "--strict").code == VIOLATED
    waivers = tmp_path / "waivers.toml"
    waivers.write_text('[[waiver]]\nid = "response.media-type"\nreason = "known"\n')
    done = judge(tmp_path, file, "--allow-untested", "--strict", f"--waivers={waivers}")
    assert (done.code, done.having("waived")) == (CONFORMANT, {"response.media-type"})


@pytest.mark.parametrize(
    ("document", "options", "line"),
    [
        ("<html>", (), "tfe-conformance: recorded.har is not a HAR file"),
        (har(enable()), ("--base-url=tfe",), "tfe-conformance: --base-url: 'tfe' is not a URL"),
        (har(enable()), ("--waivers=/does/not/exist",), "tfe-conformance: --waivers"),
    ],
)
def test_a_mistake_costs_one_line(document: Any, options: tuple[str, ...], line: str, tmp_path: Path) -> None:
    done = judge(tmp_path, saved(tmp_path, document), *options)
    assert (done.code, done.out.count("\n"), done.results) == (USAGE, 1, {})
    assert done.out.startswith(line)


def test_options_of_a_run_are_none_of_a_recording(tmp_path: Path) -> None:
    done = judge(tmp_path, saved(tmp_path, har(enable())), "--code-source=static:123456")
    assert done.code == USAGE
    assert "judge has no option --code-source" in done.out


def test_a_recording_that_can_not_be_judged_says_why(tmp_path: Path) -> None:
    done = judge(tmp_path, saved(tmp_path, har()))
    assert done.code == NO_VERDICT, done.out
    assert "NO VERDICT: recorded.har is empty: it has no entries" in done.out
    assert done.having("untested") == {each["id"] for each in done.results["requirements"]}


def test_nothing_is_sent(tmp_path: Path) -> None:
    arguments = ["judge", saved(tmp_path, har(*life())), f"--report-dir={tmp_path / 'report'}"]
    command = [sys.executable, "-c", WITHOUT_NETWORK, str(ROOT), *arguments]
    done = subprocess.run(command, check=False, capture_output=True, text=True, cwd=tmp_path, env=environment())
    assert done.returncode == NO_VERDICT, done.stdout + done.stderr
    assert "nothing may be sent" not in done.stdout + done.stderr
    assert (tmp_path / "report" / "report.html").is_file()
