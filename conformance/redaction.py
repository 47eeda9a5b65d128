"""Keep secrets out of what is shown: by value, in every form in which a value is likely to turn up."""

from __future__ import annotations

import base64
import html
import json
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, quote_plus

if TYPE_CHECKING:
    from collections.abc import Iterable

SHORTEST = 4
"""Characters; a shorter value turns up by chance, and masking it would garble the evidence."""


LARGE = 1_000
"""Characters; what is shorter turns up again and again in the evidence, and is looked through once."""


class Secret:
    """A value that does not show itself in tracebacks and messages; `reveal()` gives it."""

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The value itself."""
        return self._value

    def __repr__(self) -> str:
        return "Secret(…)"


class Redactor:
    """Replaces the secrets that it was told of by labels."""

    def __init__(self) -> None:
        self._labels: dict[str, str] = {}
        self._pattern: re.Pattern[str] | None = None
        self._cleaned: dict[str, str] = {}

    def add(self, value: str, label: str) -> None:
        """Mask a value from now on; the first label that a value is given stays."""
        if len(value) < SHORTEST:
            return
        for form in forms(value):
            if form not in self._labels:
                self._labels[form] = label
                self._pattern = None
                self._cleaned.clear()

    def add_code(self, value: str, label: str) -> None:
        """Mask a code that people type, also as it is printed for them: in groups, in other case, without hyphens."""
        plain = re.sub(r"[\s-]", "", value)
        groups = [plain[at : at + 4] for at in range(0, len(plain), 4)]
        for form in (value, plain, " ".join(groups), "-".join(groups)):
            for spelled in (form, form.lower(), form.upper()):
                self.add(spelled, label)

    def clean(self, text: str) -> str:
        """The text with every known secret replaced by its label, the longest first."""
        if not self._labels:
            return text
        if text in self._cleaned:
            return self._cleaned[text]
        if self._pattern is None:
            self._pattern = re.compile(any_of(self._labels))
        clean = self._pattern.sub(lambda found: self._labels[found.group()], text)
        if len(text) < LARGE:
            self._cleaned[text] = clean
        return clean


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


def _branches(node: dict[str, Any]) -> str:
    ways = []
    for character, below in node.items():
        if character:
            head, rest = re.escape(character), below
            while len(rest) == 1 and "" not in rest:  # a stretch without a branch, which may be long
                ((character, rest),) = rest.items()  # noqa: PLW2901
                head += re.escape(character)
            ways.append(head + _branches(rest))
    if not ways:
        return ""
    return f"(?:{'|'.join(ways)})" + ("?" if "" in node else "")


def forms(value: str) -> set[str]:
    """The value as it is, JSON-escaped, URL-encoded, HTML-escaped, and within a longer text in base64."""
    raw = value.encode("utf-8", "surrogatepass")
    found = {value, json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1], html.escape(value)}
    found |= {quote(raw, safe=""), quote(raw), quote_plus(raw)}
    if len(raw) >= 2 * SHORTEST:
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            found.add(encode(raw).decode().rstrip("="))
            for before in range(3):
                # Of a longer text in base64, only the characters that no neighbour has a part in are known.
                middle = encode(b"\0" * before + raw).decode().rstrip("=")
                found.add(middle[-(-before * 4 // 3) : len(middle) - (1 if (before + len(raw)) % 3 else 0)])
    return {form for form in found if len(form) >= SHORTEST}
