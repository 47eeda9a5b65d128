"""An answer is judged by all that it holds, and by nothing that a missing value hides."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from conformance.exchange import Exchange, Request, Response
from conformance.judging import judge, require, schema_judgements
from conformance.redaction import Secret
from conformance.verdicts import Violation

from conformance.target import Target
from schemas import load

CONTRACT = load()
TARGET = Target("http://127.0.0.1:1/api/v2", Secret("Tok-AbCdEf1234567890"))
ENABLED = CONTRACT.operations["enable"].response.schema["examples"][0]
JSON_API = (("Content-Type", "application/vnd.api+json"),)


def judged(
    status: int, document: Any, *, method: str = "POST", valid: bool = True, **more: Any
) -> dict[str, str | None]:
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    response = Response(status, more.get("headers", JSON_API), body)
    exchange = Exchange(1, "enable", "", Request(method, "", ()), response, valid_credentials=valid)
    judge(CONTRACT, TARGET, exchange)
    return exchange.judged


def test_the_sample_holds_all() -> None:
    found = judged(200, ENABLED)
    assert not any(found.values())
    assert {rule.id for rule in CONTRACT.operations["enable"].response.rules} <= set(found)


def test_what_a_missing_value_hides_is_not_judged() -> None:
    document = copy.deepcopy(ENABLED)
    del document["data"]["attributes"]["two-factor"]
    found = judged(200, document)
    assert found["user.two-factor"]
    assert found["user.username"] is None
    assert "enable.response.enabled" not in found


def test_what_is_there_too_much_hides_nothing() -> None:
    document = copy.deepcopy(ENABLED)
    document["data"]["attributes"]["two-factor"]["recovery-codes"] = []
    found = judged(200, document)
    assert found["enable.response.four-members"]
    assert found["enable.response.recovery-codes"] is None
    assert found["enable.response.enabled"] is None


@pytest.mark.parametrize("body", [b"", b"<p>", b'"{}"', b"null"])
def test_what_is_no_document_is_one_violation(body: bytes) -> None:
    found = dict(schema_judgements(CONTRACT.operations["enable"].response, Response(200, (), body)))
    assert list(found) == ["user.document"]
    assert found["user.document"]


def test_a_rejection_is_judged_by_its_errors() -> None:
    found = judged(422, {"errors": [{"status": 422}]})
    assert found["errors.status-string"]
    assert found["errors.status-equal"] is None
    assert found["credentials.reserved-401"] is None
    assert judged(401, {"errors": [{"status": "401"}]})["credentials.reserved-401"]
    assert judged(403, {"errors": [{"status": "401"}]}, valid=False)["credentials.status-401"]
    assert judged(401, {"errors": [{"status": "401"}]}, valid=False)["credentials.status-401"] is None
    assert judged(403, {"errors": [{"status": "401"}]})["errors.status-equal"]
    assert judged(400, {"errors": [{"status": "422"}, {"status": "409"}]})["errors.status-equal"] is None


def test_by_another_method_an_answer_is_held_to_no_documented_body() -> None:
    for status, document in ((200, {"data": None}), (204, b""), (201, ENABLED)):
        assert set(judged(status, document, method="OPTIONS", headers=())) == {
            "http.no-server-error",
            "response.no-token",
        }
    assert judged(405, {"errors": []}, method="PUT", headers=())["response.media-type"]
    assert not set(judged(302, {"data": None})) & {rule.id for rule in CONTRACT.operations["enable"].response.rules}


def test_a_server_error_is_one_whatever_was_asked() -> None:
    assert judged(500, b"")["http.no-server-error"]
    assert judged(501, b"")["http.no-server-error"]
    assert judged(501, b"", method="PUT")["http.no-server-error"] is None
    assert judged(500, b"", method="PUT")["http.no-server-error"]


def test_the_token_is_seen_in_body_and_headers() -> None:
    assert judged(200, {"echo": "Tok-AbCdEf1234567890"})["response.no-token"]
    assert judged(200, {}, headers=(("X-Echo", "Bearer Tok-AbCdEf1234567890"),))["response.no-token"]
    assert judged(200, {})["response.no-token"] is None


def test_a_media_type_has_no_parameters() -> None:
    charset = (("Content-Type", "application/vnd.api+json; charset=utf-8"),)
    assert judged(200, ENABLED, headers=charset)["response.media-type"]
    assert judged(200, ENABLED)["response.media-type"] is None
    assert "response.media-type" not in judged(200, None)


def test_requiring_names_what_is_wrong() -> None:
    response = Response(500, (), b"")
    exchange = Exchange(1, "enable", "", Request("POST", "", ()), response)
    judge(CONTRACT, TARGET, exchange)
    with pytest.raises(Violation, match="the status is 500"):
        require(exchange, "http.no-server-error")
    require(exchange, "user.id")
