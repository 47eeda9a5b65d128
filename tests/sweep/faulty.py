"""A pytest plugin that gives the embedded server the fault, or the variant, that the environment names."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from conformance.runner.plugin import SERVER
from reference.server import serving
from reference.service import Service
from tests.faults import FAULTS
from tests.variants import VARIANTS

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from reference.server import Server

FAULT, VARIANT = "TFE_CONFORMANCE_FAULT", "TFE_CONFORMANCE_VARIANT"


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
