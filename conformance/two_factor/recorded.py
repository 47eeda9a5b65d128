"""Judge a recorded sequence of requests to one account: each response agrees with the state that those before it left.

Nothing can be sent again. A response that contradicts the state is blamed on an earlier request, which must not have
changed it, only if the recording clears all others: that request had an effect twice, and the others had none.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

from conformance.model import Judgement
from conformance.two_factor.checks import DELIVERIES
from conformance.two_factor.state import OFF, TOKEN_OR_PACE
from strategies.methods import OTHER_THAN_POST

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from conformance.model import Exchange, Request
    from conformance.recorder import Entry
    from conformance.two_factor.state import State, TwoFactorHistory
    from schemas import Contract

LIFE, WRONG_CODE, WHILE_OFF = "account.life", "verify.wrong-code", "verify.while-off"
ENDS, RESENDING = "disable.ends-two-factor", "resend.changes-nothing"
BY_STATE = ("verify.no-code-used-yet", "verify.response.delivery", "verify.keeps-sms-number")
"""The requirements on a response that the state before it decides."""


Situation = tuple[str, str, str, bool]
"""An operation, a delivery, a state, and whether the code is right: requests in one situation get the same response."""


@dataclass(frozen=True, eq=False)
class Step:
    """An entry of the log, and whether its request is a documented one."""

    entry: Entry[TwoFactorHistory]
    is_documented: bool

    @property
    def exchange(self) -> Exchange:
        """The exchange."""
        return self.entry.exchange

    @property
    def state(self) -> State | None:
        """The state before it; `None` where it is unknown or no response proves it."""
        state = self.entry.before.state
        return None if state is None or state.is_assumed else state

    @property
    def cause(self) -> tuple[Request, str]:
        """The request and the state before it: equal ones have equal effects."""
        return self.exchange.request, str(self.state)

    @property
    def code(self) -> str:
        """The code of a verification, or an empty string."""
        code = self.exchange.request.attribute("code") if self.exchange.operation == "verify" else None
        return code if isinstance(code, str) else ""

    @property
    def has_new_number(self) -> bool:
        """Whether the request gives a number that was not accepted before: it may be rejected for the number."""
        number = self.exchange.request.attribute("sms-number")
        return number is not None and number not in self.entry.before.accepted_numbers


@dataclass(frozen=True)
class Course:
    """The facts that the exchanges of an account tell beside its state.

    Attributes:
        since: the place of the first exchange after the state was proven; none from there on may have changed it.
        right_code: the code that was accepted for the present set-up, or for the one that was disabled.
        disabled: the exchange that disabled the set-up, if any.
        is_trusted: nothing has contradicted the state since it was made.
    """

    since: int = 0
    right_code: str = ""
    disabled: tuple[Exchange, ...] = ()
    is_trusted: bool = True


class Answer(NamedTuple):
    """A response held to the state before it.

    Attributes:
        expected: "accepted" or "rejected", as the state demands; empty where both are right.
        agrees: the response agrees with the state.
        is_proof: the response proves that the state was as before.
        is_right: the code of the verification is the right one.
        is_excused: the rejection tells nothing of the state.
    """

    expected: str = ""
    agrees: bool = True
    is_proof: bool = False
    is_right: bool = False
    is_excused: bool = False


class Judged(NamedTuple):
    """A judgement and its evidence, the decisive exchange last."""

    evidence: tuple[Exchange, ...]
    judgement: Judgement


class Contradiction(NamedTuple):
    """A response that the state before it does not allow.

    Attributes:
        step: the documented request.
        situation: its situation.
        suspects: the steps since the state was proven.
        broken: the IDs of the requirements that are violated if no suspect changed the state.
    """

    step: Step
    situation: Situation
    suspects: tuple[Step, ...]
    broken: tuple[str, ...]


def rests_on_state(judgement: Judgement, exchange: Exchange) -> bool:
    """Whether the problem of a response is none if a request that was not recorded changed the account before it."""
    match judgement.requirement:
        case "verify.response.delivery":
            return exchange.two_factor.get("delivery") in DELIVERIES
        case "verify.response.recovery-codes":  # an account that is verified again may not show them
            return not exchange.two_factor.get("recovery-codes")
        case "verify.response.sms-number":
            return exchange.two_factor.get("sms-number", "") is None
    return judgement.requirement in (*BY_STATE, "user.same-username")


def judge_sequence(contract: Contract, steps: Sequence[Step], *, is_own: bool) -> Iterator[Judged]:
    """The judgements of the exchanges of one account by their sequence, if no other request reached the account.

    Args:
        contract: the contract.
        steps: the exchanges in their order.
        is_own: this suite sent the requests: it knew the right codes, and sent a control after each batch of probes.
    """
    course = Course()
    contradictions: list[Contradiction] = []
    agreed: set[Situation] = set()
    cleared: set[tuple[Request, str]] = set()
    for place, step in enumerate(steps):
        answer = read_answer(step, course, is_own=is_own)
        broken = _requirements(step, answer, course)
        situation = _situation(step, answer) if answer.expected else None
        if situation is not None and answer.agrees and not answer.is_excused:
            agreed.add(situation)
        if situation is not None and (answer.is_proof or not answer.agrees):
            suspects = tuple(steps[course.since : place])
            contradictions += [] if answer.agrees else [Contradiction(step, situation, suspects, broken)]
            # That another request is accepted proves less: it may be accepted in other states, too.
            is_by_code = answer.agrees and step.exchange.operation == "verify"
            cleared |= {suspect.cause for suspect in suspects} if is_by_code else set()
            yield from _judge_suspects(contract, suspects, step) if answer.agrees else ()
        yield from _judge_answer(step, answer, course, broken)
        course = next_course(contract, course, place, step, answer)
    blamed = Counter(culprit.cause for each in contradictions for culprit in _culprits(each, agreed, cleared))
    for contradiction in contradictions:
        culprits = [each for each in _culprits(contradiction, agreed, cleared) if blamed[each.cause] > 1]
        is_exception = contradiction.situation in agreed
        yield from _judge_contradiction(contract, contradiction, culprits, is_exception=is_exception, is_own=is_own)


def read_answer(step: Step, course: Course, *, is_own: bool) -> Answer:
    """Hold the response of a documented request to the state before it; any other response is right."""
    exchange, state = step.exchange, step.state
    is_excused = exchange.rejected and exchange.status in TOKEN_OR_PACE
    is_sent_as_right = is_own and exchange.spec.shape == "code"
    is_answered = exchange.accepted or exchange.rejected
    if not step.is_documented or not course.is_trusted or state is None or not (is_answered or is_own):
        return Answer()
    if exchange.operation == "verify" and state == OFF:
        is_right = is_sent_as_right or step.code == course.right_code != ""
        is_excused = is_excused and not is_own
        is_proof = exchange.rejected and is_right and not is_excused
        return Answer("rejected", exchange.rejected, is_proof, is_right, is_excused)
    if exchange.operation == "verify" and state.pending and exchange.accepted:
        is_right = step.code.strip() != "" and step.code == exchange.spec.known_code
        agrees = not any(each.problem for each in step.entry.judgements if each.requirement in BY_STATE)
        return Answer("accepted", agrees, agrees and is_right, is_right)
    if not is_answered or not _is_due(step, state, is_own=is_own):
        return Answer()
    is_proof = is_own and exchange.accepted and exchange.operation != "resend"
    return Answer("accepted", exchange.accepted or is_excused, is_proof, is_sent_as_right, is_excused)


def _situation(step: Step, answer: Answer) -> Situation:
    exchange = step.exchange
    return exchange.operation, str(exchange.request.attribute("delivery")), str(step.state), answer.is_right


def next_course(contract: Contract, course: Course, place: int, step: Step, answer: Answer) -> Course:
    """The course after a step."""
    exchange = step.exchange
    is_other_method = exchange.request.method != contract.operations[exchange.operation].method
    is_done = exchange.accepted and step.is_documented
    is_suspect = exchange.rejected or is_other_method or (is_done and exchange.operation == "resend")
    if answer.is_proof or not answer.agrees or not is_suspect:
        course = replace(course, since=place + 1)
    match exchange.operation if is_done else "":
        case "enable":
            return replace(course, right_code="", disabled=(), is_trusted=True)
        case "disable":
            is_end = step.state is not None and step.state.enabled
            return replace(course, disabled=(exchange,) if is_end else course.disabled, is_trusted=True)
        case "verify" if answer.expected == "accepted" and answer.is_right:
            course = replace(course, right_code=step.code)
    return replace(course, is_trusted=course.is_trusted and answer.agrees)


def _is_due(step: Step, state: State, *, is_own: bool) -> bool:
    """Whether a state demands that a documented request is accepted."""
    match step.exchange.operation:
        case "enable":
            return state == OFF and (is_own or not step.has_new_number)
        case "disable":
            return state.enabled
        case "resend":
            return state.pending and state.delivery == "sms"
    return state.pending and is_own and step.exchange.spec.shape == "code"


def _requirements(step: Step, answer: Answer, course: Course) -> tuple[str, ...]:
    """The IDs of the requirements that demand the answer."""
    if answer.expected == "rejected":
        return (WHILE_OFF, ENDS) if answer.is_right and course.disabled else (WHILE_OFF,)
    is_verified = step.exchange.operation == "verify" and step.exchange.accepted and answer.expected
    return () if is_verified else (f"{step.exchange.operation}.accepted",)


# -- judgements --------------------------------------------------------------------------------------------------------


def _judge_answer(step: Step, answer: Answer, course: Course, broken: Sequence[str]) -> Iterator[Judged]:
    """The judgements of an answer that is right, and of a wrong code that is accepted."""
    exchange = step.exchange
    if answer.expected == "rejected" and exchange.rejected and not answer.is_excused:
        yield from (Judged((*course.disabled, exchange), Judgement(requirement)) for requirement in broken)
    elif step.is_documented and exchange.accepted and answer.expected != "rejected":
        yield Judged((exchange,), Judgement(f"{exchange.operation}.accepted"))
    if answer.expected == "accepted" and exchange.operation == "verify" and exchange.accepted and not answer.is_right:
        yield Judged((exchange,), Judgement(WRONG_CODE, f"another code than the right one got {exchange.status}"))


def _judge_suspects(contract: Contract, suspects: Sequence[Step], proof: Step) -> Iterator[Judged]:
    """The state is as before: no suspect has changed it, and other codes than the one that was accepted were wrong."""
    for suspect in suspects:
        evidence = (suspect.exchange, proof.exchange)
        for requirement in no_effect_requirements(contract, suspect.exchange):
            yield Judged(evidence, Judgement(requirement))
        if proof.exchange.accepted and proof.code and suspect.code.strip() not in ("", proof.code):
            yield Judged(evidence, Judgement(WRONG_CODE))
    yield Judged((proof.exchange,), Judgement(LIFE))


def no_effect_requirements(contract: Contract, exchange: Exchange) -> Iterator[str]:
    """The IDs of the requirements that an exchange changes nothing."""
    operation = contract.operations[exchange.operation]
    if exchange.request.method != operation.method:
        yield exchange.spec.requirement or OTHER_THAN_POST
    if exchange.rejected:
        yield contract.no_effect_requirement(operation.name) or LIFE
    elif exchange.request.method == operation.method:
        yield RESENDING


def _culprits(
    contradiction: Contradiction, agreed: set[Situation], cleared: set[tuple[Request, str]]
) -> Sequence[Step]:
    """The one suspect that may have caused a contradiction; none if there are several, or the response is always so.

    Args:
        contradiction: the contradiction.
        agreed: the situations in which a response agreed with the state at another time.
        cleared: the causes that had no effect at another time.
    """
    suspects = [each for each in contradiction.suspects if each.cause not in cleared]
    return suspects if len(suspects) == 1 and contradiction.situation in agreed else ()


def _judge_contradiction(
    contract: Contract, contradiction: Contradiction, culprits: Sequence[Step], *, is_exception: bool, is_own: bool
) -> Iterator[Judged]:
    """Blame the culprit, or else the response itself.

    A documented request that is rejected now and accepted at other times tells nothing certain. Nor does a code or a
    number that was never accepted. This suite searched for the cause, and what its files leave open is no problem.
    """
    step, exchange = contradiction.step, contradiction.step.exchange
    names, certain, is_doubtful = list(contradiction.broken), True, False
    if culprits:
        names = [name for culprit in culprits for name in no_effect_requirements(contract, culprit.exchange)]
    elif exchange.rejected:
        has_new_code = exchange.operation == "verify" and not step.entry.before.confirmed
        is_doubtful = not is_exception and (has_new_code or step.has_new_number)
        certain = not (is_exception or is_doubtful)
    evidence = (*(culprit.exchange for culprit in culprits), exchange)
    problem = f"{exchange.operation} got {exchange.status} while {step.state}"
    for name in dict.fromkeys([*names, LIFE]) if names and (certain or is_doubtful or not is_own) else ():
        yield Judged(evidence, Judgement(name, problem, certain=certain))
