"""Where codes come from."""

from __future__ import annotations

import pyotp
import pytest

from conformance.account.codes import Command, Prompt, Static, Totp, code_source
from conformance.redaction import Redactor
from conformance.target import ConfigurationError
from conformance.verdicts import Inconclusive
from conformance.voice import Voice

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
SILENT = Voice(lambda _: None, lambda _: "", lambda _seconds, _what_for: None)


class Clock:
    """A clock that moves when someone sleeps."""

    def __init__(self, now: float) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def made(now: float) -> tuple[Totp, Clock]:
    clock = Clock(now)
    return Totp(SECRET, SILENT, clock, clock.sleep), clock


def test_a_time_based_code_is_that_of_the_step() -> None:
    source, clock = made(1_000_000_005.0)
    assert source.code("app", "") == pyotp.TOTP(SECRET).at(int(clock.now))
    assert clock.now == 1_000_000_005.0


def test_a_spent_code_is_not_handed_out_again() -> None:
    source, clock = made(1_000_000_005.0)
    first = source.code("app", "")
    assert source.code("app", "") == first
    source.spend()
    assert source.code("app", "") != first
    assert clock.now >= 1_000_000_020.0


def test_a_code_that_is_about_to_end_is_not_handed_out() -> None:
    source, clock = made(1_000_000_018.5)
    assert source.code("app", "") == pyotp.TOTP(SECRET).at(1_000_000_020)
    assert clock.now > 1_000_000_020.0


def test_the_secret_of_a_provisioning_url_is_taken() -> None:
    source, clock = made(1_000_000_005.0)
    other = pyotp.random_base32()
    source.code("app", "")
    source.spend()
    source.adopt(pyotp.TOTP(other).provisioning_uri(name="user", issuer_name="x"))
    assert source.code("app", "") == pyotp.TOTP(other).at(int(clock.now))
    for unreadable in ("no URL", "otpauth://totp/x?secret=8!", "otpauth://totp/x?secret=MFRGGZDF&period=0"):
        source.adopt(unreadable)
    assert source.code("app", "") == pyotp.TOTP(other).at(int(clock.now))


def test_a_provisioning_url_is_read_as_applications_read_it() -> None:
    source, clock = made(1_000_000_005.0)
    url = "otpauth://totp/app.example:u?secret=jbswy3dpehpk3pxp&issuer=Other&algorithm=sha1&digits=8&period=60&x=1"
    source.adopt(url)
    assert source.code("app", "") == pyotp.TOTP("JBSWY3DPEHPK3PXP", digits=8, interval=60).at(int(clock.now))


def test_a_command_knows_what_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GREETING", "your code is")
    source = Command('echo "$GREETING $TFE_CODE_DELIVERY$TFE_SMS_NUMBER"')
    assert source.code("sms", "+1202") == "sms+1202"


@pytest.mark.parametrize(("command", "problem"), [("exit 3", "exit code 3"), ("true", "printed nothing")])
def test_a_command_that_fails_is_a_reason_and_is_not_run_again(command: str, problem: str) -> None:
    source = Command(command)
    for _ in range(2):
        with pytest.raises(Inconclusive, match=problem):
            source.code("app", "")


def test_a_person_types_or_does_not() -> None:
    asked: list[str] = []

    def typing(question: str) -> str:
        asked.append(question)
        return " 123 "

    source = Prompt(typing)
    assert source.code("sms", "+1202") == "123"
    assert "+1202" in asked[0]
    with pytest.raises(Inconclusive, match="no code"):
        Prompt(lambda _: "").code("app", "")

    def nobody(_: str) -> str:
        raise EOFError

    with pytest.raises(Inconclusive, match="no terminal"):
        Prompt(nobody).code("app", "")


@pytest.mark.parametrize(
    ("text", "kind"), [("static:1", Static), (f"totp:{SECRET}", Totp), ("command:true", Command), ("prompt", Prompt)]
)
def test_sources_by_name(text: str, kind: type, monkeypatch: pytest.MonkeyPatch) -> None:
    assert isinstance(code_source(text, Redactor(), SILENT), kind)
    monkeypatch.setenv("CODES", text)
    assert isinstance(code_source("env:CODES", Redactor(), SILENT), kind)


@pytest.mark.parametrize("text", ["", "static", "static:", "totp:8!", "mail:x", "env:NOT_THERE", "env:", "prompt:x"])
def test_what_is_no_source_is_refused(text: str) -> None:
    with pytest.raises(ConfigurationError, match="--code-source"):
        code_source(text, Redactor(), SILENT)


def test_what_is_told_is_masked() -> None:
    redactor = Redactor()
    code_source("static:271828", redactor, SILENT)
    code_source(f"totp:{SECRET}", redactor, SILENT)
    assert redactor.clean(f"271828 {SECRET}") == "[code] [TOTP secret]"
