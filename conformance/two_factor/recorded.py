"""Judge a recorded sequence of requests to one account: each response agrees with the state that those before it left.

Nothing can be sent again. A response that contradicts the state is blamed on the request before it, which must not have
changed it, only if the same happened twice and the response is right at other times.
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


class Judged(NamedTuple):
    """A judgement and its evidence, the decisive exchange last."""

    evidence: tuple[Exchange, ...]
    judgement: Judgement


@dataclass(frozen=True)
class Course:
    """The code that was accepted for the present set-up, and the exchange that disabled it, if any."""

    right_code: str = ""
    disabled: tuple[Exchange, ...] = ()


@dataclass(frozen=True, eq=False)
class Answer:
    """A response held to the state before it.

    Attributes:
        step: the exchange.
        broken: the IDs of the requirements that are violated if the response does not agree with the state; empty
            where the state allows any.
        agrees: it does.
        is_right: the code of the verification is the right one.
        is_proof: the response proves that the state was as before.
    """

    step: Step
    broken: tuple[str, ...] = ()
    agrees: bool = True
    is_right: bool = False
    is_proof: bool = False

    @property
    def situation(self) -> tuple[str, str, str, bool]:
        """Requests in one situation get the same response."""
        exchange = self.step.exchange
        return exchange.operation, str(exchange.request.attribute("delivery")), str(self.step.state), self.is_right


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

    Where this suite sent the requests, it knew the right codes, and sent a control after each batch of probes.
    """
    course, since = Course(), 0
    agreed: set[tuple[str, str, str, bool]] = set()
    contradictions: list[tuple[Answer, Sequence[Step]]] = []
    for place, step in enumerate(steps):
        answer = read_answer(step, course, is_own=is_own)
        suspects = steps[since:place] if answer.is_proof or not answer.agrees else ()
        if not answer.agrees:
            contradictions.append((answer, suspects))
        elif answer.broken:
            agreed.add(answer.situation)
        yield from _judge_answer(answer, course)
        if answer.is_proof:
            yield from _judge_suspects(contract, suspects, step)
        if answer.is_proof or not answer.agrees or not any(no_effect_requirements(contract, step)):
            since = place + 1
        course = next_course(course, answer)
    # An effect that was seen once may have another cause, and a response that is always wrong needs none.
    effects = Counter(suspects[0].cause for _, suspects in contradictions if len(suspects) == 1)
    for answer, suspects in contradictions:
        is_usual = answer.situation in agreed
        is_effect = is_usual and len(suspects) == 1 and effects[suspects[0].cause] > 1
        culprits = suspects if is_effect else ()
        yield from _judge_contradiction(contract, answer, culprits, is_usual=is_usual, is_own=is_own)


def read_answer(step: Step, course: Course, *, is_own: bool) -> Answer:
    """Hold the response of a documented request to the state before it; any other response is right."""
    exchange, state = step.exchange, step.state
    if not step.is_documented or state is None or not (exchange.accepted or exchange.rejected):
        return Answer(step)
    is_while_off = exchange.operation == "verify" and state == OFF
    is_excused = exchange.rejected and exchange.status in TOKEN_OR_PACE
    if is_excused and not (is_own and is_while_off):
        return Answer(step)
    is_right = is_own and exchange.spec.shape == "code"
    if is_while_off:
        is_right = is_right or step.code == course.right_code != ""
        broken = (WHILE_OFF, ENDS) if is_right and course.disabled else (WHILE_OFF,)
        return Answer(step, broken, exchange.rejected, is_right, is_proof=exchange.rejected and is_right)
    broken = (f"{exchange.operation}.accepted",)
    if exchange.operation == "verify" and state.pending and exchange.accepted:
        is_right = step.code == exchange.spec.known_code != ""
        is_problem = any(each.problem for each in step.entry.judgements if each.requirement in BY_STATE)
        return Answer(step, broken, is_right=is_right, is_proof=is_right and not is_problem)
    if not _is_due(step, state, is_right=is_right):
        return Answer(step)
    # That a request is accepted proves little: it may be accepted in other states, too.
    is_proof = is_own and exchange.accepted and exchange.operation != "resend"
    return Answer(step, broken, exchange.accepted, is_right, is_proof)


def _is_due(step: Step, state: State, *, is_right: bool) -> bool:
    """Whether a state demands that a documented request is accepted."""
    match step.exchange.operation:
        case "enable":  # a number that was not accepted before may be rejected for itself
            number = step.exchange.request.attribute("sms-number")
            return state == OFF and (number is None or number in step.entry.before.accepted_numbers)
        case "disable":
            return state.enabled
        case "resend":
            return state.pending and state.delivery == "sms"
    return state.pending and is_right


def next_course(course: Course, answer: Answer) -> Course:
    """The course after an answer."""
    step = answer.step
    match step.exchange.operation if step.exchange.accepted and step.is_documented else "":
        case "enable":
            return Course()
        case "disable" if step.state is not None and step.state.enabled:
            return replace(course, disabled=(step.exchange,))
        case "verify" if answer.is_right and answer.agrees:
            return replace(course, right_code=step.code)
    return course


def _judge_answer(answer: Answer, course: Course) -> Iterator[Judged]:
    """The judgements of an answer that is right."""
    exchange = answer.step.exchange
    if WHILE_OFF in answer.broken:
        if answer.agrees:
            yield from (Judged((*course.disabled, exchange), Judgement(requirement)) for requirement in answer.broken)
    elif answer.step.is_documented and exchange.accepted:
        yield Judged((exchange,), Judgement(f"{exchange.operation}.accepted"))


def _judge_suspects(contract: Contract, suspects: Sequence[Step], proof: Step) -> Iterator[Judged]:
    """The state is as before: no suspect has changed it, and other codes than the one that was accepted were wrong."""
    for suspect in suspects:
        evidence = (suspect.exchange, proof.exchange)
        for requirement in no_effect_requirements(contract, suspect):
            yield Judged(evidence, Judgement(requirement))
        if proof.exchange.accepted and proof.code and suspect.code.strip() not in ("", proof.code):
            yield Judged(evidence, Judgement(WRONG_CODE))
    yield Judged((proof.exchange,), Judgement(LIFE))


def no_effect_requirements(contract: Contract, step: Step) -> Iterator[str]:
    """The IDs of the requirements that an exchange changes nothing; none where it may change something."""
    exchange = step.exchange
    is_by_method = exchange.request.method == contract.operations[exchange.operation].method
    if not is_by_method:
        yield exchange.spec.requirement or OTHER_THAN_POST
    if exchange.rejected:
        yield contract.no_effect_requirement(exchange.operation) or LIFE
    elif is_by_method and exchange.operation == "resend" and exchange.accepted and step.is_documented:
        yield RESENDING


def _judge_contradiction(
    contract: Contract, answer: Answer, culprits: Sequence[Step], *, is_usual: bool, is_own: bool
) -> Iterator[Judged]:
    """Blame the culprit, or else the response itself.

    A documented request that is rejected now and accepted at other times tells nothing certain, nor does a code for a
    delivery by which none was ever accepted. This suite searched for the cause: what its files leave open is no
    problem.
    """
    step, exchange = answer.step, answer.step.exchange
    names, certain = list(answer.broken), True
    if culprits:
        names = [name for culprit in culprits for name in no_effect_requirements(contract, culprit)]
    elif exchange.rejected:
        has_new_code = exchange.operation == "verify" and not step.entry.before.confirmed
        certain = not (is_usual or has_new_code)
    evidence = (*(culprit.exchange for culprit in culprits), exchange)
    problem = f"{exchange.operation} got {exchange.status} while {step.state}"
    for name in dict.fromkeys([*names, LIFE]) if certain or not is_own else ():
        yield Judged(evidence, Judgement(name, problem, certain=certain))
