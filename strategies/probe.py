"""A request before it is sent, and a probe: a request that breaks one requirement, or that the page leaves open."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

MEDIA_TYPE = "application/vnd.api+json"
ANY_MEDIA_TYPE = "*/*"


@dataclass(frozen=True)
class RequestSpec:
    """A request to an operation, before it is bound to a target.

    By default it is sent as the page's samples are: with the operation's method, valid credentials and the media type
    of JSON:API.

    Attributes:
        operation: the name of the operation in the contract.
        body: the bytes to send, or `None` for no body.
        purpose: why the request is sent, for people.
        requirement: the ID of the requirement that the request breaks, or empty.
        method: another method than the operation's.
        authorization: the values of the Authorization headers, instead of the valid one.
        content_type: the value of Content-Type, or `None` for no such header.
        accept: the value of Accept.
        headers: further headers.
        query: the query string, without the question mark.
        known_code: the verification code that is right for the present set-up, as far as it is known.
        case_id: the ID of the case that it belongs to, if another one than the present.
        shape: the name of the documented shape that the request has, or empty.
        masks: pairs of a secret that the request contains and the text to show in its place.
    """

    operation: str
    body: bytes | None
    purpose: str = ""
    requirement: str = ""
    method: str | None = None
    authorization: tuple[str, ...] | None = None
    content_type: str | None = MEDIA_TYPE
    accept: str = ANY_MEDIA_TYPE
    headers: tuple[tuple[str, str], ...] = ()
    query: str = ""
    known_code: str = field(default="", repr=False)
    shape: str = ""
    case_id: str = ""
    masks: tuple[tuple[str, str], ...] = field(default=(), repr=False)

    @property
    def has_valid_credentials(self) -> bool:
        """Whether the request presents the token of the account as it should."""
        return self.authorization is None

    @property
    def is_as_sampled(self) -> bool:
        """Whether method, credentials and headers are those of the page's samples."""
        headers = (self.content_type, self.accept, self.headers, self.query)
        return self.method is None and self.has_valid_credentials and headers == (MEDIA_TYPE, ANY_MEDIA_TYPE, (), "")


@dataclass(frozen=True)
class Probe:
    """A request that departs from a valid one in one respect.

    Attributes:
        requirement: the ID of the requirement that an accepted request would break.
        operation: the name of the operation.
        name: the name of the departure, unique among the probes of the requirement.
        shape: the name of the documented body that it departs from.
        build: makes the request from a valid body of that shape (`None` for no body) and the token; `None` where the
            departure is none, such as a wrong code that happens to be right.
        control: the operation and the shape of the valid request that must be accepted after it; by default its own.
        is_guess: a server may count it as an attempt to guess a code.
        is_malformed: no right code can look like it, so a server must reject it whatever the right code is.
        may_be_accepted: the documentation leaves open whether it is accepted.
    """

    requirement: str
    operation: str
    name: str
    shape: str
    build: Callable[[Any, str], RequestSpec | None] = field(compare=False, repr=False)
    control: tuple[str, str] = ("", "")
    is_guess: bool = False
    is_malformed: bool = False
    may_be_accepted: bool = False

    @property
    def group(self) -> tuple[str, str]:
        """The operation and the shape of its control; probes of one group are sent in one batch."""
        operation, shape = self.control
        return operation or self.operation, shape or self.shape

    @property
    def id(self) -> str:
        """The ID of the case that sends this probe."""
        return f"{self.requirement}-{self.name}"
