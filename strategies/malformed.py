"""Bodies below the level of JSON Schema: texts that are not JSON, and JSON texts whose root is not an object."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from urllib.parse import urlencode

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

DEEP = b"[" * 2_000 + b"]" * 2_000
"""More levels of nesting than the recursion limits of common parsers, in only some kilobytes."""
HUGE = b"9" * 5_000
"""An integer with more digits than CPython converts, which then raises another error than a syntax error."""


def form_encoded(valid: bytes) -> bytes:
    """The members as an HTML form sends them, in the bracket notation that Rails and PHP read."""
    data = json.loads(valid).get("data") or {}
    fields = {"data[type]": data.get("type", "")}
    fields |= {f"data[attributes][{name}]": value for name, value in (data.get("attributes") or {}).items() if value}
    return urlencode(fields).encode()


NOT_JSON: Mapping[str, Callable[[bytes], bytes]] = {
    "empty": lambda _: b"",
    "truncated": lambda valid: valid[:-1],
    "trailing-comma": lambda valid: valid[:-1] + b",}",
    "trailing-garbage": lambda valid: valid + b"x",
    "two-documents": lambda valid: valid + b"\n" + valid,
    "single-quotes": lambda valid: valid.replace(b'"', b"'"),
    "unquoted-names": lambda valid: valid.replace(b'"data":', b"data:"),
    "not-utf-8": lambda valid: valid.replace(b'"users"', b'"users\xff"'),
    "form-encoded": form_encoded,
}
"""Texts that RFC 8259 does not allow, made from a valid body."""

NOT_AN_OBJECT: Mapping[str, Callable[[bytes], bytes]] = {
    "null": lambda _: b"null",
    "array": lambda _: b"[]",
    "wrapped-in-array": lambda valid: b"[" + valid + b"]",
    "encoded-twice": lambda valid: json.dumps(valid.decode()).encode(),
    "deep": lambda _: DEEP,
    "huge-integer": lambda _: HUGE,
}
"""JSON texts whose root is not an object, made from a valid body."""
