"""The one seam between the engine and a contract: how its operations are made ready, confirmed and cleaned up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from conformance.model import CleanupResult, Exchange, Inconclusive, Violation
    from strategies.probe import Probe, RequestSpec


class StateChanged(Exception):  # noqa: N818 (it says what was observed)
    """After rejected requests the target does not behave as before; `str()` says what is different."""

    def __init__(self, difference: str, exchange: Exchange) -> None:
        super().__init__(difference)
        self.exchange = exchange


class Subject(Protocol):
    """The object that the operations of a contract act on."""

    def prepare(self, operation: str, shape: str) -> None:
        """Bring the target into a state in which a valid request of this shape must be accepted.

        Raises:
            Inconclusive: a request on the way was rejected.
            Untested: the user did not provide what it takes, or a limit is reached.
        """

    def valid_body(self, operation: str, shape: str) -> Any:
        """A valid body of this shape in the present state, `None` for no body."""

    @property
    def known_code(self) -> str:
        """The secret that a valid request holds now, as far as it is known; empty where there is none."""

    def prepare_for(self, probe: Probe) -> None:
        """Bring the target into the state for a probe and its control; without a control as far as the probe needs.

        Raises:
            NoVerdict: it can't be done.
        """

    def spec_for(self, probe: Probe) -> RequestSpec | None:
        """The request of a probe in the present state; `None` where it would equal the valid one."""

    def send_valid(self, operation: str, shape: str, purpose: str) -> Exchange:
        """Send a valid request of this shape."""

    def confirm(self, operation: str, shape: str) -> Exchange:
        """Check that the target is as `prepare` left it, by sending the control: a valid request of this shape.

        Raises:
            StateChanged: it is not, or the control is rejected.
            Inconclusive: that can't be told.
        """

    def cost_of_control(self, operation: str, shape: str) -> tuple[str, ...]:
        """The kinds of the limits that `confirm` counts as; one that is counted twice is named twice."""

    def diagnose(self, operation: str, shape: str, exchange: Exchange) -> Violation | Inconclusive:
        """The outcome of a case whose valid request was not accepted. It may send further requests to find out."""

    def batches(self, probes: Sequence[Probe]) -> list[list[Probe]]:
        """Probes in batches, after each of which the control must be sent."""

    def is_expensive(self, operation: str) -> bool:
        """Whether each accepted request to this operation costs time, money or a person's attention."""

    def forget_state(self) -> None:
        """Take the state as unknown, so that `prepare` makes it anew."""

    def wait_for_lockout(self) -> None:
        """Wait until a short lock-out after wrong guesses has ended."""

    def preflight_summary(self) -> list[str]:
        """The effects that a run is about to have, in sentences."""

    def clean_up(self, violated: Collection[str] = ()) -> CleanupResult:
        """Bring the target back to rest, as far as that is possible; it raises nothing but interruptions.

        `violated` are the IDs of the requirements that the run found violated: some make responses worthless as proof.
        """
