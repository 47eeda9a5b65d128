"""Right codes of whole runs, from each kind of source, for services as careful as real ones."""

from __future__ import annotations

import subprocess
import threading
from typing import TYPE_CHECKING, Any

import pyotp
import pytest

from reference.accounts import Account
from tests.e2e.person import at_a_terminal, rows_on_screen
from tests.e2e.services import Staging, target
from tests.suite import MAIN, NO_VERDICT, USAGE, check_here, environment, finished

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from reference.messages import Attributes, Operation

INTERRUPT = "\x03"
PERIOD = 6
"""Seconds of a code of an application; the 30 of real services would make a test of minutes."""
LATE = 0.3
"""Seconds until a message arrives."""
OLD = "707070"
LIMITS = "--budget=enable=10,resend=5,verify-wrong=4,sms=2,exchanges=300"


class Brief(Account):
    """An account with time-based codes that change soon."""

    def totp(self, step: int = 0) -> str:
        return str(pyotp.TOTP(self.secret, interval=PERIOD).at(int(self.clock()), counter_offset=step))


class Careful(Staging):
    """Takes each code once, and locks the account after five wrong ones in a row. It keeps the right codes."""

    account_type = Brief
    locks_after = 5

    def __init__(self) -> None:
        super().__init__()
        self.used: list[str] = []

    def document(self, operation: Operation, account: Account) -> Any:
        document = super().document(operation, account)
        if document is not None and account.two_factor.delivery == "app" and not account.two_factor.verified:
            document["data"]["attributes"]["two-factor"]["provisioning-url"] += f"&period={PERIOD}"
        return document

    def is_right_code(self, account: Account, code: str) -> bool:
        return super().is_right_code(account, code) and code not in self.used

    def verify(self, account: Account, attributes: Attributes) -> None:
        super().verify(account, attributes)
        self.used.append(attributes.code)


@pytest.mark.slow
def test_the_secret_that_the_response_to_enable_has_is_used_sparingly(tmp_path: Path) -> None:
    service = Careful()
    with target(service, code="") as (options, variables):
        options += ["--code-source=env:SOURCE", "--profile=smoke", LIMITS]
        done = check_here(tmp_path, *options, SOURCE="totp", **variables)
    assert not done.having("violated") | done.having("inconclusive"), done.out
    assert {done.verdict(f"verify.{rule}") for rule in ("accepted", "wrong-code", "response.verified")} == {"conforms"}
    assert service.most_in_a_row < service.locks_after
    assert len(service.used) == len(set(service.used)) <= 3
    assert "each code serves once: waiting" in done.out


class Inbox(Careful):
    """Sends random codes by SMS, which are in a file after a while, behind older ones."""

    def __init__(self, file: Path) -> None:
        super().__init__()
        self.file = file
        file.write_text(f"{OLD}\n")

    def enable(self, account: Account, attributes: Attributes) -> None:
        super().enable(account, attributes)
        self.deliver(account)

    def resend(self, account: Account) -> None:
        super().resend(account)
        self.deliver(account)

    def deliver(self, account: Account) -> None:
        """Append the code of the newest message after a while."""
        if account.sms_code is not None:
            text = f"{self.file.read_text()}{account.sms_code}\n"
            threading.Timer(LATE, self.file.write_text, [text]).start()


@pytest.mark.slow
def test_a_command_that_prints_stale_codes_gets_the_time_that_a_message_takes(tmp_path: Path) -> None:
    service = Inbox(tmp_path / "inbox")
    command = f'test "$TFE_CODE_DELIVERY" = sms && tail -n 1 {service.file}'
    with target(service, code="") as (options, variables):
        options += [f"--code-source=command:{command}", "--profile=smoke"]
        done = check_here(tmp_path, *options, "-k", "not app", **variables)
    assert not done.having("violated"), done.out
    for requirement in ("verify.accepted", "resend.accepted"):
        assert done.verdict(requirement) == "conforms", done.out
    assert service.used
    assert OLD not in service.used
    assert service.most_in_a_row < service.locks_after
    assert not [code for code in service.used if code in done.out]


# -- a person ----------------------------------------------------------------------------------------------------------


class Typist:
    """Types the text that `code` returns for each question; `questions` are the deliveries that were asked for."""

    def __init__(self, code: Callable[[str, int], str]) -> None:
        self.code = code
        self.questions: list[str] = []

    def __call__(self, output: str) -> str | None:
        question = output.rpartition("\n")[2]
        if not question.endswith("(empty: there is none): "):
            return None
        self.questions.append("sms" if "SMS" in question else "app")
        return self.code(self.questions[-1], len(self.questions))


def at_the_prompt(folder: Path, service: Staging, typist: Typist, *arguments: str) -> tuple[int, str]:
    """The exit code and the output of a run at a terminal."""
    with target(service, code="") as (options, variables):
        command = [*MAIN, "check", f"--report-dir={folder / 'report'}", *options, "--code-source=prompt", *arguments]
        return at_a_terminal(command, typist, environment(TERM="xterm", COLUMNS="100", LINES="40", **variables))


class Typical(Staging):
    """Codes of an application are right for half a minute, those of an SMS until the next one."""

    account_type = Account


def test_a_person_types_codes_at_the_terminal_and_sometimes_wrong_ones(tmp_path: Path) -> None:
    service = Typical()

    def code(delivery: str, number: int) -> str:
        return "1234567\n" if number == 2 else f" {service.accounts[0].code(delivery)}\n"

    typist = Typist(code)
    exit_code, output = at_the_prompt(tmp_path, service, typist, "-k", "test_documented or pending_verify", "-s")
    done = finished(tmp_path, exit_code, output)
    assert done.code == NO_VERDICT  # only a part of the suite was run
    assert not done.having("violated"), output
    assert done.verdict("verify.accepted") == "conforms", output
    assert {"app", "sms"} == set(typist.questions)
    assert "cases, " in output
    rows = rows_on_screen(output)
    assert not [row for row in rows if " cases, " in row and " exchanges, " in row], "the progress is gone"
    assert [row for row in rows if row][-1] == "The account: two-factor authentication of the account is off"


def test_ctrl_c_at_the_question_leaves_the_account_off(tmp_path: Path) -> None:
    service = Careful()
    typist = Typist(lambda *_: INTERRUPT)
    code, output = at_the_prompt(tmp_path, service, typist)
    assert (code, service.is_on, len(typist.questions)) == (NO_VERDICT, False, 1), output
    assert "The account: two-factor authentication of the account is off" in output


def test_where_nobody_can_type_nothing_is_sent(tmp_path: Path) -> None:
    service = Staging()
    with target(service, code="") as (options, variables):
        done = subprocess.run(
            [*MAIN, "check", f"--report-dir={tmp_path}", *options, "--code-source=prompt"],
            check=False,
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            env=environment(**variables),
        )
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (USAGE, "", 1)
    assert done.stderr.startswith("tfe-conformance: --code-source: prompt needs a terminal")
    assert not service.total
