"""The last look at the artefacts of a run: is there a secret left in one, whatever became of it on its way there?

This shares the list of secrets with the redactor and little else, and goes about it the other way: it does not look for
the forms that a secret may have, but undoes in an artefact whatever can be undone, and looks for the secret itself.
"""

from __future__ import annotations

import binascii
import html
import json
import re
from html.parser import HTMLParser
from itertools import chain
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import unquote

from conformance.spellings import NATIONAL, TELLING, telling

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from conformance.redaction import Known

LAYERS = 8
"""How many escapes within each other are undone."""
SHORTEST = 6
"""Characters; a shorter code stands there by chance, sooner or later: it is masked, but not looked for."""
COUNTS = {"errors", "failures", "line", "skipped", "tests", "time", "timestamp"}
"""Attributes of JUnit's XML that hold numbers."""
ESCAPED = re.compile(r"\\+(?:u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|([nrt])(?:\\+[nrt]|[ \t])*|([\"'/\\]))")
UNSEEN = re.compile("\x1b\\[[0-9;]*m|[\0\xad\u200b\ufffd]|#x00|#x1B\\[[0-9;]*m|</?w?br\\b[^<>]*>", re.IGNORECASE)
CONTINUED = re.compile(
    r"[\"'][ \t]*\r?\n[ \t]*[bru]*[\"']|=\r?\n|\r?\n[ \t]*[E>|] +|(?<=\d)[ \t]*(?:\r?\n)+[ \t]*(?=\d)"
)
BASE64 = re.compile(r"[A-Za-z0-9+/]{8,}")
HEXADECIMAL = re.compile(r"[0-9a-fA-F]{12,}")
PRINTED = re.compile(rb"[ -~]{6,}")
NUMBER = re.compile(r"(?<!\d)(?<!\d\.)\d{6,}(?!\d)(?!\.\d)")
WORD = re.compile(r"(?<![\w-])(?<!\w\.)[\w-]{6,}(?![\w-])(?!\.\w)")
GROUPED = re.compile(r"(?<=\d)[\s().\-/]{1,3}(?=\d)")
APART = "\0"
"""What keeps texts apart that are looked through together."""


class Pieces(NamedTuple):
    """What an artefact says: its texts, and what is there to show them, where numbers and words stand by chance."""

    texts: set[str]
    rest: set[str]


def leaks(paths: Iterable[Path], secrets: Iterable[Known]) -> dict[Path, list[str]]:
    """The labels of the secrets that are left, by the file that holds them.

    Raises:
        OSError: a file can't be read.
    """
    search = _Search(tuple(secrets))
    found = {path: pieces(path.read_text("utf-8", "replace"), path.suffix) for path in paths}
    # The artefacts of a run say much the same: they are looked through together, and one by one only to tell which.
    texts, rest = (set[str]().union(*some) for some in zip(*found.values(), strict=True)) if found else (set(), set())
    if not search.labels(Pieces(texts, rest)):
        return {}
    return {path: labels for path, each in found.items() if (labels := search.labels(each))}


class _Search:
    """What to look for: what stands nowhere by chance, anywhere; all else in texts only, or there as a word only."""

    def __init__(self, secrets: tuple[Known, ...]) -> None:
        self.telling: dict[str, str] = {}
        self.codes: dict[str, str] = {}
        self.alone: dict[str, str] = {}
        self.telephones: dict[str, str] = {}
        labels = {secret.label for secret in secrets}
        for value, label, kind in secrets:
            digits = re.sub(r"\D", "", value)
            if any(value in each for each in labels):
                continue  # It is shown on purpose.
            if kind == "number" and len(digits) > NATIONAL:
                self.telephones[digits[-NATIONAL:]] = label
            elif telling(value) and len(dense(value)) >= TELLING:
                # What a target calls a code may be a word of a script.
                (self.codes if kind == "code" else self.telling)[dense(value)] = label
            elif len(value) >= SHORTEST:
                self.alone[value] = label

    def labels(self, found: Pieces) -> list[str]:
        """The labels of the secrets that are there."""
        layered = [list(layers(text)) for text in found.texts]
        said = APART.join(chain(*layered))
        hidden = APART.join(decoded(said))
        close = dense(said) + APART + dense(hidden)
        fixed = dense(APART.join(chain(*map(layers, found.rest))))
        held = [label for value, label in self.telling.items() if value in close or value in fixed]
        held += [label for value, label in self.codes.items() if value in close]
        # Between the first and the last layer, numbers may be taken apart or put together that are none.
        texts = APART.join(text for each in layered for text in {each[0], each[-1]})
        numbers, words = {*NUMBER.findall(texts), *NUMBER.findall(hidden)}, set(WORD.findall(texts))
        held += [label for value, label in self.alone.items() if value in (numbers if value.isdecimal() else words)]
        if self.telephones:
            grouped = GROUPED.sub("", texts + APART + hidden)
            held += [label for digits, label in self.telephones.items() if digits in grouped]
        return list(dict.fromkeys(held))


def dense(text: str) -> str:
    """A text in lower case, without blanks, line breaks and hyphens."""
    return "".join(text.lower().split()).replace("-", "")


def layers(text: str) -> Iterator[str]:
    """The text, and what it says when one layer of escapes after the other is undone."""
    for _ in range(LAYERS):
        yield text
        before, text = text, undone(text)
        if text == before:
            return


def undone(text: str) -> str:
    """The text without its outermost layer of escapes, without folds, colours and what else nobody sees."""
    text = CONTINUED.sub("", UNSEEN.sub("", text))
    if "\\" in text:
        text = ESCAPED.sub(_character, text)
    if "&" in text:
        text = html.unescape(text)
    return unquote(text, errors="replace") if "%" in text else text


def _character(found: re.Match[str]) -> str:
    """What an escape with a backslash stands for; nothing where that is a line break."""
    code = found[1] or found[2]
    return chr(int(code, 16)) if code else found[4] or ""


def decoded(text: str) -> Iterator[str]:
    """What may be said in base64 and in hexadecimal, wherever in a text it begins."""
    close = "".join(text.split()).replace("-", "+").replace("_", "/")
    for run in BASE64.findall(close):
        for begin in range(4):
            yield from _printed(binascii.a2b_base64(run[begin:] + "A" * (-(len(run) - begin) % 4)))
    for run in HEXADECIMAL.findall(close):
        for begin in range(2):
            yield from _printed(bytes.fromhex(run[begin : len(run) - (len(run) - begin) % 2]))


def _printed(found: bytes) -> Iterator[str]:
    return (part.decode() for part in PRINTED.findall(found))


def pieces(text: str, suffix: str) -> Pieces:
    """What an artefact says, by the suffix of its name."""
    if suffix in (".html", ".svg", ".xml"):
        page = _Page()
        page.feed(text)
        page.close()
        # What is broken up by elements, such as the parts of a word in colours, is one text to who reads it.
        page.found.rest.add("".join(page.words))
        return page.found
    if suffix in (".har", ".json"):
        try:
            return Pieces(set(strings(json.loads(text))), set())
        except ValueError:
            pass
    return Pieces({text}, set())


def strings(value: Any) -> Iterator[str]:
    """Each string of a JSON value, also those that are names."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from value
    for item in value if isinstance(value, list) else value.values() if isinstance(value, dict) else ():
        yield from strings(item)


class _Page(HTMLParser):
    """Takes a page, or a document in XML, into its pieces."""

    def __init__(self) -> None:
        super().__init__()
        self.found = Pieces(set(), set())
        self.words: list[str] = []
        self._fixed = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if value and name in COUNTS:
                self.found.rest.add(value)
            elif value:
                try:
                    found = json.loads(value) if value[0] in "[{" else None
                except ValueError:
                    found = None
                self.found.texts.update(strings(found) if found else (value,))
        self._fixed = tag == "style" or (tag == "script" and "json" not in str(dict(attrs).get("type")))

    def handle_endtag(self, tag: str) -> None:
        self._fixed = self._fixed and tag not in ("script", "style")

    def handle_data(self, data: str) -> None:
        (self.found.rest if self._fixed else self.found.texts).add(data)
        if not self._fixed:
            self.words.append(data)

    def handle_comment(self, data: str) -> None:
        self.found.rest.add(data)
