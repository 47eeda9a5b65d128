"""Faults of bodies: malformed ones that are accepted, and any that crash."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from reference.messages import Operation, Rejection, Request
from reference.parsing import parse_json
from reference.service import Service
from tests.catalogue import Chapter
from tests.faults.common import crash

if TYPE_CHECKING:
    from collections.abc import Callable

    from reference.accounts import Account
    from reference.messages import Attributes

fault = Chapter()

BODIES = ("enable.request.body", "verify.request.body")
MEMBERS = (
    "enable.request.type",
    "enable.request.delivery",
    "enable.request.sms-number",
    "verify.request.type",
    "verify.request.code",
)
ENABLE_APP = {"data": {"type": "users", "attributes": {"delivery": "app"}}}


def crashing(condition: Callable[[bytes], object]) -> type[Service]:
    """A service that returns 500 for some bodies."""

    class Crashing(Service):
        def parse_body(self, operation: Operation, request: Request) -> Any:
            if condition(request.body):
                raise crash()
            return super().parse_body(operation, request)

    return Crashing


def parsing(parse: Callable[[bytes], Any]) -> type[Service]:
    """A service with another parser for bodies that are not JSON; it raises ValueError where it fails as well."""

    class Parsing(Service):
        def parse_body(self, operation: Operation, request: Request) -> Any:
            try:
                return super().parse_body(operation, request)
            except Rejection:
                try:
                    return parse(request.body)
                except (ValueError, RecursionError):
                    pass
                raise

    return Parsing


def is_utf_8(body: bytes) -> bool:
    """True for bytes that are UTF-8."""
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return True


def is_malformed(body: bytes) -> bool:
    """True for a text that is neither JSON nor blank."""
    try:
        parse_json(body)
    except Rejection:
        return is_utf_8(body) and body.strip() != b""
    return False


def has_lone_surrogate(body: bytes) -> bool:
    """True for JSON with half of a surrogate pair in a string."""
    try:
        json.dumps(parse_json(body), ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return True
    except Rejection:
        return False
    return False


def depth(body: bytes) -> int:
    """The depth of nested brackets, also of those in strings."""
    deepest = level = 0
    for byte in body:
        level += (byte in b"[{") - (byte in b"]}")
        deepest = max(deepest, level)
    return deepest


def parse_form(body: bytes) -> Any:
    """The document of a form, whose names are nested in brackets or flat."""
    fields = {name.split("[")[-1].rstrip("]"): value for name, value in parse_qsl(body.decode(), strict_parsing=True)}
    return {"data": {"type": fields.pop("type", "users"), "attributes": fields}}


for name, sentence, condition, expects in (
    ("malformed-body-crashes", "A text that is not JSON returns 500.", is_malformed, BODIES),
    ("empty-body-crashes", "An empty body returns 500.", lambda body: not body.strip(), BODIES),
    ("invalid-utf-8-crashes", "A body that is not UTF-8 returns 500.", lambda body: not is_utf_8(body), BODIES),
    (
        "nul-crashes",
        "A NUL character returns 500, as the database cannot store it.",
        re.compile(rb"\\u0000|\x00").search,
        MEMBERS,
    ),
    ("lone-surrogate-crashes", "A lone surrogate returns 500.", has_lone_surrogate, MEMBERS),
    (
        "astral-crashes",
        "A character beyond the basic plane returns 500, as the database cannot store it.",
        re.compile(rb"[\xf0-\xf4]|\\u[dD][89abAB]..\\u[dD][c-fC-F]").search,
        MEMBERS,
    ),
    ("deep-body-crashes", "A body nested deeper than 100 levels returns 500.", lambda body: depth(body) > 100, BODIES),
    (
        "long-string-crashes",
        "A string of more than 255 characters, the length of its column, returns 500.",
        re.compile(rb'"[^"]{256,}"').search,
        MEMBERS,
    ),
    (
        "large-integer-crashes",
        "An integer of more than 64 bits returns 500.",
        re.compile(rb"[\s:\[,]-?[0-9]{19,}").search,
        (*BODIES, *MEMBERS),
    ),
):
    fault.add(name, sentence, crashing(condition), "http.no-server-error", *expects)


@fault("non-object-crashes", "http.no-server-error", *BODIES)
class NonObjectCrashes(Service):
    """A JSON text that is not an object returns 500."""

    def root(self, operation: Operation, document: Any) -> dict[str, Any]:
        if not isinstance(document, dict):
            raise crash()
        return super().root(operation, document)


for name, sentence, parse in (
    (
        "trailing-garbage-ignored",
        "Bytes after the first JSON value are ignored.",
        lambda body: json.JSONDecoder().raw_decode(body.decode().lstrip())[0],
    ),
    ("form-taken", "A form is accepted, labelled as JSON:API.", parse_form),
    (
        "trailing-comma-taken",
        "A comma before a closing bracket is accepted.",
        lambda body: json.loads(re.sub(r",\s*([}\]])", r"\1", body.decode())),
    ),
):
    fault.add(name, sentence, parsing(parse), *BODIES)

fault.add(
    "nan-taken",
    "NaN and Infinity are accepted as numbers.",
    parsing(lambda body: json.loads(body.decode())),
    undecidable="Parsers in wide use accept them, and the page does not say how strictly JSON is read.",
)
fault.add(
    "empty-body-enables",
    "An empty body enables delivery by application.",
    parsing(lambda body: parse_json(body) if body.strip() else ENABLE_APP),
    "enable.request.body",
)


@fault("form-media-type-taken", *BODIES)
class FormMediaTypeTaken(parsing(parse_form)):  # type: ignore[misc]
    """A form is accepted, labelled as one."""

    def check_content_type(self, request: Request) -> None:
        if not request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
            super().check_content_type(request)


@fault("body-ignored", "enable.request.body", "enable.request.delivery", "enable.response.delivery")
class BodyIgnored(Service):
    """Enable ignores its body and always sets up delivery by application."""

    def parse_body(self, operation: Operation, request: Request) -> Any:
        return ENABLE_APP if operation == "enable" else super().parse_body(operation, request)


@fault("double-encoded-body-taken", *BODIES)
class DoubleEncodedBodyTaken(Service):
    """A JSON string that contains a JSON text is decoded twice."""

    def root(self, operation: Operation, document: Any) -> dict[str, Any]:
        if isinstance(document, str):
            document = parse_json(document.encode(errors="surrogatepass"))
        return super().root(operation, document)


@fault("array-body-taken", *BODIES)
class ArrayBodyTaken(Service):
    """An array is accepted in place of its first element."""

    def root(self, operation: Operation, document: Any) -> dict[str, Any]:
        return super().root(operation, document[0] if isinstance(document, list) and document else document)


@fault("empty-body-verifies", "verify.request.body")
class EmptyBodyVerifies(Service):
    """Verify skips the code where the body is empty."""

    def parse_body(self, operation: Operation, request: Request) -> Any:
        if operation == "verify" and not request.body.strip():
            return {"data": {"type": "users", "attributes": {"code": "\0empty"}}}
        return super().parse_body(operation, request)

    def verify(self, account: Account, attributes: Attributes) -> None:
        if attributes.code == "\0empty" and account.two_factor.enabled:
            account.confirm()
        else:
            super().verify(account, attributes)
