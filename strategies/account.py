"""What the Account API needs beside its schemas: verification codes that are wrong, and numbers that reach nobody."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Any

from schemas import NotJSON, parse

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping

FICTIONAL_NUMBERS = ("+12025550123", "+447700900123")
"""Numbers of ranges that are reserved for fiction, in the USA and in the UK: a server may take them, and they reach
nobody."""
SAMPLE_NUMBER = "+1555555555"
"""That of the page: it reaches nobody either, for numbers behind +1 have a digit more, and none is in an area 555."""
SHORTEST_NUMBER = 3
"""Digits: there are short numbers for messages that cost money."""
ODD_NUMBERS: Mapping[str, Any] = {
    "empty": "",
    "sample": SAMPLE_NUMBER,
    "letter": "x",
    "nul": f"{FICTIONAL_NUMBERS[0]}\0",
    "lone-surrogate": f"{FICTIONAL_NUMBERS[0]}\ud800",
    "full-width": "".join(chr(ord(c) + 0xFEE0) for c in FICTIONAL_NUMBERS[0]),
    "astral": f"{FICTIONAL_NUMBERS[0]}\U0001f512",
    "long": FICTIONAL_NUMBERS[0] + "0" * 5_000,
}
"""Numbers that nobody said are valid, or not. Whatever a lenient server makes of one reaches nobody: each is one that
is reserved for fiction, with something behind it or in other characters, or it has too few digits."""


def numbers_of_others(body: bytes | None, known: Collection[str]) -> set[str]:
    """What a lenient server may take for telephone numbers in a request body, other than those that are known.

    A number with more digits behind those of a known one counts as that one, as it does where messages are sent.
    """
    try:
        document = parse(body or b"")
    except NotJSON:
        return set()
    own = [_digits(number) for number in (*known, *FICTIONAL_NUMBERS, SAMPLE_NUMBER)]
    found = {_digits(value) for value in _numbers(document)}
    return {digits for digits in found if len(digits) >= SHORTEST_NUMBER and not digits.startswith(tuple(own))}


def _numbers(value: Any, *, named: bool = False) -> Iterator[Any]:
    """All that stands, at whatever depth, under a name like sms-number."""
    if isinstance(value, dict):
        for name, member in value.items():
            yield from _numbers(member, named=named or re.sub(r"\W|_", "", name).lower() == "smsnumber")
    elif isinstance(value, list):
        for item in value:
            yield from _numbers(item, named=named)
    elif named:
        yield value


def _digits(value: Any) -> str:
    text = unicodedata.normalize("NFKC", str(value))
    return "".join(str(int(character)) for character in text if character.isdecimal())


def _swapped(code: str) -> str:
    """The code with two neighbours exchanged, the first that differ."""
    at = next((at for at in range(len(code) - 1) if code[at] != code[at + 1]), 0)
    return code[:at] + code[at : at + 2][::-1] + code[at + 2 :]


WRONG_CODES: Mapping[str, Callable[[str], str]] = {
    "last-digit": lambda code: code[:-1] + _next(code[-1:]),
    "extended": lambda code: code + "0",
    "cut-short": lambda code: code[:-1],
    "leading-zero": lambda code: "0" + code,
    "zeros": lambda code: "0" * len(code),
    "sample": lambda _: "123456",
    "empty": lambda _: "",
    "first-digit": lambda code: _next(code[:1]) + code[1:],
    "middle-digit": lambda code: (
        code[: len(code) // 2] + _next(code[len(code) // 2 :][:1]) + code[len(code) // 2 + 1 :]
    ),
    "cut-first": lambda code: code[1:],
    "swapped": _swapped,
    "wildcard": lambda code: "%" * len(code),
    "pattern": lambda code: "." * len(code),
    "wrong-and-nul": lambda code: code[:-1] + _next(code[-1:]) + "\0",
    "wrong-and-surrogate": lambda code: code[:-1] + _next(code[-1:]) + "\ud800",
}
"""Ways of being wrong: near the right code, and what a careless server takes for any; the likeliest bugs come first."""
NEAR = frozenset(WRONG_CODES) - {"zeros", "sample", "empty", "wildcard", "pattern"}
"""Those that give the right code away, or the most of it."""


def _next(digit: str) -> str:
    return str((int(digit) + 1) % 10) if digit.isdecimal() else "0"


UNLIKELY = "314159"
"""What wrong codes are made of where the right one is not known."""
OF_TEST_SERVERS = ("000000", "123456")
"""Codes that many a test server always takes: wrong only where another one is known to be right."""


def wrong_codes(right: str, also_right: Collection[str] = ()) -> Mapping[str, str]:
    """Codes by name that are not the right one, nor any other that the server may still take."""
    taken = {right, *also_right}
    made = {name: change(right) for name, change in WRONG_CODES.items()}
    return {name: code for name, code in made.items() if code not in taken}
