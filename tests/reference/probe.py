"""One long conversation with a service, in process, that shows every fault and every variant for what it is."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING, Any

from reference.app import build_app
from reference.messages import MEDIA_TYPE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reference.service import Service

START = 1_700_000_010.0
"""The beginning of a TOTP step."""
TICK = 0.02
ACTIONS = "/api/v2/account/actions/two-factor-"
NAMES = {"enable": "enable", "disable": "disable", "verify": "verify", "resend": "resend-verification-code"}
NUMBER = "+12025550123"


@dataclass(frozen=True)
class Asked:
    """A request; headers of None are the usual ones."""

    operation: str
    body: bytes = b""
    method: str = "POST"
    path: str | None = None
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Told:
    """Everything that went over the wire in answer, and how long it was waited for."""

    status: int
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes
    slept: float

    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


class Driver:
    """Asks a service through its application, with a clock and chances of its own."""

    def __init__(self, kind: type[Service]) -> None:
        self.time = START
        self.slept = 0.0
        chances = Random(481516)  # noqa: S311 - the same at each run
        self.service = kind(random=chances, clock=lambda: self.time, sleep=self.sleep)
        self.app = build_app(self.service)
        self.account = self.service.accounts[0]
        self.loop = asyncio.new_event_loop()

    async def sleep(self, seconds: float) -> None:
        """Note what would have been waited."""
        self.slept += seconds

    def code(self, delivery: str) -> str:
        """The right code."""
        return self.service.current_code(self.account, delivery)

    def ask(self, asked: Asked) -> Told:
        """One exchange, a moment later than the one before."""
        self.time += TICK
        self.slept = 0.0
        headers = {
            "authorization": f"Bearer {self.account.person.token}",
            "content-type": MEDIA_TYPE,
            "accept": "*/*",
            "accept-encoding": "gzip",
            **asked.headers,
        }
        scope = {
            "type": "http",
            "method": asked.method,
            "path": asked.path or ACTIONS + NAMES[asked.operation],
            "query_string": b"",
            "root_path": "",
            "headers": [(name.encode(), value.encode("latin-1")) for name, value in headers.items() if value != "-"],
        }
        sent: list[Any] = []

        async def receive() -> Any:
            return {"type": "http.request", "body": asked.body, "more_body": False}

        async def send(message: Any) -> None:
            sent.append(message)

        self.loop.run_until_complete(self.app(scope, receive, send))
        body = b"".join(message.get("body", b"") for message in sent[1:])
        return Told(sent[0]["status"], tuple(sent[0]["headers"]), body, self.slept)

    def close(self) -> None:
        """End the loop."""
        self.loop.close()


def body(**attributes: Any) -> bytes:
    """A request document."""
    return json.dumps({"data": {"type": "users", "attributes": attributes}}).encode()


def enable(delivery: str, *number: str | None) -> Asked:
    """A valid request to enable."""
    return Asked("enable", body(delivery=delivery, **({"sms-number": number[0]} if number else {})))


def verify(code: Any) -> Asked:
    """A request to verify."""
    return Asked("verify", body(code=code))


DISABLE, RESEND = Asked("disable"), Asked("resend")


def hostile(good: bytes) -> Iterator[bytes]:
    """What a valid body becomes when it is spoiled below the level of its members."""
    text = good.decode()
    flat = json.loads(text)["data"]["attributes"]
    extra = text[:-1]
    yield from (b"", b" ", b"{", good[:-1], good[:-3], good + b"x", good + b" " + good, b"[" + good + b"]")
    yield "&".join(
        ["data[type]=users", *(f"data[attributes][{name}]={value}" for name, value in flat.items())]
    ).encode()
    yield json.dumps(text).encode()
    yield (extra + ",}").encode()
    yield text.replace('"', "'").encode()
    yield (text + " // fine").encode()
    yield text.replace('"data"', "data").encode()
    yield (extra + ', "x": NaN}').encode()
    yield text.encode("utf-16")
    yield (extra + ', "x": "').encode() + b'\xff"}'
    yield (extra + ', "x": "a\nb"}').encode()
    yield from (b"null", b"true", b"5", b"[]", b"{}", b'""', b"[" * 100_000, b"NaN", b"9" * 5000)


def curious(good: bytes) -> Iterator[bytes]:
    """Bodies that are valid, or nearly so, and hard to take."""
    extra = good.decode()[:-1]
    for value in ("[" * 150 + "]" * 150, "9" * 30, "9" * 5000, "1e400", f'"{"x" * 300}"', f'"{"y" * 9000}"'):
        yield f'{extra}, "x": {value}}}'.encode()
    for value in ("\\u0000", "\\ud800", "\N{ROCKET}"):
        yield f'{extra}, "x": "{value}"}}'.encode()
    yield b"\xef\xbb\xbf" + good
    yield (extra + ', "data": ' + extra[9:] + "}").encode()


def replaced(good: bytes, pointer: str) -> Iterator[bytes]:
    """A valid body with one member wrong, in many ways."""
    *parents, name = pointer.split("/")[1:]
    document = json.loads(good)
    holder = document
    for parent in parents:
        holder = holder[parent]
    right = holder.pop(name, None)
    yield json.dumps(document).encode()
    values: list[Any] = [None, 0, 1, 2.5, True, False, "", [], {}, {"a": 1}, [right], [[right]], {"$ne": ""}]
    if isinstance(right, str):
        values += [
            right.upper(),
            f" {right} ",
            right[:-1],
            right[:1],
            f"{right}x",
            "unknown",
            f"{right}\0x",
            [right, 1],
        ]
        values += [f"x{right}", "\ud800", "\N{ROCKET}", "y" * 300, int(right) if right.lstrip("+").isdigit() else -1]
    else:
        values += [json.dumps(right), list((right or {}).items())]
    for value in values:
        holder[name] = value
        yield json.dumps(document).encode()
    flat = json.loads(good)
    if name == "data":
        yield json.dumps(flat["data"]).encode()
    if name == "attributes":
        yield json.dumps({"data": {"type": "users", **flat["data"]["attributes"]}}).encode()


def misses(right: str) -> Iterator[str]:
    """Wrong codes, most of them near the right one."""
    last, start = ("7" if digit != "7" else "3" for digit in (right[-1], right[0]))
    yield from ("", "000000", "123456", "abcdef", right[:-1], right[:1], f"{right}0", f"0{right}", f"x{right}y")
    yield from (right[:-1] + last, start + right[1:], right[:3] + last * 3, f"+{right}", right + "\0")
    yield "".join(chr(ord(digit) + 0xFEE0) for digit in right)


def intruders(token: str) -> Iterator[dict[str, str]]:
    """Headers that let nobody in."""
    yield {"authorization": "-"}
    for value in (
        "",
        "Bearer",
        "Bearer ",
        "Bearer unknown",
        token,
        f"Bearer {token[:-1]}",
        f"Bearer {token[1:]}",
        f"Bearer {token}x",
        f"Bearer {token.lower()}",
        f"Token {token}",
        f"Basic {token}",
        f"Digest {token}",
        f"Bearer {token[:30]}{'0' * len(token[30:])}",
    ):
        yield {"authorization": value}


def oddities() -> Iterator[Asked]:
    """Calls that end before an order is read, or nearly so."""
    for operation in NAMES:
        for method in ("GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "FOO"):
            yield Asked(operation, enable("app").body if operation == "enable" else b"", method)
        for media_type in ("text/plain", "application/json", f"{MEDIA_TYPE}; charset=utf-8", "-"):
            yield Asked(operation, b"", headers={"content-type": media_type})
        yield Asked(operation, b"", headers={"accept": f"{MEDIA_TYPE}; ext=1"})
    yield Asked("enable", headers={"accept": "text/html"})
    yield Asked("resend", path=f"{ACTIONS}unknown")
    yield Asked("disable", path=f"{ACTIONS}disable//")


def conversation(driver: Driver) -> Iterator[Asked]:
    """The requests, one after the other; what is right depends on the state that the earlier ones have left."""
    yield verify(driver.account.totp())
    yield from (verify("111111"), RESEND, DISABLE)
    for delivery, *number in (("app",), ("app", None), ("app", NUMBER), ("sms", NUMBER), ("sms", "+12025550199")):
        yield enable(delivery, *number)
        yield RESEND
        yield from (verify(code) for code in misses(driver.code(delivery)))
        yield verify(driver.code(delivery))
        yield verify(driver.code(delivery))
        yield from (RESEND, enable("app"), enable("sms", NUMBER), DISABLE, DISABLE)
        yield verify(driver.code(delivery))
        yield DISABLE
    yield from (
        enable("sms"),
        enable("sms", "anything"),
        enable("sms", "+1 (202) 555-0123"),
        enable("sms", "+1555555555"),
    )
    earlier = driver.code("sms")
    yield from (RESEND, verify(earlier), DISABLE, enable("app"))
    yield verify(driver.account.totp(-1))
    once = driver.code("app")
    yield from (enable("app"), verify(once), enable("app"), verify(once))
    yield from refusals(driver)
    yield from slips()


def refusals(driver: Driver) -> Iterator[Asked]:
    """Every kind of refused call, and between the kinds the proof that nothing has changed."""
    token = driver.account.person.token
    kinds: list[Any] = [
        lambda: (Asked(name, enable("app").body, headers=headers) for headers in intruders(token) for name in NAMES),
        oddities,
        lambda: (Asked("enable", spoiled) for spoiled in hostile(enable("app").body)),
        lambda: (Asked("enable", spoiled) for spoiled in hostile(enable("sms", NUMBER).body)),
        lambda: (Asked("verify", spoiled) for spoiled in hostile(verify(driver.code("sms")).body)),
    ]
    for good in (enable("app", NUMBER), enable("sms", NUMBER)):
        kinds += [
            lambda good=good, pointer=pointer: (Asked("enable", wrong) for wrong in replaced(good.body, pointer))
            for pointer in ("/data/attributes/sms-number", "/data/attributes/delivery")
        ]
    kinds += [
        lambda pointer=pointer: (Asked("enable", wrong) for wrong in replaced(enable("app").body, pointer))
        for pointer in ("/data", "/data/type", "/data/attributes", "/data/attributes/delivery")
    ]
    kinds += [
        lambda pointer=pointer: (Asked("verify", wrong) for wrong in replaced(verify(driver.code("sms")).body, pointer))
        for pointer in ("/data", "/data/type", "/data/attributes", "/data/attributes/code")
    ]
    for kind in kinds:
        yield enable("sms", NUMBER)
        yield from kind()
        yield verify(driver.code("sms"))
        yield DISABLE


def slips() -> Iterator[Asked]:
    """What may be taken or refused as the server likes."""
    yield enable("sms", NUMBER)
    for good in (enable("app"), verify("111111")):
        for spoiled in curious(good.body):
            yield Asked(good.operation, spoiled)
    yield Asked("disable", enable("app").body)
    yield Asked("disable", path=f"{ACTIONS}disable/")
    token_scheme = {"authorization": "bearer ReferenceOnly1.TokenOfAda.x7Kq2VnR9sWd4TzB"}
    yield Asked("disable", headers=token_scheme)
