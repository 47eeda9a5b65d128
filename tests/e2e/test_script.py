"""The curl command lines of a finding run as a script, and show the violation again."""

from __future__ import annotations

import re
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from reference.server import serving
from tests.faults import FAULTS
from tests.suite import VIOLATED, check

if TYPE_CHECKING:
    from pathlib import Path

CODE = "271828"


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
@pytest.mark.parametrize(
    ("fault", "requirement", "statuses"),
    [
        ("disable-only-says-so", "disable.ends-two-factor", ["200", "200", "200"]),
        pytest.param("code-number-accepted", "verify.request.code", ["200", "200"], marks=pytest.mark.slow),
        pytest.param(
            "enable-again-keeps-verified", "enable.starts-unverified", ["200", "200", "200"], marks=pytest.mark.slow
        ),
    ],
)
def test_the_evidence_of_a_finding_is_a_script(
    tmp_path: Path, fault: str, requirement: str, statuses: list[str]
) -> None:
    with serving(FAULTS[fault].service(code=CODE)) as server:
        target = (f"--base-url={server.base_url}", f"--code-source=static:{CODE}")
        run = check(tmp_path, *target, f"--only={requirement}", TFE_TOKEN=server.token)
        assert run.code == VIOLATED, run.out
        (finding,) = run.results["requirements"]
        case = next(case for case in finding["cases"] if case["verdict"] == "violated")
        script = "\n".join(exchange["curl"] for exchange in case["exchanges"])
        variables = {"TFE_TOKEN": server.token, "CODE": CODE, "PATH": "/usr/bin:/bin"}
        done = subprocess.run(["bash", "-ec", script], check=False, capture_output=True, text=True, env=variables)
    assert done.returncode == 0, done.stderr
    assert re.findall(r"HTTP/1\.1 ([0-9]{3})", done.stdout) == statuses, script
