"""A run makes sure first that it asks the right service, and leaves the account off whatever ends it."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, cast

import pytest

from conformance.http_client import Result
from conformance.masking import Masker
from conformance.model import AccountEnd, ConfigurationError, Inconclusive, Response
from conformance.runner import lifecycle
from conformance.runner.lifecycle import (
    CLEAN_UP,
    FIRST_CONTACT,
    Run,
    await_target,
    clean_up,
    first_contact,
    preflight_summary,
    public_words,
    start,
    why_not_this_api,
)
from conformance.settings import EXCHANGES, MAX_EXCHANGES, Settings
from conformance.two_factor.code_sources import EmbeddedCodes
from conformance.two_factor.registry import ALWAYS_LIMITED, DEFAULT_LIMITS
from reference.service import Service
from strategies.two_factor import FICTIONAL_NUMBERS
from tests.unit.conformance.fakes import (
    BASE_URL,
    CONTRACT,
    NO_RESPONSE,
    TOKEN,
    FakeClient,
    FakeServer,
    exchange,
    in_memory,
    operation_of,
    rejection,
    response,
    rig,
    user,
)
from tests.unit.conformance.two_factor.fakes import FakeConsole

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.console import Console
    from conformance.model import Request
    from tests.unit.conformance.fakes import Rig

HTML = (("Content-Type", "text/html; charset=utf-8"),)
PATH = "/api/v2/account/actions/two-factor-disable"


def run_of(parts: Rig, settings: Settings | None = None) -> Run:
    return Run(CONTRACT, settings or Settings(), parts.session, parts.subject, parts.batches)


def cleaned_up(parts: Rig, *, is_aborted: bool = False) -> tuple[AccountEnd, list[str]]:
    """The end of the account, and what was printed."""
    console = FakeConsole()
    result = clean_up(run_of(parts), cast("Console", console), is_aborted=is_aborted)
    return result.end, console.printed


# -- first contact -----------------------------------------------------------------------------------------------------


def test_the_first_response_of_this_api_is_enough() -> None:
    parts = rig()
    first_contact(run_of(parts))
    assert parts.sent == ["disable 200"]
    assert [made.case_id for made in parts.exchanges] == [FIRST_CONTACT]


@pytest.mark.parametrize("status", [400, 405, 409, 422, 429, 500])
def test_any_json_but_a_refusal_of_the_token_or_the_path_is_of_this_api(status: int) -> None:
    parts = rig(lambda *_: rejection(status) if status < 500 else response(status, {}))
    first_contact(run_of(parts))
    assert len(parts.sent) == 1


def test_each_operation_is_asked_those_without_a_body_first() -> None:
    parts = rig(lambda *_: rejection(404))
    with pytest.raises(Inconclusive) as caught:
        first_contact(run_of(parts))
    assert [made.operation for made in parts.exchanges] == ["disable", "resend", "enable", "verify"]
    assert caught.value.exchanges == tuple(parts.exchanges)


@pytest.mark.parametrize("status", [301, 302, 307, 308])
@pytest.mark.parametrize("location", ["https://127.0.0.1:1{}", "http://tfe.example{}", "{}", "/login"])
def test_a_target_that_redirects_gets_one_request(status: int, location: str) -> None:
    parts = rig(lambda *_: response(status, b"", (("Location", location.format(PATH)),)))
    with pytest.raises(
        Inconclusive, match=rf"it redirects \({status}\) to '{location.format('/api/v2')[:12]}"
    ) as caught:
        first_contact(run_of(parts))
    assert parts.sent == [f"disable {status}"]
    assert caught.value.exchanges == tuple(parts.exchanges)
    assert cleaned_up(parts, is_aborted=True) == (AccountEnd.UNTOUCHED, [])
    assert len(parts.sent) == 1


@pytest.mark.parametrize(("status", "location"), [(307, f"{PATH}/"), (303, "/api/v2/account/details")])
def test_an_operation_that_redirects_is_left_to_its_cases(status: int, location: str) -> None:
    redirect = response(status, b"", (("Location", location),))
    parts = rig(lambda request, forward: redirect if operation_of(request) == "disable" else forward(request))
    first_contact(run_of(parts))
    assert len(parts.sent) <= 2


def test_one_operation_that_is_there_is_enough() -> None:
    parts = rig(lambda request, forward: forward(request) if operation_of(request) == "verify" else rejection(404))
    first_contact(run_of(parts))
    assert parts.sent[-1] == "verify 409"


def test_an_operation_over_its_limit_is_not_asked() -> None:
    parts = rig(budget={"disable": 0, "resend": 0})
    first_contact(run_of(parts))
    assert parts.sent == ["enable 200"]


def test_without_any_request_there_is_no_contact() -> None:
    with pytest.raises(Inconclusive, match="the limit of 0 exchanges is reached"):
        first_contact(run_of(rig(budget={EXCHANGES: 0})))


def test_a_target_without_a_response_is_not_asked_again() -> None:
    parts = rig(lambda *_: NO_RESPONSE)
    with pytest.raises(Inconclusive, match="no response"):
        first_contact(run_of(parts))
    assert len(parts.client.requests) == 1


def why_not(answer: Response | None) -> str:
    return why_not_this_api(exchange("disable", answer))


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (response(302, b"", (("Location", "https://sso.example/login"),)), r"redirects \(302\) to 'https://sso"),
        (response(301, b"", (("Location", f"https://127.0.0.1:1{PATH}"),)), r"redirects \(301\) to 'https://127"),
        (response(303, b"", (("Location", "/api/v2/account/details"),)), r"is that the right --base-url"),
        (response(302, b"", (("Location", "http://["),)), r"redirects"),
        (response(302, b"", ()), r"redirects \(302\) to ''"),
        (response(307, b"", (("Location", PATH),)), r"redirects \(307\) to '/api/v2/account/"),
        (response(308, b"", (("Location", f"https://127.0.0.1:1{PATH}/"),)), r"redirects \(308\) to 'https://127"),
        (
            response(307, b"", (("Location", f"http://tfe.example{PATH}"),)),
            r"redirects \(307\) to 'http://tfe.example/",
        ),
        (
            rejection(401),
            r"refuses the token \(401\): is it valid, .*\? Bearer was sent; there is no WWW-Authenticate$",
        ),
        (
            response(401, b"", (("WWW-Authenticate", 'Basic realm="a"'),)),
            "sent; WWW-Authenticate is 'Basic realm=\"a\"'",
        ),
        (rejection(403), r"refuses the token \(403\)"),
        (rejection(404), r"none of the operations \(404 for http://.*-disable\): does --base-url include /api/v2"),
        (response(405, b""), r"none of the operations \(405"),
        (response(502, b""), r"the service behind it is not available \(502\)"),
        (response(503, {}), r"not available \(503\)"),
        (response(504, b""), r"not available \(504\)"),
        (response(200, b"<!doctype html><title> Log in\n</title>", HTML), r"HTML \('Log in'\), status 200"),
        (response(500, b"  <html>", ()), "it answers with HTML, status 500"),
        (response(422, b"oops", HTML), "it answers with HTML, status 422"),
        (response(200, b"OK", ()), r"its responses are no JSON \(200\)"),
        (response(204, b"", ()), r"its responses are no JSON \(204\)"),
    ],
)
def test_a_response_of_another_service_is_recognised(answer: Response, reason: str) -> None:
    with pytest.raises(AssertionError, match=reason):
        raise AssertionError(why_not(answer))


@pytest.mark.parametrize(
    "answer",
    [
        response(200, user()),
        response(405, {"errors": []}),
        response(422, b"oops", ()),
        response(500, b"oops", ()),
        response(307, b"", (("Location", f"{PATH}/"),)),
        response(308, b"", (("Location", f"{BASE_URL.removesuffix('/api/v2')}{PATH}/"),)),
    ],
)
def test_a_response_that_may_be_of_this_api_is_left_to_the_cases(answer: Response) -> None:
    assert why_not(answer) == ""


# -- waiting for the target --------------------------------------------------------------------------------------------


REFUSED = Result(problem="no connection: refused", sent=1)


class Waiting:
    """Waits for a target that answers so, one attempt a second, by a clock that runs while it sleeps."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *answers: Response | Result) -> None:
        self.now, self.console = 0.0, FakeConsole()
        self._answers = list(answers)
        self.client = FakeClient(lambda _: self._answers.pop(0) if len(self._answers) > 1 else self._answers[0])
        monkeypatch.setattr(lifecycle, "HttpClient", lambda *_: self.client)

    def sleep(self, seconds: float) -> None:
        self.now += seconds

    def wait(self, seconds: float) -> None:
        parts = run_of(rig(), Settings(wait=seconds))
        await_target(parts, cast("Console", self.console), lambda: self.now, self.sleep)


def test_a_target_is_waited_for_until_it_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    waiting = Waiting(monkeypatch, REFUSED, response(503, b""), rejection(404))
    waiting.wait(60)
    assert len(waiting.client.requests) == 3
    assert {(sent.method, sent.url, sent.headers) for sent in waiting.client.requests} == {("GET", BASE_URL, ())}
    assert waiting.console.countdowns == [(60.0, "the target does not answer yet"), (0, "")]
    assert waiting.now < 2


@pytest.mark.parametrize(
    ("answer", "reason"), [(REFUSED, "no connection: refused"), (response(502, b""), "the status is 502")]
)
def test_a_target_that_does_not_answer_in_time_is_not_tested(
    answer: Response | Result, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting = Waiting(monkeypatch, answer)
    with pytest.raises(Inconclusive, match=f"within the 3 s of --wait: {reason}"):
        waiting.wait(3)
    assert 3 <= waiting.now < 4


def test_without_the_option_nothing_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    waiting = Waiting(monkeypatch, REFUSED)
    waiting.wait(0)
    assert not waiting.client.requests


# -- the clean-up ------------------------------------------------------------------------------------------------------


def test_where_nothing_was_sent_nothing_is_cleaned_up() -> None:
    parts = rig()
    assert cleaned_up(parts) == (AccountEnd.UNTOUCHED, [])
    assert parts.sent == []


@pytest.mark.parametrize("answer", [rejection(401), response(302, b"", (("Location", "https://sso.example/"),))])
def test_where_all_was_rejected_or_redirected_nothing_is_cleaned_up(answer: Response) -> None:
    parts = rig(lambda *_: answer)
    with pytest.raises(Inconclusive):
        first_contact(run_of(parts))
    before = len(parts.sent)
    assert cleaned_up(parts, is_aborted=True) == (AccountEnd.UNTOUCHED, [])
    assert len(parts.sent) == before


def test_a_request_that_may_have_been_carried_out_is_undone() -> None:
    for answer in (NO_RESPONSE, response(502, b"")):
        parts = rig(lambda *_, answer=answer: answer)
        with pytest.raises(Inconclusive):
            first_contact(run_of(parts))
        parts.client.respond = in_memory(Service())
        assert cleaned_up(parts, is_aborted=True)[0] is AccountEnd.OFF


def test_a_run_ends_with_two_factor_authentication_off() -> None:
    parts = rig()
    parts.account.to_verified("app")
    assert cleaned_up(parts) == (AccountEnd.OFF, [])
    assert parts.exchanges[-1].case_id == CLEAN_UP
    assert parts.client.resets == 1, "the target is given another chance"
    assert not parts.two_factor.enabled


def test_an_interrupted_run_says_that_it_cleans_up() -> None:
    parts = rig()
    forward = parts.client.respond

    def interrupt(_: Request) -> Any:
        raise KeyboardInterrupt

    parts.client.respond = interrupt
    with pytest.raises(KeyboardInterrupt):
        first_contact(run_of(parts))
    parts.client.respond = forward
    end, printed = cleaned_up(parts, is_aborted=True)
    assert end is AccountEnd.OFF
    assert printed == ["stopping: cleaning up first; press Ctrl-C again to leave the account as it is"]


def test_the_result_is_masked() -> None:
    parts = rig(lambda *_: NO_RESPONSE)
    parts.masker.add("no response", "[masked]")
    with pytest.raises(Inconclusive):
        parts.account.enable("app", "a")
    result = clean_up(run_of(parts), cast("Console", FakeConsole()), is_aborted=False)
    assert "[masked]" in result.sentence


# -- the parts of a run ------------------------------------------------------------------------------------------------


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> Callable[[Settings], Run]:
    """Starts a run whose embedded server is in this process."""
    service = Service()
    monkeypatch.setattr(lifecycle, "HttpClient", lambda *_: FakeClient(in_memory(service)))
    monkeypatch.setenv("TFE_TOKEN", TOKEN)

    def begin(settings: Settings) -> Run:
        with ExitStack() as stack:
            console = cast("Console", FakeConsole())
            return start(CONTRACT, settings, Masker(), console, stack, lambda: cast("Any", ExitStackServer(service)))

    return begin


class ExitStackServer(FakeServer):
    """A server for as long as a `with` block."""

    def __enter__(self) -> FakeServer:
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing is open."""


def test_without_a_base_url_the_embedded_server_is_the_target(started: Callable[[Settings], Run]) -> None:
    run = started(Settings())
    assert run.session.target.embedded
    assert isinstance(run.subject.account.source, EmbeddedCodes)
    assert run.subject.account.number == Service.sms_number
    assert run.session.limits.by_kind == {}
    first_contact(run)


def test_a_target_on_this_machine_is_not_limited(started: Callable[[Settings], Run]) -> None:
    run = started(Settings(base_url=BASE_URL))
    assert not run.session.target.embedded
    assert run.subject.account.source is None
    assert run.subject.account.number == FICTIONAL_NUMBERS[0]
    assert run.session.limits.by_kind == {}, "no code is expensive"
    run = started(Settings(base_url=BASE_URL, code_source="totp:JBSWY3DPEHPK3PXP"))
    assert run.session.limits.by_kind == ALWAYS_LIMITED


def test_another_target_is_asked_politely(started: Callable[[Settings], Run]) -> None:
    settings = Settings(base_url="https://tfe.example/api/v2", disposable_account=True)
    limits = started(settings).session.limits.by_kind
    assert limits | {"codes": 0} == {**DEFAULT_LIMITS, "codes": 0, EXCHANGES: MAX_EXCHANGES}
    assert started(Settings(**{**vars(settings), "budget": "none"})).session.limits.by_kind == {}


@pytest.mark.parametrize("number", ["123", "no number", "+\u0661\u0662\u0663\u0664\u0665\u0666"])
def test_a_number_that_is_none_is_refused(number: str, started: Callable[[Settings], Run]) -> None:
    with pytest.raises(ConfigurationError, match="give a telephone number"):
        started(Settings(sms_number=number))


def test_a_wrong_budget_is_refused(started: Callable[[Settings], Run]) -> None:
    with pytest.raises(ConfigurationError, match="'letters' is none of exchanges, enable"):
        started(Settings(budget="letters=1"))


def test_the_token_of_the_run_is_masked(started: Callable[[Settings], Run]) -> None:
    assert started(Settings()).session.masker.text(f"Bearer {TOKEN}") == "Bearer $TFE_TOKEN"


def test_words_of_the_contract_are_no_secrets() -> None:
    words = public_words(CONTRACT)
    assert {"two-factor", "enable.accepted", "violated"} <= words


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        (Settings(), "the token from $TFE_TOKEN"),
        (Settings(token_env="OTHER"), "the token from $OTHER"),
        (Settings(token_file="t.txt"), "the token from the file t.txt"),
        (Settings(), "7 cases, no rate limit; limits: none"),
        (Settings(rate=5.0), "7 cases, at most 5 requests a second"),
        (Settings(rate=0.0), "7 cases, no rate limit"),
    ],
)
def test_the_summary_names_token_pace_and_limits(settings: Settings, expected: str) -> None:
    assert expected in preflight_summary(run_of(rig(), settings), 7)


@pytest.mark.parametrize(("scheme", "expected"), [("http", True), ("https", False)])
def test_the_summary_warns_of_a_token_without_encryption(
    scheme: str, started: Callable[[Settings], Run], *, expected: bool
) -> None:
    run = started(Settings(base_url=f"{scheme}://tfe.example/api/v2", disposable_account=True))
    assert ("unencrypted" in preflight_summary(run, 7)) is expected
