"""The runs in runs.json: to and from JSON, and their differences to other runs."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from tests.sweep.runs import Kind, Run

PATH = Path(__file__).with_name("runs.json")
CONFORMS = "conforms"


@dataclass(frozen=True)
class StoredRun:
    """The outcome of a run; `verdicts` holds the requirement IDs by verdict, without those that conform."""

    name: str
    kind: Kind
    exit_code: int
    verdicts: Mapping[str, list[str]]

    def by_requirement(self) -> dict[str, str]:
        """The verdicts other than `conforms` by requirement ID."""
        return {name: verdict for verdict, names in self.verdicts.items() for name in names}


def read() -> list[StoredRun]:
    """The stored runs."""
    return [StoredRun(**entry) for entry in json.loads(PATH.read_text("utf-8"))]


def write(runs: Iterable[Run]) -> None:
    """Store runs in place of those there are."""
    PATH.write_text("[\n" + ",\n".join(map(_entry, runs)) + "\n]\n", "utf-8")


def _entry(run: Run) -> str:
    names = defaultdict(list)
    for name, verdict in sorted(run.verdicts.items()):
        if verdict != CONFORMS:
            names[verdict].append(name)
    head = json.dumps({"name": run.name, "kind": run.kind, "exit_code": run.exit_code})
    lines = [f"  {json.dumps(verdict)}: {json.dumps(names[verdict])}" for verdict in sorted(names)]
    return (
        f'{head[:-1]}, "verdicts": {{\n' + ",\n".join(lines) + "\n}}" if lines else f'{head[:-1]}, "verdicts": {{}}}}'
    )


def differences(stored: StoredRun, run: Run) -> Iterator[str]:
    """The differences of a run to the stored one, a line each."""
    if run.exit_code != stored.exit_code:
        yield f"exit code {stored.exit_code} -> {run.exit_code}"
    if not run.verdicts:
        yield "no verdicts: " + (run.output.strip().splitlines() or ["no output"])[-1]
        return
    before = stored.by_requirement()
    for name in sorted(run.verdicts.keys() | before):
        old, new = before.get(name, CONFORMS), run.verdicts.get(name, "no requirement")
        if old != new:
            yield f"{name}: {old} -> {new}"
