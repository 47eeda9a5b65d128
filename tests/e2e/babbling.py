"""A pytest plugin that tells the token in every way in which a bug of the suite might."""

from __future__ import annotations

import logging
import os
import sys

import pytest


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_call(item: pytest.Item) -> None:
    if item.name != "test_off_disable":
        return
    token = os.environ["TFE_TOKEN"]
    headers = {"Authorization": f"Bearer {token}"}
    print("a test prints", token, headers)  # noqa: T201
    sys.stderr.write(f"a test writes {token}\n")
    logging.getLogger("babbling").error("a test logs %s", headers)
    raise LookupError(f"there is no {token} in it")
