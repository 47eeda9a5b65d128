"""What the Account API needs beside its schemas: verification codes that are wrong, and numbers that reach nobody."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

FICTIONAL_NUMBERS = ("+12025550123", "+12025550147")
"""Numbers of the range that is reserved for fiction: a server may take them, and they reach nobody."""


def _swapped(code: str) -> str:
    """The code with two neighbours exchanged, the first that differ."""
    at = next((at for at in range(len(code) - 1) if code[at] != code[at + 1]), 0)
    return code[:at] + code[at : at + 2][::-1] + code[at + 2 :]


WRONG_CODES: Mapping[str, Callable[[str], str]] = {
    "last-digit": lambda code: code[:-1] + _next(code[-1:]),
    "middle-digit": lambda code: (
        code[: len(code) // 2] + _next(code[len(code) // 2 :][:1]) + code[len(code) // 2 + 1 :]
    ),
    "first-digit": lambda code: _next(code[:1]) + code[1:],
    "cut-first": lambda code: code[1:],
    "cut-short": lambda code: code[:-1],
    "leading-zero": lambda code: "0" + code,
    "extended": lambda code: code + "0",
    "swapped": _swapped,
    "zeros": lambda code: "0" * len(code),
    "sample": lambda _: "123456",
    "empty": lambda _: "",
    "wrong-and-nul": lambda code: code[:-1] + _next(code[-1:]) + "\0",
    "wrong-and-surrogate": lambda code: code[:-1] + _next(code[-1:]) + "\ud800",
    "wildcard": lambda code: "%" * len(code),
    "pattern": lambda code: "." * len(code),
}
"""Ways of being wrong: near the right code, and what a careless server takes for any."""
NEAR = frozenset(WRONG_CODES) - {"zeros", "sample", "empty", "wildcard", "pattern"}
"""Those that give the right code away, or the most of it."""


def _next(digit: str) -> str:
    return str((int(digit) + 1) % 10) if digit.isdecimal() else "0"


def wrong_codes(right: str, also_right: Collection[str] = ()) -> Mapping[str, str]:
    """Codes by name that are not the right one, nor any other that the server may still take."""
    taken = {right, *also_right}
    made = {name: change(right) for name, change in WRONG_CODES.items()}
    return {name: code for name, code in made.items() if code not in taken}
