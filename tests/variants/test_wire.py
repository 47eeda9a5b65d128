"""Variants on the wire, over HTTP."""

from __future__ import annotations

import time

import pytest

from reference.server import serving
from tests.reference.driver import client_of
from tests.variants import VARIANTS


@pytest.mark.parametrize("name", ["chunked", "compressed", "connection-closed", "header-names-in-title-case"])
def test_variants_of_the_wire(name: str) -> None:
    with serving(VARIANTS[name].service()) as server, client_of(server) as client:
        for _ in range(3):
            assert client.post("two-factor-disable").json()["data"]["type"] == "users"
        assert client.get("two-factor-disable").status_code == 405
        assert client.head("two-factor-disable").status_code == 405


def test_a_connection_is_dropped() -> None:
    with serving(VARIANTS["connection-dropped"].service()) as server, client_of(server) as client:
        assert client.post("two-factor-disable").status_code == 200
        time.sleep(0.05)
        assert client.post("two-factor-disable").status_code == 200
