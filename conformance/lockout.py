"""A target that refuses everything from some exchange on: the token expired, or the account is locked.

It is recognised at the end of a run, by all of its exchanges, and its violations become inconclusive.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conformance.model import Case, Exchange

STATUSES = (401, 403, 404, 423)
"""Statuses of an expired token, of a locked account and of one that was deleted."""
OPERATIONS = 2
"""Operations that refuse their documented requests; where it is one, that may be its fault."""


@dataclass(frozen=True)
class Lockout:
    """The number of the exchange since which all requests with the valid token get one status."""

    since: int
    status: int

    @property
    def reason(self) -> str:
        """The observation, and its likely causes."""
        return (
            f"since exchange {self.since} every request with the valid token gets {self.status}: "
            "the token may have expired, or the account is locked"
        )


def find_lockout(exchanges: Sequence[Exchange]) -> Lockout | None:
    """The lock-out with which a run ends, after requests with the valid token that were accepted."""
    answered = [exchange for exchange in exchanges if exchange.valid_credentials and exchange.response is not None]
    if not answered or answered[-1].status not in STATUSES:
        return None
    status = answered[-1].status
    start = next((at for at in range(len(answered), 0, -1) if answered[at - 1].status != status), 0)
    refused = {exchange.operation for exchange in answered[start:] if exchange.spec.shape}
    was_accepted = any(exchange.accepted for exchange in answered[:start])
    if not was_accepted or len(refused) < OPERATIONS:
        return None
    return Lockout(answered[start].number, status)


def excused(case: Case, lockout: Lockout | None) -> Case:
    """The case, inconclusive where all exchanges that show its violation are of the lock-out."""
    shown = case.offending or case.exchanges[-1:]
    if lockout is None or case.verdict != "violated" or not shown:
        return case
    if any(exchange.number < lockout.since for exchange in shown):
        return case
    return replace(case, verdict="inconclusive", detail=lockout.reason, expected="", actual="", reproducible=None)
