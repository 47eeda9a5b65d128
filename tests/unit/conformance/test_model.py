"""Requests, responses and exchanges tell what a body holds, and nothing of one that is no JSON."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from conformance.model import Case, Inconclusive, NoVerdict, Request, Response, Untested, Violation, member
from schemas import NotJSON
from strategies.probe import RequestSpec
from tests.unit.conformance.fakes import exchange, response, user


@pytest.mark.parametrize(
    ("status", "accepted", "rejected"),
    [
        (199, False, False),
        (200, True, False),
        (299, True, False),
        (302, False, False),
        (400, False, True),
        (499, False, True),
        (500, False, False),
    ],
)
def test_a_response_is_accepted_by_a_2xx_and_rejected_by_a_4xx(status: int, *, accepted: bool, rejected: bool) -> None:
    for made in (response(status), exchange("enable", response(status))):
        assert (made.accepted, made.rejected) == (accepted, rejected)


def test_an_exchange_without_a_response_is_neither() -> None:
    made = exchange("enable", None)
    assert (made.accepted, made.rejected, made.status, made.document, made.two_factor) == (False, False, 0, {}, {})


@pytest.mark.parametrize("body", [b"", b"[", b"<p>"])
def test_a_body_that_is_no_json_has_no_document(body: bytes) -> None:
    assert Request("POST", "", (), body).json is None
    assert Request("POST", "", (), body).attribute("code") is None
    assert Response(200, (), body).document == {}
    with pytest.raises(NotJSON):
        _ = Response(200, (), body).json


@pytest.mark.parametrize("body", [b"[]", b"null", b'"{}"', b"5"])
def test_a_value_that_is_no_object_is_no_document(body: bytes) -> None:
    assert Response(200, (), body).document == {}


def test_an_exchange_is_a_line_for_people() -> None:
    made = dataclasses.replace(exchange("enable", response(200)), spec=RequestSpec("enable", None, "data: null"))
    assert made.in_words == "POST enable, data: null → 200"
    assert dataclasses.replace(made, response=None).in_words == "POST enable, data: null → no response"


def test_headers_are_found_in_any_case() -> None:
    made = Response(200, (("Content-Type", "a"), ("content-type", "b")))
    assert made.header("CONTENT-type") == "a"
    assert made.header("date") == ""


@pytest.mark.parametrize(
    ("document", "expected"),
    [({"data": {"id": 5}}, 5), ({"data": None}, None), ({"data": [{"id": 5}]}, None), (None, None), ({}, None)],
)
def test_a_member_is_found_by_its_path(document: Any, expected: Any) -> None:
    assert member(document, "data", "id") == expected


def test_two_factor_is_the_member_of_the_user() -> None:
    assert exchange("enable", response(200, user(enabled=True))).two_factor["enabled"] is True
    assert exchange("enable", response(200, {"data": {"attributes": {"two-factor": []}}})).two_factor == {}


def test_a_violation_names_requirement_demand_and_observation() -> None:
    violation = Violation("a.b", expected="a 4xx", actual="200")
    assert str(violation) == "a.b: expected a 4xx; 200"
    assert isinstance(violation, AssertionError)


def test_the_reasons_for_no_verdict_keep_their_exchanges() -> None:
    made = exchange("enable", None)
    for kind in (Inconclusive, Untested):
        reason = kind("why", (made,))
        assert isinstance(reason, NoVerdict)
        assert (str(reason), reason.exchanges) == ("why", (made,))


def test_cases_are_frozen() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        Case(("a",), "", "n").verdict = "violated"  # type: ignore[misc]
