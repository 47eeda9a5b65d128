"""The Account API: each step from request to response is a method, which a subclass may override."""

from __future__ import annotations

import asyncio
import json
import re
import time
from typing import TYPE_CHECKING, Any, NoReturn

from reference.accounts import PEOPLE, Account, equals_in_constant_time
from reference.documents import error_document, user_document
from reference.messages import OPERATIONS, Attributes, ImmediateResponse, Operation, Rejection, Request, Response
from reference.parsing import ABSENT, MAX_BODY, accepts_json_api, is_json_api, parse_json

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence
    from random import Random

    from starlette.types import Send

    from reference.accounts import Person

PREFIX = "/api/v2"
PHONE_NUMBER = re.compile(r"\+?[0-9(][0-9 ().-]{4,30}")
"""A phone number in the forms that people write, in ASCII digits."""


class Service:
    """The conforming service, with accounts of its own."""

    people: tuple[Person, ...] = PEOPLE
    account_type: type[Account] = Account
    sms_number = "+12025550123"
    """A valid number that is reserved for fiction."""
    keep_alive = 5
    """Seconds until an idle connection is closed."""

    def __init__(  # noqa: PLR0913 (each by name, with a default)
        self,
        *,
        random: Random | None = None,
        clock: Callable[[], float] = time.time,
        announce: Callable[[str], None] | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        people: Sequence[Person] = (),
        code: str | None = None,
    ) -> None:
        self.clock = clock
        self.sleep = sleep
        self.accounts = tuple(
            self.account_type(person, random=random, clock=self.now, announce=announce, fixed_code=code)
            for person in people or self.people
        )

    def now(self) -> float:
        """Seconds since the epoch."""
        return self.clock()

    def current_code(self, account: Account, delivery: str) -> str:
        """The code that the owner of an account reads now."""
        return account.code(delivery)

    def routes(self) -> Mapping[str, Operation]:
        """The operations by path."""
        names = {operation: operation for operation in OPERATIONS} | {"resend": "resend-verification-code"}
        return {f"{PREFIX}/account/actions/two-factor-{names[operation]}": operation for operation in OPERATIONS}

    def respond(self, request: Request) -> Response:
        """The response to any request."""
        try:
            operation = self.locate(request)
            self.check_method(request)
            account = self.authenticate(request)
            self.check_media_types(request)
            return self.handle(operation, request, account)
        except Rejection as rejection:
            return self.reject(request, rejection)
        except ImmediateResponse as immediate:
            return immediate.response

    def locate(self, request: Request) -> Operation:
        """The operation that is requested."""
        if request.operation is None:
            raise Rejection(404, "There is nothing at this path")
        return request.operation

    def check_method(self, request: Request) -> None:
        """Reject every method but POST."""
        if request.method != "POST":
            raise Rejection(405, "Only POST is allowed here", headers={"allow": "POST"})

    def authenticate(self, request: Request) -> Account:
        """The account whose token is in the Authorization header."""
        headers = request.headers.getlist("authorization")
        token = self.token_from(headers[0]) if len(headers) == 1 else None
        account = None if token is None else self.account_of(token)
        if account is None:
            raise self.unauthorized()
        return account

    def token_from(self, authorization: str) -> str | None:
        """The token in the value of an Authorization header; the scheme is case-insensitive."""
        scheme, _, token = authorization.partition(" ")
        return token.strip(" ") if scheme.lower() == "bearer" else None

    def account_of(self, token: str) -> Account | None:
        """The account with a token; all tokens are compared, in constant time."""
        owners = [account for account in self.accounts if equals_in_constant_time(token, account.person.token)]
        return owners[0] if owners else None

    def unauthorized(self) -> Rejection:
        """The rejection of a request without a valid token."""
        return Rejection(401, "A valid bearer token is required", headers={"www-authenticate": "Bearer"})

    def check_media_types(self, request: Request) -> None:
        """Reject media types that JSON:API rejects."""
        self.check_accept(request)
        self.check_content_type(request)

    def check_accept(self, request: Request) -> None:
        """Reject an Accept header that has JSON:API with parameters only."""
        if not accepts_json_api(", ".join(request.headers.getlist("accept"))):
            raise Rejection(406, "JSON:API is served without media type parameters")

    def check_content_type(self, request: Request) -> None:
        """Reject every content type but JSON:API, with or without a body."""
        content_types = request.headers.getlist("content-type")
        if len(content_types) != 1 or not is_json_api(content_types[0]):
            raise Rejection(415, "The content type must be JSON:API without parameters")

    def handle(self, operation: Operation, request: Request, account: Account) -> Response:
        """Validate the body, perform the operation, and respond with its document."""
        if len(request.body) > MAX_BODY:
            raise Rejection(413, "The request body is too large")
        attributes = Attributes()
        if operation in {"enable", "verify"}:
            attributes = self.validate(operation, self.parse_body(operation, request))
        self.perform(operation, account, attributes)
        return self.success(operation, self.document(operation, account))

    def parse_body(self, operation: Operation, request: Request) -> Any:  # noqa: ARG002
        """The value of the body."""
        return parse_json(request.body)

    def validate(self, operation: Operation, document: Any) -> Attributes:
        """The attributes in a body, or a 422 with a pointer to the first member that is invalid."""
        data = self.nested_object(operation, "/data", self.root(operation, document))
        self.check_type(operation, data)
        attributes = self.nested_object(operation, "/data/attributes", data)
        if operation == "verify":
            return Attributes(code=self.valid_code(attributes))
        delivery = self.valid_delivery(attributes)
        return Attributes(delivery=delivery, sms_number=self.valid_sms_number(attributes, delivery))

    def member(self, operation: Operation, pointer: str, container: dict[str, Any]) -> Any:  # noqa: ARG002
        """The unchecked value of the member that a pointer ends in, or `ABSENT`."""
        return container.get(pointer.rpartition("/")[2], ABSENT)

    def root(self, operation: Operation, document: Any) -> dict[str, Any]:  # noqa: ARG002
        """The body, an object."""
        if not isinstance(document, dict):
            self.reject_member("", "The request document must be an object")
        return document

    def nested_object(self, operation: Operation, pointer: str, container: dict[str, Any]) -> dict[str, Any]:
        """The object at a pointer."""
        value = self.member(operation, pointer, container)
        if not isinstance(value, dict):
            self.reject_member(pointer, "This member must be an object")
        return value

    def check_type(self, operation: Operation, data: dict[str, Any]) -> None:
        """Reject every type but users."""
        if self.member(operation, "/data/type", data) != "users":
            self.reject_member("/data/type", "The type must be users")

    def valid_delivery(self, attributes: dict[str, Any]) -> str:
        """The delivery: app or sms."""
        value = self.member("enable", "/data/attributes/delivery", attributes)
        if not isinstance(value, str) or value not in {"app", "sms"}:
            self.reject_member("/data/attributes/delivery", "The delivery must be app or sms")
        return value

    def valid_sms_number(self, attributes: dict[str, Any], delivery: str) -> str | None:
        """The number, which is required for sms and not kept for app; it must be a string or null for both."""
        value = self.member("enable", "/data/attributes/sms-number", attributes)
        if value is ABSENT or value is None:
            self.check_number_optional(delivery)
            return None
        if not isinstance(value, str) or not self.is_phone_number(value):
            self.reject_member("/data/attributes/sms-number", "The SMS number must be a phone number or null")
        return value if delivery == "sms" else None

    def check_number_optional(self, delivery: str) -> None:
        """Reject delivery by SMS without a number."""
        if delivery == "sms":
            self.reject_member("/data/attributes/sms-number", "Delivery by SMS needs an SMS number")

    def is_phone_number(self, value: str) -> bool:
        """True for a number that an SMS could be sent to."""
        return PHONE_NUMBER.fullmatch(value) is not None

    def valid_code(self, attributes: dict[str, Any]) -> str:
        """The code, a string; it may be wrong."""
        value = self.member("verify", "/data/attributes/code", attributes)
        if not isinstance(value, str):
            self.reject_member("/data/attributes/code", "The code must be a string")
        return value

    def reject_member(self, pointer: str, title: str) -> NoReturn:
        """Reject the request because of one member."""
        raise Rejection(422, title, pointer=pointer)

    def perform(self, operation: Operation, account: Account, attributes: Attributes) -> None:
        """Perform an operation on an account."""
        if operation == "enable":
            self.enable(account, attributes)
        elif operation == "disable":
            self.disable(account)
        elif operation == "verify":
            self.verify(account, attributes)
        else:
            self.resend(account)

    def enable(self, account: Account, attributes: Attributes) -> None:
        """Begin a set-up, in any state."""
        account.enable(attributes.delivery, attributes.sms_number)

    def disable(self, account: Account) -> None:
        """End the set-up, if there is one."""
        account.disable()

    def verify(self, account: Account, attributes: Attributes) -> None:
        """Verify the set-up with the right code."""
        self.check_pending(account)
        if not self.is_right_code(account, attributes.code):
            raise Rejection(422, "The code is not the right one", pointer="/data/attributes/code")
        account.confirm()

    def check_pending(self, account: Account) -> None:
        """Reject verification of an account that is off or already verified."""
        if not account.two_factor.enabled:
            raise self.wrong_state("Two-factor authentication is off")
        if account.two_factor.verified:
            raise self.wrong_state("Two-factor authentication is verified already")

    def is_right_code(self, account: Account, code: str) -> bool:
        """True for a code that is right at the moment; it is compared with all of them, in constant time."""
        return any([equals_in_constant_time(code, right) for right in account.right_codes()])  # noqa: C419

    def resend(self, account: Account) -> None:
        """Send a new code by SMS."""
        if not account.two_factor.enabled:
            raise self.wrong_state("Two-factor authentication is off")
        if account.two_factor.delivery != "sms":
            raise self.wrong_state("The codes of an application are not sent")
        account.send_code()

    def wrong_state(self, title: str) -> Rejection:
        """The rejection of an operation that the state of the account does not allow."""
        return Rejection(409, title)

    def document(self, operation: Operation, account: Account) -> Any:
        """The document that an operation responds with."""
        return None if operation == "resend" else user_document(account)

    def success(self, operation: Operation, document: Any) -> Response:  # noqa: ARG002
        """The response to an operation that was performed."""
        return Response(200, self.encode(document))

    def reject(self, request: Request, rejection: Rejection) -> Response:  # noqa: ARG002
        """The response to a rejected request."""
        return Response(rejection.status, self.encode(error_document(rejection)), headers=rejection.headers)

    def encode(self, document: Any) -> bytes:
        """A document as JSON."""
        return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()

    async def send_response(self, request: Request, response: Response, send: Send) -> None:  # noqa: ARG002
        """Send a response over ASGI, in one piece."""
        await send({"type": "http.response.start", "status": response.status, "headers": self.header_lines(response)})
        await send({"type": "http.response.body", "body": response.body})

    def header_lines(self, response: Response) -> list[tuple[bytes, bytes]]:
        """The headers of a response, for ASGI."""
        lines = [] if response.status == 204 else [("content-length", str(len(response.body)))]
        if response.media_type is not None:
            lines.append(("content-type", response.media_type))
        return [(name.encode(), value.encode()) for name, value in [*lines, *response.headers.items()]]
