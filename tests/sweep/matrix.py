"""The kill matrix: docs/kill-matrix.md for readers, and docs/kill-matrix.csv as a table of requirement by fault."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

from schemas import load
from tests.faults import FAULTS
from tests.suite import ROOT
from tests.sweep.runs import MUSTS, Run, problem_with
from tests.variants import VARIANTS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

MARKDOWN, CSV = ROOT / "docs" / "kill-matrix.md", ROOT / "docs" / "kill-matrix.csv"


def write(runs: Iterable[Run]) -> None:
    """Write both files."""
    runs = list(runs)
    faults = [run for run in runs if run.kind == "fault"]
    variants = [run for run in runs if run.kind == "variant"]
    MARKDOWN.write_text("\n".join(_markdown(faults, variants)) + "\n", "utf-8")
    with CSV.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(_rows(faults))


def _rows(faults: list[Run]) -> Iterator[list[str]]:
    yield ["requirement", *(run.name for run in faults)]
    for name in load().requirements:
        yield [name, *("1" if name in run.violated else "" for run in faults)]


def _markdown(faults: list[Run], variants: list[Run]) -> Iterator[str]:
    yield from _summary(faults, variants)
    yield from _by_requirement(faults)
    yield from _by_fault(faults)
    yield from _by_variant(variants)


def _summary(faults: list[Run], variants: list[Run]) -> Iterator[str]:
    decidable = [run for run in faults if not FAULTS[run.name].undecidable]
    caught = sum(not problem_with(run) for run in decidable)
    accused = sum(bool(run.violated & MUSTS) for run in variants)
    yield "# Faults and variants\n"
    yield "Written by `make sweep`. A row is a run of the whole suite against the reference server with one fault"
    yield "(`make serve FAULT=name`) or one variant (`make serve VARIANT=name`). The table of requirement by fault is"
    yield "in [kill-matrix.csv](kill-matrix.csv).\n"
    yield f"- Faults: {len(decidable)}, of which {sum(bool(run.violated & MUSTS) for run in decidable)} break a MUST;"
    yield f"  caught: {caught}. {len(faults) - len(decidable)} more cannot be decided."
    yield f"- Variants: {len(variants)}; with a MUST violated: {accused}."


def _by_requirement(faults: list[Run]) -> Iterator[str]:
    yield from _head("By requirement", "requirement", "level", "faults that it catches", "for example")
    for name, requirement in load().requirements.items():
        caught = [run.name for run in faults if name in run.violated]
        examples = [fault for fault in caught if name in FAULTS[fault].expects] or caught
        yield f"| `{name}` | {requirement.level} | {len(caught)} | {_code(examples[:1])} |"


def _by_fault(faults: list[Run]) -> Iterator[str]:
    yield from _head("By fault", "fault", "description", "expected to go red (one of)", "went red")
    for run in faults:
        fault = FAULTS[run.name]
        expected = _code(fault.expects) if fault.expects else f"none: {fault.undecidable}"
        red = ", ".join(f"**`{name}`**" if name in fault.expects else f"`{name}`" for name in sorted(run.violated))
        yield f"| `{run.name}` | {fault.sentence} | {expected} | {red or '–'} |"


def _by_variant(variants: list[Run]) -> Iterator[str]:
    yield from _head("By variant", "variant", "description", "exit code", "SHOULDs that go red")
    for run in variants:
        red = _code(sorted(run.violated - MUSTS))
        yield f"| `{run.name}` | {VARIANTS[run.name].sentence} | {run.exit_code} | {red or '–'} |"


def _head(title: str, *columns: str) -> Iterator[str]:
    yield f"\n## {title}\n"
    yield f"| {' | '.join(columns)} |"
    yield "| --- " * len(columns) + "|"


def _code(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)
