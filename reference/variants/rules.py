"""Freedoms of the rules: what the page leaves open is decided the other way."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from reference.messages import MEDIA_TYPE, Answer, Call, Interruption, Operation, Rejection
from reference.parsing import parse_json
from reference.service import Service
from reference.validation import ABSENT, Order
from reference.variants.registry import Chapter

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reference.accounts import Account

variant = Chapter()


@variant("unknown-members-refused")
class UnknownMembersRefused(Service):
    """A request with a member that the page does not name is refused."""

    def validate(self, operation: Operation, document: Any) -> Order:
        """The known ones first."""
        order = super().validate(operation, document)
        attributes = {"code"} if operation == "verify" else {"delivery", "sms-number"}
        for known, members in (
            ({"data"}, document),
            ({"type", "attributes"}, document["data"]),
            (attributes, document["data"]["attributes"]),
        ):
            if set(members) - known:
                self.refuse_member("", "There is a member that is not known here")
        return order


@variant("duplicate-members-refused")
class DuplicateMembersRefused(Service):
    """A request with two members of one name is refused."""

    def parse(self, operation: Operation, call: Call) -> Any:
        """Names are counted."""
        document = super().parse(operation, call)
        json.loads(call.body, object_pairs_hook=self.unique)
        return document

    def unique(self, pairs: list[tuple[str, Any]]) -> None:
        """Refuse a name that comes twice."""
        if len({name for name, _ in pairs}) < len(pairs):
            raise Rejection(400, "Two members have one name")


@variant("byte-order-mark-taken")
class ByteOrderMarkTaken(Service):
    """A byte order mark before the body is ignored, as the JSON standard allows."""

    def parse(self, operation: Operation, call: Call) -> Any:
        """The rest is JSON or not."""
        del operation
        return parse_json(call.body.removeprefix(b"\xef\xbb\xbf"))


@variant("superfluous-body-refused")
class SuperfluousBodyRefused(Service):
    """A body that an action does not take is refused."""

    def act(self, operation: Operation, call: Call, account: Account) -> Answer:
        """Disable and resend come without."""
        if operation in {"disable", "resend"} and call.body:
            raise Rejection(400, "No body is expected here")
        return super().act(operation, call, account)


def numbers(pattern: str) -> type[Service]:
    """A service with its own idea of a phone number."""

    class Numbers(Service):
        def is_number(self, value: str) -> bool:
            return re.fullmatch(pattern, value) is not None

    return Numbers


variant.add("numbers-e164-only", "Only numbers in E.164 are taken.", numbers(r"\+[1-9][0-9]{7,14}"))
variant.add("numbers-american-only", "Only complete American numbers are taken.", numbers(r"\+1[2-9][0-9]{9}"))
variant.add("numbers-unchecked", "Any string of printable characters is taken for a number.", numbers(r"[ -\uD7FF]+"))


def rewritten(pattern: str, form: str) -> type[Service]:
    """A service that writes numbers in its own way."""

    class Rewritten(Service):
        def number(self, attributes: dict[str, Any], delivery: str) -> str | None:
            given = super().number(attributes, delivery)
            return given and re.sub(pattern, form, re.sub(r"[ ().-]", "", given))

    return Rewritten


variant.add("number-without-plus", "The number is kept as bare digits.", rewritten(r"^\+", ""))
variant.add("number-formatted", "The number is shown with hyphens.", rewritten(r"^(\+1)(\d{3})(\d{3})", r"\1-\2-\3-"))


@variant("number-kept-under-app")
class NumberKeptUnderApp(Service):
    """A number sent with delivery by application is kept and shown."""

    def number(self, attributes: dict[str, Any], delivery: str) -> str | None:
        """As if it were for SMS."""
        given = attributes.get("sms-number", ABSENT)
        return super().number(attributes, "sms" if isinstance(given, str) else delivery)


@variant("number-on-file")
class NumberOnFile(Service):
    """Delivery by SMS without a number uses the one on file."""

    def number(self, attributes: dict[str, Any], delivery: str) -> str | None:
        """The number on file, where none is given."""
        given = super().number(attributes, delivery)
        return "+12025550101" if given is None and delivery == "sms" else given

    def check_no_number(self, delivery: str) -> None:
        """There is one."""


@variant("media-types-ignored")
class MediaTypesIgnored(Service):
    """No media type is looked at, neither of requests nor for answers."""

    def negotiate(self, call: Call) -> None:
        """Whatever it is called."""


@variant("plain-json-taken")
class PlainJsonTaken(Service):
    """A request may be called plain JSON as well."""

    def check_content_type(self, call: Call) -> None:
        """Two media types are read."""
        if call.headers.get("content-type") != "application/json":
            super().check_content_type(call)


@variant("accept-wanted")
class AcceptWanted(Service):
    """A request whose Accept header names neither JSON:API nor everything is answered by 406."""

    def check_accept(self, call: Call) -> None:
        """Nothing else is made here."""
        super().check_accept(call)
        if not {"*/*", "application/*", MEDIA_TYPE} & set(re.split(r"\s*[,;]\s*", call.headers.get("accept", "*/*"))):
            raise Rejection(406, "Only JSON:API is served")


@variant("scheme-to-the-letter")
class SchemeToTheLetter(Service):
    """The scheme is Bearer with a capital letter only."""

    def token(self, authorization: str) -> str | None:
        """To the letter."""
        return super().token(authorization) if authorization.startswith("Bearer ") else None


@variant("schemes-of-frameworks")
class SchemesOfFrameworks(Service):
    """A valid token is taken under the scheme Token, or under none, as well."""

    def token(self, authorization: str) -> str | None:
        """The last word."""
        scheme, _, token = authorization.rpartition(" ")
        return token if scheme.lower() in ("", "token") else super().token(authorization)


@variant("slash-tolerated")
class SlashTolerated(Service):
    """Addresses may end in a slash."""

    def routes(self) -> Mapping[str, Operation]:
        """Each twice."""
        return {f"{path}{end}": operation for path, operation in super().routes().items() for end in ("", "/")}


@variant("options-answered")
class OptionsAnswered(Service):
    """OPTIONS is answered by 204, with what is allowed."""

    def check_method(self, call: Call) -> None:
        """As a browser asks."""
        if call.method == "OPTIONS":
            allow = {"allow": "POST, OPTIONS", "access-control-allow-origin": "*"}
            raise Interruption(Answer(204, media_type=None, headers=allow))
        super().check_method(call)


@variant("enable-again-refused")
class EnableAgainRefused(Service):
    """Enabling what is enabled is refused."""

    def enable(self, account: Account, order: Order) -> None:
        """Disable first."""
        if account.two_factor.enabled:
            raise self.wrong_state("Two-factor authentication is on")
        super().enable(account, order)


@variant("enable-over-verified-refused")
class EnableOverVerifiedRefused(Service):
    """Enabling what is verified is refused."""

    def enable(self, account: Account, order: Order) -> None:
        """Disable first."""
        if account.two_factor.verified:
            raise self.wrong_state("Two-factor authentication is verified")
        super().enable(account, order)


@variant("disable-while-off-refused")
class DisableWhileOffRefused(Service):
    """Disabling what is off is refused."""

    def disable(self, account: Account) -> None:
        """There is nothing to end."""
        if not account.two_factor.enabled:
            raise self.wrong_state("Two-factor authentication is off")
        super().disable(account)


@variant("verify-again-accepted")
class VerifyAgainAccepted(Service):
    """Verifying what is verified, with the right code, answers the user once more."""

    def verify(self, account: Account, order: Order) -> None:
        """The recovery codes stay."""
        codes = account.two_factor.recovery_codes
        if account.two_factor.verified:
            account.two_factor = replace(account.two_factor, verified=False)
        try:
            super().verify(account, order)
        finally:
            if codes:
                account.two_factor = replace(account.two_factor, verified=True, recovery_codes=codes)


@variant("resend-under-app-accepted")
class ResendUnderAppAccepted(Service):
    """Resending under delivery by application answers null and does nothing."""

    def resend(self, account: Account) -> None:
        """Nothing is sent."""
        if account.two_factor.delivery != "app":
            super().resend(account)


@variant("resend-always-accepted")
class ResendAlwaysAccepted(Service):
    """Resending answers null in every state, so that it tells nothing about it."""

    def resend(self, account: Account) -> None:
        """Sent where it can be."""
        if account.two_factor.delivery == "sms":
            account.send_code()


@variant("resend-after-verified-refused")
class ResendAfterVerifiedRefused(Service):
    """Resending what is verified is refused."""

    def resend(self, account: Account) -> None:
        """Nothing is left to verify."""
        if account.two_factor.verified:
            raise self.wrong_state("Two-factor authentication is verified already")
        super().resend(account)


def starting(*, delivery: str, verified: bool) -> type[Service]:
    """A service whose accounts come with a set-up."""

    class Starting(Service):
        def __init__(self, **settings: Any) -> None:
            super().__init__(**settings)
            for account in self.accounts:
                account.enable(delivery, self.sms_number if delivery == "sms" else None)
                if verified:
                    account.confirm()

    return Starting


variant.add(
    "starts-verified", "The account is verified by application at the start.", starting(delivery="app", verified=True)
)
variant.add(
    "starts-verified-by-sms", "The account is verified by SMS at the start.", starting(delivery="sms", verified=True)
)
variant.add(
    "starts-pending", "The account waits for a code by SMS at the start.", starting(delivery="sms", verified=False)
)
