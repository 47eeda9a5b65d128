"""Ask the target: build each request, record each exchange, and have each answer judged."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from conformance.exchange import Exchange, Request
from conformance.judging import judge
from conformance.subject import Stateless, encoded
from conformance.verdicts import Inconclusive

if TYPE_CHECKING:
    from conformance.client import Client
    from conformance.redaction import Redactor
    from conformance.subject import Subject
    from conformance.target import Target
    from schemas import Contract

LOCKED_SECONDS = 3.0
LOCK_OUTS = 3
"""How long a lock-out is waited for, and how often in a run."""
MEDIA_TYPE = "application/vnd.api+json"


class Asker:
    """The one way in which requests reach the target.

    `subject` is what the requests act on; `exchanges` holds all of the run, in their order; `shown` those that the
    present case wants to be seen.
    """

    def __init__(self, contract: Contract, target: Target, client: Client, redactor: Redactor) -> None:
        self.contract = contract
        self.target = target
        self.client = client
        self.redactor = redactor
        self.subject: Subject = Stateless(self)
        self.exchanges: list[Exchange] = []
        self.token_was_accepted = False
        self.shown: tuple[Exchange, ...] = ()
        self._lock_outs_left = LOCK_OUTS

    def send(  # noqa: PLR0913 (each is a part of the request)
        self,
        operation: str,
        body: bytes | None,
        *,
        purpose: str,
        method: str | None = None,
        authorization: tuple[str, ...] | None = None,
        content_type: str | None = MEDIA_TYPE,
        accept: str = "*/*",
    ) -> Exchange:
        """Ask an operation, as the page's samples do where nothing else is said.

        Args:
            operation: its name in the contract.
            body: the bytes of the body.
            purpose: what the request is for, in some words.
            method: another method than the operation's.
            authorization: the values of Authorization headers that hold no valid credentials.
            content_type: the media type, `None` for no such header.
            accept: the media types to ask for.

        Raises:
            Inconclusive: there is no answer.
        """
        valid = authorization is None
        values = (f"Bearer {self.target.token.reveal()}",) if authorization is None else authorization
        headers = [("Authorization", value) for value in values]
        if content_type is not None:
            headers.append(("Content-Type", content_type))
        headers.append(("Accept", accept))
        asked = self.contract.operations[operation]
        if not valid or method not in (None, asked.method) or (content_type, accept) != (MEDIA_TYPE, "*/*"):
            # A server that rejects a request by its head may leave the body unread, or answer HEAD with one: that
            # would spoil what comes next on the connection, and be no fault of the operation asked.
            headers.append(("Connection", "close"))
        request = Request(method or asked.method, self.target.base_url + asked.path, tuple(headers), body)
        try:
            response, seconds, resent = self.client.send(request)
        except Inconclusive as error:
            self.subject.lost()
            raise type(error)(f"{operation}: {error}", error.exchanges) from error
        exchange = Exchange(
            len(self.exchanges) + 1, operation, purpose, request, response, seconds, resent, valid_credentials=valid
        )
        self.exchanges.append(exchange)
        self.token_was_accepted |= valid and response.accepted
        judge(self.contract, self.target, exchange)
        self.subject.observe(exchange)
        return exchange

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
        return self.send(operation, encoded(body), purpose=purpose, **changed)

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
