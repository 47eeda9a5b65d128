"""The options of a run, declared once for the command line and for pytest, and what they are made into."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from conformance.budget import EXCHANGES, Budget, parsed
from conformance.client import Limits
from conformance.target import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from schemas import Contract

POLITE_RATE = 25.0
"""Requests a second at a target that is not on loopback: the documentation allows a user 30."""


AT_ONCE = 4
"""Requests that may be on their way together at a target that is not on loopback, where latency decides."""
AFFORDABLE = 300
"""Exchanges of a run at a target that is not on loopback."""
PROFILES = ("full", "frugal")


def positive(kind: type[int | float]) -> Callable[[str], float]:
    """A parser of numbers that are not below zero."""

    def parse(text: str) -> float:
        value = kind(text)
        if not 0 <= value < float("inf"):
            raise argparse.ArgumentTypeError(f"{text!r} is below zero or without end")
        return value

    parse.__name__ = "number"
    return parse


def add_options(add: Callable[..., Any]) -> None:
    """Declare the options; `add` takes the arguments of `argparse.ArgumentParser.add_argument`."""
    add(
        "--base-url",
        metavar="URL",
        help="what to test, its /api/v2 included; without it, the embedded reference server",
    )
    add(
        "--token-env",
        metavar="NAME",
        default="TFE_TOKEN",
        help="the variable that holds the token (TFE_TOKEN); several, as in A,B,C, name an account for each of as many "
        "workers (-n 3)",
    )
    add("--token-file", metavar="FILE", help="a file that holds the token, instead of a variable")
    add(
        "--disposable-account",
        action="store_true",
        help="the account may be changed: needed for a target that is not on this machine",
    )
    add(
        "--allow-production",
        action="store_true",
        help="the target may be the public service itself, which is refused else",
    )
    add_verdict_options(add)
    add(
        "--rate",
        metavar="N",
        type=positive(float),
        help="requests a second at most, for each account (25, on loopback no limit)",
    )
    add(
        "--max-wait",
        metavar="SECONDS",
        type=positive(float),
        default=Limits.max_wait,
        help=f"how long to wait in all for a target that throttles ({Limits.max_wait:.0f})",
    )
    add(
        "--budget",
        metavar="KIND=N,…",
        help="what a run may cost each account: requests to an operation (enable, resend, …), verify-wrong, sms, "
        "exchanges; what is left out for it is untested; none lifts all (on loopback there is none, else enable=10, "
        "resend=5, verify-wrong=4, sms=2, exchanges=300)",
    )
    add(
        "--profile",
        choices=PROFILES,
        default="full",
        help="how much to ask: everything, or each requirement once (full)",
    )
    add(
        "--concurrency",
        metavar="N",
        type=positive(int),
        help=f"how many requests that change nothing may be on their way together ({AT_ONCE}, on loopback 1)",
    )
    add(
        "--examples",
        metavar="N",
        type=positive(int),
        default=5,
        help="generated requests for each operation with a body, and half as many lives of an account (5)",
    )
    add("--seed", metavar="N", type=positive(int), default=0, help="the seed of what is generated (0)")
    add("--har", metavar="FILE", help="a file for all exchanges, redacted, to be judged again by tfe-conformance judge")


def add_verdict_options(add: Callable[..., Any]) -> None:
    """Declare the options that say what is made of what was found."""
    add("--strict", action="store_true", help="SHOULDs count as MUSTs")
    add("--allow-untested", action="store_true", help="what could not be asked does not keep the run from passing")
    add("--waivers", metavar="FILE", help="a TOML file of violations that are known and accepted for now")
    add("--write-waivers", metavar="FILE", help="write the violations that are found as a template for --waivers")
    add("--report-dir", metavar="DIR", default="reports/latest", help="where the reports go (reports/latest)")


def add_recording_options(add: Callable[..., Any]) -> None:
    """Declare the options that only a recording has."""
    add(
        "--complete",
        action="store_true",
        help="the file holds all that happened meanwhile to the accounts in it: answers are held to those before",
    )


def limits(options: Any, *, loopback: bool) -> Limits:
    """The limits of a run by its options."""
    rate = options.rate if options.rate is not None else (0.0 if loopback else POLITE_RATE)
    at_once = options.concurrency if options.concurrency is not None else (1 if loopback else AT_ONCE)
    return Limits(rate=rate, max_wait=options.max_wait, at_once=max(1, at_once))


def budget(options: Any, contract: Contract, default: Mapping[str, int], *, loopback: bool) -> Budget:
    """The budget of a run by its options; `default` holds what the subject of the contract knows, by kind.

    Raises:
        ConfigurationError: the option is not what it has to be.
    """
    kinds = dict.fromkeys([EXCHANGES, *contract.operations, *default])
    return parsed(options.budget, kinds, {} if loopback else {**default, EXCHANGES: AFFORDABLE})


def check_together(options: Any) -> None:
    """Find options that contradict each other.

    Raises:
        ConfigurationError: two do.
    """
    if options.token_file is not None and options.token_env != "TFE_TOKEN":  # noqa: S105 (a name)
        raise ConfigurationError("--token-env and --token-file: give one of them")
    if "," in options.token_env:
        raise ConfigurationError(
            f"--token-env {options.token_env}: several accounts are asked by as many workers: say how many with -n"
        )
    if options.base_url is None and options.token_file is not None:
        raise ConfigurationError("--token-file: it is for a target of yours; say which with --base-url")
