"""Run the suite against one fault or variant, and say what is wrong with the outcome, if anything."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from reference.faults import FAULTS
from reference.variants import VARIANTS
from schemas import load
from tests.suite import ROOT, check
from tests.sweep.faulty import FAULT, VARIANT

if TYPE_CHECKING:
    from pathlib import Path

MUSTS = frozenset(name for name, requirement in load().requirements.items() if requirement.level == "MUST")
CONFORMANT, VIOLATED, NO_VERDICT = 0, 1, 3


@dataclass(frozen=True)
class Swept:
    """The outcome of a run: exit code, the IDs by verdict, exchanges, and the seconds that it took."""

    name: str
    code: int
    violated: frozenset[str]
    inconclusive: frozenset[str]
    exchanges: int
    seconds: float
    out: str

    @property
    def musts(self) -> frozenset[str]:
        """The MUSTs that are violated."""
        return self.violated & MUSTS


def against(folder: Path, *, fault: str = "", variant: str = "") -> Swept:
    """Run the whole suite against the reference server with a fault or a variant."""
    chosen = {FAULT: fault} if fault else {VARIANT: variant}
    done = check(folder, "-p", "tests.sweep.faulty", "-q", cwd=ROOT, **chosen)
    return Swept(
        fault or variant,
        done.code,
        frozenset(done.having("violated")) if done.results else frozenset(),
        frozenset(done.having("inconclusive")) if done.results else frozenset(),
        done.results.get("exchanges", 0),
        done.results.get("seconds", 0.0),
        done.out,
    )


def wrong_with_fault(swept: Swept) -> str:
    """Why the outcome is not the one that the fault is to have, or an empty string."""
    fault = FAULTS[swept.name]
    if "Traceback" in swept.out:
        return "a traceback"
    if fault.undecidable:
        return f"{sorted(swept.violated)} went red, and nothing can" if swept.violated else ""
    if not swept.violated & set(fault.expects):
        return f"none of {sorted(fault.expects)} went red, but {sorted(swept.violated)}"
    if bool(swept.musts) != (swept.code == VIOLATED):
        return f"the exit code is {swept.code}, and {len(swept.musts)} MUSTs are violated"
    return ""


def wrong_with_variant(swept: Swept) -> str:
    """Why the outcome is not the one that a conforming server is to have, or an empty string."""
    assert swept.name in VARIANTS
    if "Traceback" in swept.out:
        return "a traceback"
    if swept.musts:
        return f"{sorted(swept.musts)} went red"
    return "" if swept.code in {CONFORMANT, NO_VERDICT} else f"the exit code is {swept.code}"
