"""The requirements of a contract as a list, for people and for programs."""

from __future__ import annotations

import io
import json
import shutil
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from schemas.contract import Contract

MIN_WIDTH = 110
"""Characters, below which the sentences are hard to read."""
MEMBERS = ("id", "level", "operation", "sentence", "source", "url", "read")


def table(contract: Contract) -> str:
    """A table as wide as the terminal; long sentences and sources are wrapped in their columns."""
    requirements = contract.requirements.values()
    rows = Table.grid(padding=(0, 2, 0, 0))
    rows.add_column(no_wrap=True)
    rows.add_column(no_wrap=True)
    for item in requirements:
        rows.add_row(item.id, item.level, item.sentence, item.source)
    width = max(shutil.get_terminal_size().columns, MIN_WIDTH)
    text = io.StringIO()
    Console(file=text, width=width, color_system=None, markup=False, emoji=False, highlight=False).print(rows)
    lines = [line.rstrip() for line in text.getvalue().splitlines()]
    sources = {item.url.partition("#")[0]: item.read for item in requirements if item.url}
    return "\n".join([*lines, "", *(f"Source: {url}, read on {read}" for url, read in sources.items())])


def as_json(contract: Contract) -> str:
    """An array of objects with the members id, level, operation, sentence, source, url and read."""
    items = [{name: getattr(item, name) for name in MEMBERS} for item in contract.requirements.values()]
    return json.dumps(items, indent=2, ensure_ascii=False)


def markdown(contract: Contract) -> str:
    """A table in Markdown."""
    rows = [
        f"| `{item.id}` | {item.level} | {item.sentence} | [{item.source}]({item.url}) |"
        for item in contract.requirements.values()
    ]
    return "\n".join(["| ID | level | requirement | source |", "| --- | --- | --- | --- |", *rows])
