"""A pytest plugin that tells the token in every way in which a bug of the suite might."""

from __future__ import annotations

import logging
import os
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Generator


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Generator[None, object, object]:
    if pyfuncitem.name != "test_off_disable":
        return (yield)
    token = os.environ["TFE_TOKEN"]
    headers = {"Authorization": f"Bearer {token}"}
    print("a test prints", token, headers)  # noqa: T201
    sys.stderr.write(f"a test writes {token}\n")
    logging.getLogger("babbling").error("a test logs %s", headers)
    raise LookupError(f"there is no {token} in it")
