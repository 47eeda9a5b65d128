"""A request that is to be rejected, what tells whether it was, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.asker import Asker
    from conformance.exchange import Exchange
    from conformance.subject import Changed
    from conformance.verdicts import NoVerdict


@dataclass(frozen=True)
class Probe:
    """A request that is to be rejected.

    `requirement` is what accepting it would break. It is sent while a valid request of `shape` to `control` would be
    accepted; `control` is the operation itself where nothing else is said. `apply` makes the arguments of `Asker.send`
    from a valid body; where it raises `Untested`, there is nothing to send. `attempt` marks what a server may count as
    an attempt to guess; `other_method`, one by another method than the operation's; `open_ended`, one that may be
    accepted as well.
    """

    requirement: str
    operation: str
    name: str
    shape: str
    apply: Callable[[Any, Asker], dict[str, Any]] = field(compare=False)
    control: str = ""
    control_shape: str = ""
    attempt: bool = False
    other_method: bool = False
    open_ended: bool = False

    @property
    def group(self) -> tuple[str, str]:
        """The operation and the shape of the control."""
        return self.control or self.operation, self.control_shape or self.shape

    def acted(self, exchange: Exchange) -> bool:
        """Whether it may have been carried out, by its answer, so that the state is to be made anew."""
        return not (exchange.response.rejected or self.other_method)

    def undone(self, exchange: Exchange) -> bool:
        """Whether the answer says for sure that the request was not carried out."""
        response = exchange.response
        return response.rejected or (self.other_method and (response.status < 500 or response.status == 501))

    def parameter(self, requirement: str = "") -> Any:
        """The parameter of a test that asks for a requirement, if not for the probe's own."""
        requirement = requirement or self.requirement
        mark = pytest.mark.requirement(requirement, operation=self.operation)
        return pytest.param(self, id=f"{requirement}-{self.name}", marks=mark)


@dataclass
class Outcome:
    """What became of a probe: its exchange and the control after it, or why there is none; and what it changed."""

    exchange: Exchange | None = None
    control: Exchange | None = None
    reason: NoVerdict | None = None
    changed: Changed | None = None

    def evidence(self) -> tuple[Exchange, ...]:
        """The exchanges that show it."""
        last = self.changed.exchange if self.changed else self.control
        return tuple(exchange for exchange in (self.exchange, last) if exchange is not None)


class Rejected(NamedTuple):
    """What became of a probe, without the probe: its operation and its name."""

    operation: str
    name: str
    outcome: Outcome
