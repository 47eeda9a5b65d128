"""A part of the sweep that is fast enough for every change: some faults of each area, some variants, all requirements.

`make sweep` runs the whole.
"""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

import pytest

from reference.faults import FAULTS
from reference.variants import VARIANTS
from schemas import load
from tests.suite import ROOT
from tests.sweep.__main__ import UNREACHABLE
from tests.sweep.runs import against, wrong_with_fault, wrong_with_variant

if TYPE_CHECKING:
    from pathlib import Path

SOME_FAULTS = (
    "enable-and-disable-swapped",
    "enable-answer-used-recovery-codes-early",
    "get-disables",
    "head-disables-unseen",
    "invalid-enable-ends",
    "unauthorized-disable-acts",
    "wrong-code-answers-user",
    "verify-while-off-begins",
    "prefix-missing",
)
SOME_VARIANTS = ("errors-bodiless", "single-use-codes", "charset-named")


def test_the_selection_exists() -> None:
    assert set(SOME_FAULTS) <= set(FAULTS)
    assert set(SOME_VARIANTS) <= set(VARIANTS)


@pytest.mark.parametrize("name", SOME_FAULTS)
def test_a_fault_is_caught_where_it_is(name: str, tmp_path: Path) -> None:
    swept = against(tmp_path, fault=name)
    assert not wrong_with_fault(swept), swept.out


@pytest.mark.parametrize("name", SOME_VARIANTS)
def test_a_freedom_is_left_in_peace(name: str, tmp_path: Path) -> None:
    swept = against(tmp_path, variant=name)
    assert not wrong_with_variant(swept), swept.out


def test_the_published_matrix_is_of_these_requirements_and_faults() -> None:
    with (ROOT / "docs" / "kill-matrix.csv").open(encoding="utf-8", newline="") as file:
        head, *rows = list(csv.reader(file))
    assert head[1:] == list(FAULTS)
    assert [row[0] for row in rows] == list(load().requirements)
    for name, *marks in rows:
        assert "1" in marks or name in UNREACHABLE, name
