"""The code source that --code-source names."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from conformance.model import ConfigurationError
from conformance.two_factor.code_sources import CodeRequest, Totp, parse_code_source
from conformance.two_factor.code_sources.command import Command
from conformance.two_factor.code_sources.prompt import Prompt
from conformance.two_factor.code_sources.static import Static
from tests.unit.conformance.two_factor.fakes import APP, SECRET, SMS, FakeConsole

if TYPE_CHECKING:
    from collections.abc import Collection

    from conformance.two_factor.code_sources import CodeSource


def parsed(
    text: str,
    console: FakeConsole | None = None,
    secrets: dict[str, str] | None = None,
    hidden_variables: Collection[str] = (),
) -> CodeSource:
    return parse_code_source(
        text,
        console=console or FakeConsole(),
        timeout=5.0,
        register_secret=({} if secrets is None else secrets).__setitem__,
        hidden_variables=hidden_variables,
    )


@pytest.mark.parametrize("through_variable", [False, True])
@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("static:1", Static),
        (f"totp:{SECRET}", Totp),
        (f"totp:otpauth://totp/x?secret={SECRET}", Totp),
        (f"otpauth://totp/x?secret={SECRET}", Totp),
        ("totp", Totp),
        ("command:true", Command),
        ("prompt", Prompt),
    ],
)
def test_each_source_has_a_name(
    text: str, kind: type, monkeypatch: pytest.MonkeyPatch, *, through_variable: bool
) -> None:
    monkeypatch.setenv("CODES", f" {text}\n")
    assert type(parsed("env:CODES" if through_variable else text)) is kind


def test_blanks_around_a_value_mean_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CODES", "static: 123456 ")
    assert parsed("static: 123456 ").code(APP) == parsed("env: CODES").code(APP) == "123456"


def test_a_secret_is_known_before_a_set_up_and_totp_alone_knows_none() -> None:
    assert parsed(f"totp:{SECRET}").available_without_setup
    assert not parsed("totp").available_without_setup


def test_a_command_keeps_its_colons_and_gets_no_hidden_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TFE_TOKEN", "secret")
    monkeypatch.setenv("OTHER", "kept")
    source = parsed('command: echo "a:b:${TFE_TOKEN-unset}:$OTHER"', hidden_variables=["TFE_TOKEN"])
    assert source.code(SMS) == "a:b:unset:kept"


def test_a_person_is_asked_at_the_console() -> None:
    console = FakeConsole("123456")
    assert parsed("prompt", console).code(APP) == "123456"
    assert len(console.questions) == 1


def test_a_prompt_without_a_terminal_is_a_mistake_of_configuration() -> None:
    console = FakeConsole(tty_problem="No such device or address")
    with pytest.raises(ConfigurationError, match=r"prompt needs a terminal .*\(No such device or address\)"):
        parsed("prompt", console)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "static",
        "static:",
        "totp:",
        "totp:8!",
        "otpauth:",
        f"otpauth://hotp/x?secret={SECRET}",
        f"totp:otpauth://totp/x?secret={SECRET}&period=1000000000",
        "mail:x",
        "env:NOT_SET",
        "env:",
        "prompt:x",
        "command: ",
        SECRET,
    ],
)
def test_other_texts_are_refused_and_not_repeated(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ConfigurationError, match=r"^--code-source: ") as error:
        parsed(text)
    assert SECRET not in str(error.value)
    assert "1000000000" not in str(error.value)
    for content in (text, f"{SECRET}:{text}", "env:CODES"):
        monkeypatch.setenv("CODES", content)
        with pytest.raises(ConfigurationError, match=r"^--code-source: ") as error:
            parsed("env:CODES")
        assert SECRET not in str(error.value)


def test_secrets_of_the_text_are_registered(monkeypatch: pytest.MonkeyPatch) -> None:
    secrets: dict[str, str] = {}
    parsed("static:271828", secrets=secrets)
    url = f"otpauth://totp/x?secret={SECRET.lower()}"
    monkeypatch.setenv("CODES", url)
    parsed("env:CODES", secrets=secrets)
    assert secrets == {"271828": "[code]", url: "[TOTP secret]", SECRET: "[TOTP secret]"}


def test_a_request_is_a_value() -> None:
    assert CodeRequest("app", "", 1.0) == CodeRequest("app", "", 1.0) != CodeRequest("app", "", 2.0)
