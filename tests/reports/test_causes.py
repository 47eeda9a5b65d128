"""Causes: what belongs together is said once, what does not is not, and what hangs on it is named."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, Any

from reports.causes import Cause, causes
from tests.reports.made import CONTRACT, all_conform, case, exchange, report

if TYPE_CHECKING:
    from conformance.exchange import Exchange
    from conformance.verdicts import Case


TRIES = count(1)


def answered(status: int, operation: str = "enable", **judged: str) -> Exchange:
    """An exchange with this status; `judged` are IDs, with underscores for the rest, and what is wrong."""
    made = exchange(status=status, purpose=f"try {next(TRIES)}")
    made.operation = operation
    made.judged = {name.replace("__", ".").replace("_", "-"): said for name, said in judged.items()}
    return made


def violated(name: str, shown: Exchange, *also: str, **changed: Any) -> Case:
    """A violated case that this exchange decides."""
    return case("violated", name, *also, exchanges=(shown,), **changed)


def found(*cases: Case) -> list[Cause]:
    """The causes of a run in which everything else conforms."""
    named = {name for each in cases for name in each.requirements}
    exchanges = [each for one in cases for each in one.exchanges]
    return causes(report([*all_conform(*named), *cases]).outcome, CONTRACT, exchanges)


def names(*cases: Case) -> list[list[str]]:
    """The IDs, by cause."""
    return [[finding.requirement.id for finding in cause.findings] for cause in found(*cases)]


def test_nothing_violated_has_no_cause() -> None:
    assert found() == []


def test_two_checks_that_are_missing_are_two_causes() -> None:
    two = (violated("enable.request.type", answered(200)), violated("enable.request.delivery", answered(200)))
    assert names(*two) == [["enable.request.type"], ["enable.request.delivery"]]


def test_the_same_check_missing_at_two_operations_is_one() -> None:
    two = [violated(f"{name}.request.type", answered(200, name)) for name in ("enable", "verify")]
    assert names(*two) == [["enable.request.type", "verify.request.type"]]


def test_an_operation_that_checks_nothing_is_one_cause() -> None:
    request = CONTRACT.operations["enable"].request
    assert request
    checks = [rule.id for rule in request.rules]
    assert names(*(violated(name, answered(200)) for name in checks)) == [checks]
    assert len(names(*(violated(name, answered(200)) for name in checks[1:]))) == len(checks) - 1


def test_a_server_error_explains_all_that_it_answers() -> None:
    crash = answered(500, http__no_server_error="the status is 500")
    other = answered(500, "verify", http__no_server_error="the status is 500")
    cases = (
        violated("enable.request.type", crash),
        violated("verify.request.code", other),
        violated("http.no-server-error", crash),
        violated("enable.request.delivery", answered(200)),
    )
    assert names(*cases) == [
        ["http.no-server-error", "enable.request.type", "verify.request.code"],
        ["enable.request.delivery"],
    ]


def test_redirects_are_one_cause() -> None:
    two = (violated("enable.request.type", answered(302)), violated("verify.accepted", answered(307, "verify")))
    assert names(*two) == [["enable.request.type", "verify.accepted"]]


def test_members_of_the_same_answers_are_one_cause() -> None:
    cases = [
        violated("user.id", answered(200)),
        violated("enable.response.verified", answered(200)),
        violated("disable.response.verified", answered(200, "disable")),
        violated("errors.status-string", answered(422)),
    ]
    assert names(*cases) == [
        ["enable.response.verified", "user.id"],
        ["disable.response.verified"],
        ["errors.status-string"],
    ]


def test_what_is_only_broken_along_with_another_goes_with_it() -> None:
    both = violated("enable.request.type", answered(200), "account.life")
    assert names(both) == [["enable.request.type", "account.life"]]
    assert names(both, violated("account.life", answered(200))) == [["enable.request.type"], ["account.life"]]


def test_a_refused_operation_explains_what_else_it_refuses() -> None:
    gone = violated("enable.accepted", answered(404))
    symptom = violated("media-type.parameters", answered(404))
    other = violated("accept.parameters", answered(400))
    elsewhere = violated("credentials.status-401", answered(404, "verify"))
    assert names(gone, symptom, other, elsewhere) == [
        ["enable.accepted", "media-type.parameters"],
        ["credentials.status-401"],
        ["accept.parameters"],
    ]


def test_what_has_no_verdict_for_it_is_named() -> None:
    gone = violated("enable.accepted", answered(404))
    cases = (
        gone,
        case("inconclusive", "verify.accepted", exchanges=(answered(200), answered(404))),
        case("inconclusive", "verify.wrong-code", because="enable.accepted"),
        case("inconclusive", "resend.accepted", exchanges=(answered(429),)),
        case("untested", "verify.while-off"),
    )
    (cause,) = found(*cases)
    assert [finding.requirement.id for finding in cause.blocked] == ["verify.accepted", "verify.wrong-code"]


def test_what_could_not_be_judged_in_a_broken_answer_is_named() -> None:
    broken = answered(200, user__two_factor="it is null")
    cases = (
        violated("user.two-factor", broken),
        case("untested", "enable.response.verified", exchanges=(broken,)),
        case("untested", "credentials.required", exchanges=(broken,)),
        case("untested", "user.id", exchanges=(answered(200),)),
    )
    (cause,) = found(*cases)
    assert [finding.requirement.id for finding in cause.blocked] == ["enable.response.verified"]


def test_musts_come_first_and_of_these_what_most_hangs_on() -> None:
    cases = (
        violated("errors.array", answered(422)),
        violated("enable.request.type", answered(200)),
        violated("verify.wrong-code", answered(200, "verify")),
        case("inconclusive", "verify.accepted", because="verify.wrong-code"),
    )
    assert names(*cases) == [["verify.wrong-code"], ["enable.request.type"], ["errors.array"]]
    assert [cause.level for cause in found(*cases)] == ["MUST", "MUST", "SHOULD"]


def test_how_often_it_happened_again() -> None:
    same = [violated("enable.request.type", answered(200), reproducible=stamp) for stamp in (True, True, False, None)]
    (cause,) = found(*same)
    assert cause.repeated == (2, 3)
    assert len(cause.cases) == 4
