"""A pytest plugin: the embedded server has the fault, or the variant, that the environment names."""

from __future__ import annotations

import functools
import os

import pytest

from conformance.plugin import EMBEDDED
from reference.server import running

FAULT, VARIANT = "TFE_CONFORMANCE_FAULT", "TFE_CONFORMANCE_VARIANT"


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config: pytest.Config) -> None:
    """Start another server than the reference server as it is."""
    fault, variant = os.environ.get(FAULT), os.environ.get(VARIANT)
    config.stash[EMBEDDED] = functools.partial(running, fault=fault, variant=variant)
