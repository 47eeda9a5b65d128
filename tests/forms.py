"""The forms in which a text turns up in what programs print: escaped, encoded, folded."""

from __future__ import annotations

import base64
import html
import json
from typing import TYPE_CHECKING
from urllib.parse import quote

if TYPE_CHECKING:
    from collections.abc import Callable


def every(form: str) -> Callable[[str], str]:
    """Each character in this form, filled in with its code."""
    return lambda text: "".join(form.format(ord(character)) for character in text)


def folded(fold: str) -> Callable[[str], str]:
    """The text broken up in the middle."""
    return lambda text: text[: len(text) // 2] + fold + text[len(text) // 2 :]


FORMS: dict[str, Callable[[str], str]] = {
    "percent": every("%{:02x}"),
    "percent-upper": every("%{:02X}"),
    "percent-twice": lambda text: quote(every("%{:02x}")(text), safe=""),
    "json": every("\\u{:04x}"),
    "json-in-json": lambda text: json.dumps(every("\\u{:04X}")(text))[1:-1],
    "json-in-html": lambda text: html.escape(json.dumps(every("\\u{:04x}")(text))[1:-1]),
    "python": every("\\x{:02x}"),
    "html": every("&#{};"),
    "html-hexadecimal": every("&#x{:x};"),
    "html-twice": lambda text: html.escape(every("&#{};")(text)),
    "hexadecimal": lambda text: text.encode().hex(),
    "hexadecimal-upper": lambda text: text.encode().hex().upper(),
    "lower-case": str.lower,
    "utf-16": lambda text: text.encode("utf-16-le").decode()[:-1],
    "line-break": folded("\n"),
    "line-breaks": "\r\n".join,
    "indented": folded("\r\n        "),
    "escaped-line-break": folded("\\n"),
    "twice-escaped-line-break": folded("\\\\r\\\\n  "),
    "percent-line-break": folded("%0D%0A"),
    "html-line-break": lambda text: f"{text[:2]}<br>{text[2:4]}<br />{text[4:5]}<wbr>{text[5:]}",
    "escaped-html-line-break": folded("&lt;br/&gt;"),
    "quoted-printable": folded("=\n"),
    "traceback": folded("\nE       "),
    "literals": folded("'\n b'"),
    "colours": folded("\x1b[33m"),
    "blanks": folded(" "),
    "base64": lambda text: base64.b64encode(text.encode()).decode().rstrip("="),
    "base64-folded": lambda text: folded("\n")(base64.b64encode(text.encode()).decode().rstrip("=")),
    "base64-in-url": lambda text: quote(base64.b64encode(text.encode()).decode().rstrip("="), safe=""),
}
ESCAPES = ("percent", "percent-twice", "json", "json-in-json", "python", "html", "html-hexadecimal")
"""Those that go character by character, so that what is in another form can be put into them."""
