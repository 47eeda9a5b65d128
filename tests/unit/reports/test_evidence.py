"""Evidence: the places that show a violation, and the demand that was not met."""

from __future__ import annotations

import json
from typing import Any

import pytest

from reports.evidence import demand, places, pointer_text
from tests.unit.reports.made import CONTRACT, case, exchange

SAMPLE = CONTRACT.operations["enable"].response.schema["examples"][0]


def words(requirement: str, **changes: Any) -> list[str]:
    return [str(place) for place in places(CONTRACT, requirement, exchange(**changes))]


@pytest.mark.parametrize(
    ("requirement", "body", "expected"),
    [
        ("enable.request.type", b'{"data": {"type": "user", "attributes": {"delivery": "app"}}}', "/data/type"),
        ("enable.request.type", b'{"data": {"attributes": {"delivery": "app"}}}', "/data/type"),
        ("enable.request.data", b'{"data": []}', "/data"),
        ("enable.request.body", b"[]", "the body"),
        ("enable.request.body", b"{", "the body"),
        ("enable.request.body", None, "the body"),
    ],
)
def test_a_request_that_had_to_be_rejected(requirement: str, body: bytes | None, expected: str) -> None:
    assert words(requirement, body=body) == [f"{expected} of the request", "the status of the response"]


def test_a_member_of_a_response() -> None:
    without = {"data": {name: value for name, value in SAMPLE["data"].items() if name != "links"}}
    assert words("user.links", response_body=json.dumps(without).encode()) == ["/data/links of the response"]
    assert words("user.data", response_body=b'{"data": 7}') == ["/data of the response"]
    assert words("user.document", response_body=b"") == ["the body of the response"]
    errors = b'{"errors": [{"status": "422"}, {"status": 422}]}'
    assert words("errors.status-string", response_body=errors, status=422) == ["/errors/1/status of the response"]


def test_a_value_that_only_the_request_or_other_responses_forbid() -> None:
    body = json.dumps(SAMPLE).encode()
    expected = ["/data/attributes/two-factor/delivery of the response"]
    assert words("enable.response.delivery", response_body=body) == expected


def test_places_outside_of_bodies() -> None:
    assert words("http.no-server-error") == ["the status of the response"]
    assert words("response.media-type") == ["the header content-type of the response"]
    assert words("user.same-id") == ["/data/id of the response"]
    assert words("account.life") == []
    assert words("http.no-server-error", status=0) == []


def test_every_place_in_the_contract_is_shown() -> None:
    stated = [requirement for requirement in CONTRACT.requirements.values() if requirement.at]
    assert len(stated) > 10
    assert all(places(CONTRACT, requirement.id, exchange()) for requirement in stated)


def test_steps_of_a_pointer_are_escaped() -> None:
    assert pointer_text(("a/b", "m~n", 0)) == "/a~1b/m~0n/0"


@pytest.mark.parametrize(
    ("requirement", "expected", "text"),
    [
        ("user.id", "", CONTRACT.requirements["user.id"].sentence),
        ("enable.request.type", "", "a 4xx"),
        ("enable.request.type", "a 4xx to this", "a 4xx to this"),
        ("user.id", "another", "another"),
    ],
)
def test_the_demand_is_the_sentence_where_the_case_has_no_words_for_it(
    requirement: str, expected: str, text: str
) -> None:
    bad = case("violated", requirement, expected=expected)
    assert demand(CONTRACT, CONTRACT.requirements[requirement], bad) == text


def test_the_words_of_a_case_are_about_its_first_requirement_only() -> None:
    bad = case("violated", "enable.request.type", "user.id", expected="a 4xx to this")
    assert demand(CONTRACT, CONTRACT.requirements["user.id"], bad) == CONTRACT.requirements["user.id"].sentence
