"""Codes typed by a person at a real terminal, whatever pytest captures and wherever standard input comes from."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from reference.server import Server, running
from tests.conformance.person import at_a_terminal
from tests.suite import ROOT, environment

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

INTERRUPT = "\x03"


def command(server: Server, folder: Path, *arguments: str) -> list[str]:
    main = [sys.executable, str(ROOT / "conformance" / "__main__.py"), "check", f"--report-dir={folder}"]
    return [*main, f"--base-url={server.base_url}", "--code-source=prompt", *arguments]


def variables(server: Server, folder: Path) -> dict[str, str]:
    return environment(folder, TFE_TOKEN=server.token, TERM="xterm", COLUMNS="100", LINES="40")


class Typist:
    """Types what `code` says to each question; `asked` are the deliveries that were asked for."""

    def __init__(self, code: Callable[[str, int], str]) -> None:
        self.code = code
        self.asked: list[str] = []

    def __call__(self, shown: str) -> str | None:
        question = shown.rpartition("\n")[2]
        if "(empty: " not in question or not question.endswith("): "):
            return None
        self.asked.append("sms" if "SMS" in question else "app")
        return self.code(self.asked[-1], len(self.asked))


def verdicts(folder: Path) -> dict[str, Any]:
    results = json.loads((folder / "results.json").read_text("utf-8"))
    return {found["id"]: found["verdict"] for found in results["requirements"]}


@pytest.mark.parametrize("how", [[], ["-s"], ["--capture=sys"], ["--capture=tee-sys"], "redirected"], ids=str)
def test_a_person_types_codes_in_each_mode_of_capture(how: Any, tmp_path: Path) -> None:
    with running() as server:
        typist = Typist(lambda delivery, _: f" {server.code(delivery)}\n")
        run = command(
            server, tmp_path, "-k", "documented_request or pending_verify", *([] if how == "redirected" else how)
        )
        if how == "redirected":
            run = ["sh", "-c", f"{shlex.join(run)} < /dev/null > {tmp_path}/out 2> {tmp_path}/err"]
        code, shown = at_a_terminal(run, typist, variables(server, tmp_path))
    assert verdicts(tmp_path)["verify.accepted"] == "conforms", shown
    assert {"app", "sms"} == set(typist.asked)
    assert code == 3  # a part of the suite is no verdict
    assert "Traceback" not in shown


def test_where_nobody_can_type_nothing_is_sent(tmp_path: Path) -> None:
    with running() as server:
        done = subprocess.run(
            command(server, tmp_path),
            check=False,
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            env=variables(server, tmp_path),
        )
        requests = server.service.accounts[0].outbox.messages
    assert done.returncode == 2
    assert done.stderr.startswith("tfe-conformance: --code-source: prompt needs a terminal")
    assert done.stderr.count("\n") == 1
    assert not done.stdout
    assert not requests


def test_who_types_wrongly_accuses_nobody(tmp_path: Path) -> None:
    def sometimes_wrong(delivery: str, number: int) -> str:
        return "1234567\n" if number % 2 else f"{server.code(delivery)}\n"

    with running() as server:
        typist = Typist(sometimes_wrong)
        run = command(server, tmp_path, "-k", "documented_request or pending or verified or wrong_code")
        _, shown = at_a_terminal(run, typist, variables(server, tmp_path))
    found = verdicts(tmp_path)
    assert "violated" not in found.values(), shown
    assert found["verify.accepted"] == "conforms"
    assert found["verify.wrong-code"] == "conforms"
    assert "It was refused" in shown


def test_who_has_no_codes_is_not_asked_again_and_again(tmp_path: Path) -> None:
    with running() as server:
        typist = Typist(lambda *_: "\n")
        code, shown = at_a_terminal(command(server, tmp_path), typist, variables(server, tmp_path))
    assert code == 3, shown
    assert len(typist.asked) <= 4
    assert "violated" not in verdicts(tmp_path).values()


def test_an_interrupt_at_the_question_leaves_the_account_off(tmp_path: Path) -> None:
    with running() as server:
        typist = Typist(lambda *_: INTERRUPT)
        code, shown = at_a_terminal(command(server, tmp_path), typist, variables(server, tmp_path))
        assert not server.service.accounts[0].two_factor.enabled
    assert code == 3
    assert len(typist.asked) == 1
    assert "two-factor authentication of the account is off" in shown
