"""A pytest plugin: the embedded server has the fault, or the variant, that the environment names."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from conformance.plugin import EMBEDDED
from reference.server import running

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from reference.server import Server

FAULT, VARIANT = "TFE_CONFORMANCE_FAULT", "TFE_CONFORMANCE_VARIANT"


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config: pytest.Config) -> None:
    """Start another server than the reference server as it is."""
    fault, variant = os.environ.get(FAULT), os.environ.get(VARIANT)

    def start() -> AbstractContextManager[Server]:
        return running(fault=fault, variant=variant)

    config.stash[EMBEDDED] = start
