"""Causes: violations of one cause are shown once, others apart, and what they block is named."""

from __future__ import annotations

from dataclasses import replace
from itertools import count
from typing import TYPE_CHECKING, Any

from reports.causes import connected_components
from tests.unit.reports.made import CONTRACT, case, exchange, others_conform, result

if TYPE_CHECKING:
    from conformance.model import Case, Exchange

NUMBERS = count(1)


def sent(status: int, operation: str = "enable", **changes: Any) -> Exchange:
    """An exchange with this status, of a case of its own."""
    number = next(NUMBERS)
    return exchange(number=number, status=status, operation=operation, **{"case_id": f"case {number}"} | changes)


def violated(requirement: str, shown: Exchange, *also: str, **changes: Any) -> Case:
    """A violated case that this exchange decides."""
    return case("violated", requirement, *also, **{"name": f"{requirement}-x", "exchanges": (shown,)} | changes)


def causes(*cases: Case) -> list[tuple[str, ...]]:
    """The requirements of each cause."""
    return [cause.requirements for cause in result(others_conform(*cases)).causes]


def blocked(*cases: Case) -> tuple[str, ...]:
    """The requirements that the only cause blocks."""
    (cause,) = result(others_conform(*cases)).causes
    return cause.blocked


def test_without_violations_there_is_no_cause() -> None:
    assert causes() == []


def test_two_missing_checks_are_two_causes() -> None:
    two = (violated("enable.request.type", sent(200)), violated("enable.request.delivery", sent(200)))
    assert causes(*two) == [("enable.request.type",), ("enable.request.delivery",)]


def test_the_same_check_missing_at_two_operations_is_one_cause() -> None:
    two = [violated(f"{name}.request.type", sent(200, name)) for name in ("enable", "verify")]
    assert causes(*two) == [("enable.request.type", "verify.request.type")]


def test_an_operation_that_checks_nothing_is_one_cause() -> None:
    request = CONTRACT.operations["enable"].request
    assert request
    checks = tuple(rule.id for rule in request.rules)
    assert causes(*(violated(name, sent(200)) for name in checks)) == [checks]
    assert len(causes(*(violated(name, sent(200)) for name in checks[1:]))) == len(checks) - 1


def test_a_server_error_explains_all_that_it_breaks() -> None:
    crash, other = sent(500), sent(500, "verify")
    cases = (
        violated("enable.request.type", crash),
        violated("verify.request.code", other),
        violated("http.no-server-error", crash, offending=(crash, other)),
        violated("enable.request.delivery", sent(200)),
    )
    assert causes(*cases) == [
        ("http.no-server-error", "enable.request.type", "verify.request.code"),
        ("enable.request.delivery",),
    ]


def test_errors_that_are_reported_as_success_are_one_cause_and_say_so() -> None:
    names = ("enable.request.type", "verify.wrong-code", "credentials.required", "disable.ends-two-factor", "user.data")
    error = b'{"errors": [{"status": "422"}]}'
    violations = [violated(name, sent(200, response_body=error)) for name in names]
    assert [set(names) for names in causes(*violations)] == [set(names)]
    assert violations[0].exchanges[0].in_words.endswith("→ 200, with an error document")
    with_data = b'{"errors": [], "data": null}'
    assert len(causes(*(violated(name, sent(200, response_body=with_data)) for name in names))) > 1


def test_a_violation_that_follows_from_another_requirement_goes_with_it() -> None:
    after_disabling = violated("disable.ends-two-factor", sent(200, "verify"))
    assert causes(after_disabling) == [("disable.ends-two-factor",)]
    while_off = violated("verify.while-off", sent(200, "verify"))
    assert causes(after_disabling, while_off) == [("verify.while-off", "disable.ends-two-factor")]


def test_redirects_are_one_cause() -> None:
    two = (violated("enable.request.type", sent(302)), violated("verify.accepted", sent(307, "verify")))
    assert causes(*two) == [("enable.request.type", "verify.accepted")]


def test_members_of_the_same_responses_are_one_cause() -> None:
    cases = [
        violated("user.id", sent(200)),
        violated("enable.response.verified", sent(200)),
        violated("disable.response.verified", sent(200, "disable")),
        violated("errors.status-string", sent(422)),
    ]
    assert causes(*cases) == [
        ("enable.response.verified", "user.id"),
        ("disable.response.verified",),
        ("errors.status-string",),
    ]


def test_a_requirement_that_is_only_broken_along_with_another_goes_with_it() -> None:
    both = violated("enable.request.type", sent(200), "account.life")
    assert causes(both) == [("enable.request.type", "account.life")]
    alone = violated("account.life", sent(200), name="life")
    assert causes(both, alone) == [("enable.request.type",), ("account.life",)]


def test_a_violation_that_shows_only_in_the_evidence_of_another_goes_with_it() -> None:
    probe = {"case_id": "enable.request.type-null", "requirement": "enable.request.type"}
    first, again = sent(200, **probe), sent(200, **probe)
    main = violated("enable.request.type", first)
    symptom = violated("response.no-token", again, offending=(first, again))
    assert causes(main, symptom) == [("enable.request.type", "response.no-token")]
    other = sent(200)
    elsewhere = replace(symptom, exchanges=(other,), offending=(first, again, other))
    assert len(causes(main, elsewhere)) == 2


def test_no_cause_depends_on_the_words_of_a_purpose() -> None:
    first, second = sent(200, purpose="the same words"), sent(200, purpose="the same words")
    two = (violated("enable.request.type", first), violated("response.no-token", second))
    assert len(causes(*two)) == 2


def test_a_refused_operation_explains_what_else_it_refuses() -> None:
    cases = (
        violated("enable.accepted", sent(404)),
        violated("media-type.parameters", sent(404)),
        violated("accept.parameters", sent(400)),
        violated("credentials.status-401", sent(404, "verify")),
    )
    assert causes(*cases) == [
        ("enable.accepted", "media-type.parameters"),
        ("credentials.status-401",),
        ("accept.parameters",),
    ]


def test_requirements_without_a_verdict_for_a_violation_are_blocked_by_it() -> None:
    cases = (
        violated("enable.accepted", sent(404)),
        case("inconclusive", "verify.accepted", exchanges=(sent(200), sent(404))),
        case("inconclusive", "verify.wrong-code", because="enable.accepted"),
        case("inconclusive", "resend.accepted", exchanges=(sent(429),)),
        case("untested", "verify.while-off"),
    )
    assert blocked(*cases) == ("verify.accepted", "verify.wrong-code")


def test_members_that_a_broken_parent_hides_are_blocked() -> None:
    broken = sent(200)
    cases = (
        violated("user.two-factor", broken),
        case("untested", "enable.response.verified", exchanges=(broken,)),
        case("untested", "credentials.required", exchanges=(broken,)),
        case("untested", "user.id", exchanges=(sent(200),)),
    )
    assert blocked(*cases) == ("enable.response.verified",)


def test_a_broken_parent_is_seen_in_later_responses_than_those_of_its_own_case() -> None:
    later = sent(200, response_body=b'{"data": {"id": "x", "type": "users", "attributes": 7}}')
    cases = (
        violated("user.attributes", sent(200)),
        case("untested", "enable.response.verified", exchanges=(later,)),
        case("untested", "user.id", exchanges=(later,)),
    )
    assert blocked(*cases) == ("enable.response.verified",)


def test_musts_come_first_and_of_these_the_one_that_blocks_most() -> None:
    cases = (
        violated("errors.array", sent(422)),
        violated("enable.request.type", sent(200)),
        violated("verify.wrong-code", sent(200, "verify")),
        case("inconclusive", "verify.accepted", because="verify.wrong-code"),
    )
    assert causes(*cases) == [("verify.wrong-code",), ("enable.request.type",), ("errors.array",)]


def test_nodes_are_connected_through_others() -> None:
    assert connected_components([1, 5, 2, 9, 3], lambda one, other: abs(one - other) == 1) == [[1, 2, 3], [5], [9]]
    assert connected_components([1, 3, 2], lambda one, other: abs(one - other) == 1) == [[1, 3, 2]]
