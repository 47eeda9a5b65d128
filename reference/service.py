"""The service itself: each step from call to answer is one small method, which a fault or a variant may replace."""

from __future__ import annotations

import asyncio
import json
import time
from typing import TYPE_CHECKING, Any

from reference.accounts import PEOPLE, Account, same
from reference.documents import error_document, user_document
from reference.messages import OPERATIONS, Answer, Call, Interruption, Operation, Rejection
from reference.parsing import MAX_BODY, accepts_json_api, is_bare, parse_json
from reference.validation import Order, Validation

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping
    from random import Random

    from starlette.types import Send

    from reference.accounts import Person

PREFIX = "/api/v2"


class Service(Validation):
    """A conforming Account API over accounts of its own; nothing is shared between two of them."""

    people: tuple[Person, ...] = PEOPLE
    account_type: type[Account] = Account
    sms_number = "+12025550123"
    """Reserved for fiction, and taken as valid."""
    keep_alive = 5
    """Seconds that an idle connection is kept open."""

    def __init__(
        self,
        *,
        random: Random | None = None,
        clock: Callable[[], float] = time.time,
        announce: Callable[[str], None] | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.clock = clock
        self.sleep = sleep
        self.accounts = tuple(
            self.account_type(person, random=random, clock=self.now, announce=announce) for person in self.people
        )

    def now(self) -> float:
        """Seconds since the epoch."""
        return self.clock()

    def current_code(self, account: Account, delivery: str) -> str:
        """The code that the owner of an account has at hand now."""
        return account.code(delivery)

    def routes(self) -> Mapping[str, Operation]:
        """Where the actions live."""
        name = {operation: operation for operation in OPERATIONS} | {"resend": "resend-verification-code"}
        return {f"{PREFIX}/account/actions/two-factor-{name[operation]}": operation for operation in OPERATIONS}

    # A call, from arrival to answer

    def answer(self, call: Call) -> Answer:
        """Whatever arrives gets an answer."""
        try:
            operation = self.locate(call)
            self.check_method(call)
            account = self.authenticate(call)
            self.negotiate(call)
            return self.act(operation, call, account)
        except Rejection as rejection:
            return self.refuse(call, rejection)
        except Interruption as interruption:
            return interruption.answer

    def locate(self, call: Call) -> Operation:
        """The action that is called."""
        if call.operation is None:
            raise Rejection(404, "Nothing is found at this address")
        return call.operation

    def check_method(self, call: Call) -> None:
        """Actions are posted to."""
        if call.method != "POST":
            raise Rejection(405, "Only POST is allowed here", headers={"allow": "POST"})

    def authenticate(self, call: Call) -> Account:
        """The account whose token the call bears."""
        headers = call.headers.getlist("authorization")
        token = self.token(headers[0]) if len(headers) == 1 else None
        account = None if token is None else self.owner(token)
        if account is None:
            raise self.unauthorized()
        return account

    def token(self, authorization: str) -> str | None:
        """The token in an Authorization header; the scheme's case does not matter."""
        scheme, _, token = authorization.partition(" ")
        return token.strip(" ") if scheme.lower() == "bearer" else None

    def owner(self, token: str) -> Account | None:
        """The account of a token; each one is compared, so that the time taken tells nothing."""
        owners = [account for account in self.accounts if same(token, account.person.token)]
        return owners[0] if owners else None

    def unauthorized(self) -> Rejection:
        """How a call without a valid token is refused."""
        return Rejection(401, "A valid bearer token is required", headers={"www-authenticate": "Bearer"})

    def negotiate(self, call: Call) -> None:
        """JSON:API both ways, without parameters."""
        self.check_accept(call)
        self.check_content_type(call)

    def check_accept(self, call: Call) -> None:
        """An answer must be welcome as plain JSON:API."""
        if not accepts_json_api(", ".join(call.headers.getlist("accept"))):
            raise Rejection(406, "JSON:API is served without media type parameters")

    def check_content_type(self, call: Call) -> None:
        """Only JSON:API is read, with or without a body."""
        given = call.headers.getlist("content-type")
        if len(given) != 1 or not is_bare(given[0]):
            raise Rejection(415, "The content type must be JSON:API without parameters")

    # An authorized call

    def act(self, operation: Operation, call: Call, account: Account) -> Answer:
        """Read the order, carry it out, tell the outcome."""
        if len(call.body) > MAX_BODY:
            raise Rejection(413, "The request body is too large")
        order = Order()
        if operation in {"enable", "verify"}:
            order = self.validate(operation, self.parse(operation, call))
        self.perform(operation, account, order)
        return self.succeed(operation, self.document(operation, account))

    def parse(self, operation: Operation, call: Call) -> Any:  # noqa: ARG002
        """The value of the body."""
        return parse_json(call.body)

    def perform(self, operation: Operation, account: Account, order: Order) -> None:
        """Carry out a valid order."""
        if operation == "enable":
            self.enable(account, order)
        elif operation == "disable":
            self.disable(account)
        elif operation == "verify":
            self.verify(account, order)
        else:
            self.resend(account)

    def enable(self, account: Account, order: Order) -> None:
        """Begin a set-up, also where there is one."""
        account.enable(order.delivery, order.number)

    def disable(self, account: Account) -> None:
        """End a set-up, if there is one."""
        account.disable()

    def verify(self, account: Account, order: Order) -> None:
        """Finish a set-up, given the right code."""
        self.check_pending(account)
        if not self.matches(account, order.code):
            raise Rejection(422, "The code is not the right one", pointer="/data/attributes/code")
        account.confirm()

    def check_pending(self, account: Account) -> None:
        """Only what is on and not verified can be verified."""
        if not account.two_factor.enabled:
            raise self.wrong_state("Two-factor authentication is off")
        if account.two_factor.verified:
            raise self.wrong_state("Two-factor authentication is verified already")

    def matches(self, account: Account, code: str) -> bool:
        """Whether a code is right at this moment."""
        return any([same(code, right) for right in account.right_codes()])  # noqa: C419 - all are compared

    def resend(self, account: Account) -> None:
        """Send a fresh code, where a code can be sent."""
        if not account.two_factor.enabled:
            raise self.wrong_state("Two-factor authentication is off")
        if account.two_factor.delivery != "sms":
            raise self.wrong_state("Codes of an application are not sent")
        account.send_code()

    def wrong_state(self, title: str) -> Rejection:
        """How a valid order at the wrong time is refused."""
        return Rejection(409, title)

    # The answer

    def document(self, operation: Operation, account: Account) -> Any:
        """What an operation tells when it is done."""
        return None if operation == "resend" else user_document(account)

    def succeed(self, operation: Operation, document: Any) -> Answer:  # noqa: ARG002
        """The answer to an order that was carried out."""
        return Answer(200, self.encode(document))

    def refuse(self, call: Call, rejection: Rejection) -> Answer:  # noqa: ARG002
        """The answer to a refused call."""
        return Answer(rejection.status, self.encode(error_document(rejection)), headers=rejection.headers)

    def encode(self, document: Any) -> bytes:
        """JSON as it is sent."""
        return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()

    async def deliver(self, call: Call, answer: Answer, send: Send) -> None:  # noqa: ARG002
        """Send an answer, whole and with its length."""
        headers = self.headers(answer)
        await send({"type": "http.response.start", "status": answer.status, "headers": headers})
        await send({"type": "http.response.body", "body": answer.body})

    def headers(self, answer: Answer) -> list[tuple[bytes, bytes]]:
        """The header lines of an answer."""
        lines = [] if answer.status == 204 else [("content-length", str(len(answer.body)))]
        if answer.media_type is not None:
            lines.append(("content-type", answer.media_type))
        return [(name.encode(), value.encode()) for name, value in [*lines, *answer.headers.items()]]
