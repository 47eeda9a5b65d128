"""A response is judged by all that it holds, and by nothing that a missing value hides."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import pytest

from conformance.checks import judge_body, judge_response, require
from conformance.model import Judgement, Response, Violation
from tests.unit.conformance.fakes import CONTRACT, JSON_API, SAMPLES, TOKEN, exchange, rejection, response

if TYPE_CHECKING:
    from conformance.model import Headers

ENABLE = CONTRACT.operations["enable"]
SAMPLE = SAMPLES["enable"]


def judged(  # noqa: PLR0913 (the facts of an exchange)
    status: int,
    document: Any,
    *,
    headers: Headers = JSON_API,
    method: str = "POST",
    valid: bool | None = True,
    token: str = TOKEN,
) -> dict[str, str]:
    """The problems by requirement, empty where it holds."""
    made = exchange("enable", response(status, document, headers), method=method, valid_credentials=valid)
    return {judgement.requirement: judgement.problem for judgement in judge_response(CONTRACT, made, token)}


# -- bodies ------------------------------------------------------------------------------------------------------------


def test_the_sample_meets_every_requirement_on_the_response() -> None:
    problems = judged(200, SAMPLE)
    assert not any(problems.values())
    assert {rule.id for rule in ENABLE.response.rules} <= problems.keys()


def test_members_of_a_missing_value_are_not_judged() -> None:
    document = copy.deepcopy(SAMPLE)
    del document["data"]["attributes"]["two-factor"]
    problems = judged(200, document)
    assert problems["user.two-factor"]
    assert problems["user.username"] == ""
    assert "enable.response.enabled" not in problems


def test_an_unexpected_member_hides_no_other_one() -> None:
    document = copy.deepcopy(SAMPLE)
    document["data"]["attributes"]["two-factor"]["recovery-codes"] = []
    problems = judged(200, document)
    assert problems["enable.response.four-members"]
    assert problems["enable.response.recovery-codes"] == ""
    assert problems["enable.response.enabled"] == ""


@pytest.mark.parametrize("body", [b"", b"<p>", b'"{}"', b"null", b"\xff", b'{"data": NaN}'])
def test_a_body_that_is_no_document_breaks_one_requirement(body: bytes) -> None:
    judgements = list(judge_body(ENABLE.response, Response(200, (), body)))
    assert [judgement.requirement for judgement in judgements] == ["user.document"]
    assert judgements[0].problem


@pytest.mark.parametrize("body", [b"[" * 75_000 + b"]" * 75_000, b'{"data": ' + b"9" * 500_000 + b"}"])
def test_a_body_beyond_our_parser_is_not_judged(body: bytes) -> None:
    assert list(judge_body(ENABLE.response, Response(200, (), body))) == []


# -- rejections --------------------------------------------------------------------------------------------------------


def test_a_rejection_is_judged_by_its_errors() -> None:
    problems = judged(422, {"errors": [{"status": 422}]})
    assert problems["errors.status-string"]
    assert problems["errors.status-equal"] == ""
    assert "user.document" not in problems


@pytest.mark.parametrize(
    ("status", "statuses", "is_problem"),
    [
        (422, ["422"], False),
        (422, ["422", "409"], False),
        (400, ["422", "409"], False),
        (403, ["401"], True),
        (403, ["401", "401"], True),
    ],
)
def test_the_status_of_an_error_equals_that_of_the_response(
    status: int, statuses: list[str], *, is_problem: bool
) -> None:
    problems = judged(status, {"errors": [{"status": text} for text in statuses]})
    assert bool(problems["errors.status-equal"]) is is_problem


def test_errors_without_a_status_have_none_that_differs() -> None:
    assert not judged(422, {"errors": [{"title": "rejected"}]}).get("errors.status-equal")


def test_401_is_for_invalid_tokens_and_they_get_no_other_status() -> None:
    document = {"errors": [{"status": "401"}]}
    assert judged(401, document)["credentials.reserved-401"]
    assert judged(422, document)["credentials.reserved-401"] == ""
    assert judged(401, document, valid=False)["credentials.status-401"] == ""
    assert judged(403, document, valid=False)["credentials.status-401"]
    assert not {name for name in judged(401, document, valid=None) if name.startswith("credentials")}


# -- status, media type and token --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "method", "is_problem"),
    [
        (500, "POST", True),
        (501, "POST", True),
        (599, "HEAD", True),
        (500, "PUT", True),
        (501, "PUT", False),
        (302, "POST", False),
    ],
)
def test_a_5xx_is_a_server_error_but_501_to_another_method(status: int, method: str, *, is_problem: bool) -> None:
    assert bool(judged(status, b"", method=method)["http.no-server-error"]) is is_problem


@pytest.mark.parametrize(("status", "document"), [(200, {"data": None}), (204, b""), (201, SAMPLE)])
def test_a_success_of_another_method_is_held_to_no_documented_body(status: int, document: Any) -> None:
    assert judged(status, document, method="OPTIONS", headers=()).keys() == {
        "http.no-server-error",
        "response.no-token",
    }


def test_a_rejection_of_another_method_is_held_to_the_media_type() -> None:
    assert judged(405, {"errors": []}, method="PUT", headers=())["response.media-type"]


def test_a_response_to_head_has_no_body_to_judge() -> None:
    assert judged(404, b"", method="HEAD", headers=()).keys() == {"http.no-server-error", "response.no-token"}


def test_a_redirect_is_held_to_no_documented_body() -> None:
    assert not judged(302, {"data": None}).keys() & {rule.id for rule in ENABLE.response.rules}


def test_the_media_type_is_that_of_json_api_without_parameters() -> None:
    with_parameter = (("content-type", "application/vnd.api+json; version=1"),)
    assert judged(200, SAMPLE, headers=with_parameter)["response.media-type"]
    assert judged(200, SAMPLE, headers=())["response.media-type"]
    assert judged(200, SAMPLE)["response.media-type"] == ""
    assert "response.media-type" not in judged(200, None), "null is no document of JSON:API"


def test_the_token_is_found_in_bodies_and_headers() -> None:
    assert judged(200, {"echo": TOKEN})["response.no-token"] == "the body repeats the token"
    echo = (("X-Echo", f"Bearer {TOKEN}"),)
    assert judged(200, {}, headers=echo)["response.no-token"] == "the header X-Echo repeats the token"
    assert judged(200, {})["response.no-token"] == ""


@pytest.mark.parametrize("token", ["", "short"])
def test_a_token_that_is_unknown_or_short_is_not_looked_for(token: str) -> None:
    assert "response.no-token" not in judged(200, {"echo": "short"}, token=token)


def test_an_exchange_without_a_response_has_no_judgements() -> None:
    assert list(judge_response(CONTRACT, exchange("enable", None), TOKEN)) == []


# -- require -----------------------------------------------------------------------------------------------------------


def test_require_raises_a_violation_of_the_first_broken_requirement() -> None:
    made = exchange("enable", rejection())
    judgements = [Judgement("a", "wrong"), Judgement("b", "worse"), Judgement("c")]
    with pytest.raises(Violation, match="worse") as caught:
        require(judgements, made, "c", "b", "a", also=("d",))
    assert (caught.value.requirement, caught.value.also, caught.value.exchanges) == ("b", ("d",), (made,))
    require(judgements, made, "c", "unknown")
