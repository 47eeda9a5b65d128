"""The cases of the suite, collected by pytest in this process; nothing is run."""

from __future__ import annotations

import contextlib
import io
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from conformance.runner import plugin

if TYPE_CHECKING:
    from conformance.ordering import Candidate

ROOT = Path(__file__).resolve().parents[3]
OPTIONS = (
    f"--config-file={ROOT / 'conformance' / 'pytest.toml'}",
    f"--rootdir={ROOT}",
    "--override-ini=addopts=--disable-plugin-autoload",
    "--noconftest",
    "-pno:cacheprovider",
    "--assert=plain",
    "-q",
)


class Collector:
    """Keeps the collected items."""

    def __init__(self) -> None:
        self.items: list[pytest.Item] = []

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        self.items = list(session.items)


@cache
def items() -> tuple[pytest.Item, ...]:
    """The tests of the suite with all parameters, in the order of their collection."""
    collector = Collector()
    with contextlib.redirect_stdout(io.StringIO()) as output:
        code = pytest.main([*OPTIONS, "--collect-only", str(ROOT / "conformance")], plugins=[plugin, collector])
    assert code == pytest.ExitCode.OK, output.getvalue()
    return tuple(collector.items)


@cache
def candidates() -> tuple[Candidate, ...]:
    """The cases of the suite with their needs."""
    return tuple(plugin.candidate_of(item, place) for place, item in enumerate(items()))
