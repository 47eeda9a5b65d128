"""A long conversation with a service, in which every fault and every variant shows."""

from __future__ import annotations

import json
from functools import cache, partial
from typing import TYPE_CHECKING, Any

from reference.messages import MEDIA_TYPE, OPERATIONS, Operation
from reference.service import Service
from tests.reference.driver import ACTIONS, DISABLE, NUMBER, RESEND, Driver, RequestSpec, document, enable, verify

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.reference.driver import Reply


@cache
def conforming_exchanges() -> list[tuple[RequestSpec, Reply]]:
    """The conversation with the conforming service."""
    driver = Driver(Service)
    return [(spec, driver.send(spec)) for spec in conversation(driver)]


def shows(service_type: type[Service]) -> bool:
    """True for a service with a reply that is not the conforming one."""
    driver = Driver(service_type)
    return any(driver.send(spec) != reply for spec, reply in conforming_exchanges())


def conversation(driver: Driver) -> Iterator[RequestSpec]:
    """The requests in order; the right codes depend on the requests before."""
    yield verify(driver.account.totp())
    yield from (verify("111111"), RESEND, DISABLE)
    for delivery, *number in (("app",), ("app", NUMBER), ("sms", NUMBER)):
        yield enable(delivery, *number)
        yield RESEND
        yield from (verify(code) for code in wrong_codes(driver.code(delivery)))
        yield verify(driver.code(delivery))
        yield verify(driver.code(delivery))
        yield from (RESEND, enable("app"), enable("sms", NUMBER), DISABLE, DISABLE)
        yield verify(driver.code(delivery))
        yield DISABLE
    numbers = ("anything", "+1 (202) 555-0123", "+1555555555", "+12025550199")
    yield from (enable("sms"), *(enable("sms", number) for number in numbers))
    earlier = driver.code("sms")
    yield from (RESEND, verify(earlier), DISABLE, enable("app"))
    yield verify(driver.account.totp(-1))
    once = driver.code("app")
    yield from (enable("app"), verify(once), enable("app"), verify(once))
    yield from rejected_requests(driver)
    yield from debatable_requests()
    yield from framework_requests(driver)


def rejected_requests(driver: Driver) -> Iterator[RequestSpec]:
    """Requests that the conforming service rejects, in groups; after each group, its effects show."""
    token = driver.account.person.token
    invalid: list[tuple[RequestSpec, str]] = [
        *((enable("app"), name) for name in ("/data", "/data/type", "/data/attributes", "/data/attributes/delivery")),
        (enable("app", NUMBER), "/data/attributes/sms-number"),
        (enable("sms", NUMBER), "/data/attributes/sms-number"),
    ]
    groups: list[Callable[[], Iterator[RequestSpec]]] = [
        partial(unauthorized_requests, token),
        odd_requests,
        lambda: with_bodies("enable", malformed_bodies(enable("app").body)),
        lambda: with_bodies("verify", malformed_bodies(verify(driver.code("sms")).body)),
        *(partial(with_invalid_member, spec, pointer) for spec, pointer in invalid),
    ]
    for group in groups:
        yield enable("sms", NUMBER)
        yield from group()
        yield verify(driver.code("sms"))
        yield DISABLE
    for pointer in ("/data", "/data/type", "/data/attributes", "/data/attributes/code"):
        yield enable("sms", NUMBER)
        yield from with_invalid_member(verify(driver.code("sms")), pointer)
        yield verify(driver.code("sms"))
        yield DISABLE


def debatable_requests() -> Iterator[RequestSpec]:
    """Requests that a server may accept or reject."""
    yield enable("sms", NUMBER)
    for valid in (enable("app"), verify("111111")):
        yield from with_bodies(valid.operation, unusual_bodies(valid.body))
    yield RequestSpec("disable", enable("app").body)
    yield RequestSpec("disable", path=f"{ACTIONS}disable/")
    yield RequestSpec("disable", headers={"authorization": "bearer ReferenceOnly1.TokenOfAda.x7Kq2VnR9sWd4TzB"})


def framework_requests(driver: Driver) -> Iterator[RequestSpec]:
    """Requests that some frameworks read in ways of their own."""
    token = driver.account.person.token
    for authorization in ("Bearer constructor", "Bearer %", "Bearer '", f"Bearer {token} x"):
        yield RequestSpec("disable", headers={"authorization": authorization})
    yield RequestSpec("disable", method="GET", headers={"x-http-method-override": "POST"})
    yield RequestSpec("enable", form(enable("app").body), headers={"content-type": "application/x-www-form-urlencoded"})
    forged = {"verified": True, "enabled": False, "recovery-codes": ["x"]}
    yield RequestSpec("enable", document(delivery="app", **forged))
    yield RequestSpec("verify", document(code="111111", **forged))
    yield RequestSpec("verify", document(code=driver.code("app"), **forged))
    yield enable("app")
    for valid in (enable("app"), verify(driver.code("app"))):
        for name in ("data", "type", "attributes", "delivery", "code"):
            yield RequestSpec(valid.operation, valid.body.replace(f'"{name}"'.encode(), f'"{name.upper()}"'.encode()))
            yield enable("app")
    yield verify(f"{driver.code('app')}.0")
    yield from (DISABLE, enable("sms", NUMBER))
    earlier = driver.code("sms")
    yield from (enable("sms", NUMBER), verify(earlier), DISABLE, enable("app"))
    code = driver.code("app")
    yield from (verify(f"{code[:3]} {code[3:]}"), enable("app"), verify(driver.code("app")))
    recovery = next(iter(driver.account.two_factor.recovery_codes), "")
    yield from (verify(recovery), DISABLE, enable("app"), verify(recovery), DISABLE)


def with_bodies(operation: Operation, bodies: Iterator[bytes]) -> Iterator[RequestSpec]:
    """Requests to an operation."""
    return (RequestSpec(operation, body) for body in bodies)


def wrong_codes(right: str) -> Iterator[str]:
    """Wrong codes, most of them near the right one."""
    last, first = ("7" if digit != "7" else "3" for digit in (right[-1], right[0]))
    yield from ("", "000000", "123456", "abcdef", right[:-1], right[:1], f"{right}0", f"0{right}", f"x{right}y")
    yield from (right[:-1] + last, first + right[1:], right[:3] + last * 3, f"+{right}", right + "\0")
    yield "".join(chr(ord(digit) + 0xFEE0) for digit in right)


def unauthorized_requests(token: str) -> Iterator[RequestSpec]:
    """Requests without a valid token."""
    for operation in OPERATIONS:
        yield RequestSpec(operation, enable("app").body, headers={"authorization": None})
    for authorization in (
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
        yield RequestSpec("enable", enable("app").body, headers={"authorization": authorization})


def odd_requests() -> Iterator[RequestSpec]:
    """Requests with another method, media type or path."""
    for operation in OPERATIONS:
        for method in ("GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "FOO"):
            yield RequestSpec(operation, enable("app").body if operation == "enable" else b"", method)
        for media_type in ("text/plain", "application/json", f"{MEDIA_TYPE}; charset=utf-8", None):
            yield RequestSpec(operation, headers={"content-type": media_type})
        yield RequestSpec(operation, headers={"accept": f"{MEDIA_TYPE}; ext=1"})
    yield RequestSpec("enable", headers={"accept": "text/html"})
    yield RequestSpec("resend", path=f"{ACTIONS}unknown")
    yield RequestSpec("disable", path=f"{ACTIONS}disable//")


def form(valid: bytes) -> bytes:
    """A body as a form."""
    attributes = json.loads(valid)["data"]["attributes"]
    fields = ["data[type]=users", *(f"data[attributes][{name}]={value}" for name, value in attributes.items())]
    return "&".join(fields).encode()


def malformed_bodies(valid: bytes) -> Iterator[bytes]:
    """Bodies that are not JSON, or not an object."""
    text = valid.decode()
    start = text[:-1]
    yield from (b"", b" ", b"{", valid[:-1], valid[:-3], valid + b"x", valid + b" " + valid, b"[" + valid + b"]")
    yield form(valid)
    yield json.dumps(text).encode()
    yield f"{start},}}".encode()
    yield text.replace('"', "'").encode()
    yield f"{text} // fine".encode()
    yield text.replace('"data"', "data").encode()
    yield f'{start}, "x": NaN}}'.encode()
    yield text.encode("utf-16")
    yield f'{start}, "x": "'.encode() + b'\xff"}'
    yield f'{start}, "x": "a\nb"}}'.encode()
    yield from (b"null", b"true", b"5", b"[]", b"{}", b'""', b"[" * 100_000, b"NaN", b"9" * 5000)


def unusual_bodies(valid: bytes) -> Iterator[bytes]:
    """Bodies that are valid or nearly so, with a value that is hard to process."""
    start = valid.decode()[:-1]
    for value in ("[" * 150 + "]" * 150, "9" * 30, "9" * 5000, "1e400", f'"{"x" * 300}"', f'"{"y" * 9000}"'):
        yield f'{start}, "x": {value}}}'.encode()
    for value in ("\\u0000", "\\ud800", "\N{ROCKET}"):
        yield f'{start}, "x": "{value}"}}'.encode()
    yield b"\xef\xbb\xbf" + valid
    yield f'{start}, "data": {start[9:]}}}'.encode()


def with_invalid_member(valid: RequestSpec, pointer: str) -> Iterator[RequestSpec]:
    """Requests with one invalid member."""
    *parents, name = pointer.split("/")[1:]
    body = json.loads(valid.body)
    holder = body
    for parent in parents:
        holder = holder[parent]
    right = holder.pop(name, None)
    yield RequestSpec(valid.operation, json.dumps(body).encode())
    for value in invalid_values(right):
        holder[name] = value
        yield RequestSpec(valid.operation, json.dumps(body).encode())
    data = json.loads(valid.body)["data"]
    if name == "data":
        yield RequestSpec(valid.operation, json.dumps(data).encode())
    if name == "attributes":
        yield RequestSpec(valid.operation, json.dumps({"data": {"type": "users", **data["attributes"]}}).encode())


def invalid_values(right: Any) -> Iterator[Any]:
    """Values of other types, and strings near the right one."""
    yield from (None, 0, 1, 2.5, True, False, "", [], {}, {"a": 1}, [right], [[right]], {"$ne": ""})
    if isinstance(right, str):
        yield from (
            right.upper(),
            f" {right} ",
            right[:-1],
            right[:1],
            f"{right}x",
            "unknown",
            f"{right}\0x",
            [right, 1],
        )
        yield from (f"x{right}", "\ud800", "\N{ROCKET}", "y" * 300, int(right) if right.lstrip("+").isdigit() else -1)
    else:
        yield from (json.dumps(right), list((right or {}).items()))
