"""The record of a run: all that the reports are made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from conformance.masking import Masker
    from conformance.model import Case, CleanupResult, Exchange
    from conformance.settings import Settings
    from schemas import Contract


@dataclass(frozen=True)
class RunRecord:
    """A run that has ended.

    Attributes:
        contract: the contract that the target was held to.
        settings: the options of the run.
        target: the base URL, or the name of the recording.
        embedded: the target is the embedded reference server.
        recorded: nothing was sent; exchanges were read from a recording.
        cases: all cases of the run; those that did not run are untested, with the reason.
        exchanges: all exchanges in their order.
        abort_reason: why the target could not be tested at all, or empty.
        stopped: what ended the run early, or empty.
        partial: why only a part of the suite was run, or empty.
        usage: the mistake of the command line, or empty.
        limits: the limits by kind, such as {"enable": 10}; empty for none.
        cleanup: how the account was left.
        notes: further remarks for people, a sentence each.
        started: seconds since the epoch.
        seconds: the duration of the run.
        masker: masks the secrets of the run.
        selected: the IDs of the requirements that --only or --lf selected; empty for all.
    """

    contract: Contract
    settings: Settings
    target: str
    embedded: bool
    recorded: bool
    cases: tuple[Case, ...]
    exchanges: tuple[Exchange, ...]
    abort_reason: str
    stopped: str
    partial: str
    usage: str
    limits: dict[str, int]
    cleanup: CleanupResult
    notes: tuple[str, ...]
    started: float
    seconds: float
    masker: Masker
    selected: frozenset[str] = frozenset()

    @property
    def is_complete(self) -> bool:
        """Whether every test of the suite ran against a target that answered."""
        left_out = self.abort_reason or self.stopped or self.partial or self.usage or self.selected
        return not (left_out or self.recorded)
