"""The options of a run, declared once for the command line and for pytest, and what they are made into."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from conformance.client import Limits
from conformance.target import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Callable

POLITE_RATE = 25.0
"""Requests a second at a target that is not on loopback: the documentation allows a user 30."""


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
    add("--token-env", metavar="NAME", default="TFE_TOKEN", help="the variable that holds the token (TFE_TOKEN)")
    add("--token-file", metavar="FILE", help="a file that holds the token, instead of a variable")
    add(
        "--disposable-account",
        action="store_true",
        help="the account may be changed: needed for a target that is not on this machine",
    )
    add("--strict", action="store_true", help="SHOULDs count as MUSTs")
    add("--allow-untested", action="store_true", help="what could not be asked does not keep the run from passing")
    add("--waivers", metavar="FILE", help="a TOML file of violations that are known and accepted for now")
    add("--rate", metavar="N", type=positive(float), help="requests a second at most (25, on loopback no limit)")
    add(
        "--patience",
        metavar="SECONDS",
        type=positive(float),
        default=Limits.patience,
        help=f"how long to wait in all for a target that throttles ({Limits.patience:.0f})",
    )
    add(
        "--examples",
        metavar="N",
        type=positive(int),
        default=5,
        help="generated requests for each operation with a body, and half as many lives of an account (5)",
    )
    add("--seed", metavar="N", type=positive(int), default=0, help="the seed of what is generated (0)")
    add("--report-dir", metavar="DIR", default="reports/latest", help="where the reports go (reports/latest)")


def limits(options: Any, *, loopback: bool) -> Limits:
    """The limits of a run by its options."""
    rate = options.rate if options.rate is not None else (0.0 if loopback else POLITE_RATE)
    return Limits(rate=rate, patience=options.patience)


def check_together(options: Any) -> None:
    """Find options that contradict each other.

    Raises:
        ConfigurationError: two do.
    """
    if options.token_file is not None and options.token_env != "TFE_TOKEN":  # noqa: S105 (a name)
        raise ConfigurationError("--token-env and --token-file: give one of them")
    if options.base_url is None and options.token_file is not None:
        raise ConfigurationError("--token-file: it is for a target of yours; say which with --base-url")
