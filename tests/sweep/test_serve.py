"""The server in the foreground: its output, and the names of faults and variants."""

from __future__ import annotations

import re
import signal
import subprocess
import sys

import httpx
import pytest

from reference.messages import MEDIA_TYPE
from tests import serve
from tests.faults import FAULTS
from tests.reference.driver import enable
from tests.suite import ROOT
from tests.variants import VARIANTS


def test_the_foreground_server_prints_how_to_use_it() -> None:
    arguments = ["--port=0", "--fault=get-disables", "--variant=compressed"]
    with subprocess.Popen(
        [sys.executable, "-W", "error", "-m", "tests.serve", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    ) as process:
        assert process.stdout is not None
        lines: list[str] = []
        while not lines or "Ctrl-C" not in lines[-1]:
            lines.append(process.stdout.readline())
            assert lines[-1], process.stderr and process.stderr.read()
        greeting = "".join(lines)
        base_url = re.search(r"at (http://127\.0\.0\.1:[0-9]+/api/v2)\n", greeting)
        token = re.search(r"token +(\S+)", greeting)
        assert base_url
        assert token
        with httpx.Client(transport=httpx.HTTPTransport(retries=5)) as client:
            response = client.post(
                f"{base_url[1]}/account/actions/two-factor-enable",
                headers={"Authorization": f"Bearer {token[1]}", "Content-Type": MEDIA_TYPE},
                content=enable("sms", "+12025550123").body,
            )
        assert response.status_code == 200
        assert re.fullmatch(r"SMS to \+12025550123: [0-9]{6}\n", process.stdout.readline())
        process.send_signal(signal.SIGINT)
        rest, errors = process.communicate(timeout=10)
    assert (rest, errors, process.returncode) == ("Stopped.\n", "", 0)
    assert re.search(r"TOTP secret +[A-Z2-7]{32}\n", greeting)
    assert f"tfe-conformance check --base-url {base_url[1]}" in greeting
    assert "curl -X POST" in greeting
    assert "Fault get-disables: GET disables as well." in greeting
    assert "Variant compressed: " in greeting


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--fault", "token-uncheckd"], "unknown name 'token-uncheckd': did you mean token-unchecked"),
        (["--variant", "compresed"], "unknown name 'compresed': did you mean compressed?"),
        (["--fault", "???"], f"unknown name '???': there are {len(FAULTS)} names"),
    ],
)
def test_an_unknown_name_has_a_hint(arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        serve.main(arguments)
    assert caught.value.code == 2
    assert message in capsys.readouterr().err


def test_no_name_is_a_fault_and_a_variant() -> None:
    assert not FAULTS.keys() & VARIANTS.keys()
