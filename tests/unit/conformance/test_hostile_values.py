"""Any value in a response is judged and followed, without an error and in little time."""

from __future__ import annotations

import json
import random
import time
from typing import TYPE_CHECKING, Any

import pytest

from conformance.model import Response
from strategies.mutations import encode
from strategies.probe import RequestSpec
from tests.unit.conformance.fakes import CONTRACT, JSON_API, SAMPLES, rejection, response, rig

if TYPE_CHECKING:
    from collections.abc import Callable

RESPONSES = [*(response(200, document) for document in SAMPLES.values()), response(200, None), rejection()]
DEPTH = 75_000
MARKUP = "'></script><script>alert(1)</script><img src=x onerror=alert(1)>&lt;b&gt;"
ESCAPES = "\x1b[2J\x1b[31m\x1b]0;title\x07\x9b5m\r\b\x7f\u202e\u2028"
FORMATS = "%s %(name)s %n {0} {name} {{ 7 * 7 }} {% raw %} ${jndi:ldap://x} <%= 7 %> $(id) `id` ]]>"
VALUES: tuple[Any, ...] = (
    *(None, True, 0, -1, 1e999, 10**100),
    *("", "x", "\0", "\ud800", [], [[]], {}, {"": {}}, ["", {"a": []}]),
)
"""Values that may be anywhere in a body."""


def with_strings(value: Any, string: Callable[[str], Any] = str, name: Callable[[str], str] = str) -> Any:
    """A JSON value with other strings, and other names of members."""
    if isinstance(value, str):
        return string(value)
    if isinstance(value, list):
        return [with_strings(item, string, name) for item in value]
    if isinstance(value, dict):
        return {name(key): with_strings(item, string, name) for key, item in value.items()}
    return value


def strings(
    string: Callable[[str], Any] = str, name: Callable[[str], str] = str, *, ascii_only: bool = True
) -> Callable[[Response], Response]:
    """Bodies with other strings."""

    def change(honest: Response) -> Response:
        text = json.dumps(with_strings(honest.json, string, name), ensure_ascii=ascii_only)
        return Response(honest.status, honest.headers, text.encode("utf-8", "surrogatepass"))

    return change


def bodies(change: Callable[[bytes], bytes]) -> Callable[[Response], Response]:
    """Other bodies."""
    return lambda honest: Response(honest.status, honest.headers, change(honest.body))


def headers(*added: tuple[str, str]) -> Callable[[Response], Response]:
    """More headers."""
    return lambda honest: Response(honest.status, (*honest.headers, *added), honest.body)


def two_factor(name: str, value: Any) -> Callable[[Response], Response]:
    """Another member of two-factor."""

    def change(honest: Response) -> Response:
        document = json.loads(honest.body)
        if isinstance(document, dict) and "data" in document:
            document["data"]["attributes"]["two-factor"][name] = value
        return response(honest.status, document)

    return change


def mangled(seed: int) -> Callable[[Response], Response]:
    """Bodies in which another value is anywhere."""
    chance = random.Random(seed)  # noqa: S311 (the same in each run)

    def with_another_value(value: Any) -> Any:
        inner = list(value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ())
        if not inner or chance.random() < 0.2:
            return chance.choice(VALUES)
        key, item = chance.choice(inner)
        value[key] = with_another_value(item)
        return value

    return lambda honest: response(honest.status, with_another_value(json.loads(honest.body)))


CHANGES: dict[str, Callable[[Response], Response]] = {
    "nul": bodies(lambda body: b"\0" + body),
    "nul in strings": strings(lambda text: f"{text}\0"),
    "latin-1": bodies(lambda body: body.replace(b'"users"', b'"us\xe9rs"')),
    "utf-16": bodies(lambda body: body.decode().encode("utf-16")),
    "byte order mark": bodies(lambda body: b"\xef\xbb\xbf" + body),
    "surrogates": strings(lambda text: f"{text}\ud800"),
    "surrogates in utf-8": strings(lambda text: f"{text}\udfff", ascii_only=False),
    "surrogates in names": strings(name=lambda text: f"{text}\ud800"),
    "deep arrays": bodies(lambda _: b"[" * DEPTH + b"]" * DEPTH),
    "deep objects": bodies(lambda _: b'{"a":' * DEPTH + b"1" + b"}" * DEPTH),
    "rather deep": bodies(lambda _: b'{"data":' * 90 + b"{}" + b"}" * 90),
    "rather deep errors": bodies(lambda _: b'{"errors":[{"a":' + b"[" * 90 + b"]" * 90 + b"}]}"),
    "wide": bodies(lambda _: b'{"data": [' + b"[]," * 20_000 + b"1]}"),
    "wide object": bodies(lambda _: b"{" + b",".join(b'"%d":{}' % n for n in range(10_000)) + b"}"),
    "long number": bodies(lambda _: b'{"data": ' + b"9" * 500_000 + b"}"),
    "infinite number": bodies(lambda _: b'{"errors": [{"status": 1e999}], "data": {"id": -1e999}}'),
    "not a number": bodies(lambda _: b'{"data": NaN}'),
    "names twice": bodies(lambda body: body[:-1] + b"," + body[1:] if body[:1] == b"{" else body),
    "errors of all kinds": bodies(lambda _: b'{"errors": [{"status": "422"}, 5, null, [], "x", {"status": {}}]}'),
    "errors that are no array": bodies(lambda _: b'{"errors": {"status": "422"}}'),
    "long strings": strings(lambda text: text + "x" * 30_000),
    "long names": strings(name=lambda text: text + "x" * 10_000),
    "markup": strings(lambda text: f"{text} {MARKUP}", lambda name: f"{name}{MARKUP}"),
    "escapes": strings(lambda text: f"{text}{ESCAPES}"),
    "formats": strings(lambda _: FORMATS),
    "markup in headers": headers(("X-Markup", MARKUP), ("Location", MARKUP), ("Content-Type", f"text/html;{MARKUP}")),
    "escapes in headers": headers(("X-Escapes", ESCAPES), ("Location", "/\x1b[2J")),
    "strange dates": headers(("Date", "Thu, 99 Foo 0000 00:00:00 GMT")),
    "dates without a zone": headers(("Date", "Thu, 01 Jan 1970 00:00:00 -0000")),
    "many recovery codes": two_factor("recovery-codes", [f"{number:09x}" for number in range(3_000)]),
    "long recovery codes": two_factor("recovery-codes", ["ab-" * 70_000, "c" * 200_000]),
    "common recovery codes": two_factor("recovery-codes", ["users", "data", "class", "conforms", "violated"]),
    "recovery codes of all kinds": two_factor("recovery-codes", list(VALUES)),
    "a long provisioning URL": two_factor("provisioning-url", f"otpauth://totp/a?secret={'A' * 300_000}"),
    "a broken provisioning URL": two_factor("provisioning-url", "otpauth://totp/[?secret=1&digits=x&period=0"),
    "links that are no URLs": two_factor("self", "http://["),
    **{f"mangled {seed}": mangled(seed) for seed in range(20)},
}


@pytest.mark.parametrize("name", CHANGES)
def test_every_value_is_judged_and_followed(name: str) -> None:
    current = RESPONSES[0]
    run = rig(lambda _, __: current, source=None)
    started = time.monotonic()
    for honest in RESPONSES:
        current = CHANGES[name](honest)
        for operation in CONTRACT.operations.values():
            body = next(iter(operation.shapes.values()))
            run.session.send(RequestSpec(operation.name, None if body is None else encode(body)))
    assert len(run.exchanges) == len(RESPONSES) * len(CONTRACT.operations)
    assert all(entry.judgements for entry in run.session.recorder.entries)
    for requirement in CONTRACT.requirements:
        run.session.recorder.judged_by(requirement)
    assert time.monotonic() - started < 30


def test_the_changes_change_something() -> None:
    changes = [CHANGES[name](RESPONSES[0]) for name in CHANGES]
    assert sum(changed != RESPONSES[0] for changed in changes) == len(changes)
    assert RESPONSES[0].headers == JSON_API
