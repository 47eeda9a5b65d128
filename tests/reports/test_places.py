"""Where an exchange shows what is wrong: told by the contract, for every requirement that has a place."""

from __future__ import annotations

import json
from typing import Any

import pytest

from reports.places import Place, as_text, places, places_of
from tests.reports.made import CONTRACT, case, exchange

SAMPLE = CONTRACT.operations["enable"].response.schema["examples"][0]
STATUS = Place("answer", "status")


def told(name: str, **changed: Any) -> list[str]:
    """The places in words."""
    return [str(place) for place in places(CONTRACT, name, exchange(**changed))]


@pytest.mark.parametrize(
    ("name", "body", "expected"),
    [
        ("enable.request.type", b'{"data": {"type": "user", "attributes": {"delivery": "app"}}}', "/data/type"),
        ("enable.request.type", b'{"data": {"attributes": {"delivery": "app"}}}', "/data/type"),
        ("enable.request.data", b'{"data": []}', "/data"),
        ("enable.request.body", b"[]", "the body"),
        ("enable.request.body", b"{", "the body"),
        ("enable.request.body", None, "the body"),
    ],
)
def test_a_request_that_should_be_rejected(name: str, body: bytes | None, expected: str) -> None:
    assert told(name, body=body) == [f"{expected} of the request", "the status of the answer"]


def test_a_member_of_an_answer() -> None:
    without = {"data": {name: value for name, value in SAMPLE["data"].items() if name != "links"}}
    assert told("user.links", response_body=json.dumps(without).encode()) == ["/data/links of the answer"]
    assert told("user.data", response_body=b'{"data": 7}') == ["/data of the answer"]
    assert told("user.document", response_body=b"") == ["the body of the answer"]
    errors = b'{"errors": [{"status": "422"}, {"status": 422}]}'
    assert told("errors.status-string", response_body=errors, status=422) == ["/errors/1/status of the answer"]


def test_a_value_that_only_other_answers_forbid() -> None:
    made = exchange(response_body=json.dumps(SAMPLE).encode())
    assert places(CONTRACT, "enable.response.delivery", made) == ()
    made.judged["enable.response.delivery"] = "it is app, and the request asked for sms"
    (place,) = places(CONTRACT, "enable.response.delivery", made)
    assert str(place) == "/data/attributes/two-factor/delivery of the answer"


def test_what_stands_in_no_body() -> None:
    assert told("http.no-server-error") == ["the status of the answer"]
    assert told("response.media-type") == ["the header content-type of the answer"]
    assert told("user.same-id") == ["/data/id of the answer"]
    assert told("account.life") == []


def test_places_of_a_case_are_said_once() -> None:
    made = case("violated", "http.no-server-error", "credentials.required", exchanges=(exchange(status=500),))
    assert places_of(CONTRACT, made) == (STATUS,)
    assert places_of(CONTRACT, case("violated", "http.no-server-error", exchanges=())) == ()


def test_steps_are_escaped() -> None:
    assert as_text(("a/b", "m~n", 0)) == "/a~1b/m~0n/0"


def test_every_place_that_the_contract_states_is_one() -> None:
    for requirement in CONTRACT.requirements.values():
        at = requirement.at
        assert not at or at == "status" or at.startswith("/") or (at.endswith(":") and at == at.lower()), requirement
        if at:
            assert places(CONTRACT, requirement.id, exchange())
