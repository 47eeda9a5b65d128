"""The options of a run: each is declared once, as a field of the frozen settings."""

from __future__ import annotations

import argparse
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any, Literal

from conformance.model import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

Command = Literal["check", "judge", "reset", "recording"]
"""The commands with such options; those of "recording" are the ones of judge that check lacks."""
PROFILES = ("full", "smoke")
POLITE_RATE = 25.0
"""Requests a second at a target that is not on loopback: the documentation allows a user 30."""
EXCHANGES = "exchanges"
MAX_EXCHANGES = 300
"""Exchanges of a run at a target that is not on loopback."""
NO_LIMIT = "none"
TOKEN_VARIABLE = "TFE_TOKEN"  # noqa: S105 (a name)
CODE_SOURCES = (
    "static:CODE, totp:SECRET (Base32, or an otpauth:// URL), totp (the target answers with a provisioning-url), "
    "command:SHELL COMMAND, prompt, or env:NAME (a variable that holds one of the others)"
)


def non_negative(kind: type[int | float]) -> Callable[[str], float]:
    """A parser of finite numbers that are not below zero."""

    def number(text: str) -> float:
        value = kind(text)
        if not 0 <= value < float("inf"):
            raise argparse.ArgumentTypeError(f"{text!r} is not a finite number of at least 0")
        return value

    return number


def positive(text: str) -> float:
    """A finite number above zero."""
    value = float(text)
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r} is not a finite number above 0")
    return value


def option(description: str, *commands: Command, default: Any = None, **attributes: Any) -> Any:
    """A field with an option of the same name; one that is false by default is a flag.

    Args:
        description: the help; the default is added to it.
        commands: the commands that have the option; by default `check`.
        default: the value without the option.
        attributes: further arguments of `argparse.ArgumentParser.add_argument`.
    """
    if default is False:
        attributes["action"] = "store_true"
    elif default not in (None, ()):
        description += f" ({default:g})" if isinstance(default, float) else f" ({default})"
    metadata = {"commands": commands or ("check",), "attributes": {"help": description, **attributes}}
    return field(default=default, metadata=metadata)


@dataclass(frozen=True)
class Settings:
    """The options of a run, as the user gave them.

    `recordings` are the HAR files to judge; where there are any, nothing is sent.
    """

    recordings: tuple[str, ...] = ()
    base_url: str | None = option(
        "the target, including /api/v2; a check without it tests the embedded reference server",
        *("check", "reset"),
        metavar="URL",
    )
    app: str | None = option(
        "an ASGI or WSGI application, served on a free port of this machine for the run, instead of --base-url; "
        "MODULE:MAKE_APP() is called",
        metavar="MODULE:APP",
    )
    app_path: str = option("the path of the API in the application", default="/api/v2", metavar="PATH")
    token_env: str = option(
        "the variable that holds the bearer token", "check", "reset", default=TOKEN_VARIABLE, metavar="NAME"
    )
    token_file: str | None = option(
        "a file that holds the bearer token, instead of a variable", "check", "reset", metavar="FILE"
    )
    disposable_account: bool = option(
        "the account may be changed: required for a target that is not on this machine",
        *("check", "reset"),
        default=False,
    )
    allow_production: bool = option("allow the public service itself as the target", "check", "reset", default=False)
    timeout: float = option(
        "how long to wait for a complete response", "check", "reset", default=30.0, type=positive, metavar="SECONDS"
    )
    max_wait: float = option(
        "how long to wait in all for a target that throttles",
        *("check", "reset"),
        default=120.0,
        type=non_negative(float),
        metavar="SECONDS",
    )
    wait: float = option(
        "how long to wait for a target that does not answer yet, before the first request",
        default=0.0,
        type=non_negative(float),
        metavar="SECONDS",
    )
    rate: float | None = option(
        f"requests a second at most ({POLITE_RATE:g}; on loopback no limit)", type=non_negative(float), metavar="N"
    )
    code_source: str | None = option(
        f"the source of right codes: {CODE_SOURCES}; without one, cases that need a code are untested",
        metavar="SOURCE",
    )
    code_timeout: float = option(
        "how long to wait for each code of command:", default=60.0, type=non_negative(float), metavar="SECONDS"
    )
    sms_number: str | None = option(
        "the number that SMS may be sent to, such as +12025550123; by default one that is reserved for fiction",
        metavar="N",
    )
    budget: str | None = option(
        "limits of the run: requests to an operation (enable, resend, …), verify-wrong, codes, sms, exchanges; "
        f"cases over a limit are untested; {NO_LIMIT} lifts all limits",
        metavar="KIND=N,…",
    )
    profile: str = option("all cases, or a smoke test of some 40 requests", default="full", choices=PROFILES)
    only: tuple[str, ...] = option(
        "test only this requirement, with all requests that it needs; also a glob such as 'enable.*', repeatable",
        default=(),
        action="append",
        metavar="ID",
    )
    lf: bool = option("test only the requirements that the last run in --report-dir violated", default=False)
    examples: int = option(
        "generated requests per operation with a body, and half as many state machine runs",
        default=5,
        type=non_negative(int),
        metavar="N",
    )
    seed: int = option("the seed of what is generated", default=0, type=non_negative(int), metavar="N")
    har: str | None = option("write all exchanges to a HAR file, without secrets", metavar="FILE")
    strict: bool = option("SHOULDs count as MUSTs", "check", "judge", default=False)
    allow_untested: bool = option(
        "untested requirements do not keep the run from passing", "check", "judge", default=False
    )
    waivers: str | None = option(
        "a TOML file of known violations that are accepted for now", "check", "judge", metavar="FILE"
    )
    write_waivers: str | None = option(
        "write the violations of this run as a template for --waivers", "check", "judge", metavar="FILE"
    )
    report_dir: str = option("the report folder", "check", "judge", default="reports/latest", metavar="DIR")
    complete: bool = option(
        "the recording holds all requests to its accounts, so responses are held to those before them",
        "recording",
        default=False,
    )

    @classmethod
    def from_options(cls, options: Any) -> Settings:
        """The settings of parsed options; `options` has them as attributes, those of other commands may be absent.

        Raises:
            ConfigurationError: two options contradict each other.
        """
        # An option that is absent is `None` to pytest, and one that can be repeated is a list.
        given = {item.name: getattr(options, item.name, None) for item in fields(cls)}
        given |= {name: tuple(given[name] or ()) for name in ("recordings", "only")}
        settings = cls(**{name: value for name, value in given.items() if value is not None})
        if settings.token_file is not None and settings.token_env != TOKEN_VARIABLE:
            raise ConfigurationError("--token-env and --token-file: give one of them")
        if settings.token_file is not None and settings.base_url is None and settings.app is None:
            raise ConfigurationError("--token-file: it is for your own target; name it with --base-url or --app")
        if settings.app is not None and settings.base_url is not None:
            raise ConfigurationError("--base-url and --app: give one of them")
        return settings

    @property
    def levels(self) -> tuple[str, ...]:
        """The levels on which the verdict of the run rests; all of them where requirements are selected."""
        return ("MUST", "SHOULD") if self.strict or self.only or self.lf else ("MUST",)


def add_options(command: Command, add: Callable[..., Any]) -> None:
    """Declare the options of a command; `add` takes the arguments of `argparse.ArgumentParser.add_argument`."""
    for item in fields(Settings):
        if command in item.metadata.get("commands", ()):
            default = None if item.default == () else item.default  # argparse appends to a list only
            add(f"--{item.name.replace('_', '-')}", default=default, **item.metadata["attributes"])


def parse_budget(text: str | None, kinds: Collection[str], default: Mapping[str, int]) -> dict[str, int]:
    """The limits by kind that `KIND=N,KIND=N` or `none` names; kinds that it leaves out are as in `default`.

    Raises:
        ConfigurationError: the text is of another form.
    """
    if text is None:
        return dict(default)
    if text.strip() == NO_LIMIT:
        return {}
    limits, kinds = dict(default), dict.fromkeys(kinds)
    for part in text.split(","):
        kind, _, number = (word.strip() for word in part.partition("="))
        if kind not in kinds:
            raise ConfigurationError(f"--budget: {kind!r} is none of {', '.join(kinds)}; {NO_LIMIT} alone lifts all")
        if number == NO_LIMIT:
            limits.pop(kind, None)
        elif number.isascii() and number.isdecimal():
            limits[kind] = int(number)
        else:
            raise ConfigurationError(f"--budget: {kind}={number}: give a number, or {NO_LIMIT}")
    return limits
