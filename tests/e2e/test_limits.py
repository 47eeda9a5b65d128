"""A run keeps to its limits, and to those of the target."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from reference.messages import Rejection
from strategies.two_factor import FICTIONAL_NUMBERS
from tests.e2e.services import OFF_LOOPBACK, Staging, target
from tests.suite import CONFORMANT, NO_VERDICT, check_here

if TYPE_CHECKING:
    from pathlib import Path

    from reference.accounts import Account
    from reference.messages import Request
    from tests.suite import Finished

DEFAULT = {"enable": 10, "resend": 5, "verify-wrong": 4, "sms": 2, "exchanges": 300}
MAX_SMOKE = 50


def run(folder: Path, service: Staging, *arguments: str, **options: Any) -> Finished:
    """A run against a service."""
    with target(service, **options) as ((url, _, code_source), variables):
        return check_here(folder, url, code_source, *arguments, **variables)


def sent(service: Staging) -> dict[str, int]:
    """The requests of each limited kind."""
    return {
        "enable": service.requests["enable"],
        "resend": service.requests["resend"],
        "verify-wrong": service.wrong_codes,
        "sms": len(service.numbers),
        "exchanges": service.total,
    }


def test_off_loopback_a_run_keeps_to_the_default_limits_and_sends_messages_to_nobody(tmp_path: Path) -> None:
    service = Staging()
    done = run(tmp_path, service, "--disposable-account", "--rate=0", host=OFF_LOOPBACK)
    assert done.code == CONFORMANT, done.out
    assert done.results["counts"]["MUST"]["conforms"] == 67
    assert {kind: count for kind, count in sent(service).items() if count > DEFAULT[kind]} == {}
    assert set(service.numbers) <= {*FICTIONAL_NUMBERS}
    assert not service.is_on


def test_a_smoke_test_asks_little_and_tests_every_must(tmp_path: Path) -> None:
    service = Staging()
    done = run(tmp_path, service, "--profile=smoke")
    assert done.code == CONFORMANT, done.out
    assert done.results["counts"]["MUST"]["conforms"] == 67
    assert done.results["exchanges"] == service.total <= MAX_SMOKE


@pytest.mark.slow
def test_limits_that_are_too_low_are_kept_and_leave_no_verdict(tmp_path: Path) -> None:
    service = Staging()
    limits = {"enable": 3, "sms": 0, "verify-wrong": 0, "resend": 1, "exchanges": 30}
    done = run(tmp_path, service, "--budget=" + ",".join(f"{kind}={limit}" for kind, limit in limits.items()))
    assert done.code == NO_VERDICT, done.out
    assert "the limit of 3 enable is reached; raise it with --budget enable=N" in done.out
    cleanup = 1
    assert {kind: count for kind, count in sent(service).items() if count > limits[kind] + cleanup} == {}
    assert not service.is_on


class Throttling(Staging):
    """Answers each seventh request, and its first repetition, with 429 or 503 and the time to wait."""

    def locate(self, request: Request) -> Any:
        operation = super().locate(request)
        if self.total % 7 in {5, 6}:
            status = (429, 503)[self.total % 2]
            raise Rejection(status, "Not now", headers={"retry-after": self.retry_after})
        return operation

    retry_after = "0"


def test_a_target_that_throttles_is_waited_for(tmp_path: Path) -> None:
    service = Throttling()
    done = run(tmp_path, service, "--profile=smoke")
    assert done.code == CONFORMANT, done.out
    assert service.total > done.results["exchanges"]


@pytest.mark.slow
def test_a_target_that_throttles_for_too_long_is_not_accused(tmp_path: Path) -> None:
    service = Throttling()
    service.retry_after = "3600"
    done = run(tmp_path, service, "--profile=smoke", "--max-wait=1")
    assert done.code == NO_VERDICT, done.out
    assert not done.having("violated")
    assert "to be retried in 3600 s" in done.out


@pytest.mark.slow
def test_a_lock_out_after_one_wrong_code_is_no_violation(tmp_path: Path) -> None:
    service = Staging()
    service.locks_after = 1
    done = run(tmp_path, service, "--profile=smoke")
    assert done.code == NO_VERDICT, done.out
    assert not done.having("violated")


class Expiring(Staging):
    """Knows the token no more once two-factor authentication was enabled, after ten requests."""

    has_expired = False

    def account_of(self, token: str) -> Account | None:
        self.has_expired |= self.is_on and self.total > 10
        return None if self.has_expired else super().account_of(token)


@pytest.mark.slow
def test_a_token_that_expires_leaves_the_account_in_doubt(tmp_path: Path) -> None:
    service = Expiring()
    done = run(tmp_path, service, "--profile=smoke", "--strict")
    assert done.code == NO_VERDICT, done.out
    assert not done.having("violated"), done.out
    assert "every request with the valid token gets 401: the token may have expired" in done.out
    last = next(line for line in done.out.splitlines() if line.startswith("The account: "))
    assert "may still be on" in last
    assert "`tfe-conformance reset`" in last
    assert service.is_on
