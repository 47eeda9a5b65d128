"""The requirements of a contract as a list for people and for programs."""

from __future__ import annotations

import json
import shutil
import textwrap
from dataclasses import asdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from schemas.contract import Contract

NARROWEST = 80


def table(contract: Contract) -> str:
    """A table for a terminal, as wide as it is; long sentences go on below themselves."""
    requirements = contract.requirements.values()
    name, source = max(len(item.id) for item in requirements), 30
    width = max(shutil.get_terminal_size().columns, NARROWEST)
    sentence = max(width - name - source - 12, 30)
    lines = []
    for item in requirements:
        cells: list[list[str]] = [
            [item.id],
            [item.level],
            textwrap.wrap(item.sentence, sentence),
            textwrap.wrap(item.source, source),
        ]
        for at in range(max(len(cell) for cell in cells)):
            row = [cell[at] if at < len(cell) else "" for cell in cells]
            lines.append(f"{row[0]:{name}}  {row[1]:6}  {row[2]:{sentence}}  {row[3]}".rstrip())
    return "\n".join(lines)


def as_json(contract: Contract) -> str:
    """An array of objects with the members id, level, operation, sentence and source."""
    members = ("id", "level", "operation", "sentence", "source")
    found = [asdict(item) | {"level": item.level} for item in contract.requirements.values()]
    return json.dumps([{name: item[name] for name in members} for item in found], indent=2, ensure_ascii=False)


def markdown(contract: Contract) -> str:
    """A table in Markdown."""
    rows = [
        f"| `{item.id}` | {item.level} | {_cell(item.sentence)} | {_cell(item.source)} |"
        for item in contract.requirements.values()
    ]
    return "\n".join(["| ID | level | requirement | source |", "| --- | --- | --- | --- |", *rows])


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
