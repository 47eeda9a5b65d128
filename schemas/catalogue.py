"""The requirements of a contract as a list, for people and for programs."""

from __future__ import annotations

import json
import shutil
import textwrap
from itertools import zip_longest
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from schemas.contract import Contract

MIN_WIDTH = 80
SOURCE_WIDTH = 30
LEVEL_WIDTH = 6


def table(contract: Contract) -> str:
    """A table as wide as the terminal; long sentences and sources are wrapped in their columns."""
    requirements = contract.requirements.values()
    id_width = max(len(item.id) for item in requirements)
    terminal_width = max(shutil.get_terminal_size().columns, MIN_WIDTH)
    sentence_width = max(terminal_width - id_width - LEVEL_WIDTH - SOURCE_WIDTH - 6, 30)
    lines = []
    for item in requirements:
        sentence, source = textwrap.wrap(item.sentence, sentence_width), textwrap.wrap(item.source, SOURCE_WIDTH)
        for cells in zip_longest([item.id], [item.level], sentence, source, fillvalue=""):
            widths = (id_width, LEVEL_WIDTH, sentence_width, SOURCE_WIDTH)
            lines.append("  ".join(f"{cell:{width}}" for cell, width in zip(cells, widths, strict=True)).rstrip())
    sources = {item.url.partition("#")[0]: item.read for item in requirements if item.url}
    return "\n".join([*lines, "", *(f"Source: {url}, read on {read}" for url, read in sources.items())])


def as_json(contract: Contract) -> str:
    """An array of objects with the members id, level, operation, sentence, source, url and read."""
    members = ("id", "level", "operation", "sentence", "source", "url", "read")
    items = [{name: getattr(item, name) for name in members} for item in contract.requirements.values()]
    return json.dumps(items, indent=2, ensure_ascii=False)


def markdown(contract: Contract) -> str:
    """A table in Markdown."""
    rows = [
        f"| `{item.id}` | {item.level} | {_cell(item.sentence)} | [{_cell(item.source)}]({item.url}) |"
        for item in contract.requirements.values()
    ]
    return "\n".join(["| ID | level | requirement | source |", "| --- | --- | --- | --- |", *rows])


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
