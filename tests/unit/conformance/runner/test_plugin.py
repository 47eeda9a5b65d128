"""The plugin runs each case once, sends a violation again, and makes a verdict of each outcome."""

from __future__ import annotations

import warnings
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest

from conformance.keys import CONTRACT
from conformance.model import AccountEnd, Case, NotApplicable
from conformance.ordering import SKIPPED_BY_SMOKE
from conformance.parameters import needs
from conformance.runner import plugin
from conformance.runner.outcomes import describe
from conformance.runner.plugin import case_name, is_whole_suite
from conformance.two_factor.registry import DEFAULT_LIMITS
from schemas import load
from tests.faults import FAULTS
from tests.unit.conformance.fakes import TOKEN, operation_of, rejection, response, user
from tests.unit.conformance.in_process import SUITE, run_suite

if TYPE_CHECKING:
    from conformance.model import Request
    from tests.unit.conformance.fakes import Change, Respond

ACCEPTED = "test_accepted.py::test_documented_request_is_accepted"
DISABLING = "documented-request-is-accepted-disable-no-body"
RESENDING = "documented-request-is-accepted-resend-no-body"


def rejecting(operation: str, *, after: int = 0, times: int = 1_000, status: int = 422) -> Change:
    """Reject requests to an operation, the first of them after `after` others."""
    count = 0

    def change(request: Request, forward: Respond) -> Any:
        nonlocal count
        if operation_of(request) != operation:
            return forward(request)
        count += 1
        return rejection(status) if after < count <= after + times else forward(request)

    return change


# -- whole runs --------------------------------------------------------------------------------------------------------


def test_the_whole_suite_finds_nothing_wrong_with_the_reference_server() -> None:
    run = run_suite()
    assert run.code == pytest.ExitCode.OK, run.output
    assert run.verdicts() == {"conforms": len(run.record.cases)}
    assert len(run.record.cases) > 500
    assert len({case.id for case in run.record.cases}) == len(run.record.cases)
    assert run.record.cleanup.end is AccountEnd.OFF
    assert run.record.is_complete
    assert run.record.embedded
    assert all(case.exchanges for case in run.record.cases), "each case shows its evidence"
    assert {exchange.case_id for exchange in run.record.exchanges} <= {
        "first contact",
        "clean-up",
        *(case.id for case in run.record.cases),
    }


def test_a_smoke_test_with_the_default_limits_tests_every_must_in_some_40_requests() -> None:
    budget = ",".join(f"{kind}={limit}" for kind, limit in DEFAULT_LIMITS.items())
    run = run_suite(None, "--profile=smoke", f"--budget={budget}")
    assert run.code == pytest.ExitCode.OK, run.output
    assert run.verdicts().keys() == {"conforms", "untested"}
    tested = {name for case in run.record.cases if case.verdict == "conforms" for name in case.requirements}
    requirements = run.record.contract.requirements
    assert [name for name, item in requirements.items() if item.level == "MUST" and name not in tested] == []
    assert SKIPPED_BY_SMOKE in {case.detail for case in run.record.cases}
    assert 30 < len(run.record.exchanges) < 50
    assert run.record.cleanup.end is AccountEnd.OFF


# -- verdicts ----------------------------------------------------------------------------------------------------------


def test_a_violation_fails_with_its_requirement_and_is_sent_again() -> None:
    run = run_suite(rejecting("resend"), ACCEPTED)
    assert run.code == pytest.ExitCode.TESTS_FAILED
    case, report = run.case(RESENDING), run.report(RESENDING)
    assert (case.verdict, case.requirements) == ("violated", ("resend.accepted",))
    assert case.actual == "POST resend, documented request: no-body → 422"
    assert case.reproducible is True
    assert report.outcome == "failed"
    assert report.longrepr == describe(case)
    resent = [made for made in run.record.exchanges if made.case_id == RESENDING and made.operation == "resend"]
    assert len(resent) == 2
    assert [item.verdict for item in run.record.cases if item.name != RESENDING] == ["conforms"] * (
        len(run.record.cases) - 1
    )


def test_a_violation_that_does_not_happen_again_is_flaky() -> None:
    run = run_suite(rejecting("resend", times=1), ACCEPTED)
    case = run.case(RESENDING)
    assert (case.verdict, case.reproducible) == ("violated", False)
    assert "flaky" in str(run.report(RESENDING).longrepr)


def test_a_violation_stands_where_sending_it_again_fails() -> None:
    rejected = False

    def change(request: Request, forward: Respond) -> Any:
        nonlocal rejected
        if operation_of(request) != "resend":
            return forward(request)
        if rejected:
            raise RuntimeError("a mistake of ours")
        rejected = True
        return rejection(422)

    case = run_suite(change, ACCEPTED).case(RESENDING)
    assert (case.verdict, case.reproducible) == ("violated", None)


def test_violations_of_a_requirement_are_sent_again_a_few_times_only() -> None:
    def accepting(request: Request, forward: Respond) -> Any:
        answer = forward(request)
        return response(200, user()) if getattr(answer, "status", 0) == 401 else answer

    run = run_suite(accepting, "test_credentials.py")
    violated = [case for case in run.record.cases if case.requirements == ("credentials.required",)]
    assert len(violated) > 10
    assert [case.reproducible for case in violated].count(True) == 3
    assert [case.reproducible for case in violated].count(None) == len(violated) - 3


def test_a_violation_on_the_way_leaves_the_requirement_of_the_case_open() -> None:
    run = run_suite(
        rejecting("disable", after=1, status=422), "two_factor/test_transitions.py", "-k", "test_verified_disable"
    )
    open_cases = [case for case in run.record.cases if case.because]
    assert open_cases
    assert {case.verdict for case in open_cases} == {"inconclusive"}
    assert {case.because for case in open_cases} == {"disable.accepted"}
    assert {case.requirements for case in open_cases} == {("disable.ends-two-factor",)}


def test_a_should_that_does_not_count_is_no_failure_of_pytest() -> None:
    def change(request: Request, forward: Respond) -> Any:
        answer = forward(request)
        return rejection(403) if getattr(answer, "status", 0) == 401 else answer

    name = "credentials.status-401-enable"
    run = run_suite(change, "test_every_response.py", "test_credentials.py", "-k", "status-401 or credentials.required")
    assert run.code == pytest.ExitCode.OK
    assert run.case(name).verdict == "violated"
    assert run.report(name).outcome == "skipped"
    assert run.report(name).wasxfail.startswith("Requirement: credentials.status-401")
    run = run_suite(
        change, "test_every_response.py", "test_credentials.py", "-k", "status-401 or credentials.required", "--strict"
    )
    assert run.report(name).outcome == "failed"


def test_a_case_without_a_verdict_is_an_error_of_its_set_up() -> None:
    run = run_suite(rejecting("enable", after=0, status=429), ACCEPTED)
    name = RESENDING
    assert run.case(name).verdict == "inconclusive"
    assert (run.report(name).outcome, run.report(name).when) == ("failed", "setup")
    assert str(run.report(name).longrepr).startswith("inconclusive: ")
    assert run.case(name).exchanges


def test_a_case_over_a_limit_is_skipped_with_the_reason() -> None:
    run = run_suite(None, ACCEPTED, "--budget=enable=1")
    untested = [case for case in run.record.cases if case.verdict == "untested"]
    assert untested
    assert all("--budget" in case.detail or "expensive" in case.detail for case in untested)
    assert run.report(untested[0].name).outcome == "skipped"
    assert run.record.limits == {"enable": 1}


def test_a_case_whose_request_equals_the_valid_one_is_none_that_was_left_out() -> None:
    def change(request: Request, forward: Respond) -> Any:
        if operation_of(request) == "resend":
            raise NotApplicable
        return forward(request)

    run = run_suite(change, ACCEPTED)
    assert run.report(RESENDING).outcome == "skipped"
    assert RESENDING not in {case.name for case in run.record.cases}
    assert run.record.stopped == ""


def test_an_error_of_the_suite_is_no_verdict() -> None:
    def broken(request: Request, forward: Respond) -> Any:
        if operation_of(request) == "resend" and broken_from[0] <= len(calls):
            raise ValueError("a mistake of ours")
        calls.append(request)
        return forward(request)

    calls: list[Request] = []
    broken_from = [3]
    run = run_suite(broken, ACCEPTED)
    case = run.case(RESENDING)
    assert (case.verdict, case.detail) == ("inconclusive", "the suite itself failed: ValueError: a mistake of ours")
    assert run.code == pytest.ExitCode.TESTS_FAILED


@pytest.mark.filterwarnings("ignore:this will change")
def test_a_warning_of_a_dependency_changes_no_verdict() -> None:
    def change(request: Request, forward: Respond) -> Any:
        warnings.warn("this will change", DeprecationWarning, stacklevel=2)
        return forward(request)

    run = run_suite(change, ACCEPTED)
    assert run.code == pytest.ExitCode.OK
    assert run.verdicts().keys() == {"conforms"}


def test_reports_are_masked() -> None:
    def echo(request: Request, forward: Respond) -> Any:
        if operation_of(request) != "resend":
            return forward(request)
        return rejection()

    run = run_suite(echo, ACCEPTED)
    assert TOKEN not in run.output + "".join(str(report.longrepr) for report in run.reports)


@pytest.mark.parametrize("options", [(), ("--profile=smoke",)])
def test_a_server_whose_disable_only_says_so_is_found_within_the_default_limits(options: tuple[str, ...]) -> None:
    budget = ",".join(f"{kind}={limit}" for kind, limit in DEFAULT_LIMITS.items())
    run = run_suite(None, f"--budget={budget}", *options, service=FAULTS["disable-only-says-so"].service())
    violated = {name for case in run.record.cases if case.verdict == "violated" for name in case.requirements}
    assert violated == {"disable.ends-two-factor"}
    assert run.record.cleanup.end is AccountEnd.MAYBE_ON
    assert "look at the account by hand" in run.record.cleanup.sentence


# -- the end of a run --------------------------------------------------------------------------------------------------


def interrupting(*numbers: int) -> Change:
    """Press Ctrl-C while these requests are on their way."""
    count = 0

    def change(request: Request, forward: Respond) -> Any:
        nonlocal count
        count += 1
        if count in numbers:
            raise KeyboardInterrupt
        return forward(request)

    return change


def test_an_interrupted_run_is_cleaned_up_and_says_which_cases_did_not_run() -> None:
    run = run_suite(interrupting(5), ACCEPTED)
    assert run.code == pytest.ExitCode.INTERRUPTED
    assert run.record.stopped == "the run was stopped before its end"
    assert run.record.cleanup.end is AccountEnd.OFF
    assert run.record.exchanges[-1].case_id == "clean-up"
    assert {case.detail for case in run.record.cases if case.verdict == "untested"} == {"not run: the run was stopped"}
    assert not run.record.is_complete


def test_a_clean_up_that_is_interrupted_leaves_the_account_in_doubt() -> None:
    run = run_suite(interrupting(5, 6), ACCEPTED)
    assert run.record.cleanup.end is AccountEnd.MAYBE_ON
    assert "the clean-up was stopped" in run.record.cleanup.sentence


def test_a_run_that_stops_at_the_first_failure_is_not_complete() -> None:
    run = run_suite(rejecting("disable", after=1), ACCEPTED, "-x")
    assert "stopped" in run.record.stopped
    assert run.record.cleanup.end is not AccountEnd.UNTOUCHED


def test_deselected_cases_are_untested() -> None:
    run = run_suite(None, ACCEPTED, "-k", "disable")
    assert {case.detail for case in run.record.cases if case.verdict == "untested"} == {"deselected"}
    assert run.record.partial.endswith("tests were deselected")
    assert not run.record.stopped


def test_files_are_a_part_of_the_suite() -> None:
    assert run_suite(None, ACCEPTED).record.partial == "only a part of the suite was run"


def test_a_target_that_refuses_the_token_is_not_tested() -> None:
    run = run_suite(lambda *_: rejection(401), ACCEPTED)
    assert "could not be tested: it refuses the token (401)" in run.record.abort_reason
    assert run.verdicts() == {"untested": len(run.record.cases)}
    assert run.record.cleanup.end is AccountEnd.UNTOUCHED
    assert len(run.record.exchanges) == 4, "each operation was asked once"


def test_a_token_that_expires_is_noted() -> None:
    count = 0

    def expiring(request: Request, forward: Respond) -> Any:
        nonlocal count
        count += 1
        return forward(request) if count < 6 else rejection(401)

    run = run_suite(expiring, ACCEPTED)
    (note,) = run.record.notes
    assert note.startswith("since exchange 6 every request with the valid token gets 401: the token may have expired")
    assert not [case for case in run.record.cases if case.verdict == "violated"]


@pytest.mark.parametrize("status", [401, *(pytest.param(status, marks=pytest.mark.slow) for status in (403, 404, 423))])
def test_an_account_that_is_locked_in_mid_run_is_no_violation(status: int) -> None:
    count = 0

    def locking(request: Request, forward: Respond) -> Any:
        nonlocal count
        count += 1
        return forward(request) if count < 60 else rejection(status)

    run = run_suite(locking)
    violated = [case for case in run.record.cases if case.verdict == "violated"]
    assert violated == []
    reasons = {case.detail for case in run.record.cases if case.verdict == "inconclusive"}
    assert any(f"every request with the valid token gets {status}" in reason for reason in reasons)
    assert run.record.cleanup.end is AccountEnd.MAYBE_ON


def test_a_target_of_the_user_is_announced_before_anything_is_sent(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TFE_TOKEN", TOKEN)
    monkeypatch.setenv("NO_COLOR", "1")
    run = run_suite(None, ACCEPTED, "--base-url=http://127.0.0.1:1/api/v2")
    printed = " ".join((run.output + "".join(capsys.readouterr())).split())
    assert not run.record.embedded
    assert "about to test http://127.0.0.1:1/api/v2, with the token from $TFE_TOKEN" in printed
    assert TOKEN not in printed


# -- names and texts ---------------------------------------------------------------------------------------------------


def item(name: str, parameters: str | None = None) -> pytest.Item:
    named = SimpleNamespace(name=name if parameters is None else f"{name}[{parameters}]")
    if parameters is not None:
        named.callspec = SimpleNamespace(id=parameters)
    return cast("pytest.Item", named)


@pytest.mark.parametrize(
    ("made", "requirements", "expected"),
    [
        (item("test_off_disable"), ("http.no-server-error",), "off-disable"),
        (item("test_off_verify", "right"), ("verify.while-off",), "off-verify-right"),
        (item("test_x", "verify.wrong-code-zeros"), ("verify.wrong-code",), "verify.wrong-code-zeros"),
        (item("test_x", "b.c-d"), ("a.b", "b.c"), "b.c-d"),
    ],
)
def test_a_case_is_named_by_its_requirement_or_by_its_test(
    made: pytest.Item, requirements: tuple[str, ...], expected: str
) -> None:
    assert case_name(made, requirements) == expected


@pytest.mark.parametrize(
    ("marks", "message"),
    [
        ([], "needs a requirement"),
        ([pytest.mark.requirement("enable.acepted")], "did you mean 'enable.accepted'"),
        ([pytest.mark.requirement("enable.accepted"), needs(state="of")], "a state of"),
    ],
)
def test_a_test_without_a_known_requirement_or_state_is_a_mistake_of_ours(
    marks: list[pytest.MarkDecorator], message: str
) -> None:
    def iter_markers(name: str) -> list[pytest.Mark]:
        return [mark.mark for mark in marks if mark.mark.name == name]

    made: Any = SimpleNamespace(nodeid="test_x", name="test_x", iter_markers=iter_markers, stash=pytest.Stash())
    config: Any = SimpleNamespace(stash=pytest.Stash())
    config.stash[CONTRACT] = load()
    with pytest.raises(pytest.UsageError, match=message):
        plugin.pytest_collection_modifyitems(config, [made])


@pytest.mark.parametrize(
    ("reproducible", "stamp"), [(True, "reproducible"), (False, "flaky"), (None, "not sent again")]
)
def test_a_violation_is_described_by_demand_and_observation(reproducible: bool | None, stamp: str) -> None:  # noqa: FBT001
    case = Case(("a", "b"), "enable", "n", expected="a 4xx", actual="200", reproducible=reproducible)
    lines = describe(case).splitlines()
    assert lines[:3] == ["Requirement: a, b", "Expected: a 4xx", "Actual: 200"]
    assert stamp in lines[3]


@pytest.mark.parametrize(
    ("arguments", "ignored", "expected"),
    [
        ([str(SUITE)], None, True),
        ([str(SUITE.parent)], None, True),
        (["conformance"], None, True),
        (["."], None, True),
        ([str(SUITE / "two_factor")], None, False),
        ([str(SUITE / "test_accepted.py")], None, False),
        ([str(SUITE / "test_accepted.py"), str(SUITE)], None, True),
        ([], None, False),
        ([str(SUITE)], ["two_factor"], False),
    ],
)
def test_the_whole_suite_is_its_folder_or_one_above(
    arguments: list[str], ignored: list[str] | None, *, expected: bool
) -> None:
    config: Any = SimpleNamespace(
        args=arguments,
        invocation_params=SimpleNamespace(dir=Path(SUITE.parent)),
        option=SimpleNamespace(ignore=ignored, ignore_glob=None),
    )
    assert is_whole_suite(config) is expected
