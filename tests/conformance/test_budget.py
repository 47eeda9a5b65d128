"""A run keeps to its budget, and asks the most telling cases within it."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING, NoReturn, cast

import pytest
from conformance.asker import Asker
from conformance.budget import EXCHANGES, Budget, Costs, Spent, parsed
from conformance.options import AFFORDABLE, budget
from conformance.redaction import Redactor, Secret
from conformance.verdicts import Inconclusive

from conformance.target import ConfigurationError, Target
from reference.server import serving
from schemas import load
from tests.conformance.staging import CODE, Staging
from tests.suite import check

if TYPE_CHECKING:
    from pathlib import Path

    from conformance.client import Client
    from conformance.exchange import Request

    from reference.messages import Answer, Call
    from tests.suite import Finished

USUAL = {"enable": 10, "resend": 5, "verify-wrong": 4, "sms": 2, EXCHANGES: 300}
NO_VERDICT = 3


class Options:
    """A run without --budget."""

    budget: str | None = None


def test_what_is_spent_is_not_asked() -> None:
    found = Budget({"sms": 2})
    found.check(["sms", "other"], keep=["sms"])
    found.spend(["sms", "other"])
    found.check(["sms"])
    with pytest.raises(Spent, match="budget of 2 sms"):
        found.check(["sms"], keep=["sms"])
    with pytest.raises(Spent):
        found.check(["sms", "sms"])
    found.check(["other"], keep=["sms", "sms"])
    found.lift()
    found.check(["sms"] * 9)


@pytest.mark.parametrize(
    ("text", "limits"),
    [
        (None, {"a": 1, "b": 2}),
        ("none", {}),
        ("a=5", {"a": 5, "b": 2}),
        (" a = 5 , b=none ", {"a": 5}),
        ("c=0", {"a": 1, "b": 2, "c": 0}),
    ],
)
def test_a_budget_is_read(text: str | None, limits: dict[str, int]) -> None:
    assert parsed(text, ["a", "b", "c"], {"a": 1, "b": 2}).limits == limits


@pytest.mark.parametrize("text", ["", "a", "a=", "a=-1", "a=1.5", "d=1", "a=1;b=2", "a=\u0663"])
def test_what_is_no_budget_is_refused(text: str) -> None:
    with pytest.raises(ConfigurationError, match="--budget"):
        parsed(text, ["a", "b", "c"], {})


def test_off_loopback_there_is_a_budget() -> None:
    assert budget(Options, load(), {"enable": 10}, loopback=True).limits == {}
    assert budget(Options, load(), {"enable": 10}, loopback=False).limits == {"enable": 10, EXCHANGES: AFFORDABLE}


def test_costs_are_nothing_by_default() -> None:
    assert Costs() == ((), ())


@pytest.mark.parametrize(("sent", "spent"), [(0, (0, 0)), (1, (1, 1)), (3, (1, 3))])
def test_what_is_throttled_or_never_sent_costs_no_operation(sent: int, spent: tuple[int, int]) -> None:
    class Closed:
        def send(self, request: Request) -> NoReturn:  # noqa: ARG002
            reason = Inconclusive("throttled")
            reason.sent = sent
            raise reason

    target = Target("http://127.0.0.1/api/v2", Secret("a-token-of-tests"))
    asker = Asker(load(), target, cast("Client", Closed()), Redactor(), Budget({"enable": 1}))
    with pytest.raises(Inconclusive, match="throttled"):
        asker.send("enable", b"{}", purpose="test")
    assert (asker.budget.spent["enable"], asker.budget.spent[EXCHANGES]) == spent


def ran(folder: Path, staging: Staging, *arguments: str) -> Finished:
    with serving(staging) as server:
        return check(
            folder,
            f"--base-url={server.base_url}",
            f"--code-source=static:{CODE}",
            f"--sms-number={server.sms_number}",
            *arguments,
            TFE_TOKEN=server.token,
        )


def written(limits: dict[str, int]) -> str:
    return "--budget=" + ",".join(f"{kind}={limit}" for kind, limit in limits.items())


def test_the_usual_budget_is_enough_for_every_requirement(tmp_path: Path) -> None:
    staging = Staging()
    done = ran(tmp_path, staging, written(USUAL), f"--har={tmp_path / 'run.har'}")
    assert done.code == 0, done.out
    assert len(done.having("conforms")) == len(load().requirements)
    assert staging.calls["enable"] <= USUAL["enable"]
    assert staging.calls["resend"] <= USUAL["resend"]
    assert staging.messages <= USUAL["sms"]
    assert staging.wrong <= USUAL["verify-wrong"]
    assert sum(staging.calls.values()) <= USUAL[EXCHANGES]
    entries = json.loads((tmp_path / "run.har").read_text("utf-8"))["log"]["entries"]
    for entry, following in pairwise(entries):
        assert not entry["comment"].startswith("set-up: off") or "set-up: off" not in following["comment"]


def test_what_is_asked_once_for_the_budget_is_not_called_flaky(tmp_path: Path) -> None:
    class Hiding(Staging):
        """Knows nothing that it could tell those it does not know."""

        def answer(self, call: Call) -> Answer:
            answer = super().answer(call)
            return replace(answer, status=404) if answer.status == 401 else answer

    done = ran(tmp_path, Hiding(), written(USUAL))
    assert done.verdict("credentials.status-401") == "violated"
    assert "flaky" not in done.out, done.out
    assert "it happened again each time" in done.out


@pytest.mark.parametrize("limits", [{"enable": 3}, {"sms": 0}, {"verify-wrong": 0}, {"resend": 0}, {EXCHANGES: 20}])
def test_a_budget_that_is_too_small_is_kept_and_leaves_no_verdict(limits: dict[str, int], tmp_path: Path) -> None:
    staging = Staging()
    done = ran(tmp_path, staging, written(limits), "--profile=frugal")
    assert done.code == NO_VERDICT, done.out
    assert f"left out for the budget of {next(iter(limits.values()))} {next(iter(limits))}" in done.out
    asked = {"sms": staging.messages, "verify-wrong": staging.wrong, **staging.calls}
    for kind, limit in limits.items():
        if kind == EXCHANGES:
            assert sum(staging.calls.values()) <= limit + 1  # the clean-up
        else:
            assert asked.get(kind, 0) <= limit
    assert not staging.accounts[0].two_factor.enabled


def test_where_no_first_contact_is_allowed_there_is_no_verdict(tmp_path: Path) -> None:
    staging = Staging()
    done = ran(tmp_path, staging, "--budget=exchanges=0")
    assert done.code == NO_VERDICT
    assert "could not be tested: left out for the budget of 0 exchanges" in done.out
    assert not staging.calls


def test_first_contact_is_by_an_operation_that_the_budget_allows(tmp_path: Path) -> None:
    staging = Staging()
    done = ran(tmp_path, staging, "--budget=disable=0", "--profile=frugal")
    assert done.code == NO_VERDICT
    assert "could not be tested" not in done.out
    assert "the suite itself failed" not in done.out
    assert staging.calls["resend"]


def test_a_frugal_run_asks_each_requirement_once(tmp_path: Path) -> None:
    staging = Staging()
    done = ran(tmp_path, staging, "--profile=frugal")
    assert done.code == 0, done.out
    assert len(done.having("conforms")) == len(load().requirements)
    assert sum(staging.calls.values()) < 60


@pytest.mark.parametrize("arguments", [["--examples=2"], [written(USUAL)], ["--profile=frugal"]])
def test_a_server_that_locks_out_after_five_guesses_is_never_tripped(arguments: list[str], tmp_path: Path) -> None:
    staging = Staging()
    staging.locks_after = 5
    done = ran(tmp_path, staging, *arguments)
    assert done.code == 0, done.out
    assert 0 < staging.most_in_a_row < staging.locks_after


def test_a_server_that_locks_out_all_the_same_is_not_accused(tmp_path: Path) -> None:
    staging = Staging()
    staging.locks_after = 1
    done = ran(tmp_path, staging, "--profile=frugal")
    assert done.code == NO_VERDICT, done.out
    assert "verify.wrong-code" in done.having("inconclusive")
