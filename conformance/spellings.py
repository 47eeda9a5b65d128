"""How a secret may be written: by people in groups, by programs in other alphabets; and what only looks like one."""

from __future__ import annotations

import base64
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

SHORTEST = 4
"""Characters; a shorter value turns up by chance, and masking it would garble the evidence."""
TELLING, TELLING_DIGITS, TELLING_WORD = 8, 10, 16
"""Characters from which on a value, a number, a word without a digit does not turn up by chance."""
ENCODED = 6
"""Characters from which on a value does not turn up by chance in another alphabet."""
NUMBER, NATIONAL = 7, 9
"""Digits from which on a telephone number is masked in any grouping, and from which on no other has them by chance."""
COUNTRY = 3
"""Digits, at most, of a country, which may be left out."""
LEAD = 48
"""Characters that the first digits of a telephone number take at most."""
GAP = r"[\s().\-/\u2010-\u2015\xa0]{0,3}"


def telling(value: str) -> bool:
    """Whether a value is too long and too mixed to stand anywhere by chance."""
    if value.isdecimal():
        return len(value) >= TELLING_DIGITS
    if value.isalpha() and (value.islower() or value.isupper() or value.istitle()):
        return len(value) >= TELLING_WORD
    return len(value) >= TELLING and not re.fullmatch(r"[a-z_-]+|[A-Z_-]+", value)


def alone(value: str, before: str, after: str) -> bool:
    """Whether what stands between these is a whole number and no fraction, or a whole word and no part of a name."""
    near, far = (r"\d", r"\d") if value.isdecimal() else (r"[\w-]", r"\w")
    return not re.search(rf"{near}$|{far}\.$", before) and not re.match(rf"{near}|\.{far}", after)


def ways_to_write(value: str) -> set[str]:
    """A short code as it is, without blanks and hyphens, and in groups of three and of four; in either case."""
    plain = re.sub(r"[\s-]", "", value)
    found = {value, plain}
    for size in (3, 4):
        groups = [plain[at : at + size] for at in range(0, len(plain), size)]
        found |= {" ".join(groups), "-".join(groups)}
    return {spelled for form in found for spelled in (form, form.lower(), form.upper())}


def encodings(value: str) -> set[str]:
    """The bytes of a value in another alphabet: base64, also within a longer text in base64, and hexadecimal."""
    raw = value.encode("utf-8", "surrogatepass")
    # Percent-encoding is undone byte by byte; in a form, a blank is a plus sign.
    latin = raw.decode("latin-1")
    found = {latin, value.replace(" ", "+"), latin.replace(" ", "+")} - {value}
    if len(raw) >= ENCODED:
        found.add(raw.hex())
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            found.add(encode(raw).decode().rstrip("="))
            for before in range(3):
                # Of a longer text in base64, only the characters that no neighbour has a part in are known.
                middle = encode(b"\0" * before + raw).decode().rstrip("=")
                found.add(middle[-(-before * 4 // 3) : len(middle) - (1 if (before + len(raw)) % 3 else 0)])
    return found


class Telephone:
    """A telephone number, with or without the country, its digits grouped in any way."""

    def __init__(self, number: str) -> None:
        digits = re.sub(r"\D", "", number)
        self._last = re.compile(GAP.join(digits[-NUMBER:]) if len(digits) >= NUMBER else r"(?!)")
        first = digits[:-NUMBER]
        ways = [first[at:] for at in range(min(COUNTRY, len(first)) + 1)]
        self._long = _lead([way for way in ways if len(way) + NUMBER >= NATIONAL])
        self._short = _lead([way for way in ways if len(way) + NUMBER < NATIONAL], r"(?<!\d)")

    def found(self, text: str) -> Iterator[tuple[int, int]]:
        """Where it begins and ends, each time that it stands in a text."""
        for last in self._last.finditer(text):
            start, end = last.span()
            first = text[max(start - LEAD, 0) : start]
            lead = self._long.search(first) or (None if text[end : end + 1].isdecimal() else self._short.search(first))
            if lead:
                yield start - len(first) + lead.start(), end


def _lead(ways: list[str], before: str = "") -> re.Pattern[str]:
    """What finds the first digits at the end of a text, and what stands before a number."""
    if not ways:
        return re.compile(r"(?!)")
    digits = "|".join(f"{GAP.join(way)}{GAP}" if way else "" for way in ways)
    return re.compile(rf"(?:(?:\+|(?<!\d)00|\(?0\)?|\(){GAP})?{before}(?:{digits})$")
