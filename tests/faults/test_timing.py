"""Faults of time, over HTTP."""

from __future__ import annotations

import time

import httpx
import pytest

from reference.server import serving
from tests.faults import FAULTS
from tests.reference.driver import client_of


def test_a_response_breaks_off() -> None:
    with serving(FAULTS["answers-broken-off"].service()) as server, client_of(server) as client:
        for _ in range(9):
            client.post("two-factor-disable")
        with pytest.raises(httpx.RemoteProtocolError):
            client.post("two-factor-disable")
        assert client.post("two-factor-disable").status_code == 200


def test_the_server_stops_while_a_response_is_missing() -> None:
    began = time.monotonic()
    with serving(FAULTS["answers-never"].service()) as server, client_of(server) as client:
        for _ in range(9):
            client.post("two-factor-disable")
        with pytest.raises(httpx.ReadTimeout):
            client.post("two-factor-disable", timeout=0.1)
    assert time.monotonic() - began < 5
