"""Faults of credentials: access without a valid token, and the wrong response to one that is not valid."""

from __future__ import annotations

import base64
import binascii
import json
from typing import TYPE_CHECKING, NoReturn

from reference.accounts import Account, Person
from reference.messages import Attributes, Operation, Rejection, Request, Response
from reference.service import Service
from tests.catalogue import Chapter
from tests.faults.common import HTML, crash, plain

if TYPE_CHECKING:
    from collections.abc import Callable

fault = Chapter()

REQUIRED, SCHEME, STATUS, SERVER_ERROR = (
    "credentials.required",
    "credentials.scheme",
    "credentials.status-401",
    "http.no-server-error",
)
SIGN_IN = "<!doctype html><title>Sign in</title><form method=post action=/session></form>"

# Access without a valid token


def unauthenticated(public: Operation) -> type[Service]:
    """A service with an operation that needs no token."""

    class Unauthenticated(Service):
        def authenticate(self, request: Request) -> Account:
            try:
                return super().authenticate(request)
            except Rejection:
                if request.operation == public:
                    return self.accounts[0]
                raise

    return Unauthenticated


def comparing(matches: Callable[[str, str], bool]) -> type[Service]:
    """A service that compares tokens in its own way: the given one, and the right one."""

    class Comparing(Service):
        def account_of(self, token: str) -> Account | None:
            return next((account for account in self.accounts if matches(token, account.person.token)), None)

    return Comparing


for operation in ("enable", "disable", "resend"):
    fault.add(
        f"{operation}-unauthenticated", f"{operation.title()} needs no token.", unauthenticated(operation), REQUIRED
    )

for name, sentence, matches in (
    ("token-unchecked", "Any token is valid that is not empty.", lambda given, _: given != ""),
    (
        "token-cut-accepted",
        "The first characters of a token are enough, from eight on.",
        lambda given, right: len(given) >= 8 and right.startswith(given),
    ),
    (
        "token-extended-accepted",
        "Characters after a valid token are ignored.",
        lambda given, right: given.startswith(right),
    ),
    (
        "token-column-short",
        "Tokens are compared up to the length of their column, 24 characters.",
        lambda given, right: given[:24] == right[:24],
    ),
    (
        "token-case-ignored",
        "Tokens are compared without regard to case, as some databases do.",
        lambda given, right: given.lower() == right.lower(),
    ),
    (
        "empty-token-accepted",
        "An empty token matches the account that has none.",
        lambda given, right: given in {"", right},
    ),
):
    fault.add(name, sentence, comparing(matches), REQUIRED)


@fault("unknown-token-welcome", REQUIRED)
class UnknownTokenWelcome(Service):
    """An unknown token creates an account."""

    def account_of(self, token: str) -> Account | None:
        account = super().account_of(token)
        if account is None and token:
            account = Account(Person("user-new", "newcomer", token, self.accounts[0].secret), clock=self.now)
            self.accounts = (*self.accounts, account)
        return account


@fault("missing-header-accepted", REQUIRED)
class MissingHeaderAccepted(Service):
    """A request without an Authorization header is taken as the first account's."""

    def authenticate(self, request: Request) -> Account:
        return super().authenticate(request) if "authorization" in request.headers else self.accounts[0]


@fault("credentials-remembered", REQUIRED)
class CredentialsRemembered(Service):
    """A request without an Authorization header is taken as that of the account before."""

    last: Account | None = None

    def authenticate(self, request: Request) -> Account:
        if "authorization" not in request.headers and self.last is not None:
            return self.last
        self.last = super().authenticate(request)
        return self.last


@fault("any-scheme-accepted", SCHEME)
class AnySchemeAccepted(Service):
    """The last word of the Authorization header is the token, under any scheme."""

    def token_from(self, authorization: str) -> str | None:
        words = authorization.split()
        return words[-1] if len(words) > 1 else None


@fault("basic-accepted", SCHEME)
class BasicAccepted(Service):
    """Basic credentials are accepted with the token as user name or password."""

    def token_from(self, authorization: str) -> str | None:
        scheme, _, credentials = authorization.partition(" ")
        if scheme.lower() != "basic":
            return super().token_from(authorization)
        try:
            return max(base64.b64decode(credentials, validate=True).decode("latin-1").split(":"), key=len)
        except binascii.Error:
            return credentials


@fault("bare-token-accepted", SCHEME)
class BareTokenAccepted(Service):
    """The token is accepted without a scheme."""

    def token_from(self, authorization: str) -> str | None:
        return authorization.removeprefix("Bearer ")


@fault("missing-header-crashes", SERVER_ERROR, STATUS, REQUIRED)
class MissingHeaderCrashes(Service):
    """A request without an Authorization header returns 500."""

    def authenticate(self, request: Request) -> Account:
        if "authorization" not in request.headers:
            raise crash()
        return super().authenticate(request)


@fault("scheme-alone-crashes", SERVER_ERROR, STATUS, REQUIRED)
class SchemeAloneCrashes(Service):
    """An Authorization header of one word returns 500."""

    def token_from(self, authorization: str) -> str | None:
        if len(authorization.split()) < 2:
            raise crash()
        return super().token_from(authorization)


# The wrong response to a missing or invalid token


def unauthorized(change: Callable[[Response], Response]) -> type[Service]:
    """A service that changes the response to a missing or invalid token."""

    class Unauthorized(Service):
        def reject(self, request: Request, rejection: Rejection) -> Response:
            response = super().reject(request, rejection)
            return change(response) if rejection.status == 401 else response

    return Unauthorized


def with_status(status: int) -> type[Service]:
    """A service with another status for a missing or invalid token."""

    class WithStatus(Service):
        def unauthorized(self) -> Rejection:
            return Rejection(status, "A valid bearer token is required")

    return WithStatus


fault.add("unauthorized-answered-403", "A missing or invalid token returns 403.", with_status(403), STATUS)
fault.add(
    "unauthorized-answered-500",
    "A missing or invalid token returns 500 with an error document.",
    with_status(500),
    *(SERVER_ERROR, STATUS, REQUIRED),
)
fault.add(
    "unauthorized-answered-200",
    "A missing or invalid token returns 200 with an error document.",
    with_status(200),
    REQUIRED,
)
for name, sentence, response, expects in (
    (
        "unauthorized-redirects",
        "A missing or invalid token redirects to a sign-in page.",
        plain(302, "", location="/session/new"),
        (STATUS, REQUIRED),
    ),
    (
        "unauthorized-shows-page",
        "A missing or invalid token returns 200 with a sign-in page.",
        plain(200, SIGN_IN, HTML),
        (REQUIRED,),
    ),
    ("unauthorized-in-html", "The 401 is a page of HTML.", plain(401, SIGN_IN, HTML), ("errors.document",)),
    (
        "unauthorized-own-form",
        "The 401 is a JSON object of the gateway's own form.",
        Response(401, json.dumps({"message": "Unauthorized"}).encode()),
        ("errors.document", "errors.array"),
    ),
):
    fault.add(name, sentence, unauthorized(lambda _, response=response: response), *expects)  # type: ignore[misc]

# 401 for something else


@fault("wrong-code-answered-401", "credentials.reserved-401")
class WrongCodeAnswered401(Service):
    """A wrong code returns 401."""

    def verify(self, account: Account, attributes: Attributes) -> None:
        try:
            super().verify(account, attributes)
        except Rejection as rejection:
            if rejection.pointer is not None:
                rejection.status = 401
            raise


@fault("wrong-state-answered-401", "credentials.reserved-401")
class WrongStateAnswered401(Service):
    """An operation that the state does not allow returns 401."""

    def wrong_state(self, title: str) -> Rejection:
        return Rejection(401, title)


@fault("invalid-body-answered-401", "credentials.reserved-401")
class InvalidBodyAnswered401(Service):
    """An invalid member returns 401."""

    def reject_member(self, pointer: str, title: str) -> NoReturn:
        raise Rejection(401, title, pointer=pointer)
