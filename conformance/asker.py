"""Ask the target: build each request, record each exchange, and have each answer judged."""

from __future__ import annotations

import time
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from conformance.budget import EXCHANGES, Budget, Costs
from conformance.client import Answer
from conformance.exchange import Exchange, Request, Response
from conformance.judging import judge
from conformance.subject import Stateless, encoded
from conformance.verdicts import Inconclusive

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conformance.client import Client
    from conformance.journal import Journal
    from conformance.redaction import Redactor
    from conformance.subject import Subject
    from conformance.target import Target
    from schemas import Contract, Operation

LOCKED_SECONDS = 3.0
LOCK_OUTS = 3
"""How long a lock-out is waited for, and how often in a run."""
MEDIA_TYPE = "application/vnd.api+json"
ANYTHING = "*/*"


@dataclass(frozen=True)
class Ask:
    """What to ask, as the page's samples do where nothing else is said.

    `operation` is its name in the contract, `purpose` says in some words what the request is for; `method` is another
    one than the operation's, `authorization` the values of headers that hold no valid credentials, `content_type` the
    media type, `None` for no such header, `accept` the media types to ask for; `close` tells to close the connection.
    """

    operation: str
    body: bytes | None
    purpose: str
    method: str | None = None
    authorization: tuple[str, ...] | None = None
    content_type: str | None = MEDIA_TYPE
    accept: str = ANYTHING
    close: bool | None = None

    @classmethod
    def again(cls, exchange: Exchange) -> Ask:
        """What was asked in an exchange, to be asked as it was."""

        def values(name: str) -> tuple[str, ...]:
            return tuple(value for key, value in exchange.request.headers if key == name)

        return cls(
            exchange.operation,
            exchange.request.body,
            exchange.purpose,
            method=exchange.request.method,
            authorization=None if exchange.valid_credentials else values("Authorization"),
            content_type=next(iter(values("Content-Type")), None),
            accept=values("Accept")[0],
        )

    def request(self, asked: Operation, target: Target) -> Request:
        """The request to a target."""
        values = (f"Bearer {target.token.reveal()}",) if self.authorization is None else self.authorization
        headers = [("Authorization", value) for value in values]
        if self.content_type is not None:
            headers.append(("Content-Type", self.content_type))
        headers.append(("Accept", self.accept))
        as_sampled = self.method in (None, asked.method) and (self.content_type, self.accept) == (MEDIA_TYPE, ANYTHING)
        if self.authorization is not None or not as_sampled if self.close is None else self.close:
            # A server that rejects a request by its head may leave the body unread, or answer HEAD with one: that
            # would spoil what comes next on the connection, and be no fault of the operation asked.
            headers.append(("Connection", "close"))
        return Request(self.method or asked.method, target.base_url + asked.path, tuple(headers), self.body)


class Asker:
    """The one way in which requests reach the target.

    `subject` is what the requests act on; `exchanges` holds all of the run, in their order, and `unanswered` what got
    no answer, with the number of the exchange before it; `shown` holds those that the present case wants to be seen.
    `thrifty` tells that not everything may be asked; then what was seen already is not asked again: `seen` has, by
    operation and shape, an exchange in which a valid request was accepted. `interrupted` tells that the run was ended
    while a request was on its way; `journal` remembers what may have been left changed.
    """

    def __init__(
        self, contract: Contract, target: Target, client: Client, redactor: Redactor, budget: Budget | None = None
    ) -> None:
        self.contract = contract
        self.target = target
        self.client = client
        self.redactor = redactor
        self.budget = budget or Budget()
        self.subject: Subject = Stateless(self)
        self.thrifty = False
        self.interrupted = False
        self.journal: Journal | None = None
        self.seen: dict[tuple[str, str], Exchange] = {}
        self.exchanges: list[Exchange] = []
        self.unanswered: list[Exchange] = []
        self.token_was_accepted = False
        self.shown: tuple[Exchange, ...] = ()
        self._lock_outs_left = LOCK_OUTS

    def send(
        self, operation: str, body: bytes | None, *, purpose: str, keep: Sequence[str] = (), **changed: Any
    ) -> Exchange:
        """Ask an operation; `changed` are other members of `Ask`, `keep` is to be left of the budget after it.

        Raises:
            Inconclusive: there is no answer.
            Spent: it costs more than is left of the budget.
        """
        return self.ask([Ask(operation, body, purpose, **changed)], keep)[0]

    def ask(self, asks: Sequence[Ask], keep: Sequence[str] = ()) -> list[Exchange]:
        """Ask one thing, or several at once none of which is to change anything; the exchanges are in their order.

        Raises:
            Inconclusive: there is no answer to one of them.
            Spent: they cost more than is left of the budget when `keep` is to be left after them.
        """
        requests = [ask.request(self.contract.operations[ask.operation], self.target) for ask in asks]
        costs = [self._costs(ask) for ask in asks]
        self.budget.check([kind for cost in costs for kind in (*cost.asked, *cost.accepted)], keep)
        for ask, cost in zip(asks, costs, strict=True):
            self.budget.spend(cost.asked)
            self.subject.sending(ask.operation)
        try:
            if len(requests) == 1:
                answers: list[Answer | Inconclusive] = [self.client.send(requests[0])]
            else:
                answers = self.client.send_at_once(requests)
        except Inconclusive as error:
            answers = [error]
        except BaseException:
            # Someone ended the run while a request was on its way: the target may carry it out yet.
            self.interrupted = True
            self.subject.lost()
            raise
        for ask, answer, cost in zip(asks, answers, costs, strict=True):
            if isinstance(answer, Inconclusive) and not answer.sent:
                self.budget.spend(cost.asked, -1)
            else:
                self._throttled(ask, cost, answer.throttled if isinstance(answer, Answer) else answer.sent - 1)
        exchanges = [
            self._recorded(ask, request, answer, cost)
            for ask, request, answer, cost in zip(asks, requests, answers, costs, strict=True)
            if isinstance(answer, Answer)
        ]
        for ask, request, answer in zip(asks, requests, answers, strict=True):
            if isinstance(answer, Inconclusive):
                nothing = Exchange(len(self.exchanges), ask.operation, ask.purpose, request, Response(0, ()))
                self.unanswered.append(nothing)
                if answer.sent:
                    self.subject.lost()
                raise type(answer)(f"{ask.operation}: {answer}", answer.exchanges) from answer
        return exchanges

    def _costs(self, ask: Ask) -> Costs:
        valid = ask.authorization is None and ask.method in (None, self.contract.operations[ask.operation].method)
        asked, accepted = self.subject.costs(ask.operation, ask.body) if valid else Costs()
        return Costs((EXCHANGES, ask.operation, *asked), accepted)

    def _throttled(self, ask: Ask, cost: Costs, times: int) -> None:
        """Count what was not carried out: it costs all that it is asked for but the operation itself."""
        self.budget.spend([kind for kind in cost.asked if kind != ask.operation], times)

    def _recorded(self, ask: Ask, request: Request, answer: Answer, costs: Costs) -> Exchange:
        """The exchange, entered into the run, judged and observed."""
        self.budget.spend(costs.asked, answer.resent)
        if answer.response.accepted:
            self.budget.spend(costs.accepted)
        exchange = Exchange(
            len(self.exchanges) + 1,
            ask.operation,
            ask.purpose,
            request,
            answer.response,
            answer.seconds,
            bool(answer.resent),
            valid_credentials=ask.authorization is None,
        )
        self.exchanges.append(exchange)
        self.token_was_accepted |= bool(exchange.valid_credentials) and answer.response.accepted
        judge(self.contract, self.target, exchange)
        self.subject.observe(exchange)
        return exchange

    @property
    def token_refused_since(self) -> int:
        """The number of the exchange from which on the token, accepted before, was refused; 0 if it was not."""
        number = 0
        for exchange in reversed(self.exchanges):
            if exchange.valid_credentials and exchange.response.status != HTTPStatus.UNAUTHORIZED:
                break
            number = exchange.number if exchange.valid_credentials else number
        return number if self.token_was_accepted else 0

    def wait_for_lock_out(self) -> None:
        """Wait until a short lock-out after wrong guesses has ended, a few times in a run."""
        if self._lock_outs_left:
            self._lock_outs_left -= 1
            time.sleep(LOCKED_SECONDS)

    def show(self, *exchanges: Exchange) -> None:
        """Let these exchanges stand for the present case, instead of the last ones."""
        self.shown = exchanges

    def valid(self, operation: str, shape: str, *, purpose: str, **changed: Any) -> Exchange:
        """Ask an operation with a valid body of a documented shape; `changed` are the arguments of `send`."""
        body = self.subject.body(self.contract.operations[operation], shape)
        exchange = self.send(operation, encoded(body), purpose=purpose, **changed)
        if exchange.response.accepted:
            self.seen.setdefault((operation, shape), exchange)
        return exchange

    def accepted(self, operation: str, shape: str, *, purpose: str) -> Exchange:
        """As `valid`, where the requirement is that the request is accepted.

        Raises:
            Violation: it is not.
            Inconclusive: it is not, for a reason that may not be the target's fault.
        """
        exchange = self.valid(operation, shape, purpose=purpose)
        if not exchange.response.accepted:
            raise self.subject.refused(operation, shape, exchange)
        return exchange
