"""A body as it is read best: JSON on many lines, all else as it was, with what is wrong in it marked."""

from __future__ import annotations

import json
import re
from itertools import groupby
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from schemas import NotJSON, parse

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from schemas import Pointer

LONGEST_TO_FORMAT = 50_000
PART = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{}:,]|[^\s\[\]{}:,"]+')

Mark = Literal["", "wrong", "missing"]


class Piece(NamedTuple):
    """A part of a text; `missing` is none of it, but says what should stand there."""

    text: str
    mark: Mark = ""


def pieces(text: str, pointers: Iterable[Pointer] = ()) -> list[Piece]:
    """A JSON text with line breaks and indentation, all else as it was; any other text unchanged.

    The values to which `pointers` lead are marked; where there is none, a note says so.
    """
    pointers = list(pointers)
    value: Any = None
    try:
        if len(text) <= LONGEST_TO_FORMAT:
            value = parse(text.encode("utf-8", "surrogatepass"))
    except NotJSON:
        pass
    else:
        if len(text) <= LONGEST_TO_FORMAT:
            return _Writer(*_found(value, pointers)).written(text)
    return [Piece(text or "(no body)", "wrong")] if () in pointers else [Piece(text)]


def shortened(found: Sequence[Piece], longest: int) -> list[Piece]:
    """The first characters of pieces, and of what is marked after them the first as well."""
    kept: list[Piece] = []
    left_out = 0
    room = longest
    for piece in found:
        own = room if room > 0 or not piece.mark else longest // 10
        text = piece.text[: max(own, 0)]
        if text and left_out:
            kept.append(Piece(f"\n… [{left_out:,} more characters]\n"))
            left_out = 0
        if text:
            kept.append(Piece(text, piece.mark))
        left_out += len(piece.text) - len(text)
        room -= len(text)
    return [*kept, Piece(f"… [{left_out:,} more characters]")] if left_out else kept


def _found(value: Any, pointers: Iterable[Pointer]) -> tuple[set[Pointer], dict[Pointer, list[str]]]:
    """The pointers to what is there, and by the objects that lack them the names of the members that are missing."""
    wrong: set[Pointer] = set()
    missing: dict[Pointer, list[str]] = {}
    for pointer in pointers:
        here = value
        for at, step in enumerate(pointer):
            known = here if isinstance(here, dict) else range(len(here)) if isinstance(here, list) else ()
            if step in known:
                here = here[step]
                continue
            if isinstance(here, dict):
                missing.setdefault(pointer[:at], []).append("/".join(map(str, pointer[at:])))
            else:
                wrong.add(pointer[:at])
            break
        else:
            wrong.add(pointer)
    return wrong, missing


class _Writer:
    """Writes the tokens of a JSON text on lines, and knows where each value stands."""

    def __init__(self, wrong: set[Pointer], missing: dict[Pointer, list[str]]) -> None:
        self._wrong = wrong
        self._missing = missing
        self._pieces: list[Piece] = []
        self._path: list[str | int] = []
        self._marked: Pointer | None = None

    def written(self, text: str) -> list[Piece]:
        """The pieces; neighbours with the same mark are one."""
        kinds: list[str] = []
        before = ""
        for part in PART.findall(text):
            key = bool(kinds) and kinds[-1] == "{" and before in ("{", ",")
            if part in ("]", "}"):
                self._close(kinds, before, part)
            elif part == ",":
                self._end()
                self._add(part)
                if kinds[-1] == "[":
                    self._path[-1] = int(self._path[-1]) + 1
            elif part == ":":
                self._add(": ")
            else:
                if before in ("[", "{", ","):
                    self._line(len(kinds))
                if key:
                    self._path[-1] = json.loads(part)
                self._begin()
                self._add(part)
                if part in ("[", "{"):
                    kinds.append(part)
                    self._path.append(0)
            before = part
        return [
            Piece("".join(piece.text for piece in same), mark)
            for mark, same in groupby(self._pieces, lambda piece: piece.mark)
        ]

    def _close(self, kinds: list[str], before: str, part: str) -> None:
        """The end of an array or object, before it what an object lacks."""
        if before not in ("[", "{"):
            self._end()
        self._path.pop()
        lacking = self._missing.get(tuple(self._path), []) if kinds.pop() == "{" else []
        for name in lacking:
            self._line(len(kinds) + 1)
            self._pieces.append(Piece(f"{json.dumps(name, ensure_ascii=False)} is missing", "missing"))
        if lacking or before not in ("[", "{"):
            self._line(len(kinds))
        self._add(part)

    def _begin(self) -> None:
        """A value, or the name of a member, is to be written."""
        if self._marked is None and tuple(self._path) in self._wrong:
            self._marked = tuple(self._path)

    def _end(self) -> None:
        """A member or an item has been written."""
        if self._marked is not None and len(self._path) <= len(self._marked):
            self._marked = None

    def _line(self, depth: int) -> None:
        self._add("\n" + "  " * min(depth, 40))

    def _add(self, text: str) -> None:
        self._pieces.append(Piece(text, "" if self._marked is None else "wrong"))
