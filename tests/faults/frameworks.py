"""Faults that frameworks bring along: lenient parsers, method overrides, forms, mass assignment, tables of tokens."""

from __future__ import annotations

import contextlib
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from reference.accounts import Account
from reference.messages import Attributes, Rejection
from reference.service import Service
from tests.catalogue import Chapter
from tests.faults.bodies import parse_form
from tests.faults.common import crash

if TYPE_CHECKING:
    from collections.abc import Callable

    from reference.messages import Operation, Request, Response

fault = Chapter()

# -- member names ------------------------------------------------------------------------------------------------------


def ignoring_case(level: str, *expects: str) -> None:
    """Add a service that matches the member at the end of a pointer without case."""

    class IgnoringCase(Service):
        def member(self, operation: Operation, pointer: str, container: dict[str, Any]) -> Any:
            if pointer == level:
                container = {name.lower(): value for name, value in container.items()}
            return super().member(operation, pointer, container)

    name = level.rpartition("/")[2]
    fault.add(f"name-case-ignored-{name}", f"The member {name} is matched without case.", IgnoringCase, *expects)


ignoring_case("/data", "enable.request.data", "verify.request.data")
ignoring_case("/data/type", "enable.request.type", "verify.request.type")
ignoring_case("/data/attributes", "enable.request.attributes", "verify.request.attributes")
ignoring_case("/data/attributes/delivery", "enable.request.delivery")
ignoring_case("/data/attributes/code", "verify.request.code")

# -- mass assignment ---------------------------------------------------------------------------------------------------


class Assigning(Service):
    """A service that keeps the attributes of the request that is being handled."""

    sent: dict[str, Any]

    def validate(self, operation: Operation, document: Any) -> Attributes:
        attributes = super().validate(operation, document)
        self.sent = document["data"]["attributes"]
        return attributes


@fault("mass-assignment-verified", "enable.response.verified", "enable.starts-unverified")
class MassAssignmentVerified(Assigning):
    """The member verified of a request to enable is written to the account."""

    def enable(self, account: Account, attributes: Attributes) -> None:
        super().enable(account, attributes)
        if self.sent.get("verified") is True:
            account.confirm()


@fault("mass-assignment-recovery-codes", "enable.response.recovery-codes", "response.no-recovery-codes")
class MassAssignmentRecoveryCodes(Assigning):
    """The member recovery-codes of a request to enable is written to the account, and answered."""

    def document(self, operation: Operation, account: Account) -> Any:
        document = super().document(operation, account)
        if operation == "enable" and "recovery-codes" in self.sent:
            document["data"]["attributes"]["two-factor"]["recovery-codes"] = self.sent["recovery-codes"]
        return document


@fault("mass-assignment-verifies", "verify.wrong-code")
class MassAssignmentVerifies(Assigning):
    """The member verified of a request to verify verifies, whatever the code is."""

    def is_right_code(self, account: Account, code: str) -> bool:
        return self.sent.get("verified") is True or super().is_right_code(account, code)


@fault("mass-assignment-service-account", "user.is-service-account", "user.same-username", "user.same-id")
class MassAssignmentUsername(Assigning):
    """The whole of the attributes is merged into the response."""

    def document(self, operation: Operation, account: Account) -> Any:
        document = super().document(operation, account)
        if operation == "enable" and "verified" in self.sent:
            document["data"]["attributes"] |= {"is-service-account": "yes"}
        return document


@fault("mass-assignment-enabled", "enable.response.enabled", "verify.response.enabled")
class MassAssignmentEnabled(Assigning):
    """The member enabled of a request is answered as it was sent."""

    def document(self, operation: Operation, account: Account) -> Any:
        document = super().document(operation, account)
        if operation in ("enable", "verify") and "enabled" in self.sent:
            document["data"]["attributes"]["two-factor"]["enabled"] = self.sent["enabled"]
        return document


@fault("mass-assignment-by-verify", "verify.response.recovery-codes", "verify.response.verified")
class MassAssignmentByVerify(Assigning):
    """The members verified and recovery-codes of a request to verify are answered as they were sent."""

    def document(self, operation: Operation, account: Account) -> Any:
        document = super().document(operation, account)
        if operation == "verify":
            two_factor = document["data"]["attributes"]["two-factor"]
            two_factor |= {name: self.sent[name] for name in ("verified", "recovery-codes") if name in self.sent}
        return document


# -- codes -------------------------------------------------------------------------------------------------------------


def reading(read: Callable[[str], str | None]) -> type[Service]:
    """A service that reads a code by another parser first; `None` where it can't be read."""

    class Reading(Service):
        def is_right_code(self, account: Account, code: str) -> bool:
            return code in account.right_codes() or read(code) in account.right_codes()

    return Reading


for name, sentence, read in (
    ("code-letters-dropped", "Letters behind the digits of a code are dropped, as intval does.", r"\s*(\d+)[^.]*"),
    ("code-sign-dropped", "A sign before a code is dropped, as int() does.", r"\+(\d+)"),
    ("code-fraction-dropped", "A fraction behind a code is dropped, as a conversion from float does.", r"(\d+)\.0+"),
):
    fault.add(
        name,
        sentence,
        reading(lambda code, pattern=read: match[1] if (match := re.fullmatch(pattern, code)) else None),  # type: ignore[misc]
        "verify.wrong-code",
    )


class Remembering(Account):
    """An account that remembers codes of earlier set-ups."""

    def remember(self) -> None:
        """Keep the present codes."""
        earlier: frozenset[str] = getattr(self, "earlier", frozenset())
        self.earlier: frozenset[str] = (
            earlier | set(self.two_factor.recovery_codes) | ({self.sms_code} if self.sms_code else set())
        )

    def enable(self, delivery: str, number: str | None) -> None:
        self.remember()
        super().enable(delivery, number)

    def disable(self) -> None:
        self.remember()
        super().disable()


@fault("code-recovery-accepted", "verify.wrong-code")
class CodeRecoveryAccepted(Service):
    """A recovery code of an earlier set-up verifies a new one."""

    account_type = Remembering

    def is_right_code(self, account: Account, code: str) -> bool:
        earlier = {known for known in getattr(account, "earlier", ()) if not known.isdecimal()}
        return code in earlier or super().is_right_code(account, code)


@fault("code-earlier-message-accepted", "verify.wrong-code")
class CodeEarlierMessageAccepted(Service):
    """The code of an earlier message verifies a new set-up by SMS."""

    account_type = Remembering

    def is_right_code(self, account: Account, code: str) -> bool:
        is_earlier = account.two_factor.delivery == "sms" and code in getattr(account, "earlier", ())
        return is_earlier or super().is_right_code(account, code)


@fault("code-message-accepted-by-app", "verify.wrong-code")
class CodeMessageAcceptedByApp(Service):
    """The code of a message verifies after the delivery was switched to an application."""

    account_type = Remembering

    def is_right_code(self, account: Account, code: str) -> bool:
        is_message = account.two_factor.delivery == "app" and code in getattr(account, "earlier", ())
        return (is_message and code.isdecimal()) or super().is_right_code(account, code)


@fault("code-null-equals-none", "verify.while-off")
class CodeNullEqualsNone(Service):
    """While off, no code is expected, and a request without one equals it."""

    def valid_code(self, attributes: dict[str, Any]) -> str:
        return "" if attributes.get("code") is None else super().valid_code(attributes)

    def check_pending(self, account: Account) -> None:
        if account.two_factor.enabled:
            super().check_pending(account)

    def is_right_code(self, account: Account, code: str) -> bool:
        return code == "" if not account.two_factor.enabled else bool(code) and super().is_right_code(account, code)

    def verify(self, account: Account, attributes: Attributes) -> None:
        if account.two_factor.enabled and not attributes.code:
            self.reject_member("/data/attributes/code", "The code must be a string")
        super().verify(account, attributes)


@fault("code-number-by-app-crashes", "verify.request.code", "http.no-server-error")
class CodeNumberByAppCrashes(Service):
    """A code that is not a string crashes the comparison with the codes of an application."""

    def valid_code(self, attributes: dict[str, Any]) -> str:
        code = attributes.get("code")
        if isinstance(code, int | list):
            raise crash()
        return super().valid_code(attributes)


# -- tokens and methods ------------------------------------------------------------------------------------------------


@fault("token-object-member", "credentials.required")
class TokenObjectMember(Service):
    """Tokens are the members of a JavaScript object, which has some of its own."""

    def account_of(self, token: str) -> Account | None:
        return self.accounts[0] if token in {"constructor", "__proto__", "toString"} else super().account_of(token)


@fault("token-pattern", "credentials.required")
class TokenPattern(Service):
    """Tokens are looked up with LIKE."""

    def account_of(self, token: str) -> Account | None:
        return self.accounts[0] if token == "%" else super().account_of(token)


@fault("token-quote-crashes", "credentials.required", "http.no-server-error")
class TokenQuoteCrashes(Service):
    """A token is put into a statement of SQL between quotes."""

    def account_of(self, token: str) -> Account | None:
        if "'" in token:
            raise crash()
        return super().account_of(token)


@fault("token-first-word", "credentials.token-alone")
class TokenFirstWord(Service):
    """Words behind the token are ignored."""

    def token_from(self, authorization: str) -> str | None:
        return super().token_from(" ".join(authorization.split()[:2]))


@fault("method-override-header", "methods.no-override")
class MethodOverrideHeader(Service):
    """The method is taken from X-HTTP-Method-Override."""

    def respond(self, request: Request) -> Response:
        method = request.headers.get("x-http-method-override", request.method)
        return super().respond(replace(request, method=method))


@fault("form-taken-by-media-type", "media-type.form")
class FormTakenByMediaType(Service):
    """A form under its own media type is parsed."""

    def check_content_type(self, request: Request) -> None:
        if not self.is_form(request):
            super().check_content_type(request)

    def parse_body(self, operation: Operation, request: Request) -> Any:
        if self.is_form(request):
            with contextlib.suppress(Rejection):
                return parse_form(request.body)
        return super().parse_body(operation, request)

    @staticmethod
    def is_form(request: Request) -> bool:
        """Whether the request names the media type of forms."""
        return request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded")


@fault("number-unchecked-by-app", "enable.request.sms-number-by-app")
class NumberUncheckedByApp(Service):
    """The type of sms-number is checked under SMS delivery only."""

    def valid_sms_number(self, attributes: dict[str, Any], delivery: str) -> str | None:
        return None if delivery == "app" else super().valid_sms_number(attributes, delivery)


# -- numbers, depth and links ------------------------------------------------------------------------------------------


@fault("huge-number-crashes", "http.no-server-error")
class HugeNumberCrashes(Service):
    """A number of more than 64 bits crashes its conversion."""

    def parse_body(self, operation: Operation, request: Request) -> Any:
        if re.search(rb"\d{20}", request.body):
            raise crash()
        return super().parse_body(operation, request)


@fault("verify-answer-number-null-by-sms", "verify.response.sms-number")
class VerifyAnswerNumberNullBySms(Service):
    """After verifying by SMS the number is null, as if it were the code that it took."""

    def document(self, operation: Operation, account: Account) -> Any:
        document = super().document(operation, account)
        if operation == "verify":
            document["data"]["attributes"]["two-factor"]["sms-number"] = None
        return document


@fault("link-with-blank", "user.links.self", "user.authentication-tokens.links.related")
class LinkWithBlank(Service):
    """Links hold the user name as it is, with a blank."""

    def document(self, operation: Operation, account: Account) -> Any:
        document = super().document(operation, account)
        if operation != "resend":
            data = document["data"]
            data["attributes"]["username"] = "ada lovelace"
            data["links"]["self"] = "/api/v2/users/ada lovelace"
            related = data["relationships"]["authentication-tokens"]["links"]
            related["related"] = "/api/v2/users/ada lovelace/authentication-tokens"
        return document
