"""A body is held to its schema: the broken requirements, their places and the problems."""

from __future__ import annotations

from typing import Any

import pytest

from schemas import Contract, load

CONTRACT: Contract = load()
USER: Any = CONTRACT.operations["enable"].response.schema["examples"][0]


@pytest.mark.parametrize(
    ("operation", "body", "problems"),
    [
        ("verify", {"data": {"type": "user", "attributes": {"code": 1}}}, {
            "verify.request.type": '/data/type: expected "users", got "user"',
            "verify.request.code": "/data/attributes/code: expected a string, got 1",
        }),
        ("verify", {"data": {"type": "users", "attributes": {}}}, {
            "verify.request.code": "/data/attributes/code: missing",
        }),
        ("verify", [], {"verify.request.body": "the body: expected an object, got []"}),
        ("verify", {}, {"verify.request.data": "/data: missing"}),
        ("enable", {"data": {"type": "users", "attributes": {"delivery": "SMS", "sms-number": True}}}, {
            "enable.request.delivery": '/data/attributes/delivery: expected "app" or "sms", got "SMS"',
            "enable.request.sms-number": "/data/attributes/sms-number: expected a string or null, got true",
        }),
    ],
)  # fmt: skip
def test_a_problem_says_what_was_expected_and_what_came(operation: str, body: Any, problems: dict[str, str]) -> None:
    request = CONTRACT.operations[operation].request
    assert request is not None
    assert request.broken_by(body) == problems


@pytest.mark.parametrize(
    ("body", "problems"),
    [
        (None, {}),
        ({"data": None}, {"resend.response.body": 'the body: expected null, got {"data": null}'}),
    ],
)
def test_the_body_of_resend_is_null(body: Any, problems: dict[str, str]) -> None:
    assert CONTRACT.operations["resend"].response.broken_by(body) == problems


def with_two_factor(**changes: Any) -> Any:
    attributes = USER["data"]["attributes"]
    two_factor = attributes["two-factor"] | {name.replace("_", "-"): value for name, value in changes.items()}
    return {"data": USER["data"] | {"attributes": attributes | {"two-factor": two_factor}}}


@pytest.mark.parametrize(
    ("operation", "changes", "requirement", "problem"),
    [
        ("enable", {"recovery_codes": []}, "enable.response.four-members", "holds members that must be absent"),
        (
            "verify",
            {"verified": True, "recovery_codes": []},
            "verify.response.recovery-codes",
            "non-empty array, got []",
        ),
        (
            "verify",
            {"verified": True, "recovery_codes": [""]},
            "verify.response.recovery-codes",
            'non-empty string, got ""',
        ),
    ],
)
def test_the_problem_of_a_list_is_plain(operation: str, changes: Any, requirement: str, problem: str) -> None:
    broken = CONTRACT.operations[operation].response.broken_by(with_two_factor(**changes))
    assert problem in broken[requirement]


def test_recovery_codes_after_enabling_break_the_rule_on_their_content_and_the_one_on_their_presence() -> None:
    broken = CONTRACT.operations["enable"].response.broken_by(with_two_factor(recovery_codes=["1"]))
    assert set(broken) == {"enable.response.recovery-codes", "enable.response.four-members"}
    assert broken["enable.response.recovery-codes"].endswith('recovery-codes: expected an empty array, got ["1"]')


def test_the_first_problem_of_a_requirement_is_named_and_all_places() -> None:
    document: Any = {"errors": [{"status": 1}, {"status": "2"}, {"status": 3}]}
    assert CONTRACT.errors.broken_by(document) == {"errors.status-string": "/errors/0/status: expected a string, got 1"}
    assert CONTRACT.errors.places(document) == {
        "errors.status-string": [("errors", 0, "status"), ("errors", 2, "status")]
    }


def test_data_beside_errors_must_be_absent() -> None:
    document: Any = {"errors": [{}], "data": None}
    assert CONTRACT.errors.broken_by(document) == {"errors.no-data": "/data: must be absent"}


def test_the_place_of_a_missing_member_is_where_it_belongs() -> None:
    response = CONTRACT.operations["enable"].response
    without_id = {"data": {name: value for name, value in USER["data"].items() if name != "id"}}
    assert response.places(without_id) == {"user.id": [("data", "id")]}


def test_each_of_several_missing_members_has_one_place() -> None:
    request = CONTRACT.operations["enable"].request
    assert request is not None
    assert request.places({"data": {}}) == {
        "enable.request.type": [("data", "type")],
        "enable.request.attributes": [("data", "attributes")],
    }


def test_a_missing_member_is_blamed_on_itself_and_its_members_on_nothing() -> None:
    without = {"data": {name: value for name, value in USER["data"].items() if name != "attributes"}}
    assert list(CONTRACT.operations["enable"].response.broken_by(without)) == ["user.attributes"]


def test_the_rules_are_listed_outermost_first_with_those_of_referenced_documents() -> None:
    rules = [(rule.id, rule.path) for rule in CONTRACT.operations["enable"].response.rules]
    assert rules[:2] == [("user.document", ()), ("user.data", ("data",))]
    assert ("enable.response.verified", ("data", "attributes", "two-factor", "verified")) in rules
    assert ("errors.status-string", ("errors", "*", "status")) in [
        (rule.id, rule.path) for rule in CONTRACT.errors.rules
    ]
