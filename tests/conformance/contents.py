"""Bodies and headers that do harm to who is not careful with them, made of the honest answers of a server."""

from __future__ import annotations

import json
import random
import secrets
from typing import TYPE_CHECKING, Any

from tests.conformance.hostile import message

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

    from tests.conformance.relay import Honest

RUN = "document.documentElement.id=1"
"""What a page must not run: it would be seen in its root."""
MARKUP = f""""'></script></style></textarea></template></title>--><script>{RUN}</script>\
<img src=x onerror={RUN}><svg/onload={RUN}><a href=javascript:{RUN}>a</a><style>*{{display:none}}</style>\
<iframe srcdoc='<script>parent.{RUN}</script>'></iframe><base href=//127.0.0.1:9/><meta http-equiv=refresh content=0>\
&lt;script&gt;"""
ESCAPES = "\x1b[2J\x1b[31m\x1b]0;title\x07\x1b]8;;http://127.0.0.1:9/\x1b\\link\x1b]8;;\x1b\\\x9b5m\r\b\x7f\u202e\u2028"
"""What moves a terminal's cursor, colours it, names its window, turns its text around."""
FORMATS = (
    "%s %(name)s %n {0} {name} {{ 7 * 7 }} {% raw %} {# x #} ${jndi:ldap://x} #{7*7} <%= 7 %> $(id) `id` | a | ]]>"
)
"""What languages of templates and shells would look into."""
URL = "otpauth://totp/a"
NUMBERS = (0, -1, 1e999, 10**100)
WORDS: tuple[Any, ...] = (None, True, *NUMBERS, "", "x", "\0", "\ud800", [], [[]], {}, {"": {}}, ["", {"a": []}])
"""Values that may stand anywhere."""


def replaced(value: Any, string: Callable[[str], Any], name: Callable[[str], str] = str) -> Any:
    """A JSON value with other strings in it, and other names of members."""
    if isinstance(value, str):
        return string(value)
    if isinstance(value, list):
        return [replaced(item, string, name) for item in value]
    if isinstance(value, dict):
        return {name(key): replaced(item, string, name) for key, item in value.items()}
    return value


def strings(
    text: Callable[[str], Any], name: Callable[[str], str] = str, *, ascii_only: bool = True
) -> Callable[[Honest], bytes]:
    """Answers with other strings."""

    def changed(honest: Honest) -> bytes:
        if not honest.body:
            return honest.bytes
        body = json.dumps(replaced(json.loads(honest.body), text, name), ensure_ascii=ascii_only)
        return message(honest.status, body.encode("utf-8", "surrogatepass"), *honest.headers)

    return changed


def bodies(change: Callable[[bytes], bytes], *headers: str) -> Callable[[Honest], bytes]:
    """Answers with other bodies, and more headers."""
    return lambda honest: message(honest.status, change(honest.body), *honest.headers, *headers)


def two_factor(member: str, value: Callable[[], Any]) -> Callable[[Honest], bytes]:
    """Answers in which two-factor has another value of this member, each time anew."""

    def changed(honest: Honest) -> bytes:
        document = json.loads(honest.body or b"null")
        data = document.get("data") if isinstance(document, dict) else None
        if not data:
            return honest.bytes
        data["attributes"]["two-factor"][member] = value()
        return message(honest.status, json.dumps(document).encode(), *honest.headers)

    return changed


def mangled(seed: int) -> Callable[[Honest], bytes]:
    """Answers in each of which one value, wherever it stands, is another one."""
    chance = random.Random(seed)  # noqa: S311 (the same at each run)

    def place(value: Any) -> Any:
        inner = [*value.items()] if isinstance(value, dict) else [*enumerate(value)] if isinstance(value, list) else []
        if not inner or chance.random() < 0.2:
            return chance.choice(WORDS)
        key, item = chance.choice(inner)
        value[key] = place(item)
        return value

    def answer(honest: Honest) -> bytes:
        body = json.dumps(place(json.loads(honest.body or b"null")))
        return message(honest.status, body.encode(), *honest.headers)

    return answer


def sent(change: Callable[[Honest], bytes]) -> Callable[[socket.socket, Honest], None]:
    """Send what an honest answer is changed into."""
    return lambda connection, honest: connection.sendall(change(honest))


KEYS = ("exchanges", "requirements", "headers", "purpose", "violated", "span", "body", "verdict", "testsuites", "utf-8")
DEEP = 75_000
CONTENTS: dict[str, Callable[[Honest], bytes]] = {
    # Characters
    "nul": bodies(lambda body: b"\0" + body),
    "nul-in-strings": strings(lambda text: f"{text}\0"),
    "latin-1": bodies(lambda body: body.replace(b'"users"', b'"us\xe9rs"')),
    "utf-16": bodies(lambda body: body.decode().encode("utf-16"), "Content-Type: application/json; charset=utf-16"),
    "utf-32": bodies(lambda body: body.decode().encode("utf-32-le")),
    "byte-order-mark": bodies(lambda body: b"\xef\xbb\xbf" + body),
    "surrogates": strings(lambda text: f"{text}\ud800", ascii_only=True),
    "surrogates-in-utf-8": strings(lambda text: f"{text}\udfff", ascii_only=False),
    "surrogates-in-names": strings(str, lambda name: f"{name}\ud800"),
    "bytes": bodies(lambda body: bytes(range(256)) + body),
    # JSON
    "deep-arrays": bodies(lambda _: b"[" * DEEP + b"]" * DEEP),
    "deep-objects": bodies(lambda _: b'{"a":' * DEEP + b"1" + b"}" * DEEP),
    "rather-deep": bodies(lambda _: b'{"data":' * 900 + b"{}" + b"}" * 900),
    "rather-deep-errors": bodies(lambda _: b'{"errors":[{"a":' + b"[" * 700 + b"]" * 700 + b"}]}"),
    "wide": bodies(lambda _: b'{"data": [' + b"[]," * 170_000 + b"1]}"),
    "wide-object": bodies(lambda _: b"{" + b",".join(b'"%d":{}' % n for n in range(45_000)) + b"}"),
    "long-number": bodies(lambda _: b'{"data": ' + b"9" * 500_000 + b"}"),
    "long-fraction": bodies(lambda _: b'{"data": {"id": 1.' + b"9" * 500_000 + b"}}"),
    "infinite-number": bodies(lambda _: b'{"errors": [{"status": 1e999}], "data": {"id": -1e999}}'),
    "not-a-number": bodies(lambda _: b'{"data": NaN}'),
    "twice-the-same-names": bodies(lambda body: body[:-1] + b"," + body[1:] if body[:1] == b"{" else body),
    "errors-of-all-kinds": bodies(lambda _: b'{"errors": [{"status": "422"}, 5, null, [], "x", {"status": {}}]}'),
    "many-errors": bodies(lambda _: b'{"errors": [' + b'{"status":"422"},' * 30_000 + b'{"status": 1}]}'),
    # Strings
    "long-strings": strings(lambda text: text + "x" * 30_000),
    "long-names": strings(str, lambda name: name + "x" * 10_000),
    "markup": strings(lambda text: f"{text} {MARKUP}"),
    "markup-only": strings(lambda _: MARKUP, lambda name: name),
    "markup-in-names": strings(lambda _: MARKUP, lambda name: f"{name}{MARKUP}"),
    "markup-as-the-body": bodies(lambda _: MARKUP.encode(), "Content-Type: text/html"),
    "markup-in-headers": bodies(
        bytes,
        f"X-Markup: {MARKUP}",
        f"Location: {MARKUP}",
        f"Content-Type: text/html;{MARKUP}",
        f"Set-Cookie: {MARKUP}",
    ),
    "escapes": strings(lambda text: f"{text}{ESCAPES}"),
    "escapes-only": strings(lambda _: ESCAPES, lambda name: name),
    "raw-escapes": bodies(lambda body: ESCAPES.encode() + body),
    "escapes-in-headers": bodies(bytes, "X-Escapes: \x1b[2J\x1b[31m\x9b5m\x07", "Location: /\x1b[2J"),
    "formats": strings(lambda text: f"{text}{FORMATS}"),
    "formats-only": strings(lambda _: FORMATS, lambda name: name),
    "formats-in-headers": bodies(bytes, f"X-Formats: {FORMATS}", f"Location: {FORMATS}"),
    # What is remembered
    "many-recovery-codes": two_factor("recovery-codes", lambda: [f"{number:09x}" for number in range(30_000)]),
    "long-recovery-codes": two_factor("recovery-codes", lambda: ["ab-" * 70_000, "c" * 200_000]),
    "new-recovery-codes": two_factor("recovery-codes", lambda: [secrets.token_hex(6) for _ in range(1_000)]),
    "common-recovery-codes": two_factor("recovery-codes", lambda: ["users", "data", "class", "conforms", *KEYS]),
    "long-provisioning-url": two_factor("provisioning-url", lambda: f"{URL}?secret={'A' * 300_000}"),
    "many-secrets": two_factor(
        "provisioning-url", lambda: f"{URL}?{'&'.join(f'secret=ABC{n}' for n in range(20_000))}"
    ),
    "broken-provisioning-url": two_factor("provisioning-url", lambda: f"{URL}?secret=1&digits=x&period=0&algorithm=\0"),
    # Headers
    "impatient": bodies(bytes, "Retry-After: " + "9" * 400, "X-RateLimit-Reset: -1e308", "X-RateLimit-Remaining: 0"),
    "many-cookies": bodies(bytes, *(f"Set-Cookie: a{number}={'x' * 400}" for number in range(150))),
}
"""What becomes of an answer, by name."""
for seed in range(20):
    CONTENTS[f"mangled-{seed}"] = mangled(seed)
