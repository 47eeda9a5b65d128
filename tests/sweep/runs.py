"""Runs of the suite against the reference server, a fault or a variant, and the problems with their outcomes."""

from __future__ import annotations

import json
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from schemas import load
from tests.faults import FAULTS
from tests.suite import ROOT, check
from tests.sweep.faulty import CASES, FAULT, VARIANT
from tests.variants import VARIANTS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

Kind = Literal["reference", "fault", "variant"]

PROCESSES = 2
MUSTS = frozenset(name for name, requirement in load().requirements.items() if requirement.level == "MUST")
CONFORMANT, VIOLATED, NO_VERDICT = 0, 1, 3


@dataclass(frozen=True)
class Run:
    """The outcome of a run.

    Attributes:
        kind: the kind of server.
        name: the name of the fault or variant.
        exit_code: the exit code.
        verdicts: the verdicts by requirement ID, none if the run left no results.json.
        output: the text on the terminal.
        cases: the IDs of the cases that show a violation.
        exchanges: the number of exchanges.
        causes: the requirement IDs of each cause, the most telling one first.
    """

    kind: Kind
    name: str
    exit_code: int
    verdicts: Mapping[str, str]
    output: str = ""
    cases: frozenset[str] = frozenset()
    exchanges: int = 0
    causes: tuple[tuple[str, ...], ...] = ()

    @property
    def violated(self) -> frozenset[str]:
        """The IDs of the requirements that are violated."""
        return frozenset(name for name, verdict in self.verdicts.items() if verdict == "violated")


def run_suite(kind: Kind, name: str, *options: str) -> Run:
    """Run the whole suite against one server, in a process of its own."""
    variables = {"reference": {}, "fault": {FAULT: name}, "variant": {VARIANT: name}}[kind]
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "cases.json"
        variables |= {CASES: str(file)}
        finished = check(Path(folder), "-p", "tests.sweep.faulty", "-q", *options, cwd=ROOT, **variables)
        cases = frozenset(json.loads(file.read_text("utf-8"))) if file.exists() else frozenset()
    verdicts = {entry["id"]: entry["verdict"] for entry in finished.results.get("requirements", [])}
    causes = tuple(tuple(cause["requirements"]) for cause in finished.results.get("causes", []))
    exchanges = finished.results.get("exchanges", 0)
    return Run(kind, name, finished.code, verdicts, finished.out, cases, exchanges, causes)


def run_all(targets: Iterable[tuple[Kind, str]], *options: str) -> Iterator[Run]:
    """Run the suite against several servers, two at a time; the outcomes come in the order of the targets."""
    with ThreadPoolExecutor(PROCESSES) as pool:
        yield from pool.map(lambda target: run_suite(*target, *options), targets)


def problem_with(run: Run) -> str:
    """The reason why an outcome is not the expected one, or an empty string."""
    if "Traceback" in run.output:
        return "a traceback"
    return _problem_with_fault(run) if run.kind == "fault" else _problem_with_conforming(run)


def _problem_with_fault(run: Run) -> str:
    fault = FAULTS[run.name]
    if fault.undecidable:
        return f"{sorted(run.violated)} went red, but the fault is undecidable" if run.violated else ""
    if not run.violated & set(fault.expects):
        return f"none of {sorted(fault.expects)} went red, but {sorted(run.violated)}"
    musts = run.violated & MUSTS
    if bool(musts) != (run.exit_code == VIOLATED):
        return f"the exit code is {run.exit_code}, and {len(musts)} MUSTs are violated"
    return ""


def _problem_with_conforming(run: Run) -> str:
    expected = frozenset(VARIANTS[run.name].expects) if run.kind == "variant" else frozenset()
    if run.violated - expected:
        return f"{sorted(run.violated - expected)} went red"
    if expected and not run.violated:
        return f"none of {sorted(expected)} went red"
    return "" if run.exit_code in {CONFORMANT, NO_VERDICT} else f"the exit code is {run.exit_code}"
