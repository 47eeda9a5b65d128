"""Recordings made by hand, in the shapes in which Chrome, Firefox, mitmproxy and a bare script write HAR files."""

from __future__ import annotations

import base64
import copy
import gzip
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from conformance.offline.plugin import recorded_run
from conformance.offline.test_recorded import concerned, test_recorded
from conformance.verdicts import Inconclusive, Untested, Violation

from schemas import load

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from conformance.run import Run

CONTRACT = load()
JSON_API = "application/vnd.api+json"
BASE = "https://tfe.example/api/v2"
TOKEN = "oW3k9ZbqTfVx1A.atlasv1.4mPz8LrYtN"
NUMBER = "+12025550123"
CODES = ("ab12cd34", "ef56gh78")
BEGIN = datetime(2026, 3, 4, 10, 11, 12, 345_000, tzinfo=UTC)
PATHS = {name: operation.path for name, operation in CONTRACT.operations.items()}


@dataclass
class Step:
    """A request and its answer, before a tool writes them down; `sent` and `answer` are JSON values, bytes or `None`.

    `at` and `seconds` are when it was asked and how long it took, in seconds since the beginning.
    """

    operation: str = "enable"
    sent: Any = None
    status: int = 200
    answer: Any = None
    at: float = 0.0
    seconds: float = 0.12
    method: str = "POST"
    url: str = ""
    token: str = TOKEN
    headers: dict[str, str | None] = field(default_factory=dict)
    answer_headers: dict[str, str] = field(default_factory=dict)

    @property
    def address(self) -> str:
        return self.url or BASE + PATHS[self.operation]

    @property
    def body(self) -> bytes:
        return _bytes(self.sent)

    @property
    def answer_body(self) -> bytes:
        return _bytes(self.answer, nothing=self.operation == "resend" and self.status == 200)

    def request_headers(self) -> dict[str, str]:
        values: dict[str, str | None] = {
            "Host": "tfe.example",
            "User-Agent": "Mozilla/5.0",
            "Accept": "*/*",
            "Content-Type": JSON_API,
            "Content-Length": str(len(self.body)),
            "Authorization": f"Bearer {self.token}" if self.token else None,
            "Cookie": "session=c2Vzc2lvbi1vZi1hLXVzZXI; theme=dark",
        }
        return {name: value for name, value in (values | self.headers).items() if value is not None}

    def response_headers(self) -> dict[str, str]:
        values = {"Content-Type": JSON_API, "Server": "nginx", "Content-Length": str(len(self.answer_body))}
        return values | self.answer_headers


def _bytes(value: Any, *, nothing: bool = False) -> bytes:
    if isinstance(value, bytes):
        return value
    return b"" if value is None and not nothing else json.dumps(value).encode()


# -- what is said --------------------------------------------------------------------------------------------------


def user(operation: str, *, name: str = "user-2fa", identity: str = "user_d3cab177", **two_factor: Any) -> Any:
    """The sampled answer of an operation, with other members in two-factor."""
    document: Any = copy.deepcopy(CONTRACT.operations[operation].response.schema["examples"][0])
    data = document["data"]
    data["attributes"]["two-factor"] |= {key.replace("_", "-"): value for key, value in two_factor.items()}
    data["attributes"]["username"], data["id"] = name, identity
    data["links"]["self"] = f"/api/v2/users/{name}"
    data["relationships"]["authentication-tokens"]["links"]["related"] = f"/api/v2/users/{name}/authentication-tokens"
    return document


def enabling(delivery: str = "app", **more: Any) -> Any:
    """A request body that enables."""
    number = {"sms-number": NUMBER} if delivery == "sms" else {}
    return {"data": {"type": "users", "attributes": {"delivery": delivery, **number, **more}}}


def verifying(code: Any = "123456") -> Any:
    """A request body that verifies."""
    return {"data": {"type": "users", "attributes": {"code": code}}}


def problem(status: int = 422) -> Any:
    """An error document."""
    return {"errors": [{"status": str(status), "title": "no"}]}


def enable(delivery: str = "app", **more: Any) -> Step:
    number = NUMBER if delivery == "sms" else None
    answer = user("enable", delivery=delivery, enabled=True, verified=False, sms_number=number)
    return Step(**{"operation": "enable", "sent": enabling(delivery), "answer": answer, **more})


def verify(code: str = "123456", delivery: str = "app", **more: Any) -> Step:
    number = NUMBER if delivery == "sms" else None
    answer = user(
        "verify",
        delivery=delivery,
        enabled=True,
        verified=True,
        sms_number=number,
        recovery_codes=list(CODES),
        used_recovery_codes=[],
    )
    return Step(**{"operation": "verify", "sent": verifying(code), "answer": answer, **more})


def disable(**more: Any) -> Step:
    return Step(**{"operation": "disable", "answer": user("disable"), **more})


def resend(**more: Any) -> Step:
    return Step(**{"operation": "resend", **more})


def rejected(step: Step, status: int = 422) -> Step:
    step.status, step.answer = status, problem(status)
    return step


# -- how tools write it down ---------------------------------------------------------------------------------------


def _listed(headers: Mapping[str, str], *, lower: bool = False) -> list[dict[str, str]]:
    return [{"name": name.lower() if lower else name, "value": value} for name, value in headers.items()]


def chrome(step: Step, *, sanitized: bool = True) -> dict[str, Any]:
    """As Chrome's DevTools export it from HTTP/2, since version 130 without credentials where nothing else is said."""
    sent = step.request_headers()
    if sanitized:
        sent = {name: value for name, value in sent.items() if name not in ("Authorization", "Cookie")}
    pseudo = [
        {"name": ":authority", "value": "tfe.example"},
        {"name": ":method", "value": step.method},
        {"name": ":path", "value": step.address.partition("tfe.example")[2]},
        {"name": ":scheme", "value": "https"},
    ]
    request: dict[str, Any] = {
        "method": step.method,
        "url": step.address,
        "httpVersion": "http/2.0",
        "headers": pseudo + _listed(sent, lower=True),
        "queryString": [],
        "cookies": [],
        "headersSize": -1,
        "bodySize": len(step.body),
    }
    if step.body:
        request["postData"] = {"mimeType": sent.get("Content-Type", ""), "text": step.body.decode("utf-8", "replace")}
    milliseconds = step.seconds * 1000
    return {
        "_connectionId": "81",
        "_initiator": {"type": "script", "stack": {"callFrames": []}},
        "_priority": "High",
        "_resourceType": "fetch",
        "cache": {},
        "connection": "443",
        "pageref": "page_1",
        "request": request,
        "response": {
            "status": step.status,
            "statusText": "",
            "httpVersion": "http/2.0",
            "headers": _listed(step.response_headers() | {"content-encoding": "gzip"}, lower=True),
            "cookies": [],
            "content": {"size": len(step.answer_body), "mimeType": JSON_API, "text": step.answer_body.decode()},
            "redirectURL": "",
            "headersSize": -1,
            "bodySize": -1,
            "_transferSize": 412,
            "_error": None,
            "_fetchedViaServiceWorker": False,
        },
        "serverIPAddress": "203.0.113.7",
        "startedDateTime": _instant(step).strftime("%Y-%m-%dT%H:%M:%S.") + f"{_instant(step).microsecond // 1000:03}Z",
        "time": milliseconds,
        "timings": {
            "blocked": 1.2,
            "dns": -1,
            "ssl": -1,
            "connect": -1,
            "send": 0.1,
            "wait": milliseconds - 1.5,
            "receive": 0.2,
            "_blocked_queueing": 0.9,
        },
    }


def firefox(step: Step) -> dict[str, Any]:
    """As Firefox exports it: local time, header names as they are, sizes of what was transferred."""
    sent = step.request_headers()
    request: dict[str, Any] = {
        "bodySize": len(step.body.decode("utf-8", "replace")),
        "method": step.method,
        "url": step.address,
        "httpVersion": "HTTP/2",
        "headers": _listed(sent),
        "cookies": [{"name": "session", "value": "c2Vzc2lvbi1vZi1hLXVzZXI"}],
        "queryString": [],
        "headersSize": 612,
    }
    if step.body:
        text = step.body.decode("utf-8", "replace")
        request["postData"] = {"mimeType": sent.get("Content-Type", ""), "params": [], "text": text}
    return {
        "startedDateTime": _instant(step).astimezone(timezone(timedelta(hours=1))).isoformat(timespec="milliseconds"),
        "request": request,
        "response": {
            "status": step.status,
            "statusText": "OK",
            "httpVersion": "HTTP/2",
            "headers": _listed(step.response_headers() | {"content-encoding": "gzip"}),
            "cookies": [],
            "content": {"mimeType": JSON_API, "size": len(step.answer_body), "text": step.answer_body.decode()},
            "redirectURL": "",
            "headersSize": 731,
            "bodySize": 1203,
        },
        "cache": {},
        "timings": {"blocked": 0, "dns": 0, "connect": 0, "ssl": 0, "send": 0, "wait": 119, "receive": 0},
        "time": step.seconds * 1000,
        "_securityState": "secure",
        "serverIPAddress": "203.0.113.7",
        "connection": "443",
        "pageref": "page_1",
    }


def mitmproxy(step: Step) -> dict[str, Any]:
    """As mitmproxy exports it: the size of the packed body, and what packing saved; some JSON taken for no text."""
    packed = gzip.compress(step.answer_body) if step.answer_body else b""
    answered = {**step.response_headers(), "Content-Length": str(len(packed))}
    answered |= {"content-encoding": "gzip"} if packed else {}
    return {
        "startedDateTime": _instant(step).isoformat(),
        "time": step.seconds * 1000,
        "request": {
            "method": step.method,
            "url": step.address,
            "httpVersion": "HTTP/1.1",
            "cookies": [],
            "headers": _listed(step.request_headers()),
            "queryString": [],
            "headersSize": 301,
            "bodySize": len(step.body),
            "postData": {
                "mimeType": step.request_headers().get("Content-Type", ""),
                "text": step.body.decode("utf-8", "surrogateescape").encode("utf-8", "replace").decode(),
                "params": [],
            },
        },
        "response": {
            "status": step.status,
            "statusText": "OK",
            "httpVersion": "HTTP/1.1",
            "cookies": [],
            "headers": _listed(answered),
            "content": {
                "size": len(packed),
                "compression": len(step.answer_body) - len(packed),
                "mimeType": JSON_API,
                "text": base64.b64encode(step.answer_body).decode(),
                "encoding": "base64",
            },
            "redirectURL": "",
            "headersSize": 187,
            "bodySize": len(packed),
        },
        "cache": {},
        "timings": {"connect": -1.0, "ssl": -1.0, "send": 1.0, "receive": 1.0, "wait": step.seconds * 1000 - 2},
        "serverIPAddress": "203.0.113.7",
    }


def bare(step: Step) -> dict[str, Any]:
    """As a script around curl writes it: what HAR demands, and no size that it had to count for."""
    return {
        "startedDateTime": _instant(step).isoformat(),
        "time": step.seconds * 1000,
        "request": {
            "method": step.method,
            "url": step.address,
            "httpVersion": "HTTP/1.1",
            "cookies": [],
            "headers": _listed(step.request_headers()),
            "queryString": [],
            "headersSize": -1,
            "bodySize": -1,
            **({"postData": {"mimeType": JSON_API, "text": step.body.decode()}} if step.body else {}),
        },
        "response": {
            "status": step.status,
            "statusText": "",
            "httpVersion": "HTTP/1.1",
            "cookies": [],
            "headers": _listed(step.response_headers()),
            "content": {"size": -1, "mimeType": JSON_API, "text": step.answer_body.decode()},
            "redirectURL": "",
            "headersSize": -1,
            "bodySize": -1,
        },
        "cache": {},
        "timings": {"send": 0, "wait": step.seconds * 1000, "receive": 0},
    }


def whole(step: Step) -> dict[str, Any]:
    """As Chrome exports it with all credentials."""
    return chrome(step, sanitized=False)


TOOLS: dict[str, Callable[[Step], dict[str, Any]]] = {
    "chrome": whole,
    "chrome-sanitized": chrome,
    "firefox": firefox,
    "mitmproxy": mitmproxy,
    "bare": bare,
}


def _instant(step: Step) -> datetime:
    return BEGIN + timedelta(seconds=step.at)


def one_after_the_other(*steps: Step) -> list[Step]:
    """The steps with a second between them."""
    for at, step in enumerate(steps):
        step.at = step.at or float(at)
    return list(steps)


def document(*steps: Step, tool: Callable[[Step], dict[str, Any]] = whole) -> dict[str, Any]:
    """A HAR document of these steps, one after the other."""
    entries = [tool(step) for step in one_after_the_other(*steps)]
    creator = {"name": "WebInspector", "version": "537.36"}
    return {"log": {"version": "1.2", "creator": creator, "pages": [], "entries": entries}}


# -- what is made of it --------------------------------------------------------------------------------------------


@dataclass
class Judged:
    """What a recording came to: by requirement and operation the verdict, and what was said of it."""

    run: Run
    verdicts: dict[tuple[str, str], str]
    details: dict[tuple[str, str], str]

    def having(self, verdict: str) -> set[str]:
        """The requirements that have this verdict for some operation."""
        return {name for (name, _), found in self.verdicts.items() if found == verdict}


def judged(folder: Path, har: Any, *, base_url: str | None = None, complete: bool = False) -> Judged:
    """Judge a HAR document in this process."""
    file = folder / "made.har"
    file.write_text(json.dumps(har), "utf-8")
    run = recorded_run(CONTRACT, SimpleNamespace(recording=str(file), base_url=base_url, complete=complete))
    found = Judged(run, {}, {})
    for case in concerned(CONTRACT):
        try:
            test_recorded(*case, run)
        except (Violation, Inconclusive, Untested) as reason:
            found.verdicts[case] = {"Violation": "violated"}.get(type(reason).__name__, type(reason).__name__.lower())
            found.details[case] = reason.actual if isinstance(reason, Violation) else str(reason)
        else:
            found.verdicts[case] = "conforms"
    return found
