"""Where codes come from, as an option names it; and the codes of an authenticator application."""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from email.utils import format_datetime
from types import SimpleNamespace
from typing import Any

import pyotp
import pytest
from conformance.account.account import Account
from conformance.account.codes import Static, Wanted
from conformance.account.command import Command
from conformance.account.prompt import Prompt
from conformance.account.sources import code_source
from conformance.account.totp import Totp, ahead, authenticator
from conformance.exchange import Response
from conformance.redaction import Redactor
from conformance.verdicts import Inconclusive, Untested
from conformance.voice import Voice

from conformance.target import ConfigurationError

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
SILENT = Voice(lambda _: None, lambda _: "", lambda _seconds, _what_for: None)
APP, SMS = Wanted("app", "", 0.0), Wanted("sms", "+12025550123", 0.0)


class Clock:
    """A clock that moves when someone sleeps."""

    def __init__(self, now: float) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def made(now: float, secret: str | None = SECRET) -> tuple[Totp, Clock]:
    clock = Clock(now)
    return Totp(None if secret is None else authenticator(secret), SILENT, clock, clock.sleep), clock


def test_a_time_based_code_is_that_of_the_step() -> None:
    source, clock = made(1_000_000_005.0)
    assert source.code(APP) == pyotp.TOTP(SECRET).at(int(clock.now))
    assert clock.now == 1_000_000_005.0


@pytest.mark.parametrize("end", ["spend", "refuse"])
def test_a_spent_code_is_not_handed_out_again(end: str) -> None:
    source, clock = made(1_000_000_005.0)
    first = source.code(APP)
    assert source.code(APP) == first
    getattr(source, end)()
    assert source.glance(APP) == first
    assert clock.now == 1_000_000_005.0
    assert source.code(APP) == pyotp.TOTP(SECRET).at(1_000_000_020)
    assert 1_000_000_020.0 <= clock.now < 1_000_000_021.0


def test_no_code_is_handed_out_twice_in_a_run() -> None:
    source, clock = made(1_000_000_005.0)
    codes = []
    for _ in range(20):
        codes.append(source.code(APP))
        source.spend()
        clock.now += 7
    assert codes == [pyotp.TOTP(SECRET).at(1_000_000_005 + 30 * step) for step in range(20)]


def test_a_code_that_is_about_to_end_is_not_handed_out() -> None:
    source, clock = made(1_000_000_018.5)
    assert source.code(APP) == pyotp.TOTP(SECRET).at(1_000_000_020)
    assert clock.now > 1_000_000_020.0


def test_a_wait_is_told_with_its_seconds() -> None:
    told: list[tuple[float, str]] = []
    clock = Clock(1_000_000_005.0)
    voice = SILENT._replace(wait=lambda seconds, what_for: told.append((seconds, what_for)))
    source = Totp(authenticator(SECRET), voice, clock, clock.sleep)
    source.code(APP)
    assert not told
    source.spend()
    source.code(APP)
    assert [seconds for seconds, _ in told] == [15.0]
    assert "serves once" in told[0][1]


@pytest.mark.parametrize(
    "pasted",
    [
        SECRET,
        SECRET.lower(),
        " ".join(SECRET[at : at + 4] for at in range(0, 32, 4)).lower(),
        "-".join(SECRET[at : at + 4] for at in range(0, 32, 4)),
        f" {SECRET}======\n",
        f"otpauth://totp/x?secret={SECRET}",
        f"OTPAUTH://TOTP/Example%20Inc:me@example.com?issuer=Example%20Inc&Secret={SECRET.lower()}&image=https%3A%2F%2Fx",
        f"otpauth://totp/x?secret={SECRET}%3D%3D&algorithm=sha-1&digits=6&period=30",
    ],
)
def test_a_secret_is_read_as_people_paste_it(pasted: str) -> None:
    assert authenticator(pasted).at(1_000_000_005) == pyotp.TOTP(SECRET).at(1_000_000_005)


@pytest.mark.parametrize(("algorithm", "name"), [("SHA256", "sha256"), ("HmacSHA512", "sha512"), ("SHA-512", "sha512")])
def test_the_vectors_of_the_rfc(algorithm: str, name: str) -> None:
    """RFC 6238, appendix B."""
    long = b"1234567890" * 7
    secret = base64.b32encode(long[: {"sha256": 32, "sha512": 64}[name]]).decode()
    expected = {"sha256": "68084774", "sha512": "25091201"}[name]
    url = f"otpauth://totp/x?secret={secret.rstrip('=')}&algorithm={algorithm}&digits=8"
    assert authenticator(url).at(1_111_111_109) == expected


@pytest.mark.parametrize(
    "pasted",
    [
        "8!",
        "",
        "ABC1",
        "not a secret: 0189",
        "otpauth://totp/x",
        f"otpauth://hotp/x?secret={SECRET}&counter=1",
        f"otpauth://totp/x?secret={SECRET}&period=0",
        f"otpauth://totp/x?secret={SECRET}&period=1000000000",
        f"otpauth://totp/x?secret={SECRET}&digits=six",
        f"otpauth://totp/x?secret={SECRET}&algorithm=MD5",
        f"https://example.com/?secret={SECRET}",
    ],
)
def test_what_is_no_secret_is_refused_and_not_repeated(pasted: str) -> None:
    with pytest.raises(ConfigurationError, match="--code-source") as caught:
        code_source(f"totp:{pasted}", Redactor(), SILENT, 1)
    assert SECRET not in str(caught.value)
    assert not pasted or pasted not in str(caught.value)


def test_the_secret_of_a_provisioning_url_is_taken() -> None:
    source, clock = made(1_000_000_005.0)
    other = pyotp.random_base32()
    source.code(APP)
    source.spend()
    source.adopt(pyotp.TOTP(other).provisioning_uri(name="user", issuer_name="x"))
    assert source.code(APP) == pyotp.TOTP(other).at(int(clock.now))
    assert clock.now == 1_000_000_005.0
    source.spend()
    source.adopt(pyotp.TOTP(other).provisioning_uri(name="user", issuer_name="x"))
    secret = "otpauth://totp/x?secret"
    for unusable in ("no URL", f"{secret}=8!", f"{secret}=MFRGGZDF&period=0", f"{secret}=MFRGGZDF&period=999999"):
        source.adopt(unusable)
    assert source.code(APP) == pyotp.TOTP(other).at(1_000_000_020)


def test_without_a_secret_that_of_the_provisioning_url_is_awaited() -> None:
    source, clock = made(1_000_000_005.0, None)
    with pytest.raises(Untested, match="provisioning-url"):
        source.code(APP)
    source.adopt(f"otpauth://totp/x?secret={SECRET}&digits=8&period=60")
    assert source.code(APP) == pyotp.TOTP(SECRET, digits=8, interval=60).at(int(clock.now))


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("static:1", Static),
        (f"totp:{SECRET}", Totp),
        (f"totp:otpauth://totp/x?secret={SECRET}", Totp),
        (f"otpauth://totp/x?secret={SECRET}", Totp),
        ("totp", Totp),
        ("command:true", Command),
    ],
)
def test_sources_by_name(text: str, kind: type, monkeypatch: pytest.MonkeyPatch) -> None:
    assert isinstance(code_source(text, Redactor(), SILENT, 1), kind)
    monkeypatch.setenv("CODES", f" {text}\n")
    assert isinstance(code_source("env:CODES", Redactor(), SILENT, 1), kind)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "static",
        "static:",
        "totp:",
        "totp:8!",
        "mail:x",
        "env:NOT_THERE",
        "env:",
        "prompt:x",
        "command: ",
        SECRET,
    ],
)
def test_what_is_no_source_is_refused(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ConfigurationError, match="--code-source") as caught:
        code_source(text, Redactor(), SILENT, 1)
    assert SECRET not in str(caught.value)
    monkeypatch.setenv("CODES", f"{SECRET}:{text}")
    with pytest.raises(ConfigurationError, match="--code-source") as caught:
        code_source("env:CODES", Redactor(), SILENT, 1)
    assert SECRET not in str(caught.value)


def test_what_is_told_is_masked() -> None:
    redactor = Redactor()
    code_source("static:271828", redactor, SILENT, 1)
    code_source(f"totp:otpauth://totp/x?secret={SECRET.lower()}", redactor, SILENT, 1)
    assert redactor.clean(f"271828 {SECRET}") == "[code] [TOTP secret]"
    assert SECRET.lower() not in redactor.clean(f"otpauth://totp/x?secret={SECRET.lower()}")


# -- a person ------------------------------------------------------------------------------------------------------


class Person:
    """Types what they are told to, and remembers what they were asked."""

    def __init__(self, *answers: str) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []

    def __call__(self, question: str) -> str:
        self.asked.append(question)
        return self.answers.pop(0)


def test_a_person_types_once_for_each_message() -> None:
    person = Person(" 123 456 ", "222222")
    source = Prompt(person)
    assert source.code(SMS) == source.glance(SMS) == source.code(SMS) == "123456"
    assert len(person.asked) == 1
    assert "SMS" in person.asked[0]
    assert SMS.number not in person.asked[0]
    assert source.code(Wanted("sms", SMS.number, 1.0)) == "222222"


def test_a_person_may_type_once_more_after_a_refusal() -> None:
    person = Person("111111", "222222", "")
    source = Prompt(person)
    assert source.code(APP) == "111111"
    source.refuse()
    assert source.glance(APP) == "111111"
    assert source.code(APP) == "222222"
    source.refuse()
    assert source.code(APP) == "222222"
    assert "refused" in person.asked[1]
    assert not person.answers


def test_a_person_who_has_no_code_is_not_asked_again_and_again() -> None:
    person = Person("", "", "")
    source = Prompt(person)
    for at in range(6):
        for _ in range(3):
            with pytest.raises(Inconclusive, match="no code was typed"):
                source.code(Wanted("sms", "", float(at)))
    assert len(person.asked) == 2


def test_a_terminal_that_is_gone_is_no_code() -> None:
    def gone(_: str) -> str:
        raise OSError(5, "Input/output error")

    def nobody(_: str) -> str:
        raise EOFError

    with pytest.raises(Inconclusive, match="no terminal any more"):
        Prompt(gone).code(APP)
    with pytest.raises(Inconclusive, match="no code was typed"):
        Prompt(nobody).code(APP)


# -- clocks --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("seconds", "said"), [(0, ""), (14, ""), (40, "40 s ahead of"), (-3600, "3600 s behind"), (3 * 10**8, "ahead of")]
)
def test_a_clock_that_differs_is_a_hint(seconds: int, said: str) -> None:
    date = format_datetime(datetime.fromtimestamp(1_000_000_000 + seconds, UTC), usegmt=True)
    found = ahead(Response(422, (("Date", date),)), 1_000_000_000.0)
    assert found == seconds
    account: Any = SimpleNamespace(source=made(1_000_000_000.0)[0], _ahead=found)
    hint = Account.clocks(account)
    assert said in hint
    assert bool(said) == bool(hint)


@pytest.mark.parametrize(
    "date", ["", "yesterday", "Thu, 99 Foo 2026 00:00:00 GMT", "0", "Mon, 01 Jan 99999 00:00:00 GMT"]
)
def test_a_date_that_is_none_tells_nothing(date: str) -> None:
    assert ahead(Response(200, (("Date", date),)), 1_000_000_000.0) == 0.0
