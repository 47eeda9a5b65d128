"""Requests, responses, and the exceptions that end a request early."""

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
class Request:
    """An HTTP request with its whole body; `operation` is None where the path is no action's."""

    operation: Operation | None
    method: str
    path: str
    headers: Headers
    body: bytes = b""


@dataclass(frozen=True)
class Response:
    """An HTTP response; a media type of None sends no Content-Type header."""

    status: int
    body: bytes = b""
    media_type: str | None = MEDIA_TYPE
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Attributes:
    """The attributes of a valid request; those that its operation does not have keep their default."""

    delivery: str = ""
    sms_number: str | None = None
    code: str = ""


class Rejection(Exception):  # noqa: N818 - an outcome, not an error
    """The rejection of a request, sent as a JSON:API error document."""

    def __init__(
        self, status: int, title: str, *, pointer: str | None = None, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(title)
        self.status = status
        self.title = title
        self.pointer = pointer
        self.headers = dict(headers or {})


class ImmediateResponse(Exception):  # noqa: N818 - an outcome, not an error
    """A response that is sent as it is; the steps that remain are skipped."""

    def __init__(self, response: Response) -> None:
        super().__init__(response.status)
        self.response = response
