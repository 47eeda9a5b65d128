"""Faults of disclosure: the token, a code or recovery codes in a response."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from reference.documents import error_document
from reference.messages import Attributes, Operation, Rejection, Request, Response
from reference.service import Service
from tests.catalogue import Chapter

if TYPE_CHECKING:
    from reference.accounts import Account

fault = Chapter()

TOKEN, CODE, RECOVERY_CODES = "response.no-token", "response.no-code", "response.no-recovery-codes"


@fault("token-in-error", TOKEN)
class TokenInError(Service):
    """The detail of an error quotes the request line and the Authorization header."""

    def reject(self, request: Request, rejection: Rejection) -> Response:
        document = error_document(rejection)
        document["errors"][0]["detail"] = (
            f"{request.method} {request.path} ({request.headers.get('authorization', '-')})"
        )
        return replace(super().reject(request, rejection), body=self.encode(document))


@fault("token-in-link", TOKEN)
class TokenInLink(Service):
    """The link to the authentication tokens has the token."""

    def document(self, operation: Operation, account: Account) -> Any:
        document = super().document(operation, account)
        if document is not None:
            links = document["data"]["relationships"]["authentication-tokens"]["links"]
            links["related"] += f"?access_token={account.person.token}"
        return document


@fault("token-in-header", TOKEN)
class TokenInHeader(Service):
    """A cookie has the token."""

    def handle(self, operation: Operation, request: Request, account: Account) -> Response:
        response = super().handle(operation, request, account)
        cookie = f"session={account.person.token}; Path=/; HttpOnly"
        return replace(response, headers={**response.headers, "set-cookie": cookie})


@fault("code-in-enable-answer", CODE)
class CodeInEnable(Service):
    """Enable returns the code that was sent by SMS."""

    def document(self, operation: Operation, account: Account) -> Any:
        document = super().document(operation, account)
        if operation == "enable" and account.sms_code is not None:
            document["data"]["attributes"]["two-factor"]["code"] = account.sms_code
        return document


@fault("code-in-header", CODE)
class CodeInHeader(Service):
    """Enable returns the code that was sent by SMS in a header."""

    def handle(self, operation: Operation, request: Request, account: Account) -> Response:
        response = super().handle(operation, request, account)
        if operation != "enable" or account.sms_code is None:
            return response
        return replace(response, headers={**response.headers, "x-debug-code": account.sms_code})


@fault("code-in-resend-answer", CODE, "resend.response.body")
class CodeInResend(Service):
    """Resend returns the code that was sent."""

    def document(self, operation: Operation, account: Account) -> Any:
        return {"code": account.sms_code} if operation == "resend" else super().document(operation, account)


@fault("code-in-error", CODE)
class CodeInError(Service):
    """The error for a wrong code has the right one."""

    def verify(self, account: Account, attributes: Attributes) -> None:
        try:
            super().verify(account, attributes)
        except Rejection as rejection:
            if rejection.pointer is not None:
                rejection.title = f"Expected {account.code(account.two_factor.delivery or 'app')}"
            raise


@fault("recovery-codes-in-error", RECOVERY_CODES)
class RecoveryCodesInError(Service):
    """The error for a wrong code has recovery codes."""

    def reject(self, request: Request, rejection: Rejection) -> Response:
        document = error_document(rejection)
        if rejection.pointer == "/data/attributes/code":
            document["errors"][0]["meta"] = {"recovery-codes": ["p7k2v8q1xa", "w5m4c9z3dt"]}
        return replace(super().reject(request, rejection), body=self.encode(document))


class Remembering(Service):
    """A service that remembers the recovery codes of the last verification."""

    last: tuple[str, ...] = ()

    def verify(self, account: Account, attributes: Attributes) -> None:
        super().verify(account, attributes)
        self.last = account.two_factor.recovery_codes


def remembering(shown: Operation) -> type[Service]:
    """A service with an operation that returns the recovery codes of the last verification."""

    class Showing(Remembering):
        def document(self, operation: Operation, account: Account) -> Any:
            document = super().document(operation, account)
            if operation == shown and self.last:
                document["data"]["attributes"]["two-factor"]["recovery-codes"] = list(self.last)
            return document

    return Showing


SHOWN: tuple[Operation, ...] = ("disable", "enable")
for operation in SHOWN:
    fault.add(
        f"recovery-codes-in-{operation}-answer",
        f"{operation.title()} returns the recovery codes of the last verification.",
        remembering(operation),
        *(f"{operation}.response.recovery-codes", RECOVERY_CODES),
    )


@fault("recovery-codes-outside-state", RECOVERY_CODES)
class RecoveryCodesOutsideTwoFactor(Remembering):
    """Enable and disable return the recovery codes of the last verification in meta."""

    def document(self, operation: Operation, account: Account) -> Any:
        document = super().document(operation, account)
        if document is not None and self.last and not account.two_factor.verified:
            document["meta"] = {"recovery-codes": list(self.last)}
        return document
