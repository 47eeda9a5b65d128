"""Recorded requests and responses, as browsers, a proxy and a bare script write HAR files; and the verdicts on them."""

from __future__ import annotations

import base64
import copy
import gzip
import json
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from conformance.masking import Masker
from conformance.model import Inconclusive, NoVerdict, Violation
from conformance.recording import test_recorded as recorded_tests
from conformance.recording.plugin import judge_files
from conformance.recording.reasons import abort_reason, notes
from conformance.runner.lifecycle import public_words
from conformance.settings import Settings
from schemas import load

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from conformance.recording.har import Recording
    from conformance.recording.replay import Replay

CONTRACT = load()
JSON_API = "application/vnd.api+json"
BASE = "https://tfe.example/api/v2"
TOKEN = "oW3k9ZbqTfVx1A.atlasv1.4mPz8LrYtN"
NUMBER = "+12025550123"
RECOVERY_CODES = ("ab12cd34", "ef56gh78")
BEGIN = datetime(2026, 3, 4, 10, 11, 12, 345_000, tzinfo=UTC)
PATHS = {name: operation.path for name, operation in CONTRACT.operations.items()}


@dataclass(frozen=True)
class Step:
    """A request and its response; `body` and `answer` are JSON values, bytes, or `None` for no body.

    `at` and `seconds` are the time of the request, in seconds since the beginning, and the duration; a header that is
    `None` is not sent.
    """

    operation: str
    body: Any = None
    answer: Any = None
    status: int = 200
    at: float | None = None
    seconds: float = 0.12
    method: str = "POST"
    url: str = ""
    token: str = TOKEN
    headers: Mapping[str, str | None] = field(default_factory=dict)
    answer_headers: Mapping[str, str | None] = field(default_factory=dict)

    @property
    def address(self) -> str:
        """The URL."""
        return self.url or BASE + PATHS[self.operation]

    @property
    def sent(self) -> bytes:
        """The body of the request."""
        return (
            self.body if isinstance(self.body, bytes) else b"" if self.body is None else json.dumps(self.body).encode()
        )

    @property
    def received(self) -> bytes:
        """The body of the response."""
        is_empty = self.answer is None and not (self.operation == "resend" and self.status == 200)
        return self.answer if isinstance(self.answer, bytes) else b"" if is_empty else json.dumps(self.answer).encode()

    @property
    def request_headers(self) -> dict[str, str]:
        """The headers of the request."""
        values: dict[str, str | None] = {
            "Host": "tfe.example",
            "User-Agent": "Mozilla/5.0",
            "Accept": "*/*",
            "Content-Type": JSON_API,
            "Content-Length": str(len(self.sent)),
            "Authorization": f"Bearer {self.token}" if self.token else None,
        }
        return {name: value for name, value in (values | dict(self.headers)).items() if value is not None}

    @property
    def response_headers(self) -> dict[str, str]:
        """The headers of the response."""
        values: dict[str, str | None] = {
            "Content-Type": JSON_API,
            "Server": "nginx",
            "Content-Length": str(len(self.received)),
        }
        return {name: value for name, value in (values | dict(self.answer_headers)).items() if value is not None}


# -- steps -------------------------------------------------------------------------------------------------------------


def user(operation: str, *, name: str = "user-2fa", identity: str = "user_d3cab177", **two_factor: Any) -> Any:
    """The sampled response of an operation, with other members in two-factor."""
    document: Any = copy.deepcopy(CONTRACT.operations[operation].response.schema["examples"][0])
    data = document["data"]
    data["attributes"]["two-factor"] |= {key.replace("_", "-"): value for key, value in two_factor.items()}
    data["attributes"]["username"], data["id"] = name, identity
    data["links"]["self"] = f"/api/v2/users/{name}"
    data["relationships"]["authentication-tokens"]["links"]["related"] = f"/api/v2/users/{name}/authentication-tokens"
    return document


def enabling(delivery: str = "app", **more: Any) -> Any:
    """A body that enables."""
    number = {"sms-number": NUMBER} if delivery == "sms" else {}
    return {"data": {"type": "users", "attributes": {"delivery": delivery, **number, **more}}}


def verifying(code: Any = "123456") -> Any:
    """A body that verifies."""
    return {"data": {"type": "users", "attributes": {"code": code}}}


def errors(status: int = 422) -> Any:
    """An error document."""
    return {"errors": [{"status": str(status), "title": "no"}]}


def enable(delivery: str = "app", **more: Any) -> Step:
    number = NUMBER if delivery == "sms" else None
    answer = user("enable", delivery=delivery, enabled=True, verified=False, sms_number=number)
    return replace(Step("enable", enabling(delivery), answer), **more)


def verify(code: str = "123456", delivery: str = "app", **more: Any) -> Step:
    number, codes = NUMBER if delivery == "sms" else None, list(RECOVERY_CODES)
    answer = user(
        "verify",
        delivery=delivery,
        enabled=True,
        verified=True,
        sms_number=number,
        recovery_codes=codes,
        used_recovery_codes=[],
    )
    return replace(Step("verify", verifying(code), answer), **more)


def disable(**more: Any) -> Step:
    return replace(Step("disable", answer=user("disable")), **more)


def resend(**more: Any) -> Step:
    return replace(Step("resend"), **more)


def rejected(step: Step, status: int = 422) -> Step:
    return replace(step, status=status, answer=errors(status))


def life() -> list[Step]:
    """The requests of a person who tries all of it, with a mistyped code."""
    return [
        enable("sms"),
        resend(),
        rejected(verify("654321", "sms")),
        verify("123456", "sms"),
        disable(),
        rejected(verify("123456", "sms")),
        rejected(Step("enable", {"data": {"type": "user", "attributes": {"delivery": "app"}}})),
        enable("app"),
        rejected(Step("enable", method="GET"), 405),
        rejected(resend()),
        verify("730146"),
        disable(),
    ]


# -- tools -------------------------------------------------------------------------------------------------------------


def _listed(headers: Mapping[str, str], *, lower: bool = False) -> list[dict[str, str]]:
    return [{"name": name.lower() if lower else name, "value": value} for name, value in headers.items()]


def _instant(step: Step) -> datetime:
    return BEGIN + timedelta(seconds=step.at or 0.0)


def bare(step: Step) -> dict[str, Any]:
    """An entry of a script around curl: the members that HAR demands, and no size that it would have to count."""
    text = step.sent.decode("utf-8", "replace")
    return {
        "startedDateTime": _instant(step).isoformat(),
        "time": step.seconds * 1000,
        "request": {
            "method": step.method,
            "url": step.address,
            "httpVersion": "HTTP/1.1",
            "cookies": [],
            "headers": _listed(step.request_headers),
            "queryString": [],
            "headersSize": -1,
            "bodySize": -1,
            **({"postData": {"mimeType": JSON_API, "text": text}} if step.sent else {}),
        },
        "response": {
            "status": step.status,
            "statusText": "",
            "httpVersion": "HTTP/1.1",
            "cookies": [],
            "headers": _listed(step.response_headers),
            "content": {"size": -1, "mimeType": JSON_API, "text": step.received.decode()},
            "redirectURL": "",
            "headersSize": -1,
            "bodySize": -1,
        },
        "cache": {},
        "timings": {"send": 0, "wait": step.seconds * 1000, "receive": 0},
    }


def chrome(step: Step, *, is_sanitized: bool = False) -> dict[str, Any]:
    """An entry of Chrome's DevTools with HTTP/2; since version 130 without credentials, unless one asks for them."""
    hidden = ("Authorization", "Cookie") if is_sanitized else ()
    sent = {name: value for name, value in step.request_headers.items() if name not in hidden}
    entry = bare(step)
    pseudo = {":authority": "tfe.example", ":method": step.method, ":scheme": "https"}
    entry["request"] |= {"headers": _listed(pseudo | sent, lower=True), "bodySize": len(step.sent)}
    entry["response"]["headers"] = _listed(step.response_headers | {"content-encoding": "gzip"}, lower=True)
    entry["response"]["content"]["size"] = len(step.received)
    entry["response"] |= {"_error": None, "_fetchedViaServiceWorker": False}
    return entry


def sanitized(step: Step) -> dict[str, Any]:
    """An entry of Chrome without credentials."""
    return chrome(step, is_sanitized=True)


def firefox(step: Step) -> dict[str, Any]:
    """An entry of Firefox: the size of the content is the packed one."""
    entry = bare(step)
    packed = len(gzip.compress(step.received))
    entry["request"]["bodySize"] = len(step.sent.decode("utf-8", "replace"))
    entry["response"]["headers"] = _listed(
        step.response_headers | {"content-encoding": "gzip", "Content-Length": str(packed)}
    )
    entry["response"]["content"]["size"] = packed
    return entry


def mitmproxy(step: Step) -> dict[str, Any]:
    """An entry of mitmproxy: the packed size and what packing saved; some JSON is taken for binary."""
    packed = gzip.compress(step.received) if step.received else b""
    entry = bare(step)
    entry["request"]["bodySize"] = len(step.sent)
    headers = step.response_headers | {"Content-Length": str(len(packed))}
    entry["response"]["headers"] = _listed(headers | ({"content-encoding": "gzip"} if packed else {}))
    entry["response"]["content"] = {
        "size": len(packed),
        "compression": len(step.received) - len(packed),
        "mimeType": JSON_API,
        "text": base64.b64encode(step.received).decode(),
        "encoding": "base64",
    }
    return entry


Tool = "Callable[[Step], dict[str, Any]]"
TOOLS: dict[str, Callable[[Step], dict[str, Any]]] = {
    "chrome": chrome,
    "chrome-sanitized": sanitized,
    "firefox": firefox,
    "mitmproxy": mitmproxy,
    "bare": bare,
}


def har(*steps: Step, tool: Callable[[Step], dict[str, Any]] = chrome) -> dict[str, Any]:
    """A HAR document of these steps, a second after each other."""
    entries = [
        tool(replace(step, at=float(number) if step.at is None else step.at)) for number, step in enumerate(steps)
    ]
    creator = {"name": "WebInspector", "version": "537.36"}
    return {"log": {"version": "1.2", "creator": creator, "pages": [], "entries": entries}}


# -- verdicts ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Verdicts:
    """The verdicts on recordings, by requirement and operation, with their details."""

    recordings: tuple[Recording, ...]
    replay: Replay
    masker: Masker
    abort_reason: str
    notes: tuple[str, ...]
    verdicts: Mapping[tuple[str, str], str]
    details: Mapping[tuple[str, str], str]

    def having(self, verdict: str) -> set[str]:
        """The requirements that have this verdict for some operation."""
        return {requirement for (requirement, _), other in self.verdicts.items() if other == verdict}


def judged(folder: Path, *documents: Any, base_url: str | None = None, complete: bool = False) -> Verdicts:
    """The verdicts on HAR documents, each of which becomes a file."""
    files = [
        folder / f"recorded-{number}.har" if number else folder / "recorded.har" for number in range(len(documents))
    ]
    for file, document in zip(files, documents, strict=True):
        file.write_bytes(document if isinstance(document, bytes) else json.dumps(document).encode())
    masker = Masker(public_words(CONTRACT))
    settings = Settings(recordings=tuple(map(str, files)), base_url=base_url, complete=complete)
    recordings, replay = judge_files(CONTRACT, settings, masker)
    verdicts, details = {}, {}
    for case in recorded_tests.concerned(CONTRACT):
        try:
            recorded_tests.test_recorded(*case, replay)
        except Violation as violation:
            verdicts[case], details[case] = "violated", violation.actual
        except NoVerdict as reason:
            verdicts[case] = "inconclusive" if isinstance(reason, Inconclusive) else "untested"
            details[case] = str(reason)
        else:
            verdicts[case] = "conforms"
    return Verdicts(
        recordings,
        replay,
        masker,
        abort_reason(recordings, replay),
        tuple(notes(recordings, replay, is_complete=complete)),
        verdicts,
        details,
    )
