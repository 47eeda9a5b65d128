"""The ways to read a text in which something may be escaped or folded, each with its way back to the text itself."""

from __future__ import annotations

import html
import re
import sys
from bisect import bisect_right
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

DEPTH = 4
"""How many escapes within each other are undone: those of JSON in a JSON string in a page, for instance."""

_MARGIN = r"(?:[\ \t\r\n]|\\+[rnt])*(?:[E>|][\ \t]+)?"
"""What begins a further line: indentation, and the margin of a traceback or of a quotation."""
ESCAPE = re.compile(
    # Each way begins with a character of its own: the regular expression skips a text that holds none of them.
    rf"""
      \r{_MARGIN} | \n{_MARGIN}
    | "[\ \t]*\r?\n\s*[bru]*" | '[\ \t]*\r?\n\s*[bru]*'     # a literal that goes on in the next line
    | =\r?\n                                                # the same in quoted-printable
    | <[bBwW][bBrR][rR]?\b[^<>]{{0,40}}>                    # <br>, <wbr>
    | \x1b\[[\d;]*m | \#x1B\[[\d;]*m                        # colours, and what is left of them in JUnit's XML
    | \0 | \#x00 | \xad | \u200b                            # characters that nobody sees
    | \\+(?: u(?P<u>[0-9A-Fa-f]{{4}}) | x(?P<x>[0-9A-Fa-f]{{2}}) | [rn]{_MARGIN} | (?P<char>["'\\/]) )
    | %(?P<percent>[0-9A-Fa-f]{{2}})
    | &(?: \#(?P<decimal>\d{{1,7}}) | \#[xX](?P<hexadecimal>[0-9A-Fa-f]{{1,6}}) | (?P<name>[A-Za-z]{{2,8}}) );
    """,
    re.VERBOSE,
)


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

    def _origin(self, at: int) -> tuple[int, int]:
        index = bisect_right(self._pieces, at, key=lambda piece: piece.at) - 1
        if index < 0:
            return at, at + 1
        piece = self._pieces[index]
        beyond = at - piece.at - piece.length
        return (piece.start, piece.end) if beyond < 0 else (piece.end + beyond, piece.end + beyond + 1)

    def deeper(self) -> Reading | None:
        """The reading with one more layer of escapes undone, or `None` where there is none."""
        parts: list[str] = []
        pieces: list[_Piece] = []
        at = end = 0
        for found in ESCAPE.finditer(self.text):
            meaning = _meaning(found)
            start = found.start()
            parts += (self.text[end:start], meaning)
            at += start - end
            end = found.end()
            pieces.append(_Piece(at, len(meaning), start, end))
            at += len(meaning)
        return Reading("".join([*parts, self.text[end:]]), pieces, self) if pieces else None


def readings(text: str) -> Iterator[Reading]:
    """The text as it is, and with one layer of escapes after the other undone."""
    reading: Reading | None = Reading(text)
    for _ in range(DEPTH + 1):
        if reading is None:
            return
        yield reading
        reading = reading.deeper()


def _meaning(found: re.Match[str]) -> str:
    """What an escape stands for: a character, nothing if it is a fold, itself if it is no escape after all."""
    match found.lastgroup:
        case "u" | "x" | "percent" | "hexadecimal" as kind:
            return _character(int(found[kind], 16))
        case "decimal":
            return _character(int(found["decimal"]))
        case "name":
            return html.unescape(found.group())
        case kind:
            return found[kind] if kind else ""


def _character(code: int) -> str:
    return chr(code) if code <= sys.maxunicode else ""
