"""The exchanges of a run as a HAR 1.2 file without secrets, for the network tools of browsers and for `judge`."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from conformance.masking import printable
from conformance.model import ConfigurationError, Response
from conformance.user_files import user_path
from conformance.version import TOOL

if TYPE_CHECKING:
    from pathlib import Path

    from conformance.masking import Masker
    from conformance.model import Exchange, Headers
    from conformance.run_record import RunRecord
    from reports.run_result import RunResult

FORMAT = 2
"""The version of the form of `_conformance`."""
MEMBER = "_conformance"
"""The member of the log, and of each entry, for what HAR has no place for."""
PAGE = "page_1"
"""Some browsers show only entries that belong to a page."""


def check_har(file: str | None) -> Path | None:
    """The path of the HAR file.

    Raises:
        ConfigurationError: its folder does not exist.
    """
    if file is None:
        return None
    path = user_path(file, "--har")
    if not path.parent.is_dir() or path.is_dir():
        raise ConfigurationError(f"--har: {file} can't be written: its folder does not exist, or it is one itself")
    return path


def har(result: RunResult, record: RunRecord) -> str:
    """The content of the file; an exchange without a response has status 0."""
    page = {
        "id": PAGE,
        "title": f"{TOOL}: {result.target.base_url}",
        "startedDateTime": _time(record.started),
        "pageTimings": {"onContentLoad": -1, "onLoad": -1},
    }
    log = {
        "version": "1.2",
        "creator": {"name": TOOL, "version": result.tool.version},
        "pages": [page],
        "entries": [_entry(exchange, record.masker) for exchange in record.exchanges],
        MEMBER: {"format": FORMAT, "contract": result.contract.name, "base_url": result.target.base_url},
    }
    return json.dumps({"log": log}, ensure_ascii=False)


def _entry(exchange: Exchange, masker: Masker) -> dict[str, Any]:
    request, response = exchange.request, exchange.response or Response(0, ())
    milliseconds = round(exchange.seconds * 1000, 3)

    def clean(text: str) -> str:
        return printable(masker.value(text))

    def message(headers: Headers) -> dict[str, Any]:
        pairs = [{"name": printable(name), "value": printable(value)} for name, value in masker.headers(headers)]
        return {"httpVersion": "HTTP/1.1", "cookies": [], "headers": pairs, "headersSize": -1, "bodySize": -1}

    def body(content: bytes, headers: Headers, encoding: str) -> dict[str, Any]:
        media_type = next((value for name, value in headers if name.lower() == "content-type"), "")
        return {"mimeType": clean(media_type), **_text(content, masker, encoding)}

    # HAR defines base64 for responses; other members begin with an underscore.
    post_data = {} if request.body is None else {"postData": body(request.body, request.headers, "_encoding")}
    status = response.status
    return {
        "pageref": PAGE,
        "startedDateTime": _time(exchange.ended - exchange.seconds),
        "time": milliseconds,
        "request": {
            **message(request.headers),
            "method": clean(request.method),
            "url": clean(request.url),
            "queryString": [],
            "bodySize": len(request.body or b""),
            **post_data,
        },
        "response": {
            **message(response.headers),
            "status": status,
            "statusText": HTTPStatus(status).phrase if status in list(HTTPStatus) else "",
            "content": {"size": len(response.body), **body(response.body, response.headers, "encoding")},
            "redirectURL": clean(response.header("location")),
        },
        "cache": {},
        "timings": {"send": 0, "wait": milliseconds, "receive": 0},
        "comment": clean(exchange.spec.purpose),
        MEMBER: {
            "requirement": exchange.spec.requirement,
            "case": clean(exchange.case_id),
            "shape": exchange.spec.shape,
            "valid_credentials": exchange.valid_credentials,
            "problem": clean(exchange.problem),
        },
    }


def _text(body: bytes, masker: Masker, encoding: str) -> dict[str, str]:
    """The members that hold a body: its masked text, or base64 where it is no text and holds no secret."""
    try:
        body.decode()
    except UnicodeDecodeError:
        if not masker.holds_secret(body.decode("latin-1")):
            return {"text": base64.b64encode(body).decode(), encoding: "base64"}
    return {"text": masker.body(body)}


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="microseconds")
