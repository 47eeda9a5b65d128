"""The exchanges of a run as a HAR 1.2 file, without secrets: to be looked at in a browser, and to be judged again."""

from __future__ import annotations

import base64
import json
import re
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any

from conformance.offline.har import OURS
from conformance.target import ConfigurationError
from conformance.tool import TOOL, tool_version
from schemas import NotJSON, parse

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.exchange import Exchange, Headers
    from conformance.run import Run
    from reports.evidence import Evidence

FORMAT = 1
"""Of what this suite says more than HAR has a place for."""
SCALAR = re.compile(r'"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?')


def checked(file: str | None) -> Path | None:
    """The file to write, if one is wanted, with nothing of another run in it.

    Raises:
        ConfigurationError: it can't be written.
    """
    if file is None:
        return None
    path = Path(file).expanduser().absolute()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
        path.unlink()
    except OSError as error:
        raise ConfigurationError(f"--har: {file} can't be written: {error.strerror or error}") from error
    return path


def archive(run: Run, evidence: Evidence) -> dict[str, Any]:
    """The document; what got no answer stands there with status 0."""
    exchanges = sorted(
        (*run.exchanges, *run.asker.unanswered), key=lambda each: (each.number, not each.response.status)
    )
    return {
        "log": {
            "version": "1.2",
            "creator": {"name": TOOL, "version": tool_version()},
            "entries": [_entry(run, exchange, evidence) for exchange in exchanges],
            OURS: {"format": FORMAT, "contract": run.contract.name, "base-url": run.target.base_url},
        }
    }


def _entry(run: Run, exchange: Exchange, evidence: Evidence) -> dict[str, Any]:
    request, response = exchange.request, exchange.response
    shown = evidence.of(exchange)
    milliseconds = round(exchange.seconds * 1000, 3)
    received = masked(response.body, evidence)
    aimed = exchange.purpose.partition(": ")[0]
    more: dict[str, Any] = {
        "account": exchange.account,
        "valid-credentials": exchange.valid_credentials,
        "resent": exchange.resent,
    }
    if aimed in run.contract.requirements:
        more["requirement"] = aimed
    return {
        "startedDateTime": datetime.fromtimestamp(exchange.ended - exchange.seconds, UTC).isoformat(
            timespec="microseconds"
        ),
        "time": milliseconds,
        "request": {
            "method": request.method,
            "url": shown.url,
            "httpVersion": "HTTP/1.1",
            "cookies": [],
            "headers": _headers(shown.request_headers),
            "queryString": [],
            "headersSize": -1,
            **_post_data(request.headers, request.body, evidence),
        },
        "response": {
            "status": response.status,
            "statusText": _phrase(response.status),
            "httpVersion": "HTTP/1.1",
            "cookies": [],
            "headers": _headers(shown.response_headers),
            "content": {
                "size": len(received),
                "mimeType": evidence.clean(response.header("content-type")),
                **_text(received, "encoding"),
            },
            "redirectURL": evidence.clean(response.header("location")),
            "headersSize": -1,
            "bodySize": -1,
        },
        "cache": {},
        "timings": {"send": 0, "wait": milliseconds, "receive": 0},
        "comment": evidence.clean(exchange.purpose),
        OURS: more,
    }


def _post_data(headers: Headers, body: bytes | None, evidence: Evidence) -> dict[str, Any]:
    if body is None:
        return {"bodySize": 0}
    sent = masked(body, evidence)
    media_type = next((value for name, value in headers if name.lower() == "content-type"), "")
    return {"bodySize": len(sent), "postData": {"mimeType": media_type, **_text(sent, "_encoding")}}


def _text(body: bytes, encoding: str) -> dict[str, str]:
    """The members that hold a body; HAR knows base64 for answers only, and lets others begin with an underscore."""
    try:
        return {"text": body.decode()}
    except UnicodeDecodeError:
        return {"text": base64.b64encode(body).decode(), encoding: "base64"}


def masked(body: bytes, evidence: Evidence) -> bytes:
    """A body without secrets; what is JSON is so still, and what is a number in it, a number."""
    try:
        parse(body)
    except NotJSON:
        return evidence.body(body)
    return SCALAR.sub(_scalar(evidence.clean), body.decode()).encode()


def _scalar(clean: Callable[[str], str]) -> Callable[[re.Match[str]], str]:
    def replaced(found: re.Match[str]) -> str:
        text = found.group()
        if not text.startswith('"'):
            return text if clean(text) == text else "0"
        value = json.loads(text)
        kept = value.encode("utf-8", "backslashreplace").decode()
        masked = clean(value)
        return text if masked == kept else json.dumps(masked)

    return replaced


def _headers(headers: Headers) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in headers]


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""
