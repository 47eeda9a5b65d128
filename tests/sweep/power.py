"""The power of each case, by the faults that it catches: the greedy order in which a limited run sends its cases."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING

from tests.faults import FAULTS
from tests.suite import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from tests.sweep.runs import Run

NOT_CASES = {"first contact", "clean-up"}
"""The IDs of exchanges that no case sent."""
FILE = ROOT / "conformance" / "case_order.json"


def write(runs: Iterable[Run]) -> None:
    """Write the order of the cases by a whole sweep."""
    caught = {run.name: run.cases for run in runs if run.kind == "fault" and not FAULTS[run.name].undecidable}
    document = {
        "description": "IDs of cases: first the one that catches most faults, then the one that catches most of the "
        "rest, and so on. Written by make sweep.",
        "cases": greedy_order(caught, weights(caught)),
    }
    FILE.write_text(json.dumps(document, indent=1) + "\n", "utf-8")


def weights(faults: Iterable[str]) -> Mapping[str, float]:
    """The weight of each fault: many faults of one kind of mistake must not outvote the others."""
    kinds = {name: FAULTS[name].expects for name in faults}
    sizes = Counter(kinds.values())
    return {name: sizes[kind] ** -0.5 for name, kind in kinds.items()}


def greedy_order(caught: Mapping[str, frozenset[str]], weight: Mapping[str, float]) -> list[str]:
    """The cases, each the one that catches the most weight of what those before it leave; then the rest by weight."""
    cases: dict[str, set[str]] = {}
    for fault, ids in caught.items():
        for case_id in ids - NOT_CASES:
            cases.setdefault(case_id, set()).add(fault)
    order: list[str] = []
    left = set(caught)
    while cases:
        best = _heaviest(cases, left, weight)
        if not cases[best] & left:
            left = set(caught)
            best = _heaviest(cases, left, weight)
        order.append(best)
        left -= cases.pop(best)
    return order


def _heaviest(cases: Mapping[str, set[str]], left: set[str], weight: Mapping[str, float]) -> str:
    def key(case_id: str) -> tuple[float, str]:
        return -sum(weight[fault] for fault in cases[case_id] & left), case_id

    return min(cases, key=key)


def share_caught(runs: Sequence[Run]) -> float:
    """The share of the decidable faults of some runs that are caught where they are expected."""
    decidable = [run for run in runs if run.kind == "fault" and not FAULTS[run.name].undecidable]
    return sum(bool(run.violated & set(FAULTS[run.name].expects)) for run in decidable) / max(len(decidable), 1)
