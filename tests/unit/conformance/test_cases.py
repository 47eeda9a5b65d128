"""The tests of the suite reach the verdict that a target deserves, no more and no less."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from conformance.model import Response
from tests.faults import FAULTS
from tests.unit.conformance.fakes import NO_RESPONSE, operation_of, rejection, response
from tests.unit.conformance.in_process import run_suite
from tests.variants import VARIANTS

if TYPE_CHECKING:
    from conformance.model import Request
    from tests.unit.conformance.fakes import Change, Respond

EVERY_RESPONSE, STATE_MACHINE = "test_every_response.py", "two_factor/test_state_machine.py"
ACCEPTED = "test_accepted.py::test_documented_request_is_accepted"
TRANSITIONS = "two_factor/test_transitions.py"
LIFE = "any-sequence-of-requests-agrees-with-the-model"


def without_media_type(*numbers: int) -> Change:
    """Responses to disable without a media type: those of these numbers, or all."""
    count = 0

    def change(request: Request, forward: Respond) -> Any:
        nonlocal count
        answer = forward(request)
        if operation_of(request) != "disable" or not isinstance(answer, Response):
            return answer
        count += 1
        return Response(answer.status, (), answer.body) if not numbers or count in numbers else answer

    return change


# -- every response ----------------------------------------------------------------------------------------------------

MEDIA_TYPE = "response.media-type-disable"


def test_responses_that_break_a_requirement_are_counted() -> None:
    case = run_suite(without_media_type(), ACCEPTED, EVERY_RESPONSE, "-k", "accepted or media-type").case(MEDIA_TYPE)
    assert (case.verdict, case.reproducible) == ("violated", True)
    assert case.actual.startswith("the Content-Type is '' (in ")
    assert len(case.offending) > 1


def test_a_response_that_breaks_a_requirement_once_is_asked_for_again() -> None:
    run = run_suite(without_media_type(2), ACCEPTED, EVERY_RESPONSE, "-k", "accepted or media-type")
    case = run.case(MEDIA_TYPE)
    assert (case.verdict, case.reproducible) == ("violated", False)
    assert case.actual.startswith("the Content-Type is '' (in 1 of ")
    assert [made for made in run.record.exchanges if made.case_id == MEDIA_TYPE]


def test_a_requirement_that_no_response_was_judged_by_is_asked_for() -> None:
    run = run_suite(None, EVERY_RESPONSE, "-k", "resend.response.body-resend")
    assert run.case("resend.response.body-resend").verdict == "conforms"


def test_a_requirement_that_no_response_allows_to_judge_is_untested() -> None:
    run = run_suite(
        lambda request, forward: rejection() if operation_of(request) == "resend" else forward(request),
        EVERY_RESPONSE,
        "-k",
        "resend.response.body-resend",
    )
    case = run.case("resend.response.body-resend")
    assert (case.verdict, case.detail) == ("untested", "no response to resend allowed to judge it")


def expiring(after: int = 3) -> Change:
    """A token that expires after some requests."""
    count = 0

    def change(request: Request, forward: Respond) -> Any:
        nonlocal count
        count += 1
        return forward(request) if count <= after else rejection(401)

    return change


def test_a_401_of_an_expired_token_is_not_about_the_media_type() -> None:
    test = "test_media_types.py::test_media_type_with_parameters_is_rejected"
    cases = [case for after in range(3, 8) for case in run_suite(expiring(after), test).record.cases]
    assert "violated" not in {case.verdict for case in cases}
    assert [case.name for case in cases if "the token may have expired" in case.detail]


def test_401s_of_an_expired_token_are_no_violation() -> None:
    run = run_suite(expiring(), ACCEPTED, EVERY_RESPONSE, "-k", "accepted or reserved-401")
    assert "violated" not in run.verdicts()
    case = run.case("credentials.reserved-401-enable")
    assert (case.verdict, "since exchange 4 every request" in case.detail) == ("inconclusive", True)


# -- documented requests -----------------------------------------------------------------------------------------------


def test_a_request_that_was_accepted_in_an_unknown_state_is_sent_again_in_the_documented_one() -> None:
    run = run_suite(None, ACCEPTED, "-k", "documented and disable")
    first_contact, (evidence,) = run.record.exchanges[0], run.record.cases[0].exchanges
    assert (first_contact.operation, first_contact.status) == ("disable", 200)
    before = [made.operation for made in run.record.exchanges[: evidence.number - 1]]
    assert (evidence.operation, before[-1]) == ("disable", "enable")


def test_an_accepted_request_of_the_log_is_not_sent_again() -> None:
    run = run_suite(None, ACCEPTED, "-k", "documented")
    case = run.case("documented-request-is-accepted-disable-no-body")
    assert case.verdict == "conforms"
    assert case.exchanges[0].case_id != case.name


@pytest.mark.parametrize("spelling", ["backwards", "escaped", "drawn"])
def test_a_server_that_reads_one_spelling_only_is_found(spelling: str) -> None:
    def strict(request: Request, forward: Respond) -> Any:
        is_sample = (request.body or b'{"data": {"type"').startswith(b'{"data": {"type"')
        return forward(request) if is_sample and b"\\u00" not in (request.body or b"") else rejection(400)

    run = run_suite(strict, "test_accepted.py", "-k", "spelling and enable")
    assert run.case(f"other-spelling-is-accepted-enable-app-{spelling}").requirements == ("enable.accepted",)
    assert run.case(f"other-spelling-is-accepted-enable-app-{spelling}").verdict == "violated"


# -- sequences ---------------------------------------------------------------------------------------------------------


def test_any_sequence_on_the_reference_server_agrees_with_the_model() -> None:
    run = run_suite(None, STATE_MACHINE)
    assert run.case(LIFE).verdict == "conforms"
    assert len(run.record.exchanges) > 20


def test_the_seed_decides_the_sequences() -> None:
    def sequence(seed: int) -> list[str]:
        exchanges = run_suite(None, STATE_MACHINE, f"--seed={seed}", "--examples=2").record.exchanges
        return [f"{made.operation} {made.status}" for made in exchanges]

    assert sequence(1) == sequence(1) != sequence(2)


def test_a_sequence_that_contradicts_the_model_breaks_its_requirement_and_that_of_the_response() -> None:
    case = run_suite(None, STATE_MACHINE, service=FAULTS["resend-disables"].service()).case(LIFE)
    assert case.verdict == "violated"
    assert "account.life" in case.requirements
    assert len(case.requirements) == 2


def test_a_sequence_that_does_not_happen_again_is_flaky() -> None:
    count = 0

    def once(request: Request, forward: Respond) -> Any:
        nonlocal count
        count += operation_of(request) == "enable"
        return response(500) if count == 6 and operation_of(request) == "enable" else forward(request)

    case = run_suite(once, STATE_MACHINE).case(LIFE)
    assert (case.verdict, case.reproducible) == ("violated", False)


def test_a_sequence_that_gets_no_response_has_no_verdict() -> None:
    count = 0

    def silent(request: Request, forward: Respond) -> Any:
        nonlocal count
        count += 1
        return NO_RESPONSE if count == 12 else forward(request)

    case = run_suite(silent, STATE_MACHINE).case(LIFE)
    assert (case.verdict, "no response" in case.detail) == ("inconclusive", True)


@pytest.mark.parametrize("option", ["--profile=smoke", "--budget=enable=6"])
def test_where_limits_forbid_a_sequence_the_run_itself_is_one(option: str) -> None:
    run = run_suite(None, ACCEPTED, STATE_MACHINE, option)
    case = run.case(LIFE)
    assert not [made for made in run.record.exchanges if made.case_id == LIFE]
    assert case.verdict in ("conforms", "untested")
    if case.verdict == "untested":
        assert "raise the limits with --budget" in case.detail


# -- transitions -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "variant", ["enable-again-refused", "disable-while-off-refused", "resend-always-accepted", "verify-again-accepted"]
)
def test_transitions_that_the_page_leaves_open_may_go_either_way(variant: str) -> None:
    run = run_suite(None, TRANSITIONS, service=VARIANTS[variant].service())
    assert not run.verdicts().keys() & {"violated", "inconclusive"}, run.record.cases


@pytest.mark.parametrize("fault", ["resend-disables", "wrong-code-ends"])
def test_a_wrong_transition_is_found(fault: str) -> None:
    run = run_suite(None, TRANSITIONS, service=FAULTS[fault].service())
    violated = {name for case in run.record.cases if case.verdict == "violated" for name in case.requirements}
    assert violated & {*FAULTS[fault].expects}


def test_a_number_that_is_not_read_under_app_delivery_breaks_no_must() -> None:
    """Whatever is drawn: a server may not read what it does not need."""
    service = VARIANTS["number-unread-under-app"].service()
    run = run_suite(
        None, "test_rejected.py", "--examples=30", "--seed=1", "-k", "generated and enable", service=service
    )
    assert "violated" not in run.verdicts()
    assert run.verdicts()["conforms"] > 20


def test_while_off_another_code_is_sent_if_the_source_has_no_right_one() -> None:
    run = run_suite(None, f"{TRANSITIONS}::test_off_verify", "-k", "right", "--code-source=command:true")
    assert run.case("off-verify-right").verdict == "conforms"
    assert "code sample, while off" in [exchange.spec.purpose for exchange in run.record.exchanges]
