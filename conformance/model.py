"""The data of a run, all of it frozen: requests, responses, exchanges, judgements, cases, verdicts and exit codes."""

from __future__ import annotations

import time
from dataclasses import KW_ONLY, dataclass, field
from enum import Enum, IntEnum
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal

from schemas import NotJSON, parse

if TYPE_CHECKING:
    from strategies.probe import RequestSpec

Headers = tuple[tuple[str, str], ...]
Verdict = Literal["conforms", "violated", "inconclusive", "untested", "waived"]


class ExitCode(IntEnum):
    """The exit codes of the command line."""

    CONFORMANT = 0
    VIOLATED = 1
    USAGE = 2
    NO_VERDICT = 3


@lru_cache(maxsize=4)
def _parsed(body: bytes) -> Any:
    """The value of a JSON text. It may take forty times the memory of the text, so only the last few are kept."""
    return parse(body)


@dataclass(frozen=True)
class Request:
    """A request as it was sent; `body` is `None` where there is none."""

    method: str
    url: str
    headers: Headers
    body: bytes | None = None

    @property
    def json(self) -> Any:
        """The value of the body, or `None` where it is no JSON text."""
        try:
            return _parsed(self.body) if self.body else None
        except NotJSON:
            return None

    def attribute(self, name: str) -> Any:
        """The value of a member of `data.attributes`, or `None`."""
        return member(self.json, "data", "attributes", name)


@dataclass(frozen=True)
class Response:
    """A response as it was received, its body without any Content-Encoding."""

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
        return _parsed(self.body)

    @property
    def document(self) -> dict[str, Any]:
        """The body where it is a JSON object, else an empty one."""
        try:
            return self.json if isinstance(self.json, dict) else {}
        except NotJSON:
            return {}


@dataclass(frozen=True, eq=False)
class Exchange:
    """A request and its response.

    Attributes:
        number: the position in the run, from 1; unique.
        spec: the request before it was bound to the target.
        request: the request as it was sent.
        response: `None` where none came.
        case_id: the ID of the case that sent it, or of the step of the run ("first contact", "clean-up").
        seconds: the time to the end of the response.
        valid_credentials: `None` where a recording does not tell.
        ended: the time of the end, in seconds since the epoch.
        problem: why there is no response.
    """

    number: int
    spec: RequestSpec
    request: Request
    response: Response | None
    case_id: str = ""
    seconds: float = 0.0
    valid_credentials: bool | None = True
    ended: float = field(default_factory=time.time)
    problem: str = ""

    @property
    def operation(self) -> str:
        """The name of the operation."""
        return self.spec.operation

    @property
    def status(self) -> int:
        """The status of the response, 0 where there is none."""
        return self.response.status if self.response is not None else 0

    @property
    def accepted(self) -> bool:
        """Whether the response is a 2xx."""
        return self.response is not None and self.response.accepted

    @property
    def rejected(self) -> bool:
        """Whether the response is a 4xx."""
        return self.response is not None and self.response.rejected

    @property
    def in_words(self) -> str:
        """The exchange in a line, such as `POST enable, data.type: "users " → 200`."""
        note = ", with an error document" if self.is_disguised_error else ""
        return f"{self.request.method} {self.operation}, {self.spec.purpose} → {self.status or 'no response'}{note}"

    @property
    def is_disguised_error(self) -> bool:
        """Whether the response reports an error in its body, but success in its status."""
        return self.accepted and "errors" in self.document and "data" not in self.document

    @property
    def document(self) -> dict[str, Any]:
        """The body of the response where it is a JSON object, else an empty one."""
        return self.response.document if self.response is not None else {}

    @property
    def two_factor(self) -> dict[str, Any]:
        """The member `data.attributes.two-factor` of the response, or an empty object."""
        value = member(self.document, "data", "attributes", "two-factor")
        return value if isinstance(value, dict) else {}


def member(document: Any, *path: str) -> Any:
    """The value at a path of member names, or `None`."""
    for name in path:
        document = document.get(name) if isinstance(document, dict) else None
    return document


@dataclass(frozen=True)
class Judgement:
    """A response held to a requirement; `problem` says what is wrong, and is empty where the requirement holds.

    `certain` is false where a recording may lack the request that explains the problem.
    """

    requirement: str
    problem: str = ""
    certain: bool = True


@dataclass(eq=False)
class Violation(AssertionError):  # noqa: N818 (the field's word)
    """A response that breaks a requirement.

    Attributes:
        requirement: the ID.
        actual: the observation, in words.
        expected: the demand, in words; empty for the requirement's own sentence.
        exchanges: the evidence, the decisive exchange last.
        also: IDs of requirements that the same response breaks.
        offending: all exchanges that break it, where there are more than are shown.
        reproducible: `None` until the case was run again.
    """

    requirement: str
    _: KW_ONLY
    actual: str
    expected: str = ""
    exchanges: tuple[Exchange, ...] = ()
    also: tuple[str, ...] = ()
    offending: tuple[Exchange, ...] = ()
    reproducible: bool | None = None

    def __str__(self) -> str:
        return f"{self.requirement}: expected {self.expected}; {self.actual}"


class NoVerdict(Exception):  # noqa: N818 (the base of the two reasons below)
    """The case ends without a judgement; `str()` says why, and what the user can do."""

    def __init__(self, reason: str, exchanges: tuple[Exchange, ...] = ()) -> None:
        super().__init__(reason)
        self.exchanges = exchanges


class Inconclusive(NoVerdict):
    """Requests were sent, and the responses allow no judgement: none came, throttled, or the control was rejected."""


class Untested(NoVerdict):
    """Nothing was sent: a limit is reached, or the user did not provide something that is needed."""


class NotApplicable(Untested):
    """With the values of this run, the request of the case equals the valid one, so there is no such case."""

    def __init__(self) -> None:
        super().__init__("skipped: with these values it equals the valid request")


class ConfigurationError(Exception):
    """The run can't start as it was asked to: one line that says what to do."""


@dataclass(frozen=True)
class Case:
    """One parametrized test and its outcome.

    Attributes:
        requirements: the IDs that it concerns, the one that is violated first.
        operation: the name of an operation, or empty where the case concerns no single one.
        name: the ID of the case, unique among those of an operation.
        verdict: the outcome.
        detail: the reason, in words.
        expected: the demand that was not met.
        actual: the observation.
        exchanges: the evidence, the decisive exchange last.
        reproducible: whether a violation happened again; `None` where the case was not run again.
        because: the ID of the requirement whose violation on the way kept the case from a verdict.
        offending: all exchanges that break the requirement, where there are more than are shown.
        steps: the exchanges that led to the state in which a violation was seen.
        applies: false where the case does not exist with the values of this run.
    """

    requirements: tuple[str, ...]
    operation: str
    name: str
    verdict: Verdict = "conforms"
    detail: str = ""
    expected: str = ""
    actual: str = ""
    exchanges: tuple[Exchange, ...] = field(default=(), repr=False)
    reproducible: bool | None = None
    because: str = ""
    offending: tuple[Exchange, ...] = field(default=(), repr=False)
    steps: tuple[Exchange, ...] = field(default=(), repr=False)
    applies: bool = True

    @property
    def id(self) -> str:
        """The ID of the case, unique in a run: the name, which holds the operation where several have such a case."""
        return self.name


class AccountEnd(Enum):
    """The state in which the account was left."""

    UNTOUCHED = "untouched"
    OFF = "off"
    MAYBE_ON = "maybe on"


@dataclass(frozen=True)
class CleanupResult:
    """The state in which the account was left, and a sentence about it; empty where there was nothing to clean up."""

    end: AccountEnd
    sentence: str = ""
