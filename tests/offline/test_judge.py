"""The command judges a file as a user would have it judged: the same reports and exit codes, and nothing is sent."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from reports.files import NAMES
from tests.offline.made import BASE, CODES, NUMBER, TOKEN, document, enable, user, verify
from tests.offline.test_judged import life
from tests.suite import ROOT, judge

if TYPE_CHECKING:
    from pathlib import Path

WITHOUT_NETWORK = """
import sys
def refuse(event, _):
    if event.startswith("socket."):
        raise RuntimeError(f"{event}: nothing is to be sent")
sys.addaudithook(refuse)
sys.path.insert(0, sys.argv.pop(1))
from conformance.__main__ import main
sys.exit(main())
"""


def saved(folder: Path, har: Any) -> Path:
    file = folder / "recorded.har"
    file.write_text(har if isinstance(har, str) else json.dumps(har), "utf-8")
    return file


def test_what_conforms_leaves_only_what_is_untested(tmp_path: Path) -> None:
    done = judge(tmp_path, saved(tmp_path, document(*life())))
    assert done.code == 3, done.out
    assert not done.having("violated")
    assert not done.having("inconclusive")
    assert "credentials.required" in done.having("untested")
    assert all((done.folder / name).stat().st_size for name in NAMES)
    assert done.results["target"] == {"base_url": BASE, "embedded": False}
    assert done.results["exchanges"] == len(life())


def test_what_is_wrong_is_shown_with_the_entry_that_shows_it(tmp_path: Path) -> None:
    wrong = enable(answer=user("enable", delivery="app", sms_number=None, verified=True))
    done = judge(tmp_path, saved(tmp_path, document(*life(), wrong)))
    assert done.code == 1, done.out
    assert done.having("violated") == {"enable.response.verified", "enable.starts-unverified"}
    (found,) = (each for each in done.results["requirements"] if each["id"] == "enable.response.verified")
    (case,) = (each for each in found["cases"] if each["verdict"] == "violated")
    (exchange,) = case["exchanges"]
    assert exchange["number"] == len(life()) + 1
    assert exchange["purpose"] == f"entry {len(life()) + 1} of recorded.har"
    assert "$TFE_TOKEN" in exchange["curl"]


def test_nothing_is_sent(tmp_path: Path) -> None:
    arguments = ["judge", str(saved(tmp_path, document(*life()))), f"--report-dir={tmp_path / 'report'}"]
    command = [sys.executable, "-c", WITHOUT_NETWORK, str(ROOT), *arguments]
    done = subprocess.run(command, check=False, capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 3, done.stdout + done.stderr
    assert "nothing is to be sent" not in done.stdout + done.stderr
    assert (tmp_path / "report" / "report.html").is_file()


def test_no_secret_of_the_recording_is_in_a_report(tmp_path: Path) -> None:
    url = "otpauth://totp/tfe:user-2fa?secret=JBSWY3DPEHPK3PXP&issuer=tfe"
    crash = verify("314159", delivery="sms", status=500)
    steps = [enable("app", answer=user("enable", delivery="app", provisioning_url=url)), *life(), crash]
    steps[0].answer_headers["X-Csrf-Token"] = "a-csrf-token-of-the-answer"
    steps[1].headers["X-Csrf-Token"] = "a-csrf-token-of-the-request"
    steps[-1].answer_headers["Set-Cookie"] = "session=bmV3LXNlc3Npb24; Path=/"
    done = judge(tmp_path, saved(tmp_path, document(*steps)))
    assert done.code == 1, done.out
    texts = [done.out, *((done.folder / name).read_text("utf-8") for name in NAMES)]
    secrets = [TOKEN, NUMBER, NUMBER[2:], *CODES, "123456", "654321", "777777", "314159", "JBSWY3DPEHPK3PXP"]
    secrets += [
        "c2Vzc2lvbi1vZi1hLXVzZXI",
        "bmV3LXNlc3Npb24",
        "a-csrf-token-of-the-answer",
        "a-csrf-token-of-the-request",
    ]
    assert not [secret for secret in secrets if any(secret in text for text in texts)]


@pytest.mark.parametrize(
    ("har", "code", "line"),
    [("<html>", 2, "recorded.har is no HAR file"), (document(), 3, "it is empty")],
)
def test_what_can_not_be_judged_is_said_in_a_line(har: Any, code: int, line: str, tmp_path: Path) -> None:
    done = judge(tmp_path, saved(tmp_path, har))
    assert done.code == code, done.out
    assert line in done.out
    if code == 2:
        assert len(done.out.strip().splitlines()) == 1
    else:
        assert done.results["problem"]


def test_waivers_and_strictness(tmp_path: Path) -> None:
    should = enable(answer_headers={"Content-Type": "application/vnd.api+json; charset=utf-8"})
    file = saved(tmp_path, document(*life(), should))
    assert judge(tmp_path, file, "--allow-untested", "--strict").code == 1
    waivers = tmp_path / "waivers.toml"
    waivers.write_text('[[waiver]]\nid = "response.media-type"\nreason = "known"\n')
    done = judge(tmp_path, file, "--allow-untested", "--strict", f"--waivers={waivers}")
    assert done.code == 0, done.out
    assert done.having("waived") == {"response.media-type"}


def test_options_of_a_run_are_none_of_a_recording(tmp_path: Path) -> None:
    done = judge(tmp_path, saved(tmp_path, document(enable())), "--code-source=static:123456")
    assert done.code == 2
    assert "judge does not know" in done.out


def test_a_waiver_that_a_recording_does_not_need_is_not_stale(tmp_path: Path) -> None:
    waivers = tmp_path / "waivers.toml"
    waivers.write_text('[[waiver]]\nid = "enable.request.type"\nreason = "known"\ncase = "*near-miss*"\n')
    done = judge(tmp_path, saved(tmp_path, document(*life())), "--allow-untested", f"--waivers={waivers}")
    assert done.code == 0, done.out
