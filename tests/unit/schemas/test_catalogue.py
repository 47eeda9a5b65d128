"""The catalogue agrees with the contract."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from schemas import Contract, catalogue, load

if TYPE_CHECKING:
    import pytest

CONTRACT: Contract = load()


def test_table_and_markdown_hold_every_requirement() -> None:
    table, markdown = catalogue.table(CONTRACT), catalogue.markdown(CONTRACT)
    for name, requirement in CONTRACT.requirements.items():
        assert name in table
        assert f"| `{name}` | {requirement.level} | " in markdown


def test_the_table_fits_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "132")
    rows, _, sources = catalogue.table(CONTRACT).partition("\n\n")
    lines = rows.splitlines()
    assert max(map(len, lines)) <= 132
    assert any(line.startswith(" ") for line in lines), "a long sentence goes on in the next line"
    assert all(line.startswith("Source: https://") for line in sources.splitlines())


def test_json_holds_every_requirement() -> None:
    items = json.loads(catalogue.as_json(CONTRACT))
    assert [item["id"] for item in items] == list(CONTRACT.requirements)
    assert {key for item in items for key in item} == {"id", "level", "operation", "sentence", "source", "url", "read"}
