"""Faults of disclosure: the token, a code or recovery codes where they do not belong; and of media types."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from reference.documents import error_document
from reference.faults.registry import Area
from reference.messages import Answer, Call, Operation, Rejection
from reference.service import Service

if TYPE_CHECKING:
    from reference.accounts import Account
    from reference.validation import Order

fault = Area("disclosure")

EARLIER = ["p7k2v8q1xa", "w5m4c9z3dt"]


@fault("token-in-error", "response.no-token")
class TokenInError(Service):
    """The detail of an error quotes the request with its token."""

    def refuse(self, call: Call, rejection: Rejection) -> Answer:
        """All that helps to debug."""
        document = error_document(rejection)
        document["errors"][0]["detail"] = f"{call.method} {call.path} ({call.headers.get('authorization', '-')})"
        return replace(super().refuse(call, rejection), body=self.encode(document))


@fault("token-in-user", "response.no-token")
class TokenInUser(Service):
    """The user answers hold the token among the attributes."""

    def document(self, operation: Operation, account: Account) -> Any:
        """Every column of the row."""
        document = super().document(operation, account)
        if document is not None:
            document["data"]["attributes"]["api-token"] = account.person.token
        return document


@fault("token-in-link", "response.no-token")
class TokenInLink(Service):
    """The link to the authentication tokens works without a header, as it holds the token."""

    def document(self, operation: Operation, account: Account) -> Any:
        """A link for convenience."""
        document = super().document(operation, account)
        if document is not None:
            links = document["data"]["relationships"]["authentication-tokens"]["links"]
            links["related"] += f"?access_token={account.person.token}"
        return document


@fault("token-in-header", "response.no-token")
class TokenInHeader(Service):
    """The answers to valid calls set the token as a cookie."""

    def act(self, operation: Operation, call: Call, account: Account) -> Answer:
        """For the browser's sake."""
        answer = super().act(operation, call, account)
        cookie = f"session={account.person.token}; Path=/; HttpOnly"
        return replace(answer, headers={**answer.headers, "set-cookie": cookie})


@fault("code-in-enable-answer", "response.no-code")
class CodeInEnableAnswer(Service):
    """Enabling delivery by SMS answers the code that was sent."""

    def document(self, operation: Operation, account: Account) -> Any:
        """Left over from testing."""
        document = super().document(operation, account)
        if operation == "enable" and account.sms_code is not None:
            document["data"]["attributes"]["two-factor"]["code"] = account.sms_code
        return document


@fault("code-in-error", "response.no-code")
class CodeInError(Service):
    """The error about a wrong code tells the right one."""

    def verify(self, account: Account, order: Order) -> None:
        """The message of an assertion."""
        try:
            super().verify(account, order)
        except Rejection as rejection:
            if rejection.pointer is not None:
                rejection.title = f"Expected {account.code(account.two_factor.delivery or 'app')}"
            raise


@fault("code-in-header", "response.no-code")
class CodeInHeader(Service):
    """Enabling delivery by SMS answers the code in a header for debugging."""

    def act(self, operation: Operation, call: Call, account: Account) -> Answer:
        """Left over from testing."""
        answer = super().act(operation, call, account)
        if operation != "enable" or account.sms_code is None:
            return answer
        return replace(answer, headers={**answer.headers, "x-debug-code": account.sms_code})


@fault("code-in-resend-answer", "response.no-code", "resend.response.body")
class CodeInResendAnswer(Service):
    """Resending answers the code that was sent."""

    def document(self, operation: Operation, account: Account) -> Any:
        """Left over from testing."""
        return {"code": account.sms_code} if operation == "resend" else super().document(operation, account)


class Remembering(Service):
    """Keeps the recovery codes of the last verification."""

    last: tuple[str, ...] = ()

    def verify(self, account: Account, order: Order) -> None:
        """Take a copy."""
        super().verify(account, order)
        self.last = account.two_factor.recovery_codes


@fault("recovery-codes-in-disable-answer", "disable.response.recovery-codes", "response.no-recovery-codes")
class RecoveryCodesInDisableAnswer(Remembering):
    """Disabling what was verified shows its recovery codes a last time."""

    def document(self, operation: Operation, account: Account) -> Any:
        """The codes of the last time."""
        document = super().document(operation, account)
        if operation == "disable" and self.last:
            document["data"]["attributes"]["two-factor"]["recovery-codes"] = list(self.last)
        return document


@fault("recovery-codes-in-enable-answer", "enable.response.recovery-codes", "response.no-recovery-codes")
class RecoveryCodesInEnableAnswer(Remembering):
    """Enabling again shows the recovery codes of the last verification."""

    def document(self, operation: Operation, account: Account) -> Any:
        """The codes of the last time."""
        document = super().document(operation, account)
        if operation == "enable" and self.last:
            document["data"]["attributes"]["two-factor"]["recovery-codes"] = list(self.last)
        return document


@fault("recovery-codes-in-error", "response.no-recovery-codes")
class RecoveryCodesInError(Service):
    """The error about a wrong code offers a recovery code to go on with."""

    def refuse(self, call: Call, rejection: Rejection) -> Answer:
        """Help that goes too far."""
        document = error_document(rejection)
        if rejection.pointer == "/data/attributes/code":
            document["errors"][0]["meta"] = {"recovery-codes": EARLIER}
        return replace(super().refuse(call, rejection), body=self.encode(document))


@fault("recovery-codes-outside-state", "response.no-recovery-codes")
class RecoveryCodesOutsideState(Remembering):
    """Once there were recovery codes, the answers of enable and disable hold them in meta."""

    def document(self, operation: Operation, account: Account) -> Any:
        """Beside the data."""
        document = super().document(operation, account)
        if document is not None and self.last and not account.two_factor.verified:
            document["meta"] = {"recovery-codes": list(self.last)}
        return document
