"""`--only` and `--lf` run what the selected requirements need, and nothing else decides."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from conformance.model import ConfigurationError
from conformance.ordering import needed_for, selected_requirements
from conformance.settings import Settings
from tests.unit.conformance.fakes import CONTRACT, operation_of, response, user
from tests.unit.conformance.in_process import candidates, run_suite

if TYPE_CHECKING:
    from pathlib import Path

    from conformance.model import Request
    from tests.unit.conformance.fakes import Respond


OFF = {"delivery": None, "enabled": False, "sms_number": None, "verified": False}


def needed(*requirements: str) -> set[str]:
    return {candidate.case.name for candidate in needed_for(requirements, candidates(), CONTRACT)}


def write_results(folder: Path, **verdicts: str) -> str:
    requirements = [{"id": name.replace("_", "."), "verdict": verdict} for name, verdict in verdicts.items()]
    (folder / "results.json").write_text(json.dumps({"requirements": requirements}), "utf-8")
    return str(folder)


# -- requirements ------------------------------------------------------------------------------------------------------


def test_nothing_is_selected_without_the_options() -> None:
    assert selected_requirements(Settings(), CONTRACT) == frozenset()


def test_an_id_selects_one_requirement_and_a_glob_all_that_match() -> None:
    assert selected_requirements(Settings(only=("user.id",)), CONTRACT) == {"user.id"}
    several = selected_requirements(Settings(only=("enable.request.*", "user.id")), CONTRACT)
    assert several == {name for name in CONTRACT.requirements if name.startswith("enable.request.")} | {"user.id"}


@pytest.mark.parametrize(("pattern", "hint"), [("user.idd", "did you mean 'user.id'"), ("zzz*", "no requirement")])
def test_a_pattern_that_matches_nothing_is_a_mistake(pattern: str, hint: str) -> None:
    with pytest.raises(ConfigurationError, match=hint):
        selected_requirements(Settings(only=(pattern,)), CONTRACT)


def test_the_requirements_that_the_last_run_violated_are_selected(tmp_path: Path) -> None:
    folder = write_results(tmp_path, user_id="violated", user_type="conforms", verify_accepted="waived")
    assert selected_requirements(Settings(lf=True, report_dir=folder), CONTRACT) == {"user.id"}


def test_without_a_last_run_or_a_violation_in_it_there_is_nothing_to_select(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="holds no results of a run"):
        selected_requirements(Settings(lf=True, report_dir=str(tmp_path)), CONTRACT)
    folder = write_results(tmp_path, user_id="conforms")
    with pytest.raises(ConfigurationError, match="--lf: nothing is violated"):
        selected_requirements(Settings(lf=True, report_dir=folder), CONTRACT)


# -- cases -------------------------------------------------------------------------------------------------------------


def test_a_requirement_on_requests_needs_its_own_cases() -> None:
    assert needed("verify.while-off") == {
        candidate.case.name for candidate in candidates() if "verify.while-off" in candidate.case.requirements
    }


def test_a_requirement_on_responses_needs_all_requests_to_its_operations() -> None:
    names = needed("resend.response.body")
    assert "resend.response.body-resend" in names
    assert {candidate.case.name for candidate in candidates() if candidate.case.operation == "resend"} > names
    assert not names & {candidate.case.name for candidate in candidates() if candidate.case.operation == "enable"}


def test_a_requirement_on_rejections_needs_the_requests_that_are_rejected() -> None:
    names = needed("verify.rejected-changes-nothing")
    assert any(name.startswith("verify.request.code-") for name in names)
    assert "user.id-verify" not in names


@pytest.mark.parametrize("requirement", ["verify.while-off", "enable.request.type", "resend.response.body"])
def test_a_conforming_server_conforms_to_one_requirement(requirement: str) -> None:
    run = run_suite(None, f"--only={requirement}")
    assert run.code == pytest.ExitCode.OK, run.output
    own = [case.verdict for case in run.record.cases if requirement in case.requirements]
    assert own
    assert set(own) == {"conforms"}
    assert run.record.selected == {requirement}
    assert len(run.record.cases) < 200


def test_a_violation_has_the_steps_before_it_as_evidence() -> None:
    def disable_only_says_so(request: Request, forward: Respond) -> Any:
        return response(200, user(**OFF)) if operation_of(request) == "disable" else forward(request)

    run = run_suite(disable_only_says_so, "--only=disable.ends-two-factor")
    case = run.case("pending-disable-app")
    assert case.verdict == "violated"
    assert [exchange.operation for exchange in case.steps] == ["enable"]
    assert [exchange.operation for exchange in case.exchanges] == ["disable", "verify"]
