"""A pytest plugin that gives the embedded server the fault, or the variant, that the environment names."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from conformance.keys import RECORD
from conformance.runner.plugin import SERVER
from reference.server import serving
from reference.service import Service
from tests.faults import FAULTS
from tests.variants import VARIANTS

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from reference.server import Server

FAULT, VARIANT = "TFE_CONFORMANCE_FAULT", "TFE_CONFORMANCE_VARIANT"
CASES = "TFE_CONFORMANCE_CASES"
"""The file for the IDs of the cases whose requests the server answered wrongly."""


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config: pytest.Config) -> None:
    """Replace the function that starts the embedded server."""
    service: type[Service] = Service
    if fault := os.environ.get(FAULT):
        service = FAULTS[fault].service
    elif variant := os.environ.get(VARIANT):
        service = VARIANTS[variant].service

    def start() -> AbstractContextManager[Server]:
        return serving(service())

    config.stash[SERVER] = start


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Write the IDs of the cases that show a violation, and of those that sent the requests which show it."""
    if CASES not in os.environ or RECORD not in session.config.stash:
        return
    violated = [case for case in session.config.stash[RECORD](session, 0).cases if case.verdict == "violated"]
    shown = {exchange.case_id for case in violated for exchange in (*case.exchanges[-1:], *case.offending)}
    Path(os.environ[CASES]).write_text(json.dumps(sorted({case.id for case in violated} | shown)), "utf-8")
