"""Codes of an authenticator application, by a clock that moves in sleeps only."""

from __future__ import annotations

import base64
import dataclasses
import time
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import TYPE_CHECKING

import pyotp
import pytest

from conformance.model import Untested
from conformance.two_factor.code_sources.totp import Authenticator, Totp, clock_ahead, parse_authenticator
from tests.unit.conformance.two_factor.fakes import APP, SECRET, Clock, FakeConsole

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.two_factor.code_sources.base import CodeRequest

NOW = 1_000_000_005.0
"""The middle of a step of 30 s."""
GROUPS = [SECRET[start : start + 4] for start in range(0, len(SECRET), 4)]


def totp_at(now: float, secret: str | None = SECRET) -> tuple[Totp, Clock, FakeConsole]:
    clock, console = Clock(now), FakeConsole()
    authenticator = None if secret is None else parse_authenticator(secret)
    return Totp(authenticator, console, clock=clock, sleep=clock.sleep), clock, console


def code_at(now: float, secret: str = SECRET, period: int = 30, digits: int = 6) -> str:
    return pyotp.HOTP(secret, digits=digits).at(int(now // period))


# -- time steps ----------------------------------------------------------------------------------------------------


def test_the_code_is_that_of_the_present_time_step() -> None:
    source, clock, console = totp_at(NOW)
    assert source.code(APP) == source.code(APP) == code_at(NOW)
    assert clock.now == NOW
    assert not console.countdowns


def test_a_used_code_is_followed_by_that_of_the_next_step_after_an_announced_wait() -> None:
    source, clock, console = totp_at(NOW)
    source.code(APP)
    source.mark_used()
    assert source.code(APP) == code_at(1_000_000_020)
    assert 1_000_000_020 <= clock.now < 1_000_000_021
    assert console.countdowns == [(15.0, "each code serves once")]


def test_no_code_is_handed_out_twice_though_time_passes_unevenly() -> None:
    source, clock, _ = totp_at(NOW)
    codes = []
    for pause in [7, 0, 29, 31, 1] * 4:
        codes.append(source.code(APP))
        source.mark_used()
        clock.now += pause
    assert len(set(codes)) == len(codes)


def test_a_code_that_is_about_to_end_is_not_handed_out() -> None:
    source, clock, _ = totp_at(1_000_000_017.5)
    assert source.code(APP) == code_at(1_000_000_020)
    assert clock.now > 1_000_000_020


def test_a_code_that_is_valid_for_three_seconds_more_is_handed_out() -> None:
    source, clock, _ = totp_at(1_000_000_017.0)
    assert source.code(APP) == code_at(1_000_000_017)
    assert clock.now == 1_000_000_017.0


def test_a_peek_waits_for_nothing_and_shows_a_used_code() -> None:
    source, clock, console = totp_at(NOW)
    code = source.code(APP)
    source.mark_used()
    assert source.peek(APP) == code
    clock.now = 1_000_000_019.0
    assert source.peek(APP) == code
    assert clock.now == 1_000_000_019.0
    assert not console.countdowns


def test_a_peeked_code_that_was_accepted_after_all_is_used() -> None:
    source, _, _ = totp_at(NOW)
    source.peek(APP)
    source.mark_used()
    assert source.code(APP) == code_at(1_000_000_020)


def test_it_serves_the_application_only_and_each_code_costs_a_period() -> None:
    source, _, _ = totp_at(NOW)
    assert source.deliveries == ("app",)
    assert source.is_single_use
    assert not source.is_authoritative
    assert source.seconds_per_code == 30
    assert totp_at(NOW, f"otpauth://totp/x?secret={SECRET}&period=60")[0].seconds_per_code == 60


# -- the provisioning-url ------------------------------------------------------------------------------------------


def set_up_with(url: str) -> CodeRequest:
    return dataclasses.replace(APP, provisioning_url=url)


def url_of(secret: str, parameters: str = "") -> str:
    return f"otpauth://totp/Example:user?secret={secret}&issuer=Example{parameters}"


def test_a_new_secret_in_the_provisioning_url_is_taken_and_none_of_its_codes_is_used() -> None:
    source, clock, _ = totp_at(NOW)
    source.code(APP)
    source.mark_used()
    request = set_up_with(url_of("MFRGGZDFMZTWQ2LK"))
    assert source.code(request) == code_at(NOW, "MFRGGZDFMZTWQ2LK")
    assert clock.now == NOW


@pytest.mark.parametrize("parameters", ["", "&image=https%3A%2F%2Fexample.com%2Fx", "&digits=6&algorithm=SHA1"])
def test_the_same_secret_in_another_provisioning_url_keeps_its_codes_used(parameters: str) -> None:
    source, _, _ = totp_at(NOW)
    source.code(APP)
    source.mark_used()
    request = set_up_with(url_of(SECRET.lower(), parameters))
    assert source.code(request) == code_at(1_000_000_020)


def test_a_secret_of_a_set_up_serves_later_requests_without_a_provisioning_url() -> None:
    source, _, _ = totp_at(NOW)
    source.code(set_up_with(url_of("MFRGGZDFMZTWQ2LK")))
    assert source.peek(APP) == code_at(NOW, "MFRGGZDFMZTWQ2LK")


@pytest.mark.parametrize(
    "url",
    [
        "no URL",
        "MFRGGZDF",
        "otpauth://[",
        "otpauth://totp/x?secret=8!",
        "otpauth://totp/x?secret=MFRGGZDF&period=0",
        "otpauth://totp/x?secret=MFRGGZDF&period=301",
    ],
)
def test_an_unusable_provisioning_url_leaves_the_own_secret_and_is_remarked_once(url: str) -> None:
    source, _, console = totp_at(NOW)
    request = set_up_with(url)
    assert source.code(request) == source.peek(request) == code_at(NOW)
    assert len(console.printed) == 1
    assert "provisioning-url" in console.printed[0]
    assert "MFRGG" not in console.printed[0]


@pytest.mark.parametrize("url", ["", "no URL"])
def test_without_any_secret_no_code_can_be_tested(url: str) -> None:
    source, _, _ = totp_at(NOW, None)
    assert not source.available_without_setup
    for code in (source.code, source.peek):
        with pytest.raises(Untested, match="give --code-source totp:SECRET"):
            code(set_up_with(url))


def test_without_an_own_secret_that_of_the_provisioning_url_serves() -> None:
    source, _, _ = totp_at(NOW, None)
    request = set_up_with(url_of(SECRET, "&digits=8&period=60"))
    assert source.code(request) == code_at(NOW, period=60, digits=8)
    assert source.available_without_setup
    assert source.seconds_per_code == 60


def test_codes_are_free_once_a_second_set_up_brought_another_secret() -> None:
    source, _, _ = totp_at(NOW, None)
    assert source.seconds_per_code == 30
    source.code(set_up_with(url_of(SECRET)))
    source.code(set_up_with(url_of(SECRET, "&image=x")))
    assert source.seconds_per_code == 30
    source.code(set_up_with(url_of("MFRGGZDFMZTWQ2LK")))
    assert source.seconds_per_code == 0


# -- secrets as people paste them ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        SECRET,
        SECRET.lower(),
        " ".join(GROUPS).lower(),
        "-".join(GROUPS),
        f" {SECRET}======\n",
        f"otpauth://totp/x?secret={SECRET}",
        f"OTPAUTH://TOTP/Example%20Inc:me@example.com?issuer=Example%20Inc&Secret={SECRET.lower()}&image=https%3A%2F%2Fx",
        f"otpauth://totp/x?secret={SECRET}%3D%3D&algorithm=sha-1&digits=6&period=30",
    ],
)
def test_a_secret_is_read_as_people_paste_it(text: str) -> None:
    assert parse_authenticator(text) == Authenticator(SECRET)


@pytest.mark.parametrize(
    ("algorithm", "length", "code"),
    [("SHA256", 32, "68084774"), ("HmacSHA512", 64, "25091201"), ("SHA-512", 64, "25091201")],
)
def test_codes_are_those_of_the_vectors_of_rfc_6238(algorithm: str, length: int, code: str) -> None:
    secret = base64.b32encode((b"1234567890" * 7)[:length]).decode().rstrip("=")
    authenticator = parse_authenticator(f"otpauth://totp/x?secret={secret}&algorithm={algorithm}&digits=8")
    assert authenticator.code(1_111_111_109 // 30) == code


@pytest.mark.parametrize(
    "text",
    [
        "",
        "8!",
        "ABC1",
        "A",
        "not a secret: 0189",
        "otpauth://totp/x",
        f"otpauth://totpx/x?secret={SECRET}",
        f"otpauth://hotp/x?secret={SECRET}&counter=1",
        f"otpauth://totp/x?secret={SECRET}&period=0",
        f"otpauth://totp/x?secret={SECRET}&period=-30",
        f"otpauth://totp/x?secret={SECRET}&period=301",
        f"otpauth://totp/x?secret={SECRET}&digits=six",
        f"otpauth://totp/x?secret={SECRET}&digits=0",
        f"otpauth://totp/x?secret={SECRET}&digits=100",
        f"otpauth://totp/x?secret={SECRET}&algorithm=MD5",
        f"https://example.com/?secret={SECRET}",
    ],
)
def test_other_texts_are_refused_and_not_repeated(text: str) -> None:
    with pytest.raises(ValueError, match=r"otpauth|Base32|authenticators|digits") as error:
        parse_authenticator(text)
    assert SECRET not in str(error.value)
    assert len(text) < 2 or text not in str(error.value)


def test_no_representation_shows_a_secret() -> None:
    authenticator = parse_authenticator(SECRET)
    request = set_up_with(url_of(SECRET))
    assert SECRET not in f"{authenticator!r} {request!r} {totp_at(NOW)[0]!r}"


# -- clocks --------------------------------------------------------------------------------------------------------


@pytest.fixture
def _far_from_greenwich(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with monkeypatch.context() as context:
        context.setenv("TZ", "XXX-9")
        time.tzset()
        yield
    time.tzset()


@pytest.mark.usefixtures("_far_from_greenwich")
@pytest.mark.parametrize("seconds", [0, 14, 40, -3600, 3 * 10**8])
def test_the_date_of_the_target_is_held_against_this_clock(seconds: int) -> None:
    moment = datetime.fromtimestamp(1_000_000_000 + seconds, UTC)
    assert clock_ahead(format_datetime(moment, usegmt=True), 1_000_000_000.0) == seconds
    assert clock_ahead(moment.strftime("%a %b %d %H:%M:%S %Y"), 1_000_000_000.0) == seconds


@pytest.mark.parametrize(
    "date", ["", "yesterday", "Thu, 99 Foo 2026 00:00:00 GMT", "0", "Mon, 01 Jan 99999 00:00:00 GMT"]
)
def test_a_header_that_is_no_date_tells_nothing(date: str) -> None:
    assert clock_ahead(date, 1_000_000_000.0) == 0.0
