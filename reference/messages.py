"""What passes through the service: a call comes in, an answer or a refusal goes out."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.datastructures import Headers

MEDIA_TYPE = "application/vnd.api+json"

Operation = Literal["enable", "disable", "verify", "resend"]
OPERATIONS: tuple[Operation, ...] = ("enable", "disable", "verify", "resend")


@dataclass(frozen=True)
class Call:
    """One HTTP request, read to its end; `operation` is None where no action lives at `path`."""

    operation: Operation | None
    method: str
    path: str
    headers: Headers
    body: bytes = b""


@dataclass(frozen=True)
class Answer:
    """One HTTP response; a content type of None sends no such header."""

    status: int
    body: bytes = b""
    media_type: str | None = MEDIA_TYPE
    headers: Mapping[str, str] = field(default_factory=dict)


class Rejection(Exception):  # noqa: N818 - an outcome, not an error
    """A step's refusal of a call, to be told as a JSON:API error document."""

    def __init__(
        self,
        status: int,
        title: str,
        *,
        pointer: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(title)
        self.status = status
        self.title = title
        self.pointer = pointer
        self.headers = dict(headers or {})


class Interruption(Exception):  # noqa: N818 - an outcome, not an error
    """A step's way to end a call with an answer of its own making, whatever it looks like."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.status)
        self.answer = answer
