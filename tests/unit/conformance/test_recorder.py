"""The log judges each exchange once, by those before it and by those after it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from conformance.model import Judgement
from conformance.recorder import Recorder
from tests.unit.conformance.fakes import CONTRACT, TOKEN, exchange, rejection, response

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.model import Exchange, Response


@dataclass(frozen=True)
class Count:
    """A history that counts the exchanges."""

    count: int = 0
    is_known: bool = True

    def after(self, _: Exchange) -> Count:
        return replace(self, count=self.count + 1)

    def must_accept(self, operation: str) -> bool:
        return bool(operation) and self.is_known

    def has_same_state(self, other: Count) -> bool:
        return self == other

    def forgotten(self) -> Count:
        return replace(self, is_known=False)


class CountRules:
    """Rules that judge the count: it is wrong from the third exchange on, and open in the second one."""

    def __init__(self) -> None:
        self.judged_later = 0

    def judge(self, history: Count, exchange: Exchange) -> Iterator[Judgement]:
        yield Judgement("count", f"it is {history.count}" if history.count > 1 else "")
        if exchange.operation == "disable":
            yield Judgement("disable", "")
            yield Judgement("http.no-server-error", "it is odd" if exchange.status == 204 else "")

    def open_requirements(self, history: Count, _: Exchange) -> frozenset[str]:
        return frozenset({"count"} if history.count == 1 else ())

    def judge_later(self, exchanges: list[Exchange]) -> Iterator[tuple[Exchange, Judgement]]:
        self.judged_later += 1
        for made in exchanges[:-1]:
            yield made, Judgement("last", "it is not the last")


def recorder(*exchanges: Exchange) -> Recorder[Count]:
    log = Recorder(CONTRACT, Count(), CountRules(), TOKEN)
    for number, made in enumerate(exchanges, 1):
        log.append(replace(made, number=number))
    return log


def made(status: int | None = 200, operation: str = "resend", *, valid: bool = True) -> Exchange:
    answer: Response | None = None
    if status is not None:
        answer = rejection(status) if status >= 400 else response(status)
    return exchange(operation, answer, valid_credentials=valid)


# -- entries -----------------------------------------------------------------------------------------------------------


def test_entries_have_the_history_before_them() -> None:
    log = recorder(made(), made())
    assert [entry.before.count for entry in log.entries] == [0, 1]
    assert (log.history.count, len(log), len(log.exchanges)) == (2, 2, 2)


def test_each_exchange_is_judged_alone_and_by_those_before_it() -> None:
    log = recorder(made(), made(), made(500))
    judgements = [{item.requirement: item.problem for item in entry.judgements} for entry in log.entries]
    assert [item.get("count") for item in judgements] == ["", None, "it is 2"], "the second is open"
    assert [item["http.no-server-error"] for item in judgements] == ["", "", "the status is 500"]
    assert all("response.no-token" in item for item in judgements)


def test_a_requirement_is_judged_once_and_a_problem_counts() -> None:
    for status, problem in ((200, ""), (204, "it is odd"), (500, "the status is 500")):
        (entry,) = recorder(made(status, "disable")).entries
        problems = [item.problem for item in entry.judgements if item.requirement == "http.no-server-error"]
        assert problems == [problem]


def test_a_forgotten_state_is_forgotten_from_then_on() -> None:
    log = recorder(made())
    log.forget_state()
    log.append(made())
    assert [entry.before.is_known for entry in log.entries] == [True, False]


def test_the_judgements_of_an_exchange_are_found() -> None:
    log = recorder(made(), made())
    first, second = log.entries
    assert log.judgements_of(first.exchange) is first.judgements
    assert log.judgements_of(second.exchange) is second.judgements
    assert log.judgements_of(made()) == ()


# -- judgements by requirement -----------------------------------------------------------------------------------------


def test_exchanges_are_found_by_requirement_and_operation() -> None:
    log = recorder(made(), made(operation="disable"), made())
    assert [found.number for found, _ in log.judged_by("count")] == [1, 3]
    assert [found.number for found, _ in log.judged_by("count", "disable")] == []
    assert [found.number for found, _ in log.judged_by("disable", "disable")] == [2]
    assert log.judged_by("unknown") == []


def test_judgements_by_later_exchanges_are_made_anew_after_each_exchange_only() -> None:
    rules = CountRules()
    log = Recorder(CONTRACT, Count(), rules, TOKEN)
    assert log.judged_by("last") == []
    log.append(made())
    log.append(made(operation="disable"))
    assert [found.operation for found, _ in log.judged_by("last")] == ["resend"]
    assert log.judged_by("last", "disable") == []
    assert rules.judged_later == 1
    log.append(made())
    assert [found.operation for found, _ in log.judged_by("last")] == ["resend", "disable"]
    assert rules.judged_later == 2


# -- the token ---------------------------------------------------------------------------------------------------------


def test_a_token_was_accepted_if_a_request_with_it_was() -> None:
    assert not recorder(made(422), made(200, valid=False), made(None)).token_was_accepted
    assert recorder(made(200), made(401)).token_was_accepted
