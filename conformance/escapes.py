"""The ways to read a text in which something may be escaped or folded, each with its way back to the text itself."""

from __future__ import annotations

import html
import re
import sys
from bisect import bisect_right
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

DEPTH = 12
"""How many escapes within each other are undone: those of JSON in a JSON string in a page, for instance."""

# Each way begins with a character of its own: the regular expressions skip a text that holds none of them.
ESCAPE = re.compile(
    r"""
      %(?P<percent>[0-9A-Fa-f]{2})
    | \\+(?: u(?P<u>[0-9A-Fa-f]{4}) | x(?P<x>[0-9A-Fa-f]{2}) | (?P<char>["'\\/]) | (?P<control>[nrt]) )
    | &(?: \#(?P<decimal>\d{1,7});? | \#[xX](?P<hexadecimal>[0-9A-Fa-f]{1,6});? | (?P<name>[A-Za-z]{2,8}); )
    """,
    re.VERBOSE,
)
FOLD = re.compile(
    r"""
      \r[ \t\r\n]*(?:[E>|][ \t]+)? | \n[ \t\r\n]*(?:[E>|][ \t]+)?  # a line break, and the margin of a traceback
    | "[ \t]*\r?\n\s*[bru]*" | '[ \t]*\r?\n\s*[bru]*'               # a literal that goes on in the next line
    | =\r?\n                                                         # the same in quoted-printable
    | <[bBwW][bBrR][rR]?\b[^<>]{0,40}>                               # <br>, <wbr>
    | \x1b\[[\d;]*m | \#x1B\[[\d;]*m                                  # colours, and what XML leaves of them
    | \0 | \#x00 | \xad | \u200b                                     # characters that nobody sees
    """,
    re.VERBOSE,
)
CONTROLS = {"n": "\n", "r": "\r", "t": "\t"}


class _Piece(NamedTuple):
    """An escape: where its meaning stands in the reading, how long that is, and where it stood in the text before."""

    at: int
    length: int
    start: int
    end: int


class Reading:
    """A text in which escapes are undone and folds are taken out."""

    def __init__(self, text: str, pieces: list[_Piece] | None = None, before: Reading | None = None) -> None:
        self.text = text
        self._pieces = pieces or []
        self._before = before

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Where in the text that was read the characters from `start` up to `end` come from."""
        if self._before is None:
            return start, end
        return self._before.span(self._origin(start)[0], self._origin(end - 1)[1])

    def around(self, start: int, end: int, most: int) -> tuple[str, str]:
        """The characters before `start` and from `end` on, as many as `most`, up to where something was taken out."""
        first, last = max(start - most, 0), min(end + most, len(self.text))
        while first < start and any(self._gap(at) for at in range(first + 1, start + 1)):
            first += 1
        while last > end and any(self._gap(at) for at in range(end, last)):
            last -= 1
        return self.text[first:start], self.text[end:last]

    def _gap(self, at: int) -> bool:
        """Whether something was taken out before a character."""
        return self.span(at - 1, at)[1] != self.span(at, at + 1)[0]

    def _origin(self, at: int) -> tuple[int, int]:
        index = bisect_right(self._pieces, at, key=lambda piece: piece.at) - 1
        if index < 0:
            return at, at + 1
        piece = self._pieces[index]
        beyond = at - piece.at - piece.length
        return (piece.start, piece.end) if beyond < 0 else (piece.end + beyond, piece.end + beyond + 1)

    def without(self, pattern: re.Pattern[str]) -> Reading | None:
        """The reading with escapes undone, or folds taken out, or `None` where there is none of them."""
        parts: list[str] = []
        pieces: list[_Piece] = []
        at = end = 0
        for found in pattern.finditer(self.text):
            meaning = _meaning(found)
            start = found.start()
            parts += (self.text[end:start], meaning)
            at += start - end
            end = found.end()
            pieces.append(_Piece(at, len(meaning), start, end))
            at += len(meaning)
        return Reading("".join([*parts, self.text[end:]]), pieces, self) if pieces else None


def readings(text: str) -> Iterator[Reading]:
    """The text as it is and without folds, and so on with one layer of escapes after the other undone."""
    reading: Reading | None = Reading(text)
    for _ in range(DEPTH):
        if reading is None:
            return
        yield reading
        folded = reading.without(FOLD)
        if folded is not None:
            yield folded
        reading = reading.without(ESCAPE)


def _meaning(found: re.Match[str]) -> str:
    """What an escape stands for; nothing, if it is a fold."""
    match found.lastgroup:
        case "u" | "x" | "percent" | "hexadecimal" as kind:
            return _character(int(found[kind], 16))
        case "decimal":
            return _character(int(found["decimal"]))
        case "name":
            return html.unescape(found.group())
        case "control":
            return CONTROLS[found["control"]]
        case kind:
            return found[kind] if kind else ""


def _character(code: int) -> str:
    return chr(code) if code <= sys.maxunicode else ""
