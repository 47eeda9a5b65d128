"""A sandwich finds which rejected request changed something, and accuses none for another reason."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import pytest
from conformance.budget import Budget
from conformance.exchange import Exchange, Request, Response
from conformance.probes import Probe
from conformance.rejections import Rejections
from conformance.verdicts import Inconclusive, Untested, Violation

from conformance.subject import Changed
from schemas import load

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conformance.asker import Ask, Asker


class World:
    """A target and a subject in one: a switch that is to stay on, and what each named request does to it."""

    def __init__(self, **does: str) -> None:
        self.does = does
        self.on = self.known = False
        self.sent: list[str] = []
        self.contract = load()
        self.subject = self.client = self
        self.at_once = 1
        self.together: list[int] = []
        self.broken_control = False
        self.budget = Budget()

    # as an asker

    def send(self, operation: str, body: bytes, *, purpose: str) -> Exchange:
        name = body.decode()
        self.sent.append(name)
        effect = self.does.get(name, "")
        if "off" in effect and (effect != "off-once" or self.sent.count(name) == 1):
            self.on = False
        status = 200 if "accepted" in effect else 500 if "crash" in effect else 422
        self.known &= status == 422 and "silent" not in effect
        if "silent" in effect:
            raise Inconclusive("no answer")
        return Exchange(len(self.sent), operation, purpose, Request("POST", "", ()), Response(status, ()))

    def ask(self, asks: Sequence[Ask], keep: Sequence[str]) -> list[Exchange]:  # noqa: ARG002
        self.together.append(len(asks))
        return [self.send(ask.operation, ask.body or b"", purpose=ask.purpose) for ask in asks]

    def show(self, *_: Exchange) -> None:
        """Nothing is shown."""

    def wait_for_lock_out(self) -> None:
        """Nothing is locked."""

    # as a subject

    def prepare(self, operation: str, shape: str) -> None:  # noqa: ARG002
        """Nothing is done in a state that is believed to be right."""
        self.on |= not self.known
        self.known = True

    def body(self, operation: Any, shape: str) -> None:
        """None is needed."""

    def confirm(self, operation: str, shape: str) -> Exchange:  # noqa: ARG002
        control = self.send(operation, b"control", purpose="control")
        if self.broken_control or not self.on:
            raise Changed("it is off", control)
        return control

    def lost(self) -> None:
        self.known = False

    def costly(self, operation: str) -> bool:  # noqa: ARG002
        return False

    def control_costs(self, operation: str, shape: str) -> tuple[str, ...]:  # noqa: ARG002
        return ()

    def guesses(self, probe: Probe) -> bool:
        return probe.attempt

    def chunks(self, operation: str, probes: Sequence[Probe]) -> list[list[Probe]]:  # noqa: ARG002
        return [list(probes)]


class Unsteady(World):
    """A target that leaves every fourth request without an answer."""

    def send(self, operation: str, body: bytes, *, purpose: str) -> Exchange:
        self.does = {body.decode(): "silent"} if len(self.sent) % 4 == 3 else {}
        return super().send(operation, body, purpose=purpose)


def probe(name: str, **more: Any) -> Probe:
    return Probe("enable.request.type", "enable", name, "app", lambda _, __: {"body": name.encode()}, **more)


def made(world: World, *names: str, **more: Any) -> tuple[Rejections, list[Probe]]:
    rejections, probes = Rejections(cast("Asker", world)), [probe(name, **more) for name in names]
    for planned in probes:
        rejections.plan(planned)
    return rejections, probes


def test_all_that_share_a_control_are_sent_with_one() -> None:
    world = World()
    rejections, probes = made(world, "a", "b", "c")
    for sent in probes:
        rejections.judge(sent)
    rejections.judge_unchanged("enable")
    assert world.sent == ["a", "b", "c", "control"]


def test_what_is_accepted_is_a_violation() -> None:
    rejections, (one, two) = made(World(a="accepted"), "a", "b")
    with pytest.raises(Violation, match=r"enable\.request\.type"):
        rejections.judge(one)
    rejections.judge(two)


@pytest.mark.parametrize("culprit", list("abcdefg"))
def test_the_one_that_changes_something_is_found(culprit: str) -> None:
    rejections, probes = made(World(**{culprit: "off"}), *"abcdefg")
    for sent in probes:
        rejections.judge(sent)
    with pytest.raises(Violation, match=f"after {culprit} ") as caught:
        rejections.judge_unchanged("enable")
    assert caught.value.requirement == "enable.rejected-changes-nothing"


def test_what_changes_something_only_once_is_not_accused() -> None:
    rejections, (one,) = made(World(a="off-once"), "a")
    with pytest.raises(Inconclusive, match="not so the next time"):
        rejections.judge(one)


def test_what_was_rejected_before_another_was_accepted_is_sent_again() -> None:
    world = World(a="off", b="accepted")
    rejections, probes = made(world, "a", "b", "c")
    rejections.judge(probes[0])
    with pytest.raises(Violation, match="after a "):
        rejections.judge_unchanged("enable")


def test_a_control_that_is_refused_without_any_probe_is_no_verdict() -> None:
    world = World()
    world.broken_control = True
    rejections, probes = made(world, "a", "b")
    for sent in probes:
        with pytest.raises(Inconclusive, match="the control was refused"):
            rejections.judge(sent)
    with pytest.raises(Inconclusive):
        rejections.judge_unchanged("enable")


def test_what_may_be_accepted_is_sent_first_and_accuses_nobody() -> None:
    world = World(b="accepted")
    rejections, _ = made(world, "a")
    free = probe("b", open_ended=True)
    rejections.plan(free)
    with pytest.raises(Untested, match="as it may be"):
        rejections.judge(free)
    assert world.sent[0] == "b"


def test_another_method_is_judged_by_its_effect() -> None:
    rejections, (one, two) = made(World(a="off"), "a", "b", other_method=True)
    with pytest.raises(Violation, match="the action was carried out"):
        rejections.judge_undone(one)
    rejections.judge_undone(two)


def test_nothing_sent_is_untested() -> None:
    rejections, _ = made(World())
    with pytest.raises(Untested, match="no request to enable"):
        rejections.judge_unchanged("enable")


def test_several_are_sent_at_once_but_no_guess_and_nothing_that_may_be_accepted() -> None:
    world = World()
    world.at_once = 4
    rejections, probes = made(world, "a", "b")
    guess, free = probe("guess", attempt=True), probe("free", open_ended=True)
    for planned in (guess, free):
        rejections.plan(planned)
    for sent in (*probes, guess):
        rejections.judge(sent)
    assert world.together == [1, 2, 1]
    assert sorted(world.sent) == ["a", "b", "control", "free", "guess"]


def test_where_one_of_several_is_accepted_all_are_asked_one_by_one() -> None:
    world = World(a="off", b="accepted")
    world.at_once = 4
    rejections, probes = made(world, "a", "b", "c")
    with pytest.raises(Violation, match="b got 200"):
        rejections.judge(probes[1])
    with pytest.raises(Violation, match="after a "):
        rejections.judge_unchanged("enable")
    assert world.together[0] == 3
    assert set(world.together[1:]) == {1}


@pytest.mark.parametrize("at_once", [1, 4])
@pytest.mark.parametrize("later", ["accepted", "crash", "silent"])
def test_what_is_changed_before_the_state_is_lost_is_found(at_once: int, later: str) -> None:
    world = World(b="off", d=later)
    world.at_once = at_once
    rejections, _ = made(world, "a", "b", "c")
    rejections.plan(probe("d", attempt=True))
    rejections.plan(probe("e", attempt=True))
    rejections.settle("enable")
    with pytest.raises(Violation, match="after b "):
        rejections.judge_unchanged("enable")


def test_what_may_be_accepted_hides_nothing_that_was_sent_at_once() -> None:
    world = World(a="off", free="accepted")
    world.at_once = 4
    rejections, _ = made(world, "a", "b")
    rejections.plan(probe("free", open_ended=True))
    rejections.settle("enable")
    with pytest.raises(Violation, match="after a "):
        rejections.judge_unchanged("enable")


def test_where_the_state_is_lost_again_and_again_nothing_is_told() -> None:
    world = Unsteady()
    rejections, probes = made(world, *"abcdefghijklmnopqrstuvwxyz")
    rejections.settle("enable")
    reasons = [str(rejections.outcomes[probe].reason) for probe in probes]
    assert any("no steady answer" in reason for reason in reasons)
    assert len(world.sent) < 5 * len(probes)


def test_where_few_may_be_sent_none_is_sent_twice() -> None:
    world = World(a="accepted")
    world.at_once = 4
    world.budget = Budget({"enable": 3})
    rejections, probes = made(world, "a", "b")
    with pytest.raises(Violation, match="a got 200"):
        rejections.judge(probes[0])
    assert world.sent == ["a", "b", "control"]


def test_what_is_planned_for_a_later_turn_waits() -> None:
    world = World()
    rejections, probes = made(world, "a", "b")
    later = probe("later")
    rejections.plan(later, turn=1)
    rejections.judge(probes[0])
    assert world.sent == ["a", "b", "control"]
    rejections.judge(later)
    assert world.sent == ["a", "b", "control", "later", "control"]
