"""Batches find the rejected request that changed something, and accuse none for another reason."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import pytest

from conformance.batches import (
    MAX_BISECTIONS,
    MAX_EFFECTS,
    MAX_EXPENSIVE_VIOLATIONS,
    MAX_RESENDS,
    Batches,
    Outcome,
    judge_rejected,
    judge_unchanged,
    judge_without_effect,
)
from conformance.model import Inconclusive, NotApplicable, Untested, Violation
from conformance.subject import StateChanged
from strategies.probe import Probe, RequestSpec
from tests.unit.conformance.fakes import CONTRACT, SAMPLES, exchange, rejection, response

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conformance.model import Exchange, Response
    from conformance.session import Session

REQUIREMENT = "enable.request.type"
NO_EFFECT = "enable.rejected-changes-nothing"
CONTROL = "control"


class World:
    """Session and subject in one: a switch that must stay on, and the effect of each request by its name.

    An effect has words: "accepted", "crash" and "silent" are its response, by default a 4xx; "off" turns the switch
    off, "off-once" only the first time.
    """

    def __init__(self, **effects: str) -> None:
        self.effects = effects
        self.sent: list[str] = []
        self.reserves: set[tuple[str, ...]] = set()
        self.is_on = self.is_known = False
        self.is_repeating = False
        self.is_costly = False
        self.lockouts = 0
        self.preparations = 0

    # -- the session

    def send(self, spec: RequestSpec, reserve: tuple[str, ...] = ()) -> Exchange:
        """Send a request, whose purpose is its name."""
        name = spec.purpose
        self.sent.append(name)
        self.reserves.add(reserve)
        effect = self.effects.get(name, "")
        if "off" in effect and ("off-once" not in effect or self.sent.count(name) == 1):
            self.is_on = False
        if "silent" in effect:
            self.is_known = False
            raise Inconclusive("no response")
        answer: Response = rejection()
        if "accepted" in effect:
            answer = response(200, SAMPLES["enable"])
        elif "crash" in effect:
            answer = response(500)
        self.is_known &= answer.rejected or spec.method is not None
        made = exchange("enable", answer, method=spec.method or "POST", number=len(self.sent))
        return type(made)(made.number, spec, made.request, answer)

    # -- the subject

    def prepare(self, operation: str, shape: str) -> None:
        """Turn the switch on, unless it is believed to be on."""
        assert (operation, shape) == ("enable", "app")
        self.preparations += not self.is_known
        self.is_on |= not self.is_known
        self.is_known = True

    def prepare_for(self, probe: Probe) -> None:
        """As for the control."""
        self.prepare(*probe.group)

    def spec_for(self, probe: Probe) -> RequestSpec | None:
        """The request of a probe."""
        return probe.build(None, "")

    def confirm(self, operation: str, shape: str) -> Exchange:
        """The control is rejected while the switch is off."""
        assert (operation, shape) == ("enable", "app")
        control = self.send(RequestSpec("enable", None, CONTROL))
        if not control.rejected:
            raise Inconclusive(f"the control got {control.status}")
        if not self.is_on:
            raise StateChanged("it is off", control)
        return control

    def forget_state(self) -> None:
        """The switch is turned on when it is prepared again."""
        self.is_known = False

    def is_expensive(self, operation: str) -> bool:
        """As set."""
        return self.is_costly and operation == "enable"

    def cost_of_control(self, operation: str, shape: str) -> tuple[str, ...]:
        """A kind that names the control."""
        return (f"{operation} {shape}",)

    def batches(self, probes: Sequence[Probe]) -> list[list[Probe]]:
        """One batch."""
        return [list(probes)]

    def wait_for_lockout(self) -> None:
        """Count the waits."""
        self.lockouts += 1


class BrokenControl(World):
    """A target whose control fails whatever is sent before it; from the `ends`th control on it does not."""

    ends = 1_000

    def confirm(self, operation: str, shape: str) -> Exchange:
        if self.sent.count(CONTROL) + 1 < self.ends:
            raise StateChanged("it is off", self.send(RequestSpec("enable", None, CONTROL)))
        return super().confirm(operation, shape)


class BrokenPreparation(World):
    """A target whose state can be prepared so many times only."""

    allowed = 1

    def prepare(self, operation: str, shape: str) -> None:
        if not self.is_known and self.preparations >= self.allowed:
            raise Inconclusive("it can't be turned on")
        super().prepare(operation, shape)


class Unsteady(World):
    """A target that leaves every fourth request without a response."""

    def send(self, spec: RequestSpec, reserve: tuple[str, ...] = ()) -> Exchange:
        self.effects = {spec.purpose: "silent"} if len(self.sent) % 4 == 3 else {}
        return super().send(spec, reserve)


def probe(name: str, requirement: str = REQUIREMENT, method: str | None = None, **more: Any) -> Probe:
    def build(*_: Any) -> RequestSpec | None:
        return RequestSpec("enable", b"", name, requirement, method=method) if name != "nothing" else None

    return Probe(requirement, "enable", name, "app", build, **more)


def planned(world: World, *probes: Probe | str) -> tuple[Batches, list[Probe]]:
    """The batches of a world, with these probes planned."""
    batches = Batches(cast("Session[Any]", world), cast("Any", world))
    made = [item if isinstance(item, Probe) else probe(item) for item in probes]
    for item in made:
        batches.plan(item)
    return batches, made


def judge_all(batches: Batches, probes: Sequence[Probe]) -> None:
    for item in probes:
        judge_rejected(item, batches.outcome(item))


def judge_effects(batches: Batches) -> tuple[Exchange, ...]:
    return judge_unchanged(NO_EFFECT, batches.rejected_outcomes("enable"))


# -- batches and their control -----------------------------------------------------------------------------------------


def test_all_probes_of_a_group_are_sent_before_one_control() -> None:
    world = World()
    batches, probes = planned(world, *"abc")
    judge_all(batches, probes)
    evidence = judge_effects(batches)
    assert world.sent == ["a", "b", "c", CONTROL]
    assert [item.spec.purpose for item in evidence] == ["c", CONTROL]
    assert batches.outcome(probes[0]).evidence[1] is evidence[1]


def test_each_probe_leaves_the_cost_of_the_control_in_reserve() -> None:
    world = World()
    batches, probes = planned(world, "a")
    batches.outcome(probes[0])
    assert world.reserves == {("enable app",), ()}


def test_probes_of_a_later_priority_wait_and_get_a_control_of_their_own() -> None:
    world = World()
    batches, probes = planned(world, *"ab")
    later = probe("later")
    batches.plan(later, 1)
    batches.plan(later, 0)  # the first plan counts
    batches.outcome(probes[0])
    assert world.sent == ["a", "b", CONTROL]
    batches.outcome(later)
    assert world.sent == ["a", "b", CONTROL, "later", CONTROL]


def test_a_probe_that_was_not_planned_is_sent_alone() -> None:
    world = World()
    batches, _ = planned(world, *"ab")
    judge_rejected(probe("c"), batches.outcome(probe("c")))
    assert world.sent == ["c", CONTROL]


def test_probes_that_may_be_accepted_come_first_and_guesses_last() -> None:
    world = World(open="accepted")
    guess, rejected, may_be_accepted = (
        probe("guess", is_guess=True),
        probe("a"),
        probe("open", may_be_accepted=True, is_guess=True),
    )
    batches, probes = planned(world, guess, rejected, may_be_accepted)
    judge_all(batches, probes[:2])
    assert world.sent == ["open", "a", "guess", CONTROL]
    with pytest.raises(Untested, match="as it may be"):
        judge_rejected(may_be_accepted, batches.outcome(may_be_accepted))


def test_a_probe_that_equals_the_valid_request_is_not_sent() -> None:
    world = World()
    batches, (nothing,) = planned(world, "nothing")
    with pytest.raises(NotApplicable, match="equals the valid request"):
        judge_rejected(nothing, batches.outcome(nothing))
    assert world.sent == []
    with pytest.raises(Untested, match="no request was rejected"):
        judge_effects(batches)


def test_an_accepted_probe_is_a_violation_and_no_other_probe_is() -> None:
    batches, (accepted, rejected) = planned(World(a="accepted"), *"ab")
    with pytest.raises(Violation, match="a → 200") as caught:
        judge_rejected(accepted, batches.outcome(accepted))
    assert caught.value.requirement == REQUIREMENT
    judge_rejected(rejected, batches.outcome(rejected))


def test_a_5xx_is_no_rejection() -> None:
    batches, (crashed,) = planned(World(a="crash"), "a")
    with pytest.raises(Violation, match="a → 500"):
        judge_rejected(crashed, batches.outcome(crashed))


# -- effects -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("culprit", list("abcdefg"))
def test_the_probe_with_an_effect_is_found_and_confirmed(culprit: str) -> None:
    world = World(**{culprit: "off"})
    batches, probes = planned(world, *"abcdefg")
    judge_all(batches, probes)
    with pytest.raises(Violation, match=f"after POST enable, {culprit} → 422: it is off") as caught:
        judge_effects(batches)
    assert caught.value.requirement == NO_EFFECT
    assert caught.value.reproducible
    assert [item.spec.purpose for item in caught.value.exchanges] == [culprit, CONTROL]
    assert world.sent[-2:] == [culprit, CONTROL] or world.sent.count(culprit) >= 3
    assert world.sent.count(culprit) == max(world.sent.count(name) for name in "abcdefg")


def test_two_probes_with_an_effect_are_both_found() -> None:
    batches, probes = planned(World(b="off", f="off"), *"abcdefg")
    judge_all(batches, probes)
    assert [item.name for item in probes if batches.outcome(item).effect] == ["b", "f"]
    assert all(batches.outcome(item).control for item in probes if item.name not in "bf")


def test_an_effect_that_does_not_happen_again_is_not_reported() -> None:
    batches, (once,) = planned(World(a="off-once"), "a")
    with pytest.raises(Inconclusive, match="not the second time"):
        judge_rejected(once, batches.outcome(once))
    with pytest.raises(Inconclusive, match="not the second time"):
        judge_effects(batches)


def test_a_probe_that_is_accepted_when_it_is_sent_again_is_a_violation() -> None:
    class Moody(World):
        def send(self, spec: RequestSpec, reserve: tuple[str, ...] = ()) -> Exchange:
            self.effects = {"a": "off" if "a" not in self.sent else "accepted"}
            return super().send(spec, reserve)

    batches, (moody,) = planned(Moody(), "a")
    with pytest.raises(Violation, match="a → 200"):
        judge_rejected(moody, batches.outcome(moody))


def test_a_control_that_fails_without_any_probe_allows_no_verdict() -> None:
    world = BrokenControl()
    batches, probes = planned(world, *"ab")
    for item in probes:
        with pytest.raises(Inconclusive, match="the control was rejected: it is off"):
            judge_rejected(item, batches.outcome(item))
    with pytest.raises(Inconclusive):
        judge_effects(batches)
    assert world.sent == ["a", "b", CONTROL, CONTROL]
    assert not world.lockouts


def test_after_guesses_a_control_that_fails_alone_is_sent_once_more_after_a_lockout() -> None:
    world = BrokenControl()
    world.ends = 3
    batches, (guess,) = planned(world, probe("a", is_guess=True))
    outcome = batches.outcome(guess)
    assert world.sent == ["a", CONTROL, CONTROL, CONTROL, "a", CONTROL]
    assert world.lockouts == 1
    assert isinstance(outcome.reason, Inconclusive), "the lock-out is no effect of the guess"


def test_a_control_without_a_verdict_leaves_the_batch_without_one() -> None:
    batches, probes = planned(World(control="crash"), *"ab")
    for item in probes:
        with pytest.raises(Inconclusive, match="the control got 500"):
            judge_rejected(item, batches.outcome(item))


def test_a_state_that_can_not_be_prepared_again_leaves_no_rejection_without_its_control() -> None:
    for allowed in (1, 2, 3):
        world = BrokenPreparation(a="off")
        world.allowed = allowed
        batches, probes = planned(world, *"ab")
        for item in probes:
            outcome = batches.outcome(item)
            assert outcome.reason or outcome.control or outcome.effect, f"{item.name} after {allowed}"


def test_few_probes_of_a_requirement_with_an_effect_are_searched_for() -> None:
    names = [f"{number:02}" for number in range(16)]
    world = World(**dict.fromkeys(names, "off"))
    batches, probes = planned(world, *names)
    for item in probes:
        batches.outcome(item)
    assert sum(batches.outcome(item).effect is not None for item in probes) == MAX_EFFECTS
    others = [batches.outcome(item) for item in probes if batches.outcome(item).effect is None]
    assert all("other requests that break" in str(outcome.reason) for outcome in others)


def test_probes_of_other_requirements_are_judged_beside_many_with_an_effect() -> None:
    culprits = [f"{number:02}" for number in range(40)]
    world = World(**dict.fromkeys(culprits, "off"))
    others = [probe(f"{name}-other", "enable.request.delivery") for name in culprits]
    batches, _ = planned(world, *(each for pair in zip(culprits, others, strict=True) for each in pair))
    batches.outcome(others[0])
    assert all(batches.outcome(item).control for item in others)


def test_a_target_that_needs_many_bisections_is_not_steady_enough() -> None:
    names = [f"{number:02}" for number in range(2 * MAX_BISECTIONS)]
    world = World(**dict.fromkeys(names, "off"))
    batches, probes = planned(world, *(probe(name, f"requirement-{name}") for name in names))
    for item in probes:
        batches.outcome(item)
    reasons = [str(batches.outcome(item).reason) for item in probes]
    assert any("the control keeps failing" in reason for reason in reasons)
    assert len(world.sent) < 12 * len(names)


# -- a state that is lost ----------------------------------------------------------------------------------------------


def test_probes_before_an_accepted_one_are_sent_again_with_a_control() -> None:
    world = World(a="off", b="accepted")
    batches, probes = planned(world, *"abc")
    judge_rejected(probes[0], batches.outcome(probes[0]))
    judge_rejected(probes[2], batches.outcome(probes[2]))
    with pytest.raises(Violation, match="after POST enable, a → 422"):
        judge_effects(batches)
    assert world.sent.count("b") == 1


@pytest.mark.parametrize("later", ["accepted", "crash", "silent"])
def test_an_effect_before_the_state_is_lost_is_found(later: str) -> None:
    batches, probes = planned(
        World(b="off", d=later), *"abc", probe("d", is_guess=True), probe("e", is_guess=True), probe("f", method="PUT")
    )
    batches.outcome(probes[0])
    with pytest.raises(Violation, match="after POST enable, b → 422"):
        judge_effects(batches)


def test_where_the_state_is_lost_again_and_again_probes_are_resent_a_few_times() -> None:
    world = Unsteady()
    batches, probes = planned(world, *"abcdefghijklmnopqrstuvwxyz")
    for item in probes:
        batches.outcome(item)
    reasons = [str(batches.outcome(item).reason) for item in probes]
    assert any("no steady response" in reason for reason in reasons)
    assert max(world.sent.count(item.name) for item in probes) <= 1 + MAX_RESENDS


# -- expensive violations, and violations that are sent again ----------------------------------------------------------


def test_where_violations_are_expensive_few_are_provoked() -> None:
    world = World(**dict.fromkeys("abcde", "accepted"))
    world.is_costly = True
    other = probe("other", "enable.request.data")
    batches, probes = planned(world, *"abcde", other)
    for item in probes[:MAX_EXPENSIVE_VIOLATIONS]:
        with pytest.raises(Violation):
            judge_rejected(item, batches.outcome(item))
    for item in probes[MAX_EXPENSIVE_VIOLATIONS:-1]:
        with pytest.raises(Untested, match="is violated already"):
            judge_rejected(item, batches.outcome(item))
    judge_rejected(other, batches.outcome(other))
    assert world.sent == ["a", "b", "other", CONTROL]


def test_a_violation_that_is_repeated_is_sent_again_alone() -> None:
    world = World(a="accepted")
    batches, (accepted, rejected) = planned(world, *"ab")
    first = batches.outcome(accepted)
    batches.outcome(rejected)
    world.sent.clear()
    world.is_repeating = True
    again = batches.outcome(accepted)
    assert world.sent == ["a"]
    assert again.exchange is not first.exchange
    with pytest.raises(Violation):
        judge_rejected(accepted, again)


# -- judgements --------------------------------------------------------------------------------------------------------


def test_another_method_is_judged_by_its_effect() -> None:
    harmful, harmless = probe("a", "methods.other-than-post", "PUT"), probe("b", "methods.other-than-post", "PUT")
    batches, _ = planned(World(a="off"), harmful, harmless)
    with pytest.raises(Violation, match="the action was carried out: it is off"):
        judge_without_effect(CONTRACT, harmful, batches.outcome(harmful))
    judge_without_effect(CONTRACT, harmless, batches.outcome(harmless))


@pytest.mark.parametrize("effect", ["accepted off", "crash off"])
def test_another_method_is_searched_for_an_effect_whatever_its_response_is(effect: str) -> None:
    harmful = probe("a", "methods.other-than-post", "PUT")
    batches, _ = planned(World(a=effect), harmful, "b")
    with pytest.raises(Violation, match="the action was carried out"):
        judge_without_effect(CONTRACT, harmful, batches.outcome(harmful))


@pytest.mark.parametrize(("method", "is_violation"), [("PUT", True), ("GET", True), ("HEAD", False)])
def test_the_documented_success_by_another_method_is_a_violation(method: str, *, is_violation: bool) -> None:
    item = probe("a", "methods.other-than-post", method)
    outcome = Outcome(exchange("enable", response(200, SAMPLES["enable"]), method=method))
    if not is_violation:
        judge_without_effect(CONTRACT, item, outcome)
        return
    with pytest.raises(Violation, match="the documented success"):
        judge_without_effect(CONTRACT, item, outcome)


def test_another_document_by_another_method_is_none() -> None:
    outcome = Outcome(exchange("enable", response(200, {"meta": {}}), method="GET"))
    judge_without_effect(CONTRACT, probe("a", "methods.other-than-post", "GET"), outcome)


def test_a_probe_that_was_not_sent_has_the_reason_as_its_outcome() -> None:
    outcome = Outcome(reason=Untested("too expensive"))
    for judge in (judge_rejected, lambda item, outcome: judge_without_effect(CONTRACT, item, outcome)):
        with pytest.raises(Untested, match="too expensive"):
            judge(probe("a"), outcome)


def test_a_probe_for_effects_only_is_judged_by_its_effect() -> None:
    """It may be accepted, and where it is rejected it must change nothing."""
    harmful = probe("a", NO_EFFECT, may_be_accepted=True)
    batches, _ = planned(World(a="off"), harmful)
    with pytest.raises(Violation, match="after POST enable, a → 422") as caught:
        judge_rejected(harmful, batches.outcome(harmful))
    assert caught.value.requirement == NO_EFFECT
