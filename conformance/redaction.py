"""Keep secrets out of what is shown: by value, in every form in which a value is likely to turn up."""

from __future__ import annotations

import re
from itertools import compress, islice
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from conformance.escapes import readings
from conformance.spellings import SHORTEST, TELLING, Telephone, alone, encodings, telling, ways_to_write

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from conformance.escapes import Reading

CUT, LONGEST_CUT = 6, 100
"""Characters of a part of a value that is masked where the rest was cut off."""
LARGE = 1_000
"""Characters; what is shorter turns up again and again in the evidence, and is looked through once."""
FEW, MANY = 8, 32
"""Secrets come a few at a time, and so do the patterns for them. To make one of all takes time, which is worth it where
there are many, or for a long text.
"""
LONGEST_CODE, ROOM = 300, 100_000
"""Characters of a code, and of all codes, that are masked: a target may claim to have any number of recovery codes."""
DEEPEST = 30
"""Groups within each other in a regular expression."""
GAPS = " -\t\r\n\xa0"
NO_GAPS = bytes(chr(code) not in GAPS for code in range(256))
NOTHING = r"(?!)"
MOST_CUTS = 500
"""Places where a text was cut that are looked at: more of them come from a target, which can cut what it likes."""
DOTS = re.compile(r"\s?(?:\.{3,}|…)")
"""What stands where a text was cut."""


class Secret:
    """A value that does not show itself in tracebacks and messages; `reveal()` gives it."""

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The value itself."""
        return self._value

    def __repr__(self) -> str:
        return "Secret(…)"


class Known(NamedTuple):
    """A value to be masked, the label that stands for it, and how people write it."""

    value: str
    label: str
    kind: Literal["text", "code", "number"] = "text"


class Redactor:
    """Replaces the secrets that it was told of by labels.

    `known` holds them all by value: another redactor that `learn`s them masks the same. What is `public` is no code,
    whatever a target says: it could make a report unreadable by that.
    """

    def __init__(self, public: Collection[str] = ()) -> None:
        self._public = set(public)
        self.known: dict[str, Known] = {}
        self._forms: dict[str, dict[str, str]] = {}
        self._words: dict[str, str] = {}
        self._heads: dict[str, list[tuple[str, str]]] = {}
        self._tails: dict[str, list[tuple[str, str]]] = {}
        self._patterns: list[tuple[re.Pattern[str], re.Pattern[str]]] = []
        self._waiting: tuple[set[str], set[str]] = (set(), set())
        self._telephones: list[tuple[Telephone, str]] = []
        self._cleaned: dict[str, str] = {}
        self._room = ROOM

    def publish(self, words: Iterable[str]) -> None:
        """Let these words, in lower case, be public too."""
        self._public.update(words)

    def add(self, value: str, label: str) -> None:
        """Mask a value from now on; the first label that a value is given stays."""
        self.learn([Known(value, label)])

    def add_code(self, value: str, label: str) -> None:
        """Mask a code that people type, also as it is printed for them: in groups, in another case."""
        self.learn([Known(value, label, "code")])

    def add_number(self, value: str, label: str) -> None:
        """Mask a telephone number, also with its digits grouped in another way, or without the country."""
        self.learn([Known(value, label, "number")])

    def learn(self, secrets: Iterable[Known]) -> None:
        """Mask all of these."""
        for secret in secrets:
            value, label, kind = secret
            if kind == "code":
                value = value[:LONGEST_CODE]
            if len(re.sub(r"\W", "", value)) < SHORTEST or value in self.known:
                continue
            if kind == "code":
                self._room -= len(value)
                if self._room < 0 or value.lower() in self._public:
                    continue
            self.known[value] = secret
            self._cleaned.clear()
            if kind == "number":
                self._telephones.append((Telephone(value), label))
            for form in encodings(value):
                self._mask(form, label)
            if telling(value) or (kind == "code" and len(value) >= TELLING and not value.isdecimal()):
                self._mask(value, label)
                low = lowered(value)
                self._heads.setdefault(low[:CUT], []).append((low, label))
                self._tails.setdefault(low[-CUT:], []).append((low, label))
            else:
                for word in ways_to_write(value) if kind == "code" or value.isdecimal() else {value}:
                    self._words.setdefault(word, label)
                    self._waiting[1].add(word)

    def _mask(self, form: str, label: str) -> None:
        """Mask a form wherever it stands."""
        key = squeezed(lowered(form))
        if len(key) >= CUT:
            self._forms.setdefault(key, {}).setdefault(form, label)
            self._waiting[0].add(key)

    def clean(self, text: str) -> str:
        """The text with every known secret replaced by its label, the longest first."""
        if len(text) < SHORTEST or not self.known:
            return text
        if text in self._cleaned:
            return self._cleaned[text]
        clean, end = "", 0
        for start, stop, label in sorted(self._found(text), key=lambda found: (found[0], -found[1])):
            if start >= end:
                # Once more: what stood beside a secret may be one itself, now that it stands alone.
                clean += self.clean(text[end:start]) + label
            end = max(end, stop)
        clean += self.clean(text[end:]) if end else text
        if len(text) < LARGE:
            self._cleaned[text] = clean
        return clean

    def _found(self, text: str) -> Iterator[tuple[int, int, str]]:
        """Where secrets stand in a text, and what is to stand there."""
        self._compile(FEW if len(text) > LARGE else MANY)
        for reading in readings(text):
            for start, end, label in self._read(reading):
                yield *reading.span(start, end), label

    def _read(self, reading: Reading) -> Iterator[tuple[int, int, str]]:
        text, low = reading.text, lowered(reading.text)
        dense = squeezed(low)
        places: list[int] = []
        for forms, words in self._patterns:
            for found in forms.finditer(dense):
                # Where in the text stands what is left of it when the gaps are taken out.
                places = places or [*compress(range(len(low)), low.encode("latin-1", "replace").translate(NO_GAPS))]
                start, end = places[found.start()], places[found.end() - 1] + 1
                yield start, end, self._label(found.group(), text[start:end])
            at = 0
            while word := words.search(text, at):
                at, end = word.span()
                if alone(word.group(), *reading.around(at, end, 2)):
                    yield at, end, self._words[word.group()]
                at += 1
        for telephone, label in self._telephones:
            yield from ((start, end, label) for start, end in telephone.found(text))
        for dots in islice(DOTS.finditer(low), MOST_CUTS):
            yield from self._cut(low, *dots.span())

    def _label(self, key: str, text: str) -> str:
        """The label of the form that stands there, to the letter if possible."""
        labels = self._forms[key]
        return labels.get(text) or next(iter(labels.values()))

    def _cut(self, low: str, start: int, end: int) -> Iterator[tuple[int, int, str]]:
        """What is left of secrets on either side of where a text was cut."""
        for at in range(max(start - LONGEST_CUT, 0), start - CUT + 1):
            for value, label in self._heads.get(low[at : at + CUT], ()):
                if value.startswith(low[at:start]):
                    yield at, start, label
        for stop in range(end + CUT, min(end + LONGEST_CUT, len(low)) + 1):
            for value, label in self._tails.get(low[stop - CUT : stop], ()):
                if value.endswith(low[end:stop]):
                    yield end, stop, label

    def _compile(self, most: int) -> None:
        if any(self._waiting):
            self._patterns.append(_patterns(*self._waiting))
            self._waiting = set(), set()
        if len(self._patterns) > most:
            self._patterns = [_patterns(self._forms, self._words)]


def _patterns(forms: Iterable[str], words: Iterable[str]) -> tuple[re.Pattern[str], re.Pattern[str]]:
    return re.compile(any_of(forms) or NOTHING), re.compile(any_of(words) or NOTHING)


def squeezed(text: str) -> str:
    """The text without blanks, line breaks and hyphens, which may stand anywhere in what was grouped or folded."""
    for gap in GAPS:
        text = text.replace(gap, "")
    return text


def lowered(text: str) -> str:
    """The text in lower case, as long as it was."""
    low = text.lower()
    return low if len(low) == len(text) else "".join(c.lower() if c.isascii() else c for c in text)


def any_of(words: Iterable[str]) -> str:
    """A regular expression for any of these words, the longest that fits.

    It branches by character: an alternation of a thousand words would try each of them at every place of a report.
    """
    tree: dict[str, Any] = {}
    for word in words:
        node = tree
        for character in word:
            node = node.setdefault(character, {})
        node[""] = {}
    return _branches(tree)


def _branches(node: dict[str, Any], depth: int = 0) -> str:
    if depth == DEEPEST:
        flat = sorted(_words(node), key=len, reverse=True)
        return f"(?:{'|'.join(map(re.escape, flat))})"
    ways = []
    for character, below in node.items():
        if character:
            head, rest = re.escape(character), below
            while len(rest) == 1 and "" not in rest:  # a stretch without a branch, which may be long
                ((character, rest),) = rest.items()  # noqa: PLW2901
                head += re.escape(character)
            ways.append(head + _branches(rest, depth + 1))
    if not ways:
        return ""
    return f"(?:{'|'.join(ways)})" + ("?" if "" in node else "")


def _words(node: dict[str, Any]) -> Iterator[str]:
    """The words of a tree, without recursion: a target may make it deep."""
    left = [("", node)]
    while left:
        word, below = left.pop()
        for character, rest in below.items():
            if character:
                left.append((word + character, rest))
            else:
                yield word
