"""Options are declared once, and read into frozen settings."""

from __future__ import annotations

import argparse
import dataclasses
from typing import TYPE_CHECKING, get_args

import pytest

from conformance.model import ConfigurationError
from conformance.settings import (
    Command,
    Settings,
    add_options,
    non_negative,
    parse_budget,
    positive,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

KINDS = ("exchanges", "enable", "sms")
DEFAULT = {"enable": 10, "sms": 2}


def parsed(command: Command, *arguments: str) -> Settings:
    parser = argparse.ArgumentParser(exit_on_error=False)
    add_options(command, parser.add_argument)
    return Settings.from_options(parser.parse_args(arguments))


# -- settings ----------------------------------------------------------------------------------------------------------


def test_without_options_settings_are_the_defaults() -> None:
    for command in get_args(Command):
        assert parsed(command) == Settings()


def test_options_are_read_by_their_names() -> None:
    settings = parsed(
        "check",
        *("--base-url=https://a", "--token-file=t", "--code-source=static:1", "--budget=none", "--profile=smoke"),
        *("--rate=2.5", "--examples=9", "--seed=3", "--strict", "--disposable-account", "--max-wait=0"),
    )
    assert settings == Settings(
        base_url="https://a",
        token_file="t",
        code_source="static:1",
        budget="none",
        profile="smoke",
        rate=2.5,
        examples=9,
        seed=3,
        strict=True,
        disposable_account=True,
        max_wait=0.0,
    )


def test_options_of_other_commands_are_ignored_and_recordings_are_a_tuple() -> None:
    options = argparse.Namespace(recordings=["a.har", "b.har"], complete=True, command="judge")
    assert Settings.from_options(options) == Settings(recordings=("a.har", "b.har"), complete=True)
    assert Settings.from_options(argparse.Namespace(recordings=None)).recordings == ()


def test_settings_are_frozen() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        Settings().seed = 5  # type: ignore[misc]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--base-url=https://a", "--token-file=t", "--token-env=T"], "give one of them"),
        (["--token-file=t"], "name it with --base-url"),
    ],
)
def test_options_that_contradict_each_other_are_refused(arguments: list[str], message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        parsed("check", *arguments)


def test_strict_settings_count_shoulds() -> None:
    assert Settings().levels == ("MUST",)
    assert Settings(strict=True).levels == ("MUST", "SHOULD")


# -- numbers -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["-1", "inf", "nan", "-0.5", "1e999"])
def test_a_number_is_finite_and_not_below_zero(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="finite number"):
        non_negative(float)(text)


def test_a_number_may_be_zero() -> None:
    assert non_negative(float)("0") == 0.0
    assert non_negative(int)("12") == 12
    with pytest.raises(ValueError, match="invalid literal"):
        non_negative(int)("1.5")


@pytest.mark.parametrize("text", ["0", "-1", "inf", "nan", "soon"])
def test_a_time_for_a_response_is_above_zero(text: str) -> None:
    assert positive("0.5") == 0.5
    with pytest.raises((argparse.ArgumentTypeError, ValueError)):
        positive(text)


# -- budgets -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (None, DEFAULT),
        ("none", {}),
        (" none ", {}),
        ("enable=3", {"enable": 3, "sms": 2}),
        ("enable=0, exchanges = 50", {"enable": 0, "sms": 2, "exchanges": 50}),
        ("sms=none", {"enable": 10}),
        ("exchanges=none", DEFAULT),
        ("sms=1,sms=5", {"enable": 10, "sms": 5}),
    ],
)
def test_a_budget_names_limits_and_keeps_the_others(text: str | None, expected: Mapping[str, int]) -> None:
    assert parse_budget(text, KINDS, DEFAULT) == expected
    assert DEFAULT == {"enable": 10, "sms": 2}, "the default is left alone"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "'' is none of exchanges, enable, sms"),
        ("letters=5", "'letters' is none of"),
        ("none,sms=1", "'none' is none of"),
        ("sms", "sms=: give a number, or none"),
        ("sms=-1", "give a number"),
        ("sms=1.5", "give a number"),
        ("sms=\u0665", "give a number"),
        ("sms=1,", "'' is none of"),
    ],
)
def test_another_text_is_no_budget(text: str, message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        parse_budget(text, KINDS, DEFAULT)
