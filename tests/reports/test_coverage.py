"""What was asked, with how many cases, and how long it took."""

from __future__ import annotations

from typing import Any

import pytest

from reports.coverage import Covered, Share, coverage, duration, ticks
from tests.reports.made import CONTRACT, all_conform, case, exchange, report


def covered(*cases: Any, exchanges: Any = ()) -> dict[str, Covered]:
    """The coverage by operation, "" for what concerns no single one."""
    made = report(cases)
    made.run.asker.exchanges[:] = exchanges
    return {each.operation.name if each.operation else "": each for each in coverage(made)}


def test_each_requirement_and_each_case_is_counted_where_it_was_asked() -> None:
    cases = (
        case("conforms", "enable.request.type"),
        case("violated", "enable.request.type"),
        case("untested", "enable.request.delivery"),
        case("conforms", "user.id"),
        case("inconclusive", "enable.accepted"),
        case("conforms", "credentials.required"),
    )
    found = covered(*cases)
    operation = CONTRACT.operations["enable"]
    assert operation.request
    assert found["enable"].request == Share(1, len(operation.request.rules), 2)
    assert found["enable"].answers == Share(1, len(CONTRACT.judged_by_answers(operation)), 1)
    assert found["enable"].behaviour.asked == 2
    assert found["disable"].request == Share(0, 0, 0)
    assert found["disable"].behaviour.asked == 0
    assert found["disable"].behaviour.known > 0


def test_what_concerns_no_single_operation_stands_by_itself() -> None:
    life = case("conforms", "account.life")
    life.operation = ""
    found = covered(life, *all_conform("account.life"))
    assert found[""].behaviour == Share(1, 1, 1)
    assert covered()[""].behaviour == Share(0, 0, 0)


def test_times_and_statuses() -> None:
    made = [exchange(status=422 if number % 2 else 200) for number in range(1, 101)]
    for number, each in enumerate(reversed(made), 1):
        each.seconds = number / 1000
    found = covered(exchanges=made)["enable"]
    assert found.statuses == {200: 50, 422: 50}
    assert (found.percentile(50), found.percentile(95), found.percentile(100)) == (0.05, 0.095, 0.1)
    assert found.seconds[-1] == 0.1


@pytest.mark.parametrize(
    ("seconds", "expected"), [(0.0, "< 1 ms"), (0.0123, "12 ms"), (0.9994, "999 ms"), (1.24, "1.2 s"), (61.0, "61.0 s")]
)
def test_times_in_words(seconds: float, expected: str) -> None:
    assert duration(seconds) == expected


def test_the_chart_has_each_place_once() -> None:
    assert ticks([0.0, 0.1, 0.1001, 1.0], 1.0, 400) == [0, 40, 400]
    assert ticks([0.0], 0.0, 400) == []
