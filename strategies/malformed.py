"""Below JSON: bodies that are no JSON text, and JSON texts that are no object."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from urllib.parse import urlencode

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

DEPTH = 2_000
"""Levels of nesting: over the recursion limits of common parsers, and only some kilobytes."""
DIGITS = 5_000
"""Digits of an integer: over the limit that CPython sets, beyond which it raises no syntax error but another."""


def _form(valid: bytes) -> bytes:
    """The members as a form would send them, in the bracket notation that Rails and PHP read."""
    data = json.loads(valid).get("data") or {}
    fields = {"data[type]": data.get("type", "")}
    fields |= {f"data[attributes][{name}]": value for name, value in (data.get("attributes") or {}).items() if value}
    return urlencode(fields).encode()


MALFORMED: Mapping[str, Callable[[bytes], bytes]] = {
    "empty": lambda _: b"",
    "truncated": lambda valid: valid[:-1],
    "trailing-comma": lambda valid: valid[:-1] + b",}",
    "trailing-garbage": lambda valid: valid + b"x",
    "two-documents": lambda valid: valid + b"\n" + valid,
    "single-quotes": lambda valid: valid.replace(b'"', b"'"),
    "unquoted-names": lambda valid: valid.replace(b'"data":', b"data:"),
    "not-utf-8": lambda valid: valid.replace(b'"users"', b'"users\xff"'),
    "form-encoded": _form,
}
"""Bodies that RFC 8259 does not allow."""

NOT_AN_OBJECT: Mapping[str, Callable[[bytes], bytes]] = {
    "null": lambda _: b"null",
    "array": lambda _: b"[]",
    "wrapped-in-array": lambda valid: b"[" + valid + b"]",
    "encoded-twice": lambda valid: json.dumps(valid.decode()).encode(),
    "deep": lambda _: b"[" * DEPTH + b"]" * DEPTH,
    "huge-integer": lambda _: b"9" * DIGITS,
}
"""JSON texts whose root is no object."""
