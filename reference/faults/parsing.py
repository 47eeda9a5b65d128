"""Faults of parsing that take a body for what it is not: no JSON, or hardly, and accepted."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from reference.faults.crashes import BODIES
from reference.faults.registry import Area
from reference.messages import Call, Operation, Rejection
from reference.parsing import parse_json
from reference.service import Service

if TYPE_CHECKING:
    from collections.abc import Callable

    from reference.accounts import Account
    from reference.validation import Order

fault = Area("parsing")

FORM = "application/x-www-form-urlencoded"
APP = {"data": {"type": "users", "attributes": {"delivery": "app"}}}


def taking(take: Callable[[bytes], Any]) -> type[Service]:
    """A service that parses what is no JSON in another way, which raises ValueError where that fails, too."""

    class Taking(Service):
        def parse(self, operation: Operation, call: Call) -> Any:
            try:
                return super().parse(operation, call)
            except Rejection:
                try:
                    return take(call.body)
                except (ValueError, RecursionError):
                    pass
                raise

    return Taking


def unform(body: bytes) -> Any:
    """The document that a form stands for, its names nested in brackets or flat."""
    fields = {
        name.rpartition("[")[2].rstrip("]"): value for name, value in parse_qsl(body.decode(), strict_parsing=True)
    }
    kind = fields.pop("type", "users")
    return {"data": {"type": kind, "attributes": fields}}


def first_of_several(body: bytes) -> Any:
    """The first of several documents, all of which are well-formed."""
    decoder, text, values = json.JSONDecoder(), body.decode().strip(), []
    while text:
        value, end = decoder.raw_decode(text)
        values.append(value)
        text = text[end:].strip()
    return values[0] if values else parse_json(b"")


def completed(body: bytes) -> Any:
    """The document of a body that was cut off, its brackets closed."""
    text = body.decode()
    for ending in ("}", "}}", "}}}", '"}}}', "]"):
        try:
            return json.loads(text + ending)
        except json.JSONDecodeError:
            continue
    raise ValueError(text)


def uncommented(body: bytes) -> Any:
    """The document without its comments."""
    return json.loads(re.sub(r"/\*.*?\*/|(?m:(?<!:)//.*$)|(?m:^\s*#.*$)", "", body.decode(), flags=re.DOTALL))


for name, sentence, take, expects in (
    (
        "trailing-garbage-ignored",
        "Whatever follows the first JSON value in the body is ignored.",
        lambda body: json.JSONDecoder().raw_decode(body.decode().lstrip())[0],
        BODIES,
    ),
    ("first-document-taken", "Of several JSON texts in one body the first is taken.", first_of_several, BODIES),
    ("form-taken", "A form-encoded body is taken for JSON.", unform, BODIES),
    (
        "trailing-comma-taken",
        "Commas before a closing bracket are forgiven.",
        lambda body: json.loads(re.sub(r",\s*([}\]])", r"\1", body.decode())),
        BODIES,
    ),
    (
        "single-quotes-taken",
        "Strings in single quotes are taken.",
        lambda body: json.loads(body.decode().replace("'", '"')),
        BODIES,
    ),
    ("comments-taken", "Comments are stripped from the body.", uncommented, BODIES),
    (
        "bare-names-taken",
        "Names of members need no quotes.",
        lambda body: json.loads(re.sub(r"([{,]\s*)([A-Za-z][\w-]*)\s*:", r'\1"\2":', body.decode())),
        BODIES,
    ),
    ("nan-taken", "NaN and Infinity are taken for numbers.", lambda body: json.loads(body.decode()), BODIES),
    ("utf-16-taken", "A body in UTF-16 or UTF-32 is detected and taken.", json.loads, BODIES),
    (
        "invalid-utf-8-replaced",
        "Bytes that are not UTF-8 are replaced and the rest is taken.",
        lambda body: json.loads(body.decode(errors="replace")),
        BODIES,
    ),
    (
        "control-characters-taken",
        "Raw line breaks inside strings are taken.",
        lambda body: json.loads(body.decode(), strict=False),
        BODIES,
    ),
    ("cut-body-taken", "A body that was cut off is completed and taken.", completed, BODIES),
    (
        "empty-body-enables",
        "An empty body enables delivery by application.",
        lambda body: APP if not body.strip() else parse_json(body),
        BODIES[:1],
    ),
    (
        "malformed-body-enables",
        "A body that cannot be parsed enables delivery by application.",
        lambda body: APP if body.strip() else parse_json(body),
        BODIES[:1],
    ),
):
    fault.add(name, sentence, taking(take), *expects)


@fault("form-media-type-taken", *BODIES)
class FormMediaTypeTaken(taking(unform)):  # type: ignore[misc]
    """A form is taken where the media type names it so."""

    def check_content_type(self, call: Call) -> None:
        """Two media types are read."""
        if not call.headers.get("content-type", "").startswith(FORM):
            super().check_content_type(call)


@fault("body-ignored", "enable.request.body", "enable.request.delivery", "enable.response.delivery")
class BodyIgnored(Service):
    """Enabling never looks at its body and always means delivery by application."""

    def parse(self, operation: Operation, call: Call) -> Any:
        """One body for all."""
        return APP if operation == "enable" else super().parse(operation, call)


@fault("double-encoded-body-taken", *BODIES)
class DoubleEncodedBodyTaken(Service):
    """A JSON string that holds a JSON text is decoded once more."""

    def root(self, operation: Operation, document: Any) -> dict[str, Any]:
        """The document inside the string."""
        return super().root(
            operation, parse_json(document.encode(errors="surrogatepass")) if isinstance(document, str) else document
        )


@fault("array-body-taken", *BODIES)
class ArrayBodyTaken(Service):
    """Of an array in place of the document the first element is taken."""

    def root(self, operation: Operation, document: Any) -> dict[str, Any]:
        """The document inside the array."""
        return super().root(operation, document[0] if isinstance(document, list) and document else document)


@fault("empty-body-verifies", "verify.request.body")
class EmptyBodyVerifies(Service):
    """Verifying with an empty body skips the code."""

    def parse(self, operation: Operation, call: Call) -> Any:
        """Nothing is taken for a code of nothing."""
        if operation == "verify" and not call.body.strip():
            return {"data": {"type": "users", "attributes": {"code": "\0empty"}}}
        return super().parse(operation, call)

    def verify(self, account: Account, order: Order) -> None:
        """No code, no question."""
        if order.code == "\0empty" and account.two_factor.enabled:
            account.confirm()
        else:
            super().verify(account, order)
