"""Find in a recording what concerns one target: its base URL, the requests to its operations, and who made them."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from conformance.exchange import Exchange, Request, Response
from conformance.target import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from conformance.offline.har import Archive, Entry
    from conformance.redaction import Redactor
    from schemas import Contract

SAFE = ("GET", "HEAD", "OPTIONS")
SHOWN_HEADERS = {"accept", "authorization", "content-encoding", "content-type", "user-agent"}
"""Of a request; the others are those of a browser, and hold what is private."""
OVERRIDE = re.compile(r"x-(http-)?method(-override)?$", re.IGNORECASE)
SECRET_HEADER = re.compile(r"token|secret|session|csrf|xsrf|api-?key", re.IGNORECASE)
SHORTEST = 8
"""Characters of a value that is taken for a token, or for a secret."""
VARIETY = 5
"""Different characters in a token: what stands in the place of one often has fewer."""
STAND_IN = re.compile(r"redact|remov|mask|hidden|filter|sanit|censor|scrub|replac|example|x{4}|\.{3}", re.IGNORECASE)
BASE_URL = "base-url"
"""Where this suite says what it asked."""
PLACES = 3
"""How many of the hosts in a file are named."""


@dataclass(eq=False)
class Item:
    """An entry that concerns the target.

    `exchange` is `None` for a request to another of its paths that may change something. `token` is the bearer token,
    empty where the file doesn't tell it; `plain` says that the request is by path, method and headers what it seems to
    be.
    """

    entry: Entry
    exchange: Exchange | None = None
    token: str = ""
    plain: bool = True

    @property
    def credentials(self) -> tuple[str, ...]:
        """What tells who asked, empty where that isn't known: a service may heed a cookie rather than the token."""
        cookies = (value for name, value in self.entry.request.headers if name.lower() == "cookie")
        return (self.token, *cookies) if self.token else ()


def base_url_of(contract: Contract, archive: Archive, wanted: str | None) -> str:
    """The base URL of the target: the one that is wanted, else the one before the paths of the operations.

    Empty where there is none.

    Raises:
        ConfigurationError: there are several.
    """
    if wanted is not None:
        return _split(wanted)[0]
    if isinstance(archive.ours.get(BASE_URL), str):
        return str(archive.ours[BASE_URL])
    answered: Counter[str] = Counter()
    for entry in archive.entries:
        base, operation = _place(contract, entry)
        if operation:
            # A redirect to where the operation really is, and what never arrived, make no target.
            answered[base] += entry.response.status >= 200 and not 300 <= entry.response.status < 400
    found = [base for base, count in answered.items() if count] or list(answered)
    if len(found) > 1:
        counted = ", ".join(f"{base} ({answered[base]} answers)" for base in found)
        raise ConfigurationError(f"{archive.name} holds the operations of several targets, {counted}: give --base-url")
    return found[0] if found else ""


def nowhere(archive: Archive, base_url: str) -> str:
    """Why there is nothing to judge, in words."""
    hosts = Counter(urlsplit(_split(entry.request.url)[0]).netloc for entry in archive.entries)
    named = ", ".join(host for host, _ in hosts.most_common(PLACES))
    more = f" and {len(hosts) - PLACES} more hosts" if len(hosts) > PLACES else ""
    where = f"below {base_url}" if base_url else "of this API"
    others = f": its {len(archive.entries)} entries are for {named}{more}" if archive.entries else ": it is empty"
    return f"{archive.name} holds no request to an operation {where}{others}"


def items_of(contract: Contract, archive: Archive, base_url: str) -> list[Item]:
    """What concerns the target, in the order in which it was asked."""
    # This suite sends at once only what is to change nothing, and writes down in which order it looked at the answers.
    entries: Sequence[Entry] = archive.entries
    if not archive.ours:
        entries = sorted(entries, key=lambda entry: (entry.started, entry.number))
    return [item for entry in entries for item in _item(contract, archive, entry, base_url)]


def _item(contract: Contract, archive: Archive, entry: Entry, base_url: str) -> Iterator[Item]:
    base, operation = _place(contract, entry)
    # A run with several accounts may have a base URL for each.
    if not operation or base_url not in (base, archive.ours.get(BASE_URL)):
        origin = urlsplit(base_url)._replace(path="").geturl()
        if _split(entry.request.url)[0].startswith((f"{origin}/", f"{origin}?")) and entry.request.method not in SAFE:
            yield Item(entry)
        return
    headers = {name.lower() for name, _ in entry.request.headers}
    if entry.request.method == "OPTIONS" and "access-control-request-method" in headers:
        return  # A browser asks in advance whether a page of another origin may ask.
    request, query = entry.request, urlsplit(entry.request.url).query
    token = _token(entry, trusted=bool(archive.ours))
    exchange = Exchange(
        number=entry.number,
        operation=operation,
        purpose=entry.comment if archive.ours else f"entry {entry.number} of {archive.name}",
        request=Request(request.method, base_url + contract.operations[operation].path, _shown(request), request.body),
        response=Response(entry.response.status, entry.response.headers, entry.response.body),
        seconds=entry.seconds,
        resent=entry.ours.get("resent") is True,
        valid_credentials=_validity(entry),
    )
    yield Item(entry, exchange, token, plain=not query and not any(map(OVERRIDE.match, headers)))


def _validity(entry: Entry) -> bool | None:
    """Whether the credentials were valid: this suite says so; else, what was accepted can't have been without."""
    said = entry.ours.get("valid-credentials")
    if isinstance(said, bool):
        return said
    return True if entry.response.accepted else None


def _place(contract: Contract, entry: Entry) -> tuple[str, str]:
    """The base URL of a request, and the name of the operation whose path it has, if there is one."""
    url = _split(entry.request.url)[0]
    for name, operation in contract.operations.items():
        if url.endswith(operation.path):
            return url.removesuffix(operation.path), name
    return url, ""


def _split(url: str) -> tuple[str, str]:
    """A URL without query and fragment, in its usual spelling; and the query."""
    try:
        parts = urlsplit(url.strip())
        host, port = (parts.hostname or "").lower(), parts.port
    except ValueError:
        return "", ""
    usual = {"http": 80, "https": 443}.get(parts.scheme)
    host = f"[{host}]" if ":" in host else host
    netloc = host if port in (None, usual) else f"{host}:{port}"
    return f"{parts.scheme}://{netloc}{parts.path}".rstrip("/"), parts.query


def _shown(request: Request) -> tuple[tuple[str, str], ...]:
    """The headers that say how the operation was asked; of others that are credentials, that they were there."""
    return tuple(
        (name, "[left out]" if name.lower() == "cookie" else value)
        for name, value in request.headers
        if name.lower() in SHOWN_HEADERS or name.lower() == "cookie"
    )


def _token(entry: Entry, *, trusted: bool) -> str:
    """The bearer token of a request, or an empty string where it can't be told from what stands in its place."""
    values = [value for name, value in entry.request.headers if name.lower() == "authorization"]
    scheme, _, token = values[0].strip().partition(" ") if len(values) == 1 else ("", "", "")
    token = token.strip()
    if scheme.lower() != "bearer":
        return ""
    if trusted:
        return token if entry.ours.get("valid-credentials") is True else ""
    genuine = re.fullmatch(r"[A-Za-z0-9._~+/-]+=*", token) and len(set(token)) >= VARIETY and len(token) >= SHORTEST
    return token if genuine and not STAND_IN.search(token) else ""


def learn_secrets(items: Sequence[Item], redactor: Redactor) -> None:
    """Tell the redactor of every credential in the requests and answers that may be shown."""
    tokens: list[str] = []
    for item in items:
        for name, value in item.entry.request.headers:
            if name.lower() == "authorization":
                words = value.split()
                tokens += [word for word in words[1:] or words if len(word) >= SHORTEST and word not in tokens]
            elif SECRET_HEADER.search(name) or name.lower() == "cookie":
                for part in value.split(";"):
                    _learn(redactor, part.partition("=")[2] or part, name)
        for name, value in item.entry.response.headers:
            if SECRET_HEADER.search(name):
                _learn(redactor, value, name)
    for number, token in enumerate(tokens, 1):
        redactor.add(token, "$TFE_TOKEN" if number == 1 else f"[token {number}]")


def _learn(redactor: Redactor, value: str, name: str) -> None:
    if len(value.strip()) >= 2 * SHORTEST:
        redactor.add(value.strip(), f"[{name.lower()}]")
