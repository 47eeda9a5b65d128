"""How long a run is said to take while it goes on."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from conformance.probes import Probe
from reports.estimate import ATTEMPT, PROBE, Estimate
from tests.reports.made import MUSTS
from tests.suite import check

if TYPE_CHECKING:
    from pathlib import Path

TIMED = ("-p", "tests.reports.timed")


def probe(name: str, *, attempt: bool = False) -> Probe:
    return Probe(MUSTS[0], "enable", name, "app", lambda *_: {}, attempt=attempt)


def test_what_is_left_is_counted_in_exchanges() -> None:
    one, two = probe("one"), probe("two", attempt=True)
    sent: set[Probe] = set()
    estimate = Estimate({"a": one, "b": one, "c": two, "d": 3.0, "e": 0.0}, sent, lambda: len(sent))
    assert estimate.expected() == pytest.approx(PROBE + ATTEMPT + 3)
    sent.add(one)
    assert estimate.expected() == pytest.approx(ATTEMPT + 3)


def test_what_is_left_takes_as_long_as_what_was_asked() -> None:
    asked = 0
    estimate = Estimate({str(number): 1.0 for number in range(200)}, (), lambda: asked)
    assert estimate.left(0.0) is None
    for number in range(100):
        estimate.begin(str(number), number * 2.0)
        asked += 1
        estimate.end(str(number), number * 2.0 + 2.0)
        assert estimate.left(number * 2.0 + 2.0) == pytest.approx((199 - number) * 2.0)


def test_cases_that_ask_nothing_are_told_apart() -> None:
    asked = 0
    estimate = Estimate({"one": 1.0} | {str(number): 0.0 for number in range(10)}, (), lambda: asked)
    estimate.begin("one", 0.0)
    asked = 1
    estimate.end("one", 5.0)
    estimate.begin("0", 5.0)
    estimate.end("0", 5.5)
    assert estimate.left(5.5) == pytest.approx(9 * 0.5)


def test_a_run_that_asks_more_than_is_expected_is_expected_to_go_on_so() -> None:
    asked = 0
    estimate = Estimate({str(number): 10.0 for number in range(100)}, (), lambda: asked)
    for number in range(50):
        estimate.begin(str(number), number * 20.0)
        asked += 20
        estimate.end(str(number), number * 20.0 + 20.0)
    assert estimate.left(1000.0) == pytest.approx(1000.0, rel=0.1)


def test_a_budget_ends_what_is_left() -> None:
    asked = 0
    estimate = Estimate({str(number): 1.0 for number in range(100)}, (), lambda: asked, limit=30)
    estimate.begin("0", 0.0)
    asked = 20
    estimate.end("0", 20.0)
    assert estimate.left(20.0) == pytest.approx(10.0)


@pytest.fixture(scope="module")
def noted(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("noted")
    done = check(folder, *TIMED, NOTED=str(folder / "noted.json"), VARIANT="")
    assert done.code == 0, done.out
    return json.loads((folder / "noted.json").read_text("utf-8"))


def test_as_many_exchanges_are_expected_as_a_whole_run_takes(noted: Any) -> None:
    """Where this fails, the tests ask more or less than they did: bring the numbers in `EXPECTED` up to date."""
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
