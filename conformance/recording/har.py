"""Read HAR 1.2 files: the requests and responses in them, and which of their bodies are as they were sent."""

from __future__ import annotations

import base64
import json
import re
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

from conformance.masking import SANITIZED, WITHHELD
from conformance.model import ConfigurationError, Headers, Request, Response
from schemas import NotJSON, parse

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from conformance.masking import Masker

LARGEST = 256 << 20
"""Bytes of a file."""
OWN = "_conformance"
"""The member of the log, and of each entry, that `check --har` writes."""
OWN_TOKEN = "$TFE_TOKEN"  # noqa: S105 (a name)
"""The text in such a file that takes the place of the account's token."""
SHORTEST_PLACEHOLDER, SHORTEST_SECRET = 3, 8
SECRET_HEADER = re.compile(r"cookie|authorization|token|secret|session|csrf|xsrf|api-?key", re.IGNORECASE)
COOKIE_ATTRIBUTES = {"path", "domain", "expires", "max-age", "samesite", "priority"}
MEDIA = ("image/", "font/", "audio/", "video/", "text/css", "text/javascript", "application/javascript")
"""Beginnings of the media types of bodies that hold no secret of an account."""


@dataclass(frozen=True)
class Entry:
    """A request and its response, as a file holds them.

    Attributes:
        file: the name of the file.
        purpose: the comment of `check --har`, or the position in the file.
        started: Unix seconds; `seconds` is the time to the end of the response.
        is_request_known: the body of the request is the one that was sent.
        is_response_known: the body of the response is whole.
        problem: why there is no response.
        own: the facts that `check --har` wrote; `None` where another tool wrote the file.
    """

    file: str
    purpose: str
    started: float
    seconds: float
    request: Request
    response: Response | None
    is_request_known: bool
    is_response_known: bool
    problem: str
    own: Mapping[str, Any] | None

    @property
    def is_own(self) -> bool:
        """Whether `check --har` wrote it."""
        return self.own is not None

    @property
    def is_accepted(self) -> bool:
        """Whether the status is a 2xx."""
        return self.response is not None and self.response.accepted

    @property
    def token(self) -> str:
        """The bearer token, or an empty string where the file does not hold it."""
        if self.is_own:
            return OWN_TOKEN
        scheme, _, token = "".join(self.sent("authorization")[:1]).partition(" ")
        is_token = scheme.lower() == "bearer" and len(token) >= SHORTEST_SECRET and not is_placeholder(token)
        return token if is_token else ""

    def sent(self, name: str) -> list[str]:
        """The values of the request headers of a name."""
        return _values(self.request.headers, name)


@dataclass(frozen=True)
class Recording:
    """A HAR file: its printable name, and when and by which tool it was recorded.

    `is_own` is true for a file of `check --har`; `total` is the number of entries, also of those without a request;
    `credentials` are all in it, in the order of their first use.
    """

    name: str
    origin: str
    is_own: bool
    total: int
    entries: tuple[Entry, ...]
    credentials: tuple[str, ...]

    @property
    def unreadable(self) -> int:
        """The number of entries without a request."""
        return self.total - len(self.entries)


def read(file: str, paths: Collection[str], masker: Masker) -> Recording:
    """Read a file; of requests whose URL holds none of the `paths`, headers and bodies are not kept.

    The masker learns the secrets of all entries but the credentials, which the caller numbers.

    Raises:
        ConfigurationError: the file can't be read, or is not a HAR file.
    """
    name = Path(file).name.encode("unicode_escape").decode()
    log = _object(_object(_load(Path(file), name)).get("log"))
    raw = log.get("entries")
    if not isinstance(raw, list):
        raise ConfigurationError(f"{name} has no log.entries: is it a HAR file?")
    is_own, started = OWN in log, 0.0
    entries: list[Entry] = []
    credentials: dict[str, None] = {}
    learnt: set[Any] = set()
    for number, item in enumerate(map(_object, raw), 1):
        credentials |= dict.fromkeys(_learn_secrets(item, masker, learnt))
        started = _time(item.get("startedDateTime")) or started  # without a time, it has that of the one before it
        own = _object(item.get(OWN)) if is_own else None
        purpose = str((is_own and item.get("comment")) or f"entry {number} of {name}")
        entry = _entry(item, paths, file=name, purpose=purpose, started=started, own=own)
        entries += [entry] if entry is not None else []
    # In a file of our own, credentials are labels.
    return Recording(name, _origin(log, entries), is_own, len(raw), tuple(entries), () if is_own else (*credentials,))


def is_placeholder(text: str) -> bool:
    """Whether a text took the place of another one, of which it tells nothing; JSON in a string did not."""
    is_value = len(text) < SHORTEST_PLACEHOLDER or text.isdecimal() or '"' in text
    return not is_value and SANITIZED.fullmatch(text) is not None


def _load(path: Path, name: str) -> Any:
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST + 1)
    except OSError as error:
        raise ConfigurationError(f"{name} can't be read: {error.strerror or error}") from error
    if len(data) > LARGEST:
        raise ConfigurationError(f"{name} is larger than {LARGEST >> 20} MiB: record, or keep, fewer requests")
    try:
        return json.loads(data)  # it knows UTF-8 with a byte order mark, and UTF-16
    except (ValueError, RecursionError) as error:
        packed = ": unpack it first" if data.startswith((b"\x1f\x8b", b"PK\x03\x04")) else f": {error}"
        raise ConfigurationError(f"{name} is not a HAR file{packed}") from error


def _origin(log: Mapping[str, Any], entries: list[Entry]) -> str:
    creator = _object(log.get("creator"))
    tool = " ".join(str(creator[key]) for key in ("name", "version") if creator.get(key)) or "an unknown tool"
    started = min((entry.started for entry in entries if entry.started), default=0.0)
    when = f"{datetime.fromtimestamp(started, UTC):%Y-%m-%d %H:%M} UTC" if started else "at an unknown time"
    return f"recorded {when} with {tool}"


def _entry(  # noqa: PLR0913 (the facts of an entry)
    raw: Mapping[str, Any], paths: Collection[str], *, file: str, purpose: str, started: float, own: Any
) -> Entry | None:
    """The entry, `None` where it has no request."""
    request, response, seconds = _object(raw.get("request")), _object(raw.get("response")), raw.get("time")
    method, url = request.get("method"), request.get("url")
    if not isinstance(method, str) or not isinstance(url, str):
        return None
    if not any(path in url for path in paths):
        request, response = {}, {"status": response.get("status")}
    text = str(response.get("status")).strip()
    status = int(text) if re.fullmatch(r"\d{1,3}", text, re.ASCII) else 0
    blocked = f"no response ({_object(own).get('problem') or response.get('_error') or 'blocked'})"
    problem = "" if status else blocked if text.strip("0") == "" != text else "no status"
    if raw.get("_fromCache") or response.get("_fetchedViaServiceWorker") is True:
        status, problem = 0, "answered by the browser itself"
    sent, received = _headers(request, own), _headers(response, own)
    body, content = _body(request.get("postData"), "_encoding"), _body(response.get("content"), "encoding")
    withheld = WITHHELD.encode()
    return Entry(
        file,
        purpose,
        started,
        seconds / 1000 if isinstance(seconds, int | float) and seconds > 0 else 0.0,
        Request(method.upper(), url.strip(), sent, body),
        Response(status, received, content or b"") if status else None,
        is_request_known=_length(sent) == len(body or b"") if own is None else body != withheld,
        is_response_known=_is_whole(response, status, received, content) if own is None else content != withheld,
        problem=problem,
        own=own,
    )


def _is_whole(response: Mapping[str, Any], status: int, headers: Headers, body: bytes | None) -> bool:
    """Whether the body of a response is whole: a JSON document is, any other body if it has its size.

    The size of a document tells nothing: Firefox gives the packed one.
    """
    content, declared = _object(response.get("content")), _length(headers)
    size, saved = content.get("size"), content.get("compression")
    if not body:
        return status in (204, 205) or declared == 0
    is_packed = bool(_values(headers, "content-encoding"))
    with suppress(NotJSON):
        if isinstance(parse(body), dict | list) or is_packed:
            return True
    unpacked = size + saved if type(size) is type(saved) is int else None
    return len(body) in (None if is_packed else declared, size, unpacked)


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _pairs(members: Any) -> Iterator[tuple[str, str]]:
    for member in members if isinstance(members, list) else ():
        name, value = _object(member).get("name"), _object(member).get("value")
        if isinstance(name, str) and isinstance(value, str):
            yield name, value


def _headers(message: Mapping[str, Any], own: Any) -> Headers:
    """The headers without those that a sanitizer replaced, and without the request line of HTTP/2."""
    pairs = _pairs(message.get("headers"))
    return tuple(pair for pair in pairs if own is not None or not (pair[0].startswith(":") or is_placeholder(pair[1])))


def _values(headers: Headers, name: str) -> list[str]:
    return [value.strip() for key, value in headers if key.lower() == name]


def _length(headers: Headers) -> int | None:
    value = "".join(_values(headers, "content-length")[:1])
    return int(value) if re.fullmatch(r"\d{1,9}", value, re.ASCII) else None


def _body(holder: Any, encoding: str) -> bytes | None:
    text = _object(holder).get("text")
    with suppress(ValueError):
        if isinstance(text, str):
            return base64.b64decode(text, validate=True) if holder.get(encoding) == "base64" else text.encode()
    return None


def _time(text: Any) -> float:
    """Unix seconds, 0 where there is no time; one without a zone is taken for UTC, as only differences count."""
    with suppress(TypeError, ValueError, OverflowError):
        time = datetime.fromisoformat(text)
        return (time if time.tzinfo else time.replace(tzinfo=UTC)).timestamp()
    return 0.0


def _learn_secrets(raw: Mapping[str, Any], masker: Masker, learnt: set[Any]) -> Iterator[str]:
    """The credentials of an entry. The masker learns its cookies, codes and numbers, whatever else the entry lacks.

    `learnt` are the pairs and texts that it has learnt already: most headers are those of the entries before.
    """
    for message in (_object(raw.get("request")), _object(raw.get("response"))):
        post, content = _object(message.get("postData")), _object(message.get("content"))
        lists = (message.get("headers"), message.get("queryString"), post.get("params"))
        cookies = (("cookie", "=".join(pair)) for pair in _pairs(message.get("cookies")))
        pairs = [pair for pair in chain(*map(_pairs, lists), cookies) if pair not in learnt]
        for name, value in pairs:
            if SECRET_HEADER.search(name):
                yield from _header_secrets(name.lower(), value.strip(), masker)
        masker.learn((*pairs, ("url", message.get("url")), ("redirectURL", message.get("redirectURL"))))
        learnt.update(pairs)
        for holder, encoding in ((post, "_encoding"), (content, "encoding")):
            text = holder.get("text")
            if isinstance(text, str) and text not in learnt and not str(holder.get("mimeType")).startswith(MEDIA):
                masker.learn(_body(holder, encoding) or text)
                learnt.add(text)


def _header_secrets(name: str, value: str, masker: Masker) -> Iterator[str]:
    """The credentials in a header; the masker learns the others, and cookies, which some tools join in one header."""
    is_credential = name.endswith("authorization")
    secrets = [value]
    if is_credential:
        secrets = [value.partition(" ")[2].strip() or value]
    elif "cookie" in name:
        cookies = (cookie.strip().partition("=") for cookie in re.split(r"[;\n]|,(?=\s*[\w-]+=)", value))
        secrets = [secret for key, _, secret in cookies if key.lower() not in COOKIE_ATTRIBUTES]
    for secret in secrets:
        if len(secret) >= SHORTEST_SECRET and not is_placeholder(secret):
            if is_credential:
                yield secret
            else:
                masker.add(secret, f"[{name}]")
