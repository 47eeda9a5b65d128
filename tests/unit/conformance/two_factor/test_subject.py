"""The account as the engine sees it: batches, controls, diagnoses and the clean-up."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from conformance.model import AccountEnd, Inconclusive, Untested, Violation
from conformance.settings import EXCHANGES
from conformance.subject import StateChanged
from conformance.two_factor.account import SMS
from conformance.two_factor.state import OFF, State
from conformance.two_factor.subject import (
    CONTROL_EXCHANGES,
    LOCKOUT_SECONDS,
    LOCKOUTS,
    WRONG_CODES_IN_A_ROW,
    WRONG_CODES_IN_A_ROW_IF_EXPENSIVE,
)
from conformance.two_factor.test_state_machine import confirm_codes
from reference.service import Service
from strategies.mutations import body_probes
from strategies.probe import Probe, RequestSpec
from strategies.two_factor import sms_code_probes, undocumented_code_probes, wrong_code_probes
from tests.unit.conformance.fakes import (
    CONTRACT,
    NO_RESPONSE,
    FakeSource,
    NoNumberAfterVerification,
    ServiceCodes,
    operation_of,
    rejection,
    response,
    rig,
    user,
)
from tests.variants import VARIANTS

if TYPE_CHECKING:
    from conformance.model import Request
    from tests.unit.conformance.fakes import Change, Respond, Rig

NUMBER = "+12025550123"
EXPENSIVE: dict[str, Any] = {"is_single_use": True, "seconds_per_code": 30.0}


def expensive(service: Service, **facts: Any) -> Rig:
    """A run whose codes cost a wait each."""
    return rig(service=service, source=ServiceCodes(service, **EXPENSIVE, **facts))


def answering(operation: str, status: int, *, times: int = 1_000, method: str = "POST") -> Change:
    """Answer the next requests to an operation with a status, and do nothing."""
    left = [times]

    def change(request: Request, forward: Respond) -> Any:
        if operation_of(request) != operation or request.method != method or not left[0]:
            return forward(request)
        left[0] -= 1
        return rejection(status) if status < 500 else response(status)

    return change


# -- batches -----------------------------------------------------------------------------------------------------------


def verify_probes() -> list[Probe]:
    """All probes of one group of a whole run: defective bodies, wrong codes, and codes that may be accepted."""
    return [*body_probes(CONTRACT.operations["verify"]), *wrong_code_probes(), *undocumented_code_probes()]


def is_wrong_code(probe: Probe) -> bool:
    return probe.is_guess and probe.requirement == "verify.wrong-code"


@pytest.mark.parametrize(
    ("facts", "most"),
    [({}, WRONG_CODES_IN_A_ROW), (EXPENSIVE, WRONG_CODES_IN_A_ROW_IF_EXPENSIVE)],
    ids=["free", "expensive"],
)
def test_a_batch_has_few_guesses_so_that_the_account_is_not_locked(facts: dict[str, Any], most: int) -> None:
    probes = verify_probes()
    run = rig(source=FakeSource("1", **facts))
    batches = run.subject.batches(probes)
    assert sorted(probe.id for batch in batches for probe in batch) == sorted(probe.id for probe in probes)
    assert all(sum(map(is_wrong_code, batch)) <= most for batch in batches[:-1])
    assert all(sum(probe.is_guess for probe in batch) <= WRONG_CODES_IN_A_ROW_IF_EXPENSIVE for batch in batches)
    assert all(probe.is_guess for batch in batches[1:] for probe in batch), "the others need one control only"


def test_the_last_batch_has_as_many_wrong_codes_as_a_server_may_stop_checking_after() -> None:
    last = rig().subject.batches(verify_probes())[-1]
    assert len(last) == WRONG_CODES_IN_A_ROW_IF_EXPENSIVE
    assert all(map(is_wrong_code, last))


def test_expensive_codes_are_spent_on_few_batches() -> None:
    probes = verify_probes()
    free = rig(source=FakeSource("1")).subject.batches(probes)
    costly = rig(source=FakeSource("1", **EXPENSIVE)).subject.batches(probes)
    guesses = sum(probe.is_guess for probe in probes)
    assert len(costly) <= len(free)
    assert len(costly) <= guesses // WRONG_CODES_IN_A_ROW_IF_EXPENSIVE + 2


@pytest.mark.parametrize("count", range(6))
def test_few_wrong_codes_are_split_as_well(count: int) -> None:
    probes = [*sms_code_probes()][:count]
    batches = rig().subject.batches(probes)
    assert sorted(probe.id for batch in batches for probe in batch) == sorted(probe.id for probe in probes)
    assert all(batches)


def test_probes_without_guesses_are_one_batch() -> None:
    probes = list(body_probes(CONTRACT.operations["enable"]))
    assert rig().subject.batches(probes) == [probes]


# -- costs -------------------------------------------------------------------------------------------------------------


def test_a_control_costs_itself_a_message_and_exchanges_for_the_clean_up() -> None:
    subject = rig().subject
    exchanges = (EXCHANGES,) * CONTROL_EXCHANGES
    assert subject.cost_of_control("enable", "app") == ("enable", *exchanges)
    assert subject.cost_of_control("enable", "sms") == ("enable", SMS, *exchanges)
    assert subject.cost_of_control("resend", "no-body") == ("resend", SMS, *exchanges)


def test_verifications_are_expensive_where_set_ups_are_few() -> None:
    assert not rig().subject.is_expensive("verify")
    run = rig(budget={"enable": 10})
    assert run.subject.is_expensive("verify")
    assert not run.subject.is_expensive("enable")


def test_a_lockout_is_waited_for_a_few_times() -> None:
    run = rig()
    for _ in range(LOCKOUTS + 2):
        run.subject.wait_for_lockout()
    assert run.session.pauses == [LOCKOUT_SECONDS] * LOCKOUTS


# -- prepare -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("operation", "shape", "expected"),
    [
        ("enable", "app", OFF),
        ("enable", "sms", OFF),
        ("verify", "code", State("app")),
        ("verify", "app", State("app")),
        ("verify", "sms", State("sms", number=NUMBER)),
        ("resend", "no-body", State("sms", number=NUMBER)),
        ("disable", "no-body", State("app")),
    ],
)
def test_each_operation_is_prepared_in_its_documented_state(operation: str, shape: str, expected: State) -> None:
    run = rig()
    run.subject.prepare(operation, shape)
    assert run.account.state == expected
    before = run.sent
    run.subject.prepare(operation, shape)
    assert run.sent == before


def test_a_verified_set_up_is_kept_for_disabling_where_set_ups_are_few() -> None:
    run = rig(budget={"enable": 10})
    run.account.to_verified("app")
    run.subject.prepare("disable", "no-body")
    assert run.account.state == State("app", verified=True)


def test_without_a_source_disabling_is_prepared_by_app() -> None:
    run = rig(source=None)
    run.subject.prepare("disable", "no-body")
    assert run.account.state == State("app")
    with pytest.raises(Untested):
        run.subject.prepare("verify", "code")


def test_a_delivery_is_confirmed_before_its_wrong_codes_are_sent() -> None:
    service = Service()
    run = rig(service=service, source=ServiceCodes(service))
    run.subject.prepare("verify", "sms")
    assert run.account.history.confirmed == {"sms"}
    assert run.account.state == State("sms", number=NUMBER)


def test_a_delivery_whose_codes_are_wrong_is_untested_where_another_one_is_confirmed() -> None:
    class Half(ServiceCodes):
        def code(self, request: Any) -> str:
            return super().code(request) if request.delivery == "app" else "000000"

    service = Service()
    run = rig(service=service, source=Half(service))
    with pytest.raises(Inconclusive, match="rejects the code for sms delivery"):
        run.subject.prepare("verify", "sms")
    run = rig(service=service, source=Half(service))
    run.account.to_verified("app")
    with pytest.raises(Untested, match="rejects the code for sms delivery"):
        run.subject.prepare("verify", "sms")


# -- confirm -----------------------------------------------------------------------------------------------------------

GROUPS = (("enable", "app"), ("enable", "sms"), ("verify", "code"), ("resend", "no-body"), ("disable", "no-body"))


@pytest.mark.parametrize(("operation", "shape"), GROUPS)
def test_the_control_of_each_group_is_its_operation(operation: str, shape: str) -> None:
    run = rig()
    run.subject.prepare(operation, shape)
    control = run.subject.confirm(operation, shape)
    assert (control.operation, control.accepted) == (operation, True)


def test_controls_check_the_state_as_well() -> None:
    run = rig()
    for operation, shape in GROUPS:
        run.subject.prepare(operation, shape)
        before = len(run.sent)
        run.subject.confirm(operation, shape)
        assert [line for line in run.sent[before:] if line.startswith("verify")], operation


def test_without_a_source_controls_do_without_codes() -> None:
    run = rig(source=None)
    for operation, shape in GROUPS:
        if operation == "verify":
            continue
        run.subject.prepare(operation, shape)
        assert run.subject.confirm(operation, shape).accepted
    assert not [line for line in run.sent if line.startswith("verify")]


def test_a_verified_account_is_confirmed_by_disabling_it() -> None:
    run = rig(budget={"enable": 10})
    run.account.to_verified("app")
    run.subject.prepare("disable", "no-body")
    assert run.subject.confirm("disable", "no-body").accepted
    assert run.sent[-1] == "disable 200"


Effect = Callable[[Any], None]
EFFECTS: dict[str, tuple[str, str, Effect, str]] = {
    "enabled": ("enable", "app", lambda account: account.enable("app", None), "two-factor authentication is on"),
    "disabled": ("verify", "code", lambda account: account.disable(), "the right code got 409"),
    "verified": ("verify", "code", lambda account: account.confirm(), "the right code got 409"),
    "other delivery": ("verify", "code", lambda account: account.enable("sms", NUMBER), "the right code got 422"),
    "other number": ("resend", "no-body", lambda account: account.enable("sms", "+12025550199"), "the number is"),
    "disabled while pending by SMS": ("resend", "no-body", lambda account: account.disable(), "resend got 409"),
}


@pytest.mark.parametrize("name", EFFECTS)
def test_an_effect_on_the_account_fails_the_control(name: str) -> None:
    operation, shape, effect, difference = EFFECTS[name]
    run = rig()
    run.subject.prepare(operation, shape)
    run.session.send(RequestSpec("disable", None, authorization=()))  # a request that must change nothing
    effect(run.service.accounts[0])
    with pytest.raises(StateChanged, match=difference):
        run.subject.confirm(operation, shape)


@pytest.mark.parametrize(("operation", "shape"), GROUPS)
def test_a_control_with_a_5xx_tells_nothing(operation: str, shape: str) -> None:
    run = rig()
    run.subject.prepare(operation, shape)
    run.client.respond = lambda request, before=run.client.respond: (  # type: ignore[misc]
        response(500) if operation_of(request) == operation else before(request)
    )
    with pytest.raises(Inconclusive, match="the control got 500"):
        run.subject.confirm(operation, shape)


def test_an_unknown_state_confirms_nothing() -> None:
    run = rig()
    run.subject.prepare("verify", "code")
    run.subject.forget_state()
    with pytest.raises(Inconclusive, match="the effect of an earlier request on the account is unknown"):
        run.subject.confirm("verify", "code")
    run.account.to_verified("app")
    with pytest.raises(Inconclusive, match="not in the state"):
        run.subject.confirm("verify", "code")


def test_a_number_that_the_target_rejects_is_no_effect() -> None:
    run = rig(answering("enable", 422), source=None)
    run.subject.prepare("enable", "sms")
    with pytest.raises(Inconclusive, match="give one that it accepts"):
        run.subject.confirm("enable", "sms")


def test_expensive_codes_that_were_rejected_twice_are_given_up() -> None:
    run = rig(source=FakeSource("000000", available_without_setup=True, **EXPENSIVE))
    for _ in range(2):
        run.subject.forget_state()
        run.subject.prepare("verify", "code")
        with pytest.raises(StateChanged, match="the right code got 422"):
            run.subject.confirm("verify", "code")
    with pytest.raises(Untested, match="is --code-source right"):
        run.account.code("app")


def test_a_used_code_is_no_effect() -> None:
    service = VARIANTS["single-use-codes"].service()
    run = rig(service=service, source=ServiceCodes(service, is_single_use=True))
    for _ in range(3):
        run.subject.prepare("verify", "code")
        assert run.subject.confirm("verify", "code").accepted


@pytest.mark.parametrize(("operation", "shape"), [("verify", "sms"), ("resend", "no-body")])
def test_a_member_that_the_target_never_answers_is_no_effect(operation: str, shape: str) -> None:
    run = rig(service=NoNumberAfterVerification())
    for _ in range(2):
        run.subject.prepare(operation, shape)
        run.session.send(RequestSpec("disable", None, authorization=()))
        assert run.subject.confirm(operation, shape).accepted
    undisturbed = [made for made in run.exchanges if "without any request before it" in made.spec.purpose]
    assert len(undisturbed) == 1, "it is found out once"


# -- guesses in a row --------------------------------------------------------------------------------------------------


def test_the_state_machine_starts_with_a_right_code_if_there_were_wrong_ones() -> None:
    run = rig()
    for delivery in ("app", "sms"):
        run.account.to_verified(delivery)
    run.account.to_pending("app")
    confirm_codes(run.subject)
    assert run.account.state == State("app"), "each delivery is confirmed"
    for _ in range(WRONG_CODES_IN_A_ROW):
        run.account.verify("000000", "wrong")
    confirm_codes(run.subject)
    assert run.account.state == State("app", verified=True)
    assert run.account.history.wrong_codes == 0


# -- probes ------------------------------------------------------------------------------------------------------------


def probe_named(name: str) -> Probe:
    """The probe of verify with this ID."""
    (probe,) = (item for item in (*verify_probes(), *sms_code_probes()) if item.id == name)
    return probe


def test_a_malformed_code_needs_no_right_one() -> None:
    run = rig(source=None)
    probe = probe_named("verify.request.code-missing")
    run.subject.prepare_for(probe)
    assert run.account.state == State("app")
    spec = run.subject.spec_for(probe)
    assert spec is not None
    assert run.session.send(spec).rejected
    assert (spec.known_code, spec.case_id) == ("", probe.id)


def test_a_wrong_code_needs_a_right_one_to_differ_from() -> None:
    run = rig(source=None)
    probe = probe_named("verify.wrong-code-last-digit")
    with pytest.raises(Untested, match="give --code-source"):
        run.subject.prepare_for(probe)
    run.account.to_pending("app")
    with pytest.raises(Untested, match="give --code-source"):
        run.subject.spec_for(probe)


def test_a_wrong_code_costs_no_right_one() -> None:
    source = FakeSource("271828", "161803", available_without_setup=True, **EXPENSIVE)
    run = rig(source=source, budget={"codes": 0})
    probe = probe_named("verify.wrong-code-last-digit")
    run.subject.prepare_for(probe)
    spec = run.subject.spec_for(probe)
    assert spec is not None
    assert b"271829" in (spec.body or b"")
    assert spec.known_code == "271828"
    assert source.used == 0


def test_no_more_wrong_codes_are_sent_in_a_row_than_a_careful_server_allows() -> None:
    run = rig()
    run.account.to_pending("app")
    for _ in range(WRONG_CODES_IN_A_ROW_IF_EXPENSIVE):
        run.account.verify("000000", "wrong")
    with pytest.raises(Untested, match="4 wrong codes were sent in a row"):
        run.subject.prepare_for(probe_named("verify.wrong-code-zeros"))
    run.subject.prepare_for(probe_named("verify.request.code-missing"))
    run.account.verify_right("app", "right")
    run.subject.prepare_for(probe_named("verify.wrong-code-zeros"))


def test_other_probes_have_the_body_of_their_operation() -> None:
    run = rig(number="+33639981234")
    probe = next(item for item in body_probes(CONTRACT.operations["enable"]) if item.shape == "sms")
    run.subject.prepare_for(probe)
    assert run.account.state == OFF
    spec = run.subject.spec_for(probe)
    assert spec is not None
    assert spec.operation == "enable"


# -- diagnosis ---------------------------------------------------------------------------------------------------------


def diagnosed(run: Rig, operation: str, shape: str) -> Violation | Inconclusive:
    """The outcome of a valid request that the target does not accept."""
    run.subject.prepare(operation, shape)
    made = run.subject.send_valid(operation, shape, "documented request")
    assert not made.accepted
    return run.subject.diagnose(operation, shape, made)


@pytest.mark.parametrize("status", [302, 422, 404, 500])
@pytest.mark.parametrize(("operation", "shape"), [("enable", "app"), ("disable", "no-body")])
def test_a_documented_request_that_is_not_accepted_is_a_violation(operation: str, shape: str, status: int) -> None:
    run = rig()
    run.account.to_verified("app")
    run.subject.prepare(operation, shape)
    run.client.respond = lambda _: rejection(status) if 400 <= status < 500 else response(status)
    made = run.subject.send_valid(operation, shape, "documented request")
    outcome = run.subject.diagnose(operation, shape, made)
    assert isinstance(outcome, Violation)
    assert outcome.requirement == f"{operation}.accepted"
    assert outcome.actual == f"POST {operation}, documented request → {status}"


@pytest.mark.parametrize("status", [401, 403])
def test_a_token_that_was_never_accepted_is_to_blame_for_its_rejection(status: int) -> None:
    run = rig(lambda *_: rejection(status))
    made = run.subject.send_valid("enable", "app", "documented request")
    outcome = run.subject.diagnose("enable", "app", made)
    assert isinstance(outcome, Inconclusive)
    assert str(outcome) == f"the token is refused ({status})"


def test_a_rejected_enabling_after_a_rejected_disabling_is_no_violation() -> None:
    run = rig()
    run.account.to_pending("app")
    run.client.respond = lambda _: rejection()
    run.subject.prepare("enable", "app")
    made = run.subject.send_valid("enable", "app", "documented request")
    assert "the account is not off" in str(run.subject.diagnose("enable", "app", made))


def test_a_number_that_was_never_accepted_may_be_to_blame() -> None:
    outcome = diagnosed(rig(answering("enable", 422), source=None), "enable", "sms")
    assert isinstance(outcome, Inconclusive)
    assert "--sms-number" in str(outcome)


def test_a_number_that_was_accepted_once_is_not_to_blame() -> None:
    run = rig(source=None)
    run.account.to_pending("sms")
    run.account.to_off()
    run.client.respond = lambda _: rejection()
    made = run.subject.send_valid("enable", "sms", "documented request")
    assert isinstance(run.subject.diagnose("enable", "sms", made), Violation)


def test_an_endpoint_that_is_missing_is_a_violation_though_the_number_is_doubtful() -> None:
    assert isinstance(diagnosed(rig(answering("enable", 404), source=None), "enable", "sms"), Violation)


def test_a_code_that_was_never_accepted_may_be_to_blame() -> None:
    run = rig(source=FakeSource("000000", available_without_setup=True))
    outcome = diagnosed(run, "verify", "code")
    assert isinstance(outcome, Inconclusive)
    assert "is --code-source right" in str(outcome)
    with pytest.raises(Untested):
        run.account.source_for("app")


def test_an_authoritative_code_that_is_rejected_is_a_violation() -> None:
    assert isinstance(diagnosed(rig(answering("verify", 422)), "verify", "code"), Violation)


def test_a_missing_endpoint_for_codes_is_a_violation() -> None:
    run = rig(answering("verify", 404), source=FakeSource("1", available_without_setup=True))
    assert isinstance(diagnosed(run, "verify", "code"), Violation)


# -- lock-outs ---------------------------------------------------------------------------------------------------------


def locked_out(*, wrong: int, until: int) -> tuple[Rig, Violation | Inconclusive]:
    """The diagnosis of a right code that is rejected after wrong ones, `until` so many were rejected as well."""
    service = Service()
    run = rig(service=service, source=ServiceCodes(service))
    run.account.to_verified("app")
    run.subject.forget_state()
    run.account.to_pending("app")
    for _ in range(wrong):
        run.account.verify("000000", "wrong")
    change = answering("verify", 403, times=until)
    forward = run.client.respond
    run.client.respond = lambda request: change(request, forward)
    made = run.subject.send_valid("verify", "code", "documented request")
    return run, run.subject.diagnose("verify", "code", made)


def test_a_right_code_that_is_accepted_in_a_new_set_up_was_locked_out() -> None:
    run, outcome = locked_out(wrong=3, until=1)
    assert isinstance(outcome, Inconclusive)
    assert "after 3 rejected verifications the right code was rejected, then accepted (403)" in str(outcome)
    assert run.session.pauses == []


def test_a_right_code_that_is_accepted_after_a_wait_was_locked_out() -> None:
    run, outcome = locked_out(wrong=0, until=2)
    assert isinstance(outcome, Inconclusive)
    assert run.session.pauses == [LOCKOUT_SECONDS]


def test_a_right_code_that_is_never_accepted_after_many_wrong_ones_may_be_locked_out() -> None:
    _, outcome = locked_out(wrong=WRONG_CODES_IN_A_ROW + 1, until=1_000)
    assert isinstance(outcome, Inconclusive)
    assert "no right code is accepted" in str(outcome)


def test_a_lockout_that_no_new_set_up_tells_is_no_violation() -> None:
    service = Service()
    run = rig(service=service, source=ServiceCodes(service))
    run.account.to_verified("app")
    run.account.to_off()
    run.account.to_pending("app")
    run.client.respond = lambda _: rejection()
    made = run.subject.send_valid("verify", "code", "documented request")
    assert "it can't be told whether it was a lock-out" in str(run.subject.diagnose("verify", "code", made))


@pytest.mark.parametrize("until", [1, 1_000])
def test_a_right_code_that_is_rejected_without_wrong_ones_before_is_a_violation(until: int) -> None:
    _, outcome = locked_out(wrong=0, until=until)
    assert isinstance(outcome, Violation)


# -- the clean-up ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("prepare", ["off", "pending", "verified", "unknown"])
def test_the_account_is_left_off_from_any_state(prepare: str) -> None:
    run = rig(budget={"disable": 3, EXCHANGES: 4})
    if prepare == "off":
        run.account.to_off()
    elif prepare == "pending":
        run.account.to_pending("app")
    elif prepare == "verified":
        run.account.to_verified("app")
    result = run.subject.clean_up()
    assert result.end is AccountEnd.OFF
    assert not run.two_factor.enabled
    assert run.sent[-1] == "disable 200"
    assert run.session.limits.by_kind == {}, "it is worth any cost"


def test_an_account_that_rejects_disabling_while_off_is_enabled_to_tell() -> None:
    run = rig(service=VARIANTS["disable-while-off-refused"].service())
    result = run.subject.clean_up()
    assert result.end is AccountEnd.OFF
    assert run.sent == ["disable 409", "enable 200", "disable 200"]


def test_an_account_that_is_known_to_be_off_may_reject_disabling() -> None:
    run = rig(service=VARIANTS["disable-while-off-refused"].service())
    run.account.to_pending("app")
    run.account.to_off()
    before = len(run.sent)
    assert run.subject.clean_up().end is AccountEnd.OFF
    assert run.sent[before:] == ["disable 409"]


def test_an_account_that_is_only_assumed_to_be_off_is_enabled_to_tell() -> None:
    run = rig(service=VARIANTS["disable-while-off-refused"].service())
    run.account.to_off()
    assert run.account.state == OFF
    assert run.subject.clean_up().end is AccountEnd.OFF
    assert run.sent == ["disable 409", "disable 409", "enable 200", "disable 200"]


def test_an_account_that_was_said_to_be_off_by_no_document_is_enabled_to_tell() -> None:
    run = rig(service=VARIANTS["disable-while-off-refused"].service())
    run.account.to_pending("app")
    forward = run.client.respond
    run.client.respond = lambda _: response(204, b"")
    run.account.to_off()
    run.client.respond = lambda request: rejection() if operation_of(request) == "disable" else forward(request)
    assert run.subject.clean_up().end is AccountEnd.MAYBE_ON


def test_a_response_is_no_proof_where_the_run_showed_that_disabling_has_no_effect() -> None:
    run = rig()
    run.account.to_pending("app")
    result = run.subject.clean_up(violated={"disable.ends-two-factor"})
    assert result.end is AccountEnd.MAYBE_ON
    assert "disable.ends-two-factor is violated; look at the account by hand" in result.sentence


@pytest.mark.parametrize(
    ("respond", "reason"),
    [
        (lambda _: response(500), "disable got 500"),
        (lambda _: rejection(), "disable got 422"),
        (lambda _: NO_RESPONSE, "disable: no response"),
        (lambda _: response(200, user(enabled=True)), "disable got 200"),
        (lambda _: response(200, {}), "disable got 200"),
        (lambda _: response(200, b"<html>"), "disable got 200"),
    ],
    ids=["5xx", "4xx", "none", "on", "no member", "no JSON"],
)
def test_an_account_that_no_response_proves_off_may_be_on(respond: Any, reason: str) -> None:
    run = rig()
    run.account.to_pending("app")
    run.client.respond = respond
    result = run.subject.clean_up()
    assert result.end is AccountEnd.MAYBE_ON
    assert f"may still be on: {reason}; `tfe-conformance reset`" in result.sentence


def test_an_interrupted_request_is_given_time_before_it_is_undone() -> None:
    def interrupt(_: Request) -> Any:
        raise KeyboardInterrupt

    run = rig()
    run.account.to_pending("app")
    forward = run.client.respond
    run.client.respond = interrupt
    with pytest.raises(KeyboardInterrupt):
        run.account.disable("interrupted")
    run.client.respond = forward
    assert run.subject.clean_up().end is AccountEnd.OFF
    (seconds,) = run.session.pauses
    assert 0.5 <= seconds <= 5.0


# -- the summary -------------------------------------------------------------------------------------------------------


def test_the_summary_names_the_number_and_the_codes() -> None:
    own = " ".join(rig().subject.preflight_summary())
    assert f"SMS to {NUMBER} (your number); sends wrong codes and right codes" in own
    fictional = " ".join(rig(source=None, is_own_number=False).subject.preflight_summary())
    assert "a number reserved for fiction" in fictional
    assert "there is no --code-source" in fictional
