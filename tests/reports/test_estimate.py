"""How long a run is said to take while it goes on."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from conformance.probes import Probe
from reports.estimate import Cost, Estimate, Seen
from tests.reports.made import MUSTS
from tests.suite import check

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

TIMED = ("-p", "tests.reports.timed")


def probe(name: str, operation: str = "enable") -> Probe:
    return Probe(MUSTS[0], operation, name, "app", lambda *_: {})


def run_through(estimate: Estimate, run: Made, cases: Iterable[str], seconds: float, exchanges: int = 1) -> float:
    """Run these cases, each of which takes so long and asks so much; the time at their end."""
    for case in cases:
        estimate.begin(case, run.now)
        run.exchanges += exchanges
        run.now += seconds
        estimate.end(case, run.now)
    return run.now


@dataclass
class Made:
    """A run that is made up."""

    exchanges: int = 0
    now: float = 0.0
    sent: set[Probe] = field(default_factory=set)

    def seen(self, **changed: Any) -> Seen:
        """What is seen of it."""
        return Seen(lambda: self.exchanges, self.sent, **changed)


def alike(number: int, cost: float = 1.0) -> dict[str, Cost]:
    return {str(each): Cost(cost) for each in range(number)}


def asking(probes: Iterable[Probe], *, at_once: bool = False) -> dict[str, Cost]:
    return {probe.name: Cost(1.0, probe, at_once) for probe in probes}


def test_what_is_left_is_counted_in_exchanges() -> None:
    run, one, two = Made(), probe("one"), probe("two")
    costs = {"a": Cost(1.0, one), "b": Cost(1.0, one), "c": Cost(1.7, two), "d": Cost(3.0), "e": Cost(0.0)}
    estimate = Estimate(costs, run.seen())
    assert estimate.expected() == pytest.approx(1 + 1.7 + 3)
    run.sent.add(one)
    assert estimate.expected() == pytest.approx(1.7 + 3)


def test_what_is_left_takes_as_long_as_what_was_asked() -> None:
    run = Made()
    estimate = Estimate(alike(200), run.seen())
    assert estimate.left(0.0) is None
    for number in range(100):
        now = run_through(estimate, run, [str(number)], 2.0)
        assert estimate.left(now) == pytest.approx((199 - number) * 2.0)


def test_cases_that_ask_nothing_are_told_apart() -> None:
    run = Made()
    estimate = Estimate({"one": Cost(1.0)} | alike(10, 0.0), run.seen())
    run_through(estimate, run, ["one"], 5.0)
    now = run_through(estimate, run, ["0"], 0.5, exchanges=0)
    assert estimate.left(now) == pytest.approx(9 * 0.5)


def test_a_run_that_asks_more_than_is_expected_is_expected_to_go_on_so() -> None:
    run = Made()
    estimate = Estimate(alike(100, 10.0), run.seen())
    now = run_through(estimate, run, map(str, range(50)), 20.0, exchanges=20)
    assert estimate.left(now) == pytest.approx(1000.0, rel=0.1)


def test_a_budget_ends_what_is_left() -> None:
    run = Made()
    estimate = Estimate(alike(100), run.seen(left=lambda kind: 30 - run.exchanges if kind == "exchanges" else math.inf))
    now = run_through(estimate, run, map(str, range(20)), 1.0)
    assert estimate.left(now) == pytest.approx(10.0)


def test_a_budget_of_an_operation_ends_what_is_left_of_it() -> None:
    run, probes = Made(), [probe(str(number)) for number in range(100)]
    others = [probe(str(number), operation="disable") for number in range(100, 110)]
    estimate = Estimate(asking([*probes, *others]), run.seen(left=lambda kind: 10.0 if kind == "enable" else math.inf))
    assert estimate.expected() == pytest.approx(20.0)


def test_what_is_on_its_way_together_takes_less() -> None:
    run, probes = Made(), [probe(str(number)) for number in range(80)]
    costs = asking(probes, at_once=True) | {"one": Cost(20.0), "two": Cost(20.0)}
    estimate = Estimate(costs, run.seen(share=lambda: 0.25))
    now = run_through(estimate, run, ["one"], 20.0, exchanges=20)
    assert estimate.left(now) == pytest.approx(20.0 + 80 * 0.25)
    estimate.begin("0", now)
    run.exchanges += 40  # on their way; none is marked as sent yet
    assert estimate.left(now + 10.0) == pytest.approx(20.0 + 40 * 0.25)


def test_waits_that_are_foreseen_are_no_part_of_what_exchanges_take() -> None:
    run, codes = Made(), [probe(str(number)) for number in range(5)]

    def waits(unsent: list[Probe]) -> float:
        return len(unsent) * 30.0

    estimate = Estimate(asking(codes), run.seen(waits=waits))
    for number, code in enumerate(codes):
        estimate.begin(code.name, run.now)
        run.exchanges += 1
        run.sent.add(code)
        estimate.wait(30.0, run.now)
        assert estimate.left(run.now + 10.0) == pytest.approx(20.0 + (4 - number) * 31.0, abs=5.0)
        run.now += 31.0
        estimate.end(code.name, run.now)


def test_waits_that_do_not_come_are_not_waited_for() -> None:
    run, codes = Made(), [probe(str(number)) for number in range(10)]
    estimate = Estimate(asking(codes), run.seen(waits=lambda unsent: len(unsent) * 30.0))
    run.sent.update(codes[:5])
    now = run_through(estimate, run, map(str, range(5)), 1.0)
    assert estimate.left(now) == pytest.approx(5.0 + 150.0 * 30 / 180, abs=1.0)


@pytest.fixture(scope="module")
def noted(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("noted")
    done = check(folder, *TIMED, NOTED=str(folder / "noted.json"), VARIANT="")
    assert done.code == 0, done.out
    return json.loads((folder / "noted.json").read_text("utf-8"))


def test_as_many_exchanges_are_expected_as_a_whole_run_takes(noted: Any) -> None:
    """Where this fails, the tests ask more or less than they did: `conformance.account.expected` is to say so."""
    assert noted["expected"] == pytest.approx(noted["asked"], rel=0.15)
    assert noted["times"][-1][1] == pytest.approx(0.0, abs=0.01)


@pytest.mark.slow
@pytest.mark.parametrize(("arguments", "variant"), [((), "slow"), (("--rate=25",), "")])
def test_an_estimate_is_about_right(arguments: tuple[str, ...], variant: str, tmp_path: Path) -> None:
    done = check(tmp_path, *TIMED, *arguments, NOTED=str(tmp_path / "noted.json"), VARIANT=variant)
    assert done.code == 0, done.out
    times = json.loads((tmp_path / "noted.json").read_text("utf-8"))["times"]
    whole = times[-1][0]
    for share in (0.25, 0.5, 0.75):
        gone, left = next(noted for noted in times if noted[0] >= share * whole)
        assert left == pytest.approx(whole - gone, rel=0.25), share
