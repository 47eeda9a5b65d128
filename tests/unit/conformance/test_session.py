"""A session sends a request, counts it, and has it recorded, whatever becomes of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from conformance.http_client import Result
from conformance.limits import LimitReached
from conformance.model import Inconclusive
from conformance.settings import EXCHANGES
from conformance.two_factor.account import SMS, WRONG_CODE
from conformance.two_factor.state import OFF
from strategies.mutations import encode
from strategies.probe import RequestSpec
from tests.unit.conformance.fakes import (
    BASE_URL,
    NO_RESPONSE,
    TOKEN,
    enable_body,
    rejection,
    response,
    rig,
    verify_body,
)

if TYPE_CHECKING:
    from conformance.model import Request
    from tests.unit.conformance.fakes import Rig

NUMBER = "+12025550123"
DISABLE = RequestSpec("disable", None, "off")
ENABLE_BY_SMS = RequestSpec("enable", encode(enable_body("sms", NUMBER)))
MANY = {EXCHANGES: 100, "enable": 100, "disable": 100, "verify": 100, "resend": 100, SMS: 100, WRONG_CODE: 100}


def counts(run: Rig) -> dict[str, float]:
    """The counts so far, without those that are zero."""
    used = {kind: limit - run.session.limits.left(kind) for kind, limit in MANY.items()}
    return {kind: count for kind, count in used.items() if count}


# -- requests ----------------------------------------------------------------------------------------------------------


def test_a_request_is_that_of_the_sample_by_default() -> None:
    run = rig()
    made = run.session.send(DISABLE)
    (request,) = run.client.requests
    assert (request.method, request.url, request.body) == (
        "POST",
        f"{BASE_URL}/account/actions/two-factor-disable",
        None,
    )
    assert request.headers == (
        ("Authorization", f"Bearer {TOKEN}"),
        ("Content-Type", "application/vnd.api+json"),
        ("Accept", "*/*"),
    )
    assert made.request is request
    assert made.status == 200


def test_a_request_that_differs_from_the_sample_closes_its_connection() -> None:
    spec = RequestSpec(
        "disable",
        b"[]",
        method="PUT",
        authorization=("Bearer a", "Bearer b"),
        content_type=None,
        accept="text/plain",
        headers=(("X-A", "b"),),
        query="a=b",
    )
    request = rig().session.to_request(spec)
    assert (request.method, request.body) == ("PUT", b"[]")
    assert request.url.endswith("/two-factor-disable?a=b")
    assert request.headers == (
        ("Authorization", "Bearer a"),
        ("Authorization", "Bearer b"),
        ("Accept", "text/plain"),
        ("X-A", "b"),
    )


def test_an_exchange_has_its_number_and_the_case_that_sent_it() -> None:
    run = rig()
    run.session.begin("case")
    run.session.send(DISABLE)
    run.session.begin("other", repeating=True)
    assert run.session.is_repeating
    run.session.send(RequestSpec("disable", None, authorization=()))
    assert [(made.number, made.case_id, made.valid_credentials) for made in run.exchanges] == [
        (1, "case", True),
        (2, "other", False),
    ]
    run.session.begin("third")
    assert not run.session.is_repeating


def test_the_time_is_recorded() -> None:
    run = rig(lambda *_: Result(response(200), seconds=1.5, sent=1))
    assert run.session.send(DISABLE).seconds == 1.5


# -- secrets -----------------------------------------------------------------------------------------------------------


def test_secrets_of_a_request_are_masked_before_it_is_sent() -> None:
    labels: list[str] = []

    def respond(*_: Any) -> Result:
        labels.append(run.masker.text("314159"))
        return Result(response(200, {"a": "b"}), sent=1)

    run = rig(respond)
    run.session.send(RequestSpec("verify", encode(verify_body("314159")), masks=(("314159", "[wrong code]"),)))
    assert labels == ["[wrong code]"]
    assert run.masker.learnt == [encode(verify_body("314159")), b'{"a": "b"}']


# -- no response -------------------------------------------------------------------------------------------------------


def test_a_request_without_a_response_is_recorded_counted_and_leaves_the_state_unknown() -> None:
    run = rig(budget=MANY)
    run.account.to_off()
    assert run.account.state == OFF
    run.client.respond = lambda _: NO_RESPONSE
    with pytest.raises(Inconclusive, match="disable: no response") as caught:
        run.session.send(DISABLE)
    assert run.exchanges[-1].problem == "no response"
    assert caught.value.exchanges == (run.exchanges[-1],)
    assert run.account.state is None
    assert counts(run) == {EXCHANGES: 2, "disable": 2}


def test_a_request_that_was_not_sent_is_neither_recorded_nor_counted() -> None:
    run = rig(lambda *_: Result(problem="given up"), budget=MANY)
    with pytest.raises(Inconclusive, match="disable: given up"):
        run.session.send(DISABLE)
    assert (run.exchanges, counts(run)) == ([], {})


def test_each_sending_of_a_throttled_request_counts_as_an_exchange_and_none_against_its_operation() -> None:
    run = rig(lambda *_: Result(problem="throttled", throttled=3, sent=3), budget=MANY)
    with pytest.raises(Inconclusive, match="throttled"):
        run.session.send(DISABLE)
    assert counts(run) == {EXCHANGES: 3}


def test_a_request_that_was_throttled_at_first_counts() -> None:
    run = rig(lambda *_: Result(response(200), throttled=2, sent=3), budget=MANY)
    run.session.send(DISABLE)
    assert counts(run) == {EXCHANGES: 3, "disable": 1}


def test_an_interruption_is_recorded_and_remembered() -> None:
    def interrupt(*_: Any) -> Result:
        raise KeyboardInterrupt

    run = rig(interrupt)
    assert not run.session.was_interrupted
    with pytest.raises(KeyboardInterrupt):
        run.session.send(DISABLE)
    assert run.session.was_interrupted
    assert [made.problem for made in run.exchanges] == ["the run was stopped"]
    assert run.account.state is None


# -- limits ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("spec", "answer", "expected"),
    [
        (ENABLE_BY_SMS, response(200), {"enable": 1, SMS: 1}),
        (ENABLE_BY_SMS, rejection(), {"enable": 1}),
        (RequestSpec("enable", encode(enable_body("app"))), response(200), {"enable": 1}),
        (RequestSpec("enable", ENABLE_BY_SMS.body, authorization=()), response(200), {}),
        (RequestSpec("enable", ENABLE_BY_SMS.body, method="PUT"), response(200), {"enable": 1}),
        (RequestSpec("resend", None), response(200), {"resend": 1, SMS: 1}),
        (RequestSpec("verify", encode(verify_body("000000"))), rejection(), {"verify": 1, WRONG_CODE: 1}),
        (RequestSpec("verify", encode(verify_body("1")), known_code="1"), response(200), {"verify": 1}),
        (RequestSpec("verify", encode(verify_body(5))), rejection(), {"verify": 1}),
        (RequestSpec("verify", b"["), rejection(), {"verify": 1}),
    ],
)
def test_a_request_counts_as_its_operation_and_by_its_effects(
    spec: RequestSpec, answer: Any, expected: dict[str, int]
) -> None:
    run = rig(lambda *_: answer, budget=MANY)
    run.session.send(spec)
    assert counts(run) == {EXCHANGES: 1} | expected


@pytest.mark.parametrize("kind", [EXCHANGES, "enable", SMS])
def test_a_request_over_a_limit_is_not_sent(kind: str) -> None:
    run = rig(budget={kind: 0})
    with pytest.raises(LimitReached) as caught:
        run.session.send(ENABLE_BY_SMS)
    assert caught.value.kind == kind
    assert run.client.requests == []


def test_a_request_leaves_its_reserve() -> None:
    run = rig(budget={EXCHANGES: 3})
    run.session.send(DISABLE, reserve=(EXCHANGES,))
    with pytest.raises(LimitReached):
        run.session.send(DISABLE, reserve=(EXCHANGES, EXCHANGES))
    assert len(run.client.requests) == 1


def test_a_message_to_a_stranger_is_never_sent() -> None:
    run = rig()
    for number in ("+4915112345678", 4915112345678, ["+4915112345678"]):
        body = encode({"data": {"type": "users", "attributes": {"delivery": "sms", "sms-number": number}}})
        with pytest.raises(Exception, match="nobody gave"):
            run.session.send(RequestSpec("enable", body))
    assert run.client.requests == []


def test_patience_is_reset_in_the_client() -> None:
    run = rig()
    run.session.reset_patience()
    assert run.client.resets == 1


def test_the_client_gets_the_request_as_it_is_recorded() -> None:
    requests: list[Request] = []
    run = rig(lambda request, forward: requests.append(request) or forward(request))  # type: ignore[func-returns-value]
    run.session.send(DISABLE)
    assert [made.request for made in run.exchanges] == requests
