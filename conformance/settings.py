"""The options of a run, declared once for the command line and for pytest, and the frozen settings made of them."""

from __future__ import annotations

import argparse
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, Literal, get_args

from conformance.model import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

Profile = Literal["full", "smoke"]
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


@dataclass(frozen=True)
class Settings:
    """The options of a run, as the user gave them.

    The names are those of the options. `recordings` are the HAR files to judge; where there are any, nothing is sent.
    """

    base_url: str | None = None
    app: str | None = None
    app_path: str = "/api/v2"
    token_env: str = TOKEN_VARIABLE
    token_file: str | None = None
    code_source: str | None = None
    code_timeout: float = 60.0
    sms_number: str | None = None
    disposable_account: bool = False
    allow_production: bool = False
    strict: bool = False
    allow_untested: bool = False
    waivers: str | None = None
    write_waivers: str | None = None
    budget: str | None = None
    profile: Profile = "full"
    only: tuple[str, ...] = ()
    lf: bool = False
    rate: float | None = None
    timeout: float = 30.0
    wait: float = 0.0
    max_wait: float = 120.0
    examples: int = 5
    seed: int = 0
    har: str | None = None
    report_dir: str = "reports/latest"
    recordings: tuple[str, ...] = ()
    complete: bool = False

    @classmethod
    def from_options(cls, options: Any) -> Settings:
        """The settings of parsed options; `options` has them as attributes, those of other commands may be absent.

        Raises:
            ConfigurationError: two options contradict each other.
        """
        given = {field.name: getattr(options, field.name) for field in fields(cls) if hasattr(options, field.name)}
        given["strict"] = bool(given.get("strict"))  # pytest has such an option as well, which is None by default
        repeatable = {name: tuple(given.get(name) or ()) for name in ("recordings", "only")}
        settings = cls(**given | repeatable)
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


def add_check_options(add: Callable[..., Any]) -> None:
    """Declare the options of `check`; `add` takes the arguments of `argparse.ArgumentParser.add_argument`."""
    add_target_options(add)
    add(
        "--app",
        metavar="MODULE:APP",
        help="an ASGI or WSGI application, served on a free port of this machine for the run, instead of --base-url; "
        "MODULE:MAKE_APP() is called",
    )
    add(
        "--app-path",
        metavar="PATH",
        default=Settings.app_path,
        help=f"the path of the API in the application ({Settings.app_path})",
    )
    add_verdict_options(add)
    add(
        "--code-source",
        metavar="SOURCE",
        help=f"the source of right codes: {CODE_SOURCES}; without one, cases that need a code are untested",
    )
    add(
        "--code-timeout",
        metavar="SECONDS",
        type=non_negative(float),
        default=Settings.code_timeout,
        help=f"how long to wait for each code of command: ({Settings.code_timeout:.0f})",
    )
    add(
        "--sms-number",
        metavar="N",
        help="the number that SMS may be sent to, such as +12025550123; by default one that is reserved for fiction",
    )
    add(
        "--rate",
        metavar="N",
        type=non_negative(float),
        help=f"requests a second at most ({POLITE_RATE:.0f}; on loopback no limit)",
    )
    add(
        "--wait",
        metavar="SECONDS",
        type=non_negative(float),
        default=Settings.wait,
        help=f"how long to wait for a target that does not answer yet, before the first request ({Settings.wait:.0f})",
    )
    add(
        "--budget",
        metavar="KIND=N,…",
        help="limits of the run: requests to an operation (enable, resend, …), verify-wrong, codes, sms, exchanges; "
        f"cases over a limit are untested; {NO_LIMIT} lifts all limits",
    )
    add(
        "--profile",
        choices=get_args(Profile),
        default=Settings.profile,
        help="all cases, or a smoke test of some 40 requests (full)",
    )
    add(
        "--only",
        metavar="ID",
        action="append",
        help="test only this requirement, with all requests that it needs; also a glob such as 'enable.*', repeatable",
    )
    add("--lf", action="store_true", help="test only the requirements that the last run in --report-dir violated")
    add(
        "--examples",
        metavar="N",
        type=non_negative(int),
        default=Settings.examples,
        help=f"generated requests per operation with a body, and half as many state machine runs ({Settings.examples})",
    )
    add("--seed", metavar="N", type=non_negative(int), default=Settings.seed, help="the seed of what is generated (0)")
    add("--har", metavar="FILE", help="write all exchanges to a HAR file, without secrets")


def add_target_options(
    add: Callable[..., Any],
    *,
    base_url: str = "the target, including /api/v2; without it, the embedded reference server",
) -> None:
    """Declare the options that name a target and its account; `base_url` is the help for that option."""
    add("--base-url", metavar="URL", help=base_url)
    add(
        "--token-env",
        metavar="NAME",
        default=TOKEN_VARIABLE,
        help=f"the variable that holds the bearer token ({TOKEN_VARIABLE})",
    )
    add("--token-file", metavar="FILE", help="a file that holds the bearer token, instead of a variable")
    add(
        "--disposable-account",
        action="store_true",
        help="the account may be changed: required for a target that is not on this machine",
    )
    add(
        "--allow-production",
        action="store_true",
        help="allow the public service itself as the target",
    )
    add(
        "--timeout",
        metavar="SECONDS",
        type=positive,
        default=Settings.timeout,
        help=f"how long to wait for a complete response ({Settings.timeout:.0f})",
    )
    add(
        "--max-wait",
        metavar="SECONDS",
        type=non_negative(float),
        default=Settings.max_wait,
        help=f"how long to wait in all for a target that throttles ({Settings.max_wait:.0f})",
    )


def add_verdict_options(add: Callable[..., Any]) -> None:
    """Declare the options that decide the verdict and name the files."""
    add("--strict", action="store_true", help="SHOULDs count as MUSTs")
    add("--allow-untested", action="store_true", help="untested requirements do not keep the run from passing")
    add("--waivers", metavar="FILE", help="a TOML file of known violations that are accepted for now")
    add("--write-waivers", metavar="FILE", help="write the violations of this run as a template for --waivers")
    add("--report-dir", metavar="DIR", default=Settings.report_dir, help=f"the report folder ({Settings.report_dir})")


def add_recording_options(add: Callable[..., Any]) -> None:
    """Declare the options that only a recording has."""
    add(
        "--complete",
        action="store_true",
        help="the recording holds all requests to its accounts, so responses are held to those before them",
    )


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
