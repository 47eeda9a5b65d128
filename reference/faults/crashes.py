"""Faults of parsing that end in a 500: bodies that nobody thought of."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from reference.faults.common import crash
from reference.faults.registry import Area
from reference.messages import Call, Operation, Rejection
from reference.parsing import parse_json
from reference.service import Service

if TYPE_CHECKING:
    from collections.abc import Callable

fault = Area("parsing")

BODIES = ("enable.request.body", "verify.request.body")
VALUES = (
    "enable.request.type",
    "enable.request.delivery",
    "enable.request.sms-number",
    "verify.request.type",
    "verify.request.code",
)


def crashing(sees: Callable[[bytes], object]) -> type[Service]:
    """A service that ends in a 500 at the sight of certain bodies."""

    class Crashing(Service):
        def parse(self, operation: Operation, call: Call) -> Any:
            if sees(call.body):
                raise crash()
            return super().parse(operation, call)

    return Crashing


def is_malformed(body: bytes) -> bool:
    """Whether there is text, but no JSON."""
    try:
        parse_json(body)
    except Rejection:
        return is_utf_8(body) and body.strip() != b""
    return False


def is_utf_8(body: bytes) -> bool:
    """Whether the bytes are text at all."""
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return True


def has_lone_surrogate(body: bytes) -> bool:
    """Whether a string holds half a character."""
    try:
        json.dumps(parse_json(body), ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return True
    except Rejection:
        return False
    return False


def depth(body: bytes) -> int:
    """How deep brackets are nested, roughly."""
    deepest = level = 0
    for byte in body:
        level += (byte in b"[{") - (byte in b"]}")
        deepest = max(deepest, level)
    return deepest


for name, sentence, sees, expects in (
    ("malformed-body-crashes", "A body that is no JSON ends in a 500.", is_malformed, BODIES),
    ("empty-body-crashes", "An empty body ends in a 500.", lambda body: not body.strip(), BODIES),
    ("invalid-utf-8-crashes", "A body that is not UTF-8 ends in a 500.", lambda body: not is_utf_8(body), BODIES),
    (
        "nul-crashes",
        "A NUL character in a string ends in a 500, as the database cannot hold it.",
        re.compile(rb"\\u0000|\x00").search,
        VALUES,
    ),
    ("lone-surrogate-crashes", "A lone surrogate in a string ends in a 500.", has_lone_surrogate, VALUES),
    (
        "astral-crashes",
        "A character beyond the basic plane ends in a 500, as the database cannot hold it.",
        re.compile(rb"[\xf0-\xf4]|\\u[dD][89abAB]..\\u[dD][c-fC-F]").search,
        VALUES,
    ),
    (
        "deep-body-crashes",
        "A body nested deeper than 100 levels ends in a 500.",
        lambda body: depth(body) > 100,
        BODIES,
    ),
    (
        "long-string-crashes",
        "A string longer than its column, 255 characters, ends in a 500.",
        re.compile(rb'"[^"]{256,}"').search,
        VALUES,
    ),
    ("large-body-crashes", "A body over 8 KiB ends in a 500.", lambda body: len(body) > 8192, (*BODIES, *VALUES)),
    (
        "large-integer-crashes",
        "A number that does not fit 64 bits ends in a 500.",
        re.compile(rb"[\s:\[,]-?[0-9]{19,}").search,
        (*BODIES, *VALUES),
    ),
):
    fault.add(name, sentence, crashing(sees), "http.no-server-error", *expects)


@fault("non-object-crashes", "http.no-server-error", *BODIES)
class NonObjectCrashes(Service):
    """A JSON text that is no object ends in a 500."""

    def root(self, operation: Operation, document: Any) -> dict[str, Any]:
        """An object is taken for granted."""
        if not isinstance(document, dict):
            raise crash()
        return super().root(operation, document)
