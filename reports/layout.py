"""A body as it is read best: JSON on many lines, with the places that show a violation marked."""

from __future__ import annotations

import json
import re
from collections import deque
from itertools import groupby
from typing import TYPE_CHECKING, Literal, NamedTuple

from schemas import NotJSON, parse

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{}:,]|[^\s\[\]{}:,"]+')
MAX_INDENT = 20


class Piece(NamedTuple):
    """A part of a text; one with the mark "missing" is not part of it, but says what it lacks."""

    text: str
    mark: Literal["", "wrong", "missing"] = ""


def lay_out(text: str, pointers: Sequence[str] = ()) -> list[Piece]:
    """The text in pieces: JSON with line breaks and indentation, its tokens unchanged; any other text as it is.

    The values at the JSON Pointers are marked; where one is missing, a note says so.
    """
    try:
        parse(text.encode())
    except NotJSON:
        return [Piece(text or "(no body)", "wrong" if "" in pointers else "")]
    pieces = _value(deque(TOKEN.findall(text)), "", pointers, Piece(""), 0)
    return [
        Piece("".join(piece.text for piece in same), mark) for mark, same in groupby(pieces, lambda piece: piece.mark)
    ]


def _value(tokens: deque[str], path: str, pointers: Sequence[str], name: Piece, depth: int) -> Iterator[Piece]:
    """The pieces of the next value; `name` is the text before it, with the mark of its parent."""
    opening, mark = tokens.popleft(), name.mark
    below = [pointer for pointer in pointers if pointer.startswith(f"{path}/")]
    if path in pointers or (below and opening not in ("{", "[")):
        mark = "wrong"
    yield Piece(name.text + opening, mark)
    if opening not in ("{", "["):
        return
    indent = "\n" + "  " * min(depth + 1, MAX_INDENT)
    children: list[str] = []
    while tokens[0] not in ("}", "]"):
        if tokens[0] == ",":
            yield Piece(tokens.popleft(), mark)
        step, label = str(len(children)), ""
        if opening == "{":
            key, colon = tokens.popleft(), tokens.popleft()
            step, label = json.loads(key).replace("~", "~0").replace("/", "~1"), f"{key}{colon} "
        children.append(f"{path}/{step}")
        yield Piece(indent, mark)
        yield from _value(tokens, children[-1], below, Piece(label, mark), depth + 1)
    missing = [pointer for pointer in below if not f"{pointer}/".startswith(tuple(f"{child}/" for child in children))]
    for pointer in missing if opening == "{" else ():
        yield Piece(indent, mark)
        yield Piece(f"{json.dumps(pointer[len(path) + 1 :])} is missing", "missing")
    if children or missing:
        yield Piece(indent[:-2] if depth < MAX_INDENT else indent, mark)
    yield Piece(tokens.popleft(), mark)
