"""The thing under test as the generic tests see it: how a valid request to each operation is made possible."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from conformance.budget import EXCHANGES, Costs
from conformance.verdicts import Inconclusive, Violation
from strategies.defects import encode

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conformance.asker import Asker
    from conformance.exchange import Exchange
    from conformance.probes import Probe
    from schemas import Operation

REFUSES_CREDENTIALS = {401, 403}


class Changed(Exception):  # noqa: N818 (it says what was found)
    """After requests that were rejected, the target does not answer as before; `str()` says what is different."""

    def __init__(self, found: str, exchange: Exchange) -> None:
        super().__init__(found, exchange)
        self.exchange = exchange

    def __str__(self) -> str:
        return str(self.args[0])


class Left(NamedTuple):
    """How a run left its subject: whether at rest for sure, and in a sentence."""

    at_rest: bool
    sentence: str = ""


class Subject(Protocol):
    """What a contract's operations act on."""

    @property
    def identity(self) -> str:
        """Which one it is, by what the answers say, as far as they said so; an empty string else."""

    def costs(self, operation: str, body: bytes | None) -> Costs:
        """What a request with the token, by the operation's method, costs beside the exchange itself, by kind."""

    def control_costs(self, operation: str, shape: str) -> tuple[str, ...]:
        """What `confirm` costs, by kind; a kind that stands there twice, twice."""

    def costly(self, operation: str) -> bool:
        """Whether every success of this operation costs time or a person's attention."""

    def prepare(self, operation: str, shape: str) -> None:
        """Bring the subject into a state in which a valid request of this shape is to be accepted.

        Raises:
            Inconclusive: a request on the way there was refused.
            Untested: it takes something that the user did not give.
        """

    def body(self, operation: Operation, shape: str) -> Any:
        """A valid body of this shape in the present state, `None` where the operation has no body."""

    def confirm(self, operation: str, shape: str) -> Exchange:
        """Find that the subject is as `prepare` left it, and that the control, a valid request, is accepted.

        Raises:
            Changed: it is not, or the request is refused.
        """

    def refused(self, operation: str, shape: str, exchange: Exchange) -> Exception:
        """What it means that a valid request was not accepted: a violation, or the reason why it may be none."""

    def lost(self) -> None:
        """A request got no answer: what it did is unknown."""

    def observe(self, exchange: Exchange) -> None:
        """Take note of an answer, and judge it by the requirements that concern several answers."""

    def guesses(self, probe: Probe) -> bool:
        """Whether the target may count this request as an attempt to guess, and take only a few in a row."""

    def chunks(self, operation: str, probes: Sequence[Probe]) -> list[list[Probe]]:
        """Requests that are to be rejected, in portions after each of which a valid request should be sent."""

    def sending(self, operation: str) -> None:
        """A request to an operation is about to be sent."""

    def intentions(self, probes: Sequence[Probe]) -> list[str]:
        """What a run with these probes is about to do with the subject, in sentences."""

    def waits(self, probes: Sequence[Probe]) -> float:
        """About how many seconds of waiting these probes will take, beside the time of their exchanges."""

    def finish(self) -> Left:
        """Leave the subject in its resting state, as far as that can be done; raises nothing but interruptions."""

    def uncertain(self, why: str) -> Left:
        """How the subject was left where nobody could see to it."""


class Stateless:
    """A subject whose operations accept a valid request at any time, for a contract that brings none of its own."""

    identity = ""

    def __init__(self, asker: Asker) -> None:
        self.asker = asker

    def costs(self, operation: str, body: bytes | None) -> Costs:  # noqa: ARG002
        """Nothing."""
        return Costs()

    def control_costs(self, operation: str, shape: str) -> tuple[str, ...]:  # noqa: ARG002
        """One request."""
        return EXCHANGES, operation

    def costly(self, operation: str) -> bool:  # noqa: ARG002
        """None is."""
        return False

    def prepare(self, operation: str, shape: str) -> None:
        """Nothing is needed."""

    def body(self, operation: Operation, shape: str) -> Any:
        """The documented body itself."""
        return operation.shapes[shape]

    def confirm(self, operation: str, shape: str) -> Exchange:
        """A valid request is accepted."""
        exchange = self.asker.valid(operation, shape, purpose="control: a valid request is accepted")
        if not exchange.response.accepted:
            raise Changed(f"a valid request to {operation} got {exchange.response}", exchange)
        return exchange

    def refused(self, operation: str, shape: str, exchange: Exchange) -> Exception:  # noqa: ARG002
        """A violation, unless it may be about the token."""
        status = exchange.response.status
        if status in REFUSES_CREDENTIALS and not self.asker.token_was_accepted:
            return Inconclusive(f"the token was refused ({status})", (exchange,))
        return not_accepted(operation, exchange)

    def lost(self) -> None:
        """There is no state to lose."""

    def observe(self, exchange: Exchange) -> None:
        """There is no state to follow."""

    def guesses(self, probe: Probe) -> bool:
        """What is marked as one."""
        return probe.attempt

    def chunks(self, operation: str, probes: Sequence[Probe]) -> list[list[Probe]]:  # noqa: ARG002
        """One portion."""
        return [list(probes)]

    def sending(self, operation: str) -> None:
        """Nothing will be changed."""

    def intentions(self, probes: Sequence[Probe]) -> list[str]:  # noqa: ARG002
        """Nothing will be changed."""
        return []

    def waits(self, probes: Sequence[Probe]) -> float:  # noqa: ARG002
        """None."""
        return 0.0

    def finish(self) -> Left:
        """Nothing was changed."""
        return Left(at_rest=True)

    def uncertain(self, why: str) -> Left:  # noqa: ARG002
        """Nothing was changed."""
        return Left(at_rest=True)


def not_accepted(operation: str, exchange: Exchange) -> Violation:
    """That a documented request was not accepted."""
    return Violation(
        f"{operation}.accepted",
        expected="a 2xx to a documented request",
        actual=f"got {exchange.response}",
        exchanges=(exchange,),
    )


def encoded(body: Any) -> bytes | None:
    """A body as bytes, where there is one."""
    return None if body is None else encode(body)
