"""Run the suite against every fault and every variant, two at a time, and write the kill matrix into `docs`."""

from __future__ import annotations

import csv
import os
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from reference.faults import FAULTS
from reference.variants import VARIANTS
from schemas import load
from tests.suite import ROOT
from tests.sweep.runs import MUSTS, Swept, against, wrong_with_fault, wrong_with_variant

if TYPE_CHECKING:
    from collections.abc import Iterator

UNREACHABLE: dict[str, str] = {}
"""Requirements that no fault can make go red, and why."""


def main(pattern: str = "") -> int:
    """Sweep; 0 if every outcome is as it should be. `pattern` is a part of the names to sweep, which writes nothing."""
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(os.cpu_count()) as pool:
        faults = [pool.submit(against, Path(folder) / "fault" / name, fault=name) for name in FAULTS if pattern in name]
        variants = [
            pool.submit(against, Path(folder) / "variant" / name, variant=name) for name in VARIANTS if pattern in name
        ]
        wrong = 0
        for number, future in enumerate([*faults, *variants], 1):
            swept = future.result()
            problem = wrong_with_fault(swept) if number <= len(faults) else wrong_with_variant(swept)
            wrong += bool(problem)
            print(f"{number}/{len(faults) + len(variants)} {swept.name}: {problem or 'as it should be'}", flush=True)
        swept_faults = [future.result() for future in faults]
        swept_variants = [future.result() for future in variants]
    if not pattern:
        never = set(load().requirements) - set().union(*(swept.violated for swept in swept_faults))
        for name in sorted(never - set(UNREACHABLE)):
            print(f"{name}: no fault makes it go red")
            wrong += 1
        (ROOT / "docs" / "kill-matrix.md").write_text("\n".join(markdown(swept_faults, swept_variants)), "utf-8")
        write_csv(ROOT / "docs" / "kill-matrix.csv", swept_faults)
    print(f"{wrong} outcomes are not as they should be")
    return 1 if wrong else 0


def markdown(faults: list[Swept], variants: list[Swept]) -> Iterator[str]:
    """The matrix as tables: by requirement, by fault, and by variant."""
    decidable = [swept for swept in faults if not FAULTS[swept.name].undecidable]
    yield "# What the suite catches, and what it leaves in peace\n"
    yield "Written by `make sweep`. Each line is a run of the whole suite against the reference server with one fault"
    yield "(`tfe-conformance serve --fault NAME`) or one variant (`--variant NAME`). The same as a table of requirement ×"
    yield "fault is in [kill-matrix.csv](kill-matrix.csv).\n"
    yield f"- Faults: {len(decidable)}, of which {sum(bool(swept.musts) for swept in decidable)} break a MUST; caught: "
    yield f"  {sum(not wrong_with_fault(swept) for swept in decidable)}. {len(faults) - len(decidable)} more can't be told."
    yield f"- Variants: {len(variants)}; with a MUST accused wrongly: {sum(bool(swept.musts) for swept in variants)}.\n"
    yield "## By requirement\n\n| requirement | level | faults that it catches | for example |\n| --- | --- | --- | --- |"
    for name, requirement in load().requirements.items():
        caught = [swept.name for swept in faults if name in swept.violated]
        meant = [fault for fault in caught if name in FAULTS[fault].expects] or caught
        example = f"`{meant[0]}`" if meant else UNREACHABLE.get(name, "")
        yield f"| `{name}` | {requirement.level} | {len(caught)} | {example} |"
    yield "\n## By fault\n\n| fault | what it does | expected to go red (one of) | went red |\n| --- | --- | --- | --- |"
    for swept in faults:
        fault = FAULTS[swept.name]
        expected = ", ".join(f"`{name}`" for name in fault.expects) or f"nothing: {fault.undecidable}"
        red = ", ".join(f"**`{name}`**" if name in fault.expects else f"`{name}`" for name in sorted(swept.violated))
        yield f"| `{swept.name}` | {fault.sentence} | {expected} | {red or '–'} |"
    yield "\n## By variant\n\n| variant | what it does | exit code | SHOULDs that go red |\n| --- | --- | --- | --- |"
    for swept in variants:
        red = ", ".join(f"`{name}`" for name in sorted(swept.violated - MUSTS))
        yield f"| `{swept.name}` | {VARIANTS[swept.name].sentence} | {swept.code} | {red or '–'} |"
    yield ""


def write_csv(path: Path, faults: list[Swept]) -> None:
    """The matrix: a row for each requirement, a column for each fault; 1 where it goes red."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["requirement", *(swept.name for swept in faults)])
        for name in load().requirements:
            writer.writerow([name, *("1" if name in swept.violated else "" for swept in faults)])


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
