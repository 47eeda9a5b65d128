"""Limits count what is sent, and stop a request before it is sent."""

from __future__ import annotations

import math

import pytest

from conformance.limits import LimitReached, Limits
from conformance.model import Untested


def test_a_kind_without_a_limit_is_never_used_up() -> None:
    limits = Limits({"enable": 1})
    limits.count(["verify"] * 1_000)
    limits.check(["verify"] * 1_000)
    assert limits.left("verify") == math.inf


def test_a_limit_is_reached_when_so_many_were_counted() -> None:
    limits = Limits({"enable": 2})
    for left in (2, 1):
        assert limits.left("enable") == left
        limits.check(["enable"])
        limits.count(["enable"])
    with pytest.raises(
        LimitReached, match="the limit of 2 enable is reached; raise it with --budget enable=N"
    ) as caught:
        limits.check(["enable"])
    assert caught.value.kind == "enable"
    assert isinstance(caught.value, Untested)


def test_a_kind_that_is_named_twice_counts_twice() -> None:
    limits = Limits({"sms": 3})
    limits.check(["sms"] * 3)
    with pytest.raises(LimitReached):
        limits.check(["sms"] * 4)


def test_a_reserve_is_left_for_the_requests_after_this_one() -> None:
    limits = Limits({"exchanges": 3, "sms": 0})
    limits.check(["exchanges"], reserve=["exchanges", "exchanges"])
    with pytest.raises(LimitReached):
        limits.check(["exchanges"], reserve=["exchanges"] * 3)


def test_a_reserve_of_another_kind_stops_no_request() -> None:
    Limits({"sms": 0}).check(["exchanges"], reserve=["sms"])


def test_a_check_counts_nothing() -> None:
    limits = Limits({"sms": 1})
    limits.check(["sms"])
    assert limits.left("sms") == 1


def test_lifted_limits_stop_nothing() -> None:
    limits = Limits({"sms": 0})
    limits.lift()
    limits.check(["sms"])
    assert limits.by_kind == {}


def test_limits_are_shown_by_kind() -> None:
    limits = {"enable": 10, "sms": 2}
    assert str(Limits(limits)) == "enable=10, sms=2"
    assert str(Limits()) == "none"
    assert Limits(limits).by_kind == limits
