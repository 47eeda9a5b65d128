"""A pytest plugin for the tests: it notes after each case how long the run still takes, by its own estimate."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from conformance.plugin import EMBEDDED, RUN
from conformance.voice import SCREEN
from reference.server import running

if TYPE_CHECKING:
    from reports.progress import Progress

NOTED = "NOTED"


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config: pytest.Config) -> None:
    config.stash[EMBEDDED] = lambda: running(variant=os.environ["VARIANT"] or None)


class Notes:
    """What is noted of a run."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self.began = 0.0
        self.expected = 0.0
        self.times: list[tuple[float, float | None]] = []

    @property
    def progress(self) -> Progress:
        return self.config.stash[SCREEN]  # type: ignore[return-value]

    @pytest.hookimpl(trylast=True)
    def pytest_collection_finish(self) -> None:
        self.expected = self.progress.estimate.expected()
        self.began = time.monotonic()

    @pytest.hookimpl(trylast=True)
    def pytest_runtest_logfinish(self) -> None:
        now = time.monotonic()
        self.times.append((now - self.began, self.progress.estimate.left(now)))

    def pytest_sessionfinish(self) -> None:
        asked = len(self.config.stash[RUN].exchanges)
        noted = {"expected": self.expected, "asked": asked, "times": self.times}
        Path(os.environ[NOTED]).write_text(json.dumps(noted), "utf-8")


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(Notes(config))
