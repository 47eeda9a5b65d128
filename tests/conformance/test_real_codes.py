"""Whole runs with codes as real services have them: each taken once, sent late, and locked after five wrong ones."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any

import pyotp
import pytest

from reference.accounts import Account, Outbox
from reference.server import _configure, serving
from tests.conformance.staging import Fixed, Staging
from tests.suite import check

if TYPE_CHECKING:
    from pathlib import Path

    from reference.validation import Order

    from reference.messages import Answer, Operation
    from tests.suite import Finished

PERIOD = 6
"""Seconds; that of real services would make a test of minutes."""
OLD = "707070"
LATE = 0.5
"""Seconds until a message arrives."""
CAREFUL = "--budget=enable=10,resend=5,verify-wrong=4,sms=2,exchanges=300"


class Brief(Account):
    """Time-based codes of a short time, none of which is right a second time."""

    def totp(self, step: int = 0) -> str:
        return str(pyotp.TOTP(self.secret, interval=PERIOD).at(int(self.clock()), counter_offset=step))


class Strict(Staging):
    """Takes each code once, and locks after five wrong ones; `verified` are the codes that it took."""

    account_type = Brief  # type: ignore[assignment]
    locks_after = 5

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.verified: list[str] = []

    def document(self, operation: Operation, account: Account) -> Any:
        document = super().document(operation, account)
        if account.two_factor.delivery == "app" and not account.two_factor.verified:
            document["data"]["attributes"]["two-factor"]["provisioning-url"] += f"&period={PERIOD}"
        return document

    def matches(self, account: Account, code: str) -> bool:
        return code not in self.verified and super().matches(account, code)

    def verify(self, account: Account, order: Order) -> None:
        super().verify(account, order)
        self.verified.append(order.code)


def by_totp(folder: Path, service: Strict, *arguments: str) -> Finished:
    with serving(service) as server:
        secret = server.service.accounts[0].secret
        source = f"--code-source=otpauth://totp/x?secret={secret}&period={PERIOD}"
        return check(folder, f"--base-url={server.base_url}", source, *arguments, TFE_TOKEN=server.token)


def judged(done: Finished, service: Strict, right_codes: int) -> None:
    """What holds of each of these runs."""
    assert not done.having("violated"), done.out
    assert not done.having("inconclusive"), done.out
    assert done.verdict("verify.accepted") == "conforms"
    assert done.verdict("verify.wrong-code") == "conforms"
    assert service.most_in_a_row < service.locks_after
    assert len(service.verified) == right_codes
    assert f"needs about {right_codes} right codes" in done.out


def test_time_based_codes_are_sent_once_and_no_lock_out_is_provoked(tmp_path: Path) -> None:
    service = Strict()
    done = by_totp(tmp_path, service, CAREFUL)
    judged(done, service, 2)
    assert "each code serves once: waiting" in done.out


def test_a_secret_that_only_enabling_tells_is_enough_within_the_usual_budget(tmp_path: Path) -> None:
    service = Strict()
    with serving(service) as server:
        arguments = (f"--base-url={server.base_url}", "--code-source=totp", CAREFUL)
        done = check(tmp_path, *arguments, TFE_TOKEN=server.token)
    judged(done, service, 2)
    assert done.code == 0, done.out


def test_a_mistyped_secret_locks_no_one_out(tmp_path: Path) -> None:
    class Silent(Strict):
        """Tells no secret."""

        def document(self, operation: Operation, account: Account) -> Any:
            document = Staging.document(self, operation, account)
            document["data"]["attributes"]["two-factor"].pop("provisioning-url", None)
            return document

    service = Silent()
    with serving(service) as server:
        source = f"--code-source=otpauth://totp/x?secret=KRUGS4ZANFZSAYJA&period={PERIOD}"
        done = check(tmp_path, f"--base-url={server.base_url}", source, CAREFUL, TFE_TOKEN=server.token)
    assert 0 < service.most_in_a_row < service.locks_after
    assert done.verdict("verify.accepted") == "inconclusive"
    assert "is --code-source right?" in done.out


@pytest.mark.slow
def test_a_whole_run_needs_few_time_based_codes(tmp_path: Path) -> None:
    service, started = Strict(), time.monotonic()
    done = by_totp(tmp_path, service)
    judged(done, service, 6)
    assert done.code == 0
    assert time.monotonic() - started < 7 * PERIOD + 60


def test_a_clock_that_is_off_is_told_where_codes_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Ahead(Strict):
        """Five minutes ahead, and says so."""

        def now(self) -> float:
            return super().now() + 300

        def headers(self, answer: Answer) -> list[tuple[bytes, bytes]]:
            return [
                *super().headers(answer),
                (b"date", format_datetime(datetime.fromtimestamp(self.now(), UTC), usegmt=True).encode()),
            ]

    def dateless(app: Any, service: Any) -> Any:
        found = _configure(app, service)
        found.date_header = False
        return found

    monkeypatch.setattr("reference.server._configure", dateless)
    done = by_totp(tmp_path, Ahead(), "--profile=frugal")
    assert not done.having("violated"), done.out
    assert done.verdict("verify.accepted") == "inconclusive"
    assert "ahead of this machine's, and time-based codes depend on it" in done.out


# -- one code for all tests ----------------------------------------------------------------------------------------


class Zeros(Fixed):
    """Many a test server takes the same code always, and one that a careless server takes for any."""

    code_of_tests = "000000"


class OneCode(Staging):
    """Takes that code."""

    account_type = Zeros


def test_a_server_whose_one_right_code_looks_like_a_wrong_one_is_not_accused(tmp_path: Path) -> None:
    with serving(OneCode()) as server:
        target, token = f"--base-url={server.base_url}", server.token
        done = check(tmp_path, target, "--code-source=command:echo 000000", "--code-timeout=2", TFE_TOKEN=token)
        assert done.code == 0, done.out
        unknown = check(tmp_path, target, CAREFUL, TFE_TOKEN=token)
        assert not unknown.having("violated"), unknown.out


# -- messages ------------------------------------------------------------------------------------------------------


class Late(Outbox):
    """Messages that arrive in a file some time after they were sent, behind older ones."""

    inbox: Path

    def send(self, number: str | None, code: str) -> None:
        super().send(number, code)
        line = f"{time.time():.0f} Your code is {code}\n"
        threading.Timer(LATE, self._arrive, [line]).start()

    def _arrive(self, line: str) -> None:
        with self.inbox.open("a", encoding="utf-8") as file:
            file.write(line)


def by_messages(folder: Path, service: Strict, command: str, *arguments: str) -> Finished:
    inbox = folder / "inbox"
    inbox.write_text(f"1000000000 Your code is {OLD}\n")
    for account in service.accounts:
        account.outbox = Late()
        account.outbox.inbox = inbox
    with serving(service) as server:
        source = f"--code-source=command:{command}"
        return check(
            folder, f"--base-url={server.base_url}", source, *arguments, TFE_TOKEN=server.token, INBOX=str(inbox)
        )


LAST = 'test "$TFE_CODE_DELIVERY" = sms && tail -n 1 "$INBOX"'
BY_TIME = 'test "$TFE_CODE_DELIVERY" = sms && awk -v since="$TFE_CODE_REQUESTED_AT" "\\$1 >= since" "$INBOX"'
WAITING = (
    'test "$TFE_CODE_DELIVERY" = sms || exit 1; '
    'until awk -v since="$TFE_CODE_REQUESTED_AT" "\\$1 >= since { found = 1; print } END { exit !found }" "$INBOX"; '
    "do sleep 0.1; done"
)


def test_codes_by_sms_alone_take_one_message_more_than_the_usual_budget(tmp_path: Path) -> None:
    service = Strict()
    done = by_messages(tmp_path, service, LAST, "--budget=sms=3,enable=12,resend=5,verify-wrong=4,exchanges=300")
    assert "or all by SMS if it knows no others" in done.out
    assert done.code == 0, done.out
    assert service.messages == 3


@pytest.mark.parametrize("command", [LAST, BY_TIME, WAITING], ids=["last", "by-time", "waiting"])
def test_messages_that_come_late_behind_older_ones_are_told_apart(command: str, tmp_path: Path) -> None:
    service = Strict()
    done = by_messages(tmp_path, service, command, "--budget=enable=20,resend=5,verify-wrong=4,sms=6,exchanges=300")
    assert not done.having("violated") | done.having("inconclusive"), done.out
    for requirement in ("verify.accepted", "verify.wrong-code", "resend.accepted", "resend.changes-nothing"):
        assert done.verdict(requirement) == "conforms", done.out
    assert service.most_in_a_row < service.locks_after
    assert service.messages <= 6


def test_what_a_command_prints_is_nowhere(tmp_path: Path) -> None:
    service = Strict()
    loud = f'echo debug-of-mine >&2; cat "$INBOX"; cat "$INBOX" > /dev/tty; {LAST}'
    done = by_messages(tmp_path, service, loud, CAREFUL, "-s", "-vv", "--showlocals", "--log-cli-level=DEBUG")
    assert service.verified
    shown = {"the terminal": done.out.encode()}
    shown |= {file.name: file.read_bytes() for file in done.folder.iterdir() if file.is_file()}
    assert len(shown) > 4
    for where, content in shown.items():
        for secret in (OLD, "debug-of-mine", "Your code is", *service.verified):
            assert secret.encode() not in content, f"{secret} in {where}"
