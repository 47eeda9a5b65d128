"""One request and its answer, as they were sent and received."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Any

from schemas import NotJSON, parse

Headers = tuple[tuple[str, str], ...]


@lru_cache(maxsize=4)
def _value(body: bytes) -> Any:
    """The value of a JSON text. It may take forty times the memory of the text: only the last few are kept."""
    return parse(body)


@dataclass(frozen=True)
class Request:
    """A request as it was sent; `body` is `None` where there is none."""

    method: str
    url: str
    headers: Headers
    body: bytes | None = None


class Lean:
    """Goes to another process without what is derived, which is derived there anew."""

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items() if name in self.__dataclass_fields__}  # type: ignore[attr-defined]


@dataclass(frozen=True)
class Response(Lean):
    """An answer as it was received, its body decoded from any Content-Encoding."""

    status: int
    headers: Headers
    body: bytes = b""

    @property
    def accepted(self) -> bool:
        """Whether the status is a 2xx."""
        return 200 <= self.status < 300

    @property
    def rejected(self) -> bool:
        """Whether the status is a 4xx."""
        return 400 <= self.status < 500

    def header(self, name: str) -> str:
        """The value of the first header of this name, or an empty string."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), "")

    @property
    def json(self) -> Any:
        """The value of the body.

        Raises:
            NotJSON: the body is no JSON text.
        """
        return _value(self.body)

    @property
    def document(self) -> dict[str, Any]:
        """The body where it is a JSON object, else an empty one."""
        try:
            return self.json if isinstance(self.json, dict) else {}
        except NotJSON:
            return {}

    def __str__(self) -> str:
        return f"{self.status}"


@dataclass(eq=False)
class Exchange(Lean):
    """A request, its answer, and what was made of it.

    `operation` is the name of the operation whose path was asked; `purpose` says in some words why; `seconds` is the
    time to the end of the answer; `resent` tells that the connection broke and the request was sent a second time, so
    that the target may have seen it twice; `valid_credentials` is `None` where a recording does not tell. `judged`
    holds the requirements that this answer was judged by: what is wrong, or `None` where it holds; `doubted` what would
    be wrong if a recording held all that happened. `ended` is the time of the end, in seconds since the epoch.
    `account` tells apart the accounts of a run that has several.
    """

    number: int
    operation: str
    purpose: str
    request: Request
    response: Response
    seconds: float = 0.0
    resent: bool = False
    valid_credentials: bool | None = True
    judged: dict[str, str | None] = field(default_factory=dict)
    doubted: dict[str, str] = field(default_factory=dict)
    ended: float = field(default_factory=time.time)
    account: int = 0

    @cached_property
    def sent(self) -> Any:
        """The value of the request body, or `None` where it has none that is JSON."""
        try:
            return parse(self.request.body) if self.request.body else None
        except NotJSON:
            return None
