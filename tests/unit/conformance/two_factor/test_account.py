"""The account is driven through its states, with the codes and numbers that a run has."""

from __future__ import annotations

import time
from dataclasses import replace
from email.utils import formatdate
from typing import TYPE_CHECKING, Any

import pytest

from conformance.limits import Cost, LimitReached
from conformance.model import Inconclusive, Response, Untested
from conformance.two_factor.account import CODE, NO_SOURCE, SMS, WRONG_CODE, cost_of, is_expensive
from conformance.two_factor.code_sources.totp import Totp, parse_authenticator
from conformance.two_factor.state import OFF, State, TwoFactorHistory
from reference.service import Service
from strategies.mutations import encode
from strategies.probe import RequestSpec
from strategies.two_factor import FICTIONAL_NUMBERS
from tests.unit.conformance.fakes import (
    CONTRACT,
    FakeSource,
    ServiceCodes,
    enable_body,
    operation_of,
    rejection,
    response,
    rig,
    user,
    verify_body,
)
from tests.unit.conformance.two_factor.fakes import SECRET, Clock, FakeConsole

if TYPE_CHECKING:
    from conformance.model import Request
    from tests.unit.conformance.fakes import Change, Respond, Rig

NUMBER = "+12025550123"


def rejecting(operation: str, *, times: int = 1_000, status: int = 422) -> Change:
    """Reject the first requests to an operation."""
    left = [times]

    def change(request: Request, forward: Respond) -> Any:
        if operation_of(request) != operation or not left[0]:
            return forward(request)
        left[0] -= 1
        return rejection(status)

    return change


class Numbers(Service):
    """A service that takes the numbers of one country."""

    prefix = "+44"

    def is_phone_number(self, value: str) -> bool:
        return value.startswith(self.prefix)


def fictional(service: Service, source: Any = None) -> Rig:
    """A run without --sms-number."""
    return rig(service=service, source=source, number=FICTIONAL_NUMBERS[0], is_own_number=False)


# -- bodies ------------------------------------------------------------------------------------------------------------


def test_a_valid_body_has_the_number_of_the_run_and_the_right_code() -> None:
    run = rig(source=FakeSource("271828"), number="+33639981234")
    assert run.account.valid_body("enable", "sms") == enable_body("sms", "+33639981234")
    assert run.account.valid_body("enable", "app")["data"]["attributes"]["delivery"] == "app"
    assert run.account.valid_body("disable", "no-body") is None
    run.account.to_pending("app")
    assert run.account.valid_body("verify", "code") == verify_body("271828")


def test_a_valid_request_has_the_name_of_its_shape() -> None:
    run = rig()
    run.account.enable("sms", "a")
    run.account.resend("b")
    run.account.verify_right("sms", "c")
    run.account.disable("d")
    shapes = [(made.spec.purpose, made.spec.shape, made.status) for made in run.exchanges]
    assert shapes == [("a", "sms", 200), ("b", "no-body", 200), ("c", "code", 200), ("d", "no-body", 200)]


def test_only_the_right_code_has_the_shape_of_a_valid_verification() -> None:
    run = rig(source=FakeSource("271828"))
    run.account.to_pending("app")
    assert run.account.verify("000000", "before any is known").spec.shape == ""
    run.account.code("app")
    assert run.account.verify("000000", "wrong").spec.shape == ""
    right = run.account.verify("271828", "right")
    assert (right.spec.shape, right.spec.known_code) == ("code", "271828")


# -- numbers -----------------------------------------------------------------------------------------------------------


def test_where_a_fictional_number_is_rejected_another_one_serves() -> None:
    run = fictional(Numbers())
    assert run.account.enable("sms", "try").accepted
    assert run.account.number == FICTIONAL_NUMBERS[1]
    assert [made.spec.purpose for made in run.exchanges] == ["try", "try, to another number"]
    assert not run.account.is_number_doubtful


@pytest.mark.parametrize("status", [401, 403, 404, 423, 429])
def test_a_rejection_that_is_not_about_the_number_leaves_it(status: int) -> None:
    run = fictional(Service())
    run.client.respond = lambda _: rejection(status)
    assert run.account.enable("sms", "try").rejected
    assert run.sent == [f"enable {status}"]
    assert run.account.number == FICTIONAL_NUMBERS[0]


def test_where_all_fictional_numbers_are_rejected_a_number_is_asked_for() -> None:
    class Picky(Numbers):
        prefix = "+49"

    run = fictional(Picky())
    with pytest.raises(Inconclusive, match=r"numbers reserved for fiction: give a number of yours.*\(422\)"):
        run.account.to_pending("sms")
    assert run.account.is_number_doubtful


def test_the_number_of_the_user_is_the_only_one() -> None:
    run = rig(service=Numbers(), source=None)
    with pytest.raises(Inconclusive, match=r"the number of --sms-number: give one that it accepts"):
        run.account.to_pending("sms")
    assert run.sent == ["disable 200", "enable 422"]


def test_a_number_that_was_accepted_once_is_not_replaced() -> None:
    run = fictional(Service())
    run.account.to_pending("sms")
    run.client.respond = lambda _: rejection()
    assert run.account.enable("sms", "again").rejected
    assert run.account.number == FICTIONAL_NUMBERS[0]


def test_a_number_that_the_embedded_server_names_is_beyond_doubt() -> None:
    run = rig(is_own_number=False)
    assert not run.account.is_number_doubtful


# -- codes -------------------------------------------------------------------------------------------------------------


def test_without_a_source_no_code_is_known() -> None:
    run = rig(source=None)
    for ask in (run.account.code, run.account.peek, run.account.code_at_hand, run.account.ensure_code):
        with pytest.raises(Untested, match="give --code-source"):
            ask("app")
    with pytest.raises(Untested, match="no right code is known"):
        _ = run.account.delivery
    assert NO_SOURCE.startswith("no right code is known")


def test_a_source_is_asked_for_deliveries_that_it_knows_only() -> None:
    run = rig(source=FakeSource("1", deliveries=("app",)))
    with pytest.raises(Untested, match="no codes for sms delivery"):
        run.account.code("sms")


def test_a_source_is_told_the_set_up() -> None:
    source = FakeSource("271828")
    run = rig(source=source)
    run.account.to_pending("sms")
    run.account.code("sms")
    assert (source.requests[0].delivery, source.requests[0].number) == ("sms", NUMBER)
    assert source.requests[0].since == run.account.history.setup_began > 0


def test_codes_are_masked_as_texts_and_as_numbers() -> None:
    run = rig(source=FakeSource("007"))
    run.account.to_pending("app")
    run.account.code("app")
    assert run.masker.labels == {"007": "[code]", "7": "[code]"}
    assert run.account.codes == {"007"}


def test_a_code_is_known_for_the_present_set_up_only() -> None:
    run = rig(source=FakeSource("271828"))
    assert run.account.known_code == ""
    run.account.to_pending("app")
    run.account.code("app")
    assert run.account.known_code == "271828"
    run.account.to_pending("sms")
    assert run.account.known_code == ""


def test_a_code_at_hand_costs_nothing_if_one_does() -> None:
    free, costly = FakeSource("271828", available_without_setup=True), FakeSource("1", "2")
    assert rig(source=free).account.code_at_hand("app") == "271828"
    run = rig(source=costly)
    run.account.to_pending("app")
    assert run.account.code_at_hand("app") == "1"
    costly.mark_used()
    assert run.account.code_at_hand("app") == "1", "it is known already"
    assert len(costly.requests) == 1


def test_a_source_without_a_code_for_one_delivery_only_leaves_it_untested() -> None:
    class Half(FakeSource):
        def code(self, request: Any) -> str:
            if request.delivery == "sms":
                raise Inconclusive("no message came")
            return super().code(request)

    run = rig(source=Half("271828"))
    run.account.to_pending("sms")
    with pytest.raises(Inconclusive, match="no message came"):
        run.account.code("sms")
    run.client.respond = lambda _: response(200, user())
    run.account.to_verified("app")
    with pytest.raises(Untested, match="no message came; it has codes for app"):
        run.account.code("sms")


# -- right codes -------------------------------------------------------------------------------------------------------


def test_an_accepted_code_is_marked_used() -> None:
    source = FakeSource("271828", "161803", is_single_use=True)
    run = rig(lambda *_: response(200, user()), source=source)
    run.account.to_pending("app")
    run.account.verify_right("app", "right")
    assert source.used == 1
    run.account.verify("000000", "another code")
    assert source.used == 1


@pytest.mark.parametrize(("available_without_setup", "codes"), [(False, 3), (True, 2)])
def test_a_rejected_single_use_code_may_be_used_or_stale_so_the_next_one_is_sent(
    codes: int, *, available_without_setup: bool
) -> None:
    source = FakeSource(*"12345", is_single_use=True, available_without_setup=available_without_setup)
    run = rig(rejecting("verify"), source=source)
    run.account.to_pending("app")
    assert run.account.verify_right("app", "right").rejected
    assert run.sent == ["disable 200", "enable 200", *["verify 422"] * codes]
    assert run.exchanges[-1].spec.purpose == "right, with another code"


def test_the_next_code_that_is_accepted_ends_the_tries() -> None:
    source = FakeSource(*"12345", is_single_use=True)
    run = rig(rejecting("verify", times=1), source=source)
    run.client.respond = lambda request, before=run.client.respond: (  # type: ignore[misc]
        response(200, user()) if b'"2"' in (request.body or b"") else before(request)
    )
    run.account.to_pending("app")
    assert run.account.verify_right("app", "right").accepted
    assert source.used == 2


def test_a_source_without_another_code_is_not_asked_again_and_again() -> None:
    run = rig(rejecting("verify"), source=FakeSource("1", is_single_use=True))
    run.account.to_pending("app")
    run.account.verify_right("app", "right")
    assert run.sent.count("verify 422") == 1


def test_a_code_of_a_source_that_knows_one_only_is_sent_once() -> None:
    run = rig(rejecting("verify"), source=FakeSource("1", "2"))
    run.account.to_pending("app")
    run.account.verify_right("app", "right")
    assert run.sent.count("verify 422") == 1


@pytest.mark.parametrize("status", [401, 403, 404, 405, 415, 423, 429])
def test_a_rejection_that_is_not_about_the_code_costs_no_other_one(status: int) -> None:
    source = FakeSource("1", "2", is_single_use=True)
    run = rig(rejecting("verify", status=status), source=source)
    run.account.to_pending("app")
    run.account.verify_right("app", "right")
    assert source.used == 0


# -- rejected sources --------------------------------------------------------------------------------------------------


def test_a_source_whose_first_code_is_rejected_is_not_asked_for_that_delivery_again() -> None:
    run = rig(source=FakeSource("000000", available_without_setup=True))
    with pytest.raises(Inconclusive, match=r"rejects the code for app delivery .*: is --code-source right\? \(422\)"):
        run.account.to_verified("app")
    with pytest.raises(Untested, match="is --code-source right"):
        run.account.code("app")
    assert run.account.source_for("sms")


def test_a_source_with_a_confirmed_code_is_not_rejected() -> None:
    service = Service()
    source = ServiceCodes(service)
    run = rig(service=service, source=source)
    run.account.to_verified("app")
    source.wrong = 5
    run.subject.forget_state()
    with pytest.raises(Inconclusive, match=r"set-up: verify was rejected \(422\)"):
        run.account.to_verified("app")
    assert run.account.source_for("app") is source


def test_authoritative_codes_are_never_rejected() -> None:
    run = rig(rejecting("verify"))
    with pytest.raises(Inconclusive, match="set-up: verify was rejected"):
        run.account.to_verified("app")
    assert run.account.source_for("app")


@pytest.mark.parametrize(
    ("ahead", "advice"),
    [
        (60.0, r"(59|60) s ahead of this machine"),
        (-60.0, r"(60|61) s behind this machine"),
        (5.0, "is --code-source right"),
    ],
)
def test_a_clock_that_differs_explains_why_a_time_based_code_is_rejected(ahead: float, advice: str) -> None:
    def change(request: Request, forward: Respond) -> Response:
        answer = forward(request)
        assert isinstance(answer, Response)
        answer = rejection() if operation_of(request) == "verify" else answer
        date = formatdate(time.time() + ahead, usegmt=True)
        return Response(answer.status, (*answer.headers, ("Date", date)), answer.body)

    console = FakeConsole()
    waits = Clock(time.time())
    source = Totp(parse_authenticator(SECRET), console, clock=waits, sleep=waits.sleep)
    run = rig(change, source=source)
    with pytest.raises(Inconclusive, match=advice):
        run.account.to_verified("app")


# -- deliveries --------------------------------------------------------------------------------------------------------


def test_the_delivery_is_one_for_which_the_source_delivers() -> None:
    class SmsOnly(FakeSource):
        def code(self, request: Any) -> str:
            if request.delivery == "app":
                raise Inconclusive("no application")
            return super().code(request)

    run = rig(source=SmsOnly("271828"))
    assert run.account.delivery == "sms"
    assert run.account.state == State("sms", number=NUMBER)
    with pytest.raises(Untested, match="no application"):
        run.account.code("app")


def test_a_source_that_delivers_nothing_has_no_delivery() -> None:
    run = rig(source=FakeSource(Inconclusive("it is broken")))
    with pytest.raises(Inconclusive, match="it is broken; it is broken"):
        _ = run.account.delivery


def test_a_delivery_that_was_confirmed_comes_first() -> None:
    run = rig()
    run.account.to_verified("sms")
    assert run.account.delivery == "sms"
    run.account.to_off()
    assert run.account.verified_delivery == "sms"


def test_a_source_that_needs_no_set_up_delivers_without_one() -> None:
    run = rig(source=FakeSource("271828", available_without_setup=True))
    assert run.account.delivery == "app"
    assert run.sent == []


def test_the_delivery_that_is_verified_is_preferred() -> None:
    run = rig(lambda *_: response(200, user()), source=FakeSource("271828"))
    run.account.to_verified("sms")
    assert run.account.verified_delivery == "sms"


# -- states ------------------------------------------------------------------------------------------------------------


def test_a_state_that_is_reached_costs_nothing_again() -> None:
    run = rig()
    run.account.to_off()
    run.account.to_off()
    run.account.to_pending("app")
    run.account.to_pending("app")
    run.account.to_verified("app")
    run.account.to_verified("app")
    assert run.sent == ["disable 200", "enable 200", "verify 200"]
    run.account.to_off()
    assert run.sent[3:] == ["disable 200"]


def test_a_set_up_by_the_other_delivery_starts_from_off() -> None:
    run = rig()
    run.account.to_pending("app")
    run.account.to_pending("sms")
    run.account.to_verified("app")
    assert run.sent[2:] == ["disable 200", "enable 200", "disable 200", "enable 200", "verify 200"]
    assert (run.two_factor.delivery, run.two_factor.verified) == ("app", True)


@pytest.mark.parametrize("status", [200, 409])
def test_an_account_that_rejects_disabling_while_off_is_off(status: int) -> None:
    run = rig(lambda *_: response(status, user(enabled=False)))
    run.account.to_off()
    assert run.account.state == OFF


def test_disabling_that_is_rejected_while_on_is_inconclusive() -> None:
    run = rig(rejecting("disable"))
    run.account.to_pending("app")
    with pytest.raises(Inconclusive, match=r"disable was rejected \(422\)"):
        run.account.to_off()


def test_most_servers_accept_enabling_where_disabling_fails() -> None:
    run = rig(rejecting("disable"))
    run.account.to_pending("app")
    run.account.to_pending("sms")
    assert run.account.state == State("sms", number=NUMBER)
    assert run.sent == ["disable 422", "enable 200", "disable 422", "enable 200"]


def test_enabling_that_is_rejected_is_inconclusive() -> None:
    run = rig(rejecting("enable"))
    for delivery in ("app", "sms"):
        with pytest.raises(Inconclusive, match=rf"set-up: enable by {delivery} was rejected \(422\)"):
            run.account.to_pending(delivery)


@pytest.mark.parametrize(("delivery", "kind"), [("app", "enable"), ("sms", SMS)])
def test_nothing_is_disabled_where_enabling_is_over_a_limit(delivery: str, kind: str) -> None:
    run = rig(budget={kind: 0})
    with pytest.raises(LimitReached):
        run.account.to_pending(delivery)
    assert run.sent == []


# -- costs -------------------------------------------------------------------------------------------------------------

HISTORY = TwoFactorHistory(CONTRACT.operations)
EXPENSIVE = FakeSource("1", is_single_use=True, seconds_per_code=30.0)


BY_SMS = State("sms", number=NUMBER)


def cost(spec: RequestSpec, state: State | None = None, source: FakeSource | None = None) -> Cost:
    return cost_of(replace(HISTORY, state=state), spec, NUMBER, source)


def test_a_message_costs_if_it_is_accepted() -> None:
    assert cost(RequestSpec("enable", encode(enable_body("sms", NUMBER)))) == Cost(if_accepted=(SMS,))
    assert cost(RequestSpec("enable", encode(enable_body("app")))) == Cost()
    resend = RequestSpec("resend", None)
    assert cost(resend, None) == cost(resend, BY_SMS) == Cost(if_accepted=(SMS,))
    assert cost(resend, State("app")) == cost(resend, OFF) == Cost()


def test_a_wrong_code_costs_always_and_a_right_one_if_codes_are_expensive() -> None:
    wrong, right = (
        RequestSpec("verify", encode(verify_body(code)), known_code="271828") for code in ("000000", "271828")
    )
    assert cost(wrong) == cost(wrong, source=EXPENSIVE) == Cost(always=(WRONG_CODE,))
    assert cost(right) == cost(right, source=FakeSource("1")) == Cost()
    assert cost(right, source=EXPENSIVE) == Cost(if_accepted=(CODE,))


@pytest.mark.parametrize("body", [None, b"[", b"[]", b'{"data": 5}', encode(verify_body(5)), encode(verify_body(None))])
def test_a_body_without_a_code_costs_nothing(body: bytes | None) -> None:
    assert cost(RequestSpec("verify", body), source=EXPENSIVE) == Cost()


@pytest.mark.parametrize(
    ("number", "is_allowed"),
    [(NUMBER, True), (FICTIONAL_NUMBERS[1], True), ("+4915112345678", False), ("112", False), ("x", True)],
)
def test_a_number_that_nobody_gave_is_not_sent(number: str, *, is_allowed: bool) -> None:
    spec = RequestSpec("enable", encode(enable_body("sms", number)))
    if is_allowed:
        assert cost(spec) == Cost(if_accepted=(SMS,))
        return
    with pytest.raises(Untested, match="nobody gave"):
        cost(spec)


@pytest.mark.parametrize(
    ("is_single_use", "seconds", "expected"),
    [(True, 30.0, True), (True, float("inf"), True), (True, 1.0, False), (False, 30.0, False)],
)
def test_codes_are_expensive_that_serve_once_and_take_long(
    *, is_single_use: bool, seconds: float, expected: bool
) -> None:
    source = FakeSource("1", is_single_use=is_single_use, seconds_per_code=seconds)
    assert is_expensive(source) is expected
    assert rig(source=source).account.codes_are_expensive is expected


def test_set_ups_are_saved_where_codes_are_expensive_or_enabling_is_limited() -> None:
    assert not rig().account.saves_setups
    assert rig(source=EXPENSIVE).account.saves_setups
    assert rig(budget={"enable": 10}).account.saves_setups
