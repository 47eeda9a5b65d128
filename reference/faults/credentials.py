"""Faults of credentials: who gets in without a valid token."""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING

from reference.accounts import Account, Person
from reference.faults.common import crash
from reference.faults.registry import Area
from reference.messages import OPERATIONS, Call, Operation, Rejection
from reference.service import Service

if TYPE_CHECKING:
    from collections.abc import Callable

fault = Area("credentials")


def unchecked(open_operation: Operation) -> type[Service]:
    """A service that forgot to ask for a token at one of its actions."""

    class Unchecked(Service):
        def authenticate(self, call: Call) -> Account:
            try:
                return super().authenticate(call)
            except Rejection:
                if call.operation == open_operation:
                    return self.accounts[0]
                raise

    return Unchecked


def comparing(alike: Callable[[str, str], bool]) -> type[Service]:
    """A service that compares a given token with each right one in its own way."""

    class Comparing(Service):
        def owner(self, token: str) -> Account | None:
            return next((account for account in self.accounts if alike(token, account.person.token)), None)

    return Comparing


for operation in OPERATIONS:
    fault.add(
        f"{operation}-unauthenticated",
        f"The {operation} action asks for no token.",
        unchecked(operation),
        "credentials.required",
    )

for name, sentence, alike in (
    ("token-unchecked", "Any token that is not empty will do.", lambda given, _: given != ""),
    (
        "token-cut-accepted",
        "The beginning of a token will do, from eight characters on.",
        lambda given, right: len(given) >= 8 and right.startswith(given),
    ),
    ("token-extended-accepted", "A token may have more behind it.", lambda given, right: given.startswith(right)),
    (
        "token-column-short",
        "Tokens are compared as far as their column reaches, 24 characters.",
        lambda given, right: given[:24] == right[:24],
    ),
    (
        "token-part-accepted",
        "Tokens are searched for, so that any long part of one will do.",
        lambda given, right: len(given) >= 8 and given in right,
    ),
    (
        "token-case-ignored",
        "Tokens are compared without regard to case, as some databases do.",
        lambda given, right: given.lower() == right.lower(),
    ),
    (
        "empty-token-accepted",
        "An empty bearer token matches the account that has none on record.",
        lambda given, right: given in {"", right},
    ),
):
    fault.add(name, sentence, comparing(alike), "credentials.required")


@fault("unknown-token-welcome", "credentials.required")
class UnknownTokenWelcome(Service):
    """An unknown token gets an account made for it."""

    def owner(self, token: str) -> Account | None:
        """The account of a token, old or new."""
        known = super().owner(token)
        if known is None and token:
            known = Account(Person("user-new", "newcomer", token, self.accounts[0].secret), clock=self.now)
            self.accounts = (*self.accounts, known)
        return known


@fault("missing-header-accepted", "credentials.required")
class MissingHeaderAccepted(Service):
    """A call without an Authorization header is taken for the first account's."""

    def authenticate(self, call: Call) -> Account:
        """Whoever says nothing is trusted."""
        return super().authenticate(call) if "authorization" in call.headers else self.accounts[0]


@fault("credentials-remembered", "credentials.required")
class CredentialsRemembered(Service):
    """Once a valid token was seen, calls without a header act for its account."""

    guest: Account | None = None

    def authenticate(self, call: Call) -> Account:
        """The bearer, or the one before."""
        if "authorization" not in call.headers and self.guest is not None:
            return self.guest
        self.guest = super().authenticate(call)
        return self.guest


@fault("any-scheme-accepted", "credentials.scheme")
class AnySchemeAccepted(Service):
    """The last word of the Authorization header is the token, whatever stands before it."""

    def token(self, authorization: str) -> str | None:
        """The last word of two."""
        words = authorization.split()
        return words[-1] if len(words) > 1 else None


@fault("token-scheme-accepted", "credentials.scheme")
class TokenSchemeAccepted(Service):
    """The scheme Token is as good as Bearer."""

    def token(self, authorization: str) -> str | None:
        """The token after either scheme."""
        scheme, _, rest = authorization.partition(" ")
        return rest.strip() if scheme.lower() == "token" else super().token(authorization)


@fault("basic-accepted", "credentials.scheme")
class BasicAccepted(Service):
    """Basic credentials with the token in them are as good as a bearer token."""

    def token(self, authorization: str) -> str | None:
        """The token as it stands, or from either half of the decoded pair."""
        scheme, _, rest = authorization.partition(" ")
        if scheme.lower() != "basic":
            return super().token(authorization)
        try:
            halves = base64.b64decode(rest, validate=True).decode("latin-1").split(":")
        except binascii.Error:
            return rest
        return max(halves, key=len)


@fault("bare-token-accepted", "credentials.scheme")
class BareTokenAccepted(Service):
    """The token alone will do, without a scheme."""

    def token(self, authorization: str) -> str | None:
        """The header without the scheme, if there is one."""
        return authorization.removeprefix("Bearer ")


@fault("missing-header-crashes", "http.no-server-error", "credentials.status-401", "credentials.required")
class MissingHeaderCrashes(Service):
    """A call without an Authorization header ends in a 500."""

    def authenticate(self, call: Call) -> Account:
        """The header is taken for granted."""
        if "authorization" not in call.headers:
            raise crash()
        return super().authenticate(call)


@fault("scheme-alone-crashes", "http.no-server-error", "credentials.status-401", "credentials.required")
class SchemeAloneCrashes(Service):
    """An Authorization header of one word ends in a 500."""

    def token(self, authorization: str) -> str | None:
        """The second word is taken for granted."""
        if len(authorization.split()) < 2:
            raise crash()
        return super().token(authorization)
