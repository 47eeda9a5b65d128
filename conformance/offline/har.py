"""Read a HAR 1.2 file: what was sent and received, and how far the file can be trusted to tell it as it was.

Browsers, proxies and those who share a file leave things out of it, or change them: credentials, bodies that are large
or no text, whatever a filter took for private. What is not known to be as it was sent is no evidence.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from conformance.exchange import Headers, Request, Response
from conformance.target import ConfigurationError
from schemas import NotJSON, parse

if TYPE_CHECKING:
    from collections.abc import Mapping

LARGEST = 256 << 20
"""Bytes of a file."""
PACKED = {b"\x1f\x8b": "gzip", b"PK\x03\x04": "ZIP"}
OURS = "_conformance"
"""The member in which this suite says more than HAR has a place for: of the log, and of each entry."""
LONGEST = 86_400_000
"""Milliseconds that a request may take."""
EMPTY = (204, 205)


@dataclass(frozen=True)
class Entry:
    """One request and its answer.

    `number` is the place in the file, from 1; `started` is in seconds since the epoch, `seconds` the time to the end of
    the answer. `sent_known` tells that the body of the request is what was sent, `sent_exactly` that its every byte is;
    `received_known`, that the body of the answer is what came. An answer with status 0 never came, or not from the
    target. `ours` holds what this suite said of a request that it sent.
    """

    number: int
    started: float
    seconds: float
    request: Request
    response: Response
    sent_known: bool
    sent_exactly: bool
    received_known: bool
    comment: str = ""
    ours: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Archive:
    """A file that was read: its name, its entries in their order, and how many of them can't be made out.

    `ours` holds what this suite said of the run that it recorded; it is empty for files of other tools.
    """

    name: str
    entries: tuple[Entry, ...]
    unreadable: int
    ours: Mapping[str, Any]


def read(file: str) -> Archive:
    """The archive in a file.

    Raises:
        ConfigurationError: the file can't be read, or is no HAR file.
    """
    path = Path(file)
    name = path.name.encode("unicode_escape").decode()
    log = _object(_object(_parsed(path, name)).get("log"))
    raw = log.get("entries")
    if not isinstance(raw, list):
        raise ConfigurationError(f"{name} holds no log.entries: is it a HAR file?")
    entries = [_entry(number, each) for number, each in enumerate(raw, 1)]
    found = tuple(entry for entry in entries if entry is not None)
    return Archive(name, found, len(raw) - len(found), _object(log.get(OURS)))


def _parsed(path: Path, name: str) -> Any:
    try:
        with path.open("rb") as opened:
            data = opened.read(LARGEST + 1)
    except OSError as error:
        raise ConfigurationError(f"{name} can't be read: {error.strerror or error}") from error
    if len(data) > LARGEST:
        raise ConfigurationError(f"{name} is larger than {LARGEST >> 20} MiB: record, or keep, fewer requests")
    for magic, kind in PACKED.items():
        if data.startswith(magic):
            raise ConfigurationError(f"{name} is a {kind} file: unpack it first")
    try:
        return parse(data.removeprefix(b"\xef\xbb\xbf"))  # HAR allows a byte order mark
    except NotJSON as error:
        raise ConfigurationError(f"{name} is no HAR file: {error}") from error


def _entry(number: int, raw: Any) -> Entry | None:
    """The entry, or `None` where it lacks what every entry has."""
    request, response = _object(_object(raw).get("request")), _object(_object(raw).get("response"))
    method, url, status = request.get("method"), request.get("url"), response.get("status")
    started = _time(_object(raw).get("startedDateTime"))
    if not isinstance(method, str) or not isinstance(url, str) or type(status) is not int or started is None:
        return None
    sent, received = _headers(request), _headers(response)
    body, sent_known, sent_exactly = _sent(request, sent)
    answer, received_known = _received(response, status, received)
    if response.get("_fetchedViaServiceWorker") is True or raw.get("_fromCache"):
        status = 0
    took, comment, ours = raw.get("time"), raw.get("comment"), _object(raw.get(OURS))
    return Entry(
        number=number,
        started=started,
        seconds=took / 1000 if isinstance(took, int | float) and 0 < took < LONGEST else 0.0,
        request=Request(method, url, sent, body),
        response=Response(status, received, answer),
        sent_known=sent_known or bool(ours),
        sent_exactly=sent_exactly or bool(ours),
        received_known=received_known or bool(ours),
        comment=comment if isinstance(comment, str) else "",
        ours=ours,
    )


def _sent(request: Mapping[str, Any], headers: Headers) -> tuple[bytes | None, bool, bool]:
    """The body of a request, whether it is as it was sent, and whether each byte is.

    Tools that cut a body or put something else into it seldom change its size, too; some make the size from the text.
    """
    post = _object(request.get("postData"))
    declared, size = _length(headers), request.get("bodySize")
    body = _bytes(post.get("text"), post.get("_encoding"))
    if not body:
        return None, declared == 0, declared == 0
    if _header(headers, "content-encoding"):
        return body, False, False
    if declared is not None:
        return body, declared == len(body), declared == len(body)
    return body, size in (len(body), len(str(post["text"]))), False


def _received(response: Mapping[str, Any], status: int, headers: Headers) -> tuple[bytes, bool]:
    """The body of an answer, and whether it is as it came.

    Some tools give the size of the decoded body, as HAR says, and some that of the packed one, with what it saves.
    """
    content = _object(response.get("content"))
    body = _bytes(content.get("text"), content.get("encoding"))
    if not body:
        return b"", status in EMPTY or _length(headers) == 0
    size, saved, declared = content.get("size"), content.get("compression"), _length(headers)
    if type(size) is not int or size <= 0:
        if declared is not None and not _header(headers, "content-encoding"):
            return body, declared == len(body)
        return body, _is_document(body)  # A whole one shows that nothing was cut off.
    return body, len(body) in (size, size + (saved if type(saved) is int else 0))


def _is_document(body: bytes) -> bool:
    try:
        return isinstance(parse(body), dict)
    except NotJSON:
        return False


def _bytes(text: Any, encoding: Any) -> bytes | None:
    if not isinstance(text, str):
        return None
    try:
        return base64.b64decode(text, validate=True) if encoding == "base64" else text.encode()
    except (binascii.Error, UnicodeEncodeError):
        return None


def _headers(message: Mapping[str, Any]) -> Headers:
    """The headers; those that begin with a colon are how HTTP/2 has the request line."""
    listed = message.get("headers")
    found = [_object(header) for header in listed] if isinstance(listed, list) else []
    return tuple(
        (header["name"], header["value"])
        for header in found
        if isinstance(header.get("name"), str)
        and isinstance(header.get("value"), str)
        and not header["name"].startswith(":")
    )


def _header(headers: Headers, name: str) -> str:
    return next((value for key, value in headers if key.lower() == name), "")


def _length(headers: Headers) -> int | None:
    value = _header(headers, "content-length").strip()
    return int(value) if value.isascii() and value.isdecimal() and len(value) < len(str(LARGEST)) else None


def _time(text: Any) -> float | None:
    """Seconds since the epoch; a time without a zone is taken for UTC, as for the order only differences count."""
    try:
        found = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        return None
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
