"""The append-only log of a run: each exchange with its judgements and the history before it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, Protocol, Self, TypeVar

from conformance.checks import judge_response

if TYPE_CHECKING:
    from collections.abc import Iterable

    from conformance.model import Exchange, Judgement
    from schemas import Contract


class History(Protocol):
    """The facts that the exchanges so far tell of the target. It is frozen; each exchange makes a new one."""

    def after(self, exchange: Exchange) -> Self:
        """The history after one more exchange."""

    def forgotten(self) -> Self:
        """The history with an unknown state."""

    def must_accept(self, operation: str) -> bool:
        """Whether a valid request to an operation must be accepted now; not where the state is unknown."""

    def has_same_state(self, other: Self) -> bool:
        """Whether the state is the same, and known."""


H = TypeVar("H", bound=History)
H_contra = TypeVar("H_contra", bound=History, contravariant=True)


class Rules(Protocol[H_contra]):
    """Judgements that concern several exchanges. All methods are pure."""

    def judge(self, history: H_contra, exchange: Exchange) -> Iterable[Judgement]:
        """The judgements of an exchange by those before it."""

    def open_requirements(self, history: H_contra, exchange: Exchange) -> frozenset[str]:
        """The IDs of requirements that this exchange can't be held to, given those before it."""

    def judge_later(self, exchanges: list[Exchange]) -> Iterable[tuple[Exchange, Judgement]]:
        """The judgements of exchanges by those after them."""


@dataclass(frozen=True, eq=False)
class Entry(Generic[H]):
    """An exchange, its judgements, and the history before it."""

    exchange: Exchange
    judgements: tuple[Judgement, ...]
    before: H


class Recorder(Generic[H]):
    """The log of the exchanges with one account.

    Live traffic and recordings are judged here, by the same functions.
    """

    def __init__(self, contract: Contract, history: H, rules: Rules[H], token: str = "") -> None:
        self._contract = contract
        self._rules = rules
        self._token = token
        self._history = history
        self._entries: list[Entry[H]] = []
        self._by_requirement: defaultdict[str, list[tuple[Exchange, Judgement]]] = defaultdict(list)
        self._later: tuple[int, list[tuple[Exchange, Judgement]]] = (0, [])

    @property
    def history(self) -> H:
        """The history after all exchanges so far."""
        return self._history

    @property
    def entries(self) -> tuple[Entry[H], ...]:
        """All entries in their order."""
        return tuple(self._entries)

    @property
    def exchanges(self) -> list[Exchange]:
        """All exchanges in their order."""
        return [entry.exchange for entry in self._entries]

    def __len__(self) -> int:
        return len(self._entries)

    def append(self, exchange: Exchange) -> Entry[H]:
        """Judge an exchange, and enter it."""
        before = self._history
        judgements: dict[str, Judgement] = {}
        for judgement in (*judge_response(self._contract, exchange, self._token), *self._rules.judge(before, exchange)):
            # One requirement may be judged by the schema and by the history: a problem counts.
            if judgement.problem or judgement.requirement not in judgements:
                judgements[judgement.requirement] = judgement
        for requirement in self._rules.open_requirements(before, exchange):
            judgements.pop(requirement, None)
        for requirement, judgement in judgements.items():
            self._by_requirement[requirement].append((exchange, judgement))
        entry = Entry(exchange, tuple(judgements.values()), before)
        self._entries.append(entry)
        self._history = before.after(exchange)
        return entry

    def forget_state(self) -> None:
        """Take the state as unknown from now on."""
        self._history = self._history.forgotten()

    def judgements_of(self, exchange: Exchange) -> tuple[Judgement, ...]:
        """The judgements of an exchange of this log."""
        return next((entry.judgements for entry in reversed(self._entries) if entry.exchange is exchange), ())

    def judged_by(self, requirement: str, operation: str = "") -> list[tuple[Exchange, Judgement]]:
        """The exchanges that were judged by a requirement, those of one operation or of all."""
        if self._later[0] != len(self._entries):
            self._later = len(self._entries), list(self._rules.judge_later(self.exchanges))
        later = [pair for pair in self._later[1] if pair[1].requirement == requirement]
        judged = [*self._by_requirement.get(requirement, ()), *later]
        return [pair for pair in judged if operation in ("", pair[0].operation)]

    @property
    def token_was_accepted(self) -> bool:
        """Whether a request with the valid token was accepted."""
        return any(entry.exchange.valid_credentials and entry.exchange.accepted for entry in self._entries)
