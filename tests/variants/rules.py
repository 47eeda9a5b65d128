"""Variants of the rules: the page leaves these decisions to the server."""

from __future__ import annotations

import json
import re
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from reference.messages import MEDIA_TYPE, Attributes, ImmediateResponse, Operation, Rejection, Request, Response
from reference.parsing import parse_json
from reference.service import Service
from tests.catalogue import Chapter

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reference.accounts import Account

variant = Chapter()

# The body


@variant("unknown-members-refused")
class UnknownMembersRejected(Service):
    """A member that the page does not name is rejected."""

    def validate(self, operation: Operation, document: Any) -> Attributes:
        valid = super().validate(operation, document)
        attributes = {"code"} if operation == "verify" else {"delivery", "sms-number"}
        for known, members in (
            ({"data"}, document),
            ({"type", "attributes"}, document["data"]),
            (attributes, document["data"]["attributes"]),
        ):
            if set(members) - known:
                self.reject_member("", "There is an unknown member")
        return valid


@variant("duplicate-members-refused")
class DuplicateMembersRejected(Service):
    """Two members of one name are rejected."""

    def parse_body(self, operation: Operation, request: Request) -> Any:
        document = super().parse_body(operation, request)
        json.loads(request.body, object_pairs_hook=self.check_names)
        return document

    def check_names(self, pairs: list[tuple[str, Any]]) -> None:
        if len({name for name, _ in pairs}) < len(pairs):
            raise Rejection(400, "Two members have one name")


@variant("byte-order-mark-taken")
class ByteOrderMarkAccepted(Service):
    """A byte order mark before the body is ignored, as the JSON standard allows."""

    def parse_body(self, operation: Operation, request: Request) -> Any:
        del operation
        return parse_json(request.body.removeprefix(b"\xef\xbb\xbf"))


@variant("json-read-leniently")
class JsonReadLeniently(Service):
    """Comments, NaN, line breaks in strings, UTF-16 and bytes that are not UTF-8 are accepted in JSON."""

    def parse_body(self, operation: Operation, request: Request) -> Any:
        try:
            return super().parse_body(operation, request)
        except Rejection:
            text = request.body.decode(json.detect_encoding(request.body), "replace")
            text = re.sub(r"/\*.*?\*/|(?m:(?<!:)//.*$)|(?m:^\s*#.*$)", "", text, flags=re.DOTALL)
            with suppress(ValueError, RecursionError):
                return json.loads(text, strict=False)
            raise


@variant("superfluous-body-refused")
class SuperfluousBodyRejected(Service):
    """A body of disable or resend is rejected."""

    def handle(self, operation: Operation, request: Request, account: Account) -> Response:
        if operation in {"disable", "resend"} and request.body:
            raise Rejection(400, "No body is expected here")
        return super().handle(operation, request, account)


# The number


def accepting_numbers(pattern: str) -> type[Service]:
    """A service that accepts numbers of one form."""

    class AcceptingNumbers(Service):
        def is_phone_number(self, value: str) -> bool:
            return re.fullmatch(pattern, value) is not None

    return AcceptingNumbers


def storing_numbers(pattern: str, replacement: str) -> type[Service]:
    """A service that stores numbers in one form."""

    class StoringNumbers(Service):
        def valid_sms_number(self, attributes: dict[str, Any], delivery: str) -> str | None:
            number = super().valid_sms_number(attributes, delivery)
            return number and re.sub(pattern, replacement, re.sub(r"[ ().-]", "", number))

    return StoringNumbers


variant.add("numbers-e164-only", "Only numbers in E.164 are accepted.", accepting_numbers(r"\+[1-9][0-9]{7,14}"))
variant.add(
    "numbers-american-only", "Only complete American numbers are accepted.", accepting_numbers(r"\+1[2-9][0-9]{9}")
)
variant.add("numbers-unchecked", "Any printable string is accepted as a number.", accepting_numbers(r"[ -\uD7FF]+"))
variant.add("number-without-plus", "The number is stored as bare digits.", storing_numbers(r"^\+", ""))
variant.add(
    "number-formatted", "The number is shown with hyphens.", storing_numbers(r"^(\+1)(\d{3})(\d{3})", r"\1-\2-\3-")
)


@variant("number-kept-under-app")
class NumberKeptUnderApp(Service):
    """A number is stored and shown, also where delivery is by application."""

    def valid_sms_number(self, attributes: dict[str, Any], delivery: str) -> str | None:
        is_there = isinstance(attributes.get("sms-number"), str)
        return super().valid_sms_number(attributes, "sms" if is_there else delivery)


@variant("number-unread-under-app", "enable.request.sms-number-by-app")
class NumberUnreadUnderApp(Service):
    """The number is not read where delivery is by application."""

    def valid_sms_number(self, attributes: dict[str, Any], delivery: str) -> str | None:
        return None if delivery == "app" else super().valid_sms_number(attributes, delivery)


@variant("number-on-file")
class NumberOnFile(Service):
    """Delivery by SMS without a number uses the one on file."""

    def valid_sms_number(self, attributes: dict[str, Any], delivery: str) -> str | None:
        number = super().valid_sms_number(attributes, delivery)
        return "+12025550101" if number is None and delivery == "sms" else number

    def check_number_optional(self, delivery: str) -> None:
        pass


# Headers, paths and methods


@variant("media-types-ignored", "accept.parameters", "media-type.parameters")
class MediaTypesIgnored(Service):
    """The media types of a request are ignored."""

    def check_media_types(self, request: Request) -> None:
        pass


@variant("plain-json-taken")
class PlainJsonAccepted(Service):
    """A body may be labelled as plain JSON."""

    def check_content_type(self, request: Request) -> None:
        if request.headers.get("content-type") != "application/json":
            super().check_content_type(request)


@variant("accept-wanted")
class AcceptRequired(Service):
    """An Accept header that has neither JSON:API nor a wildcard returns 406."""

    def check_accept(self, request: Request) -> None:
        super().check_accept(request)
        entries = re.split(r"\s*[,;]\s*", request.headers.get("accept", "*/*"))
        if not {"*/*", "application/*", MEDIA_TYPE} & set(entries):
            raise Rejection(406, "Only JSON:API is served")


@variant("scheme-to-the-letter")
class SchemeToTheLetter(Service):
    """The scheme is case-sensitive."""

    def token_from(self, authorization: str) -> str | None:
        return super().token_from(authorization) if authorization.startswith("Bearer ") else None


@variant("schemes-of-frameworks", "credentials.scheme")
class SchemesOfFrameworks(Service):
    """A valid token is accepted under the scheme Token, and without a scheme."""

    def token_from(self, authorization: str) -> str | None:
        scheme, _, token = authorization.rpartition(" ")
        return token if scheme.lower() in {"", "token"} else super().token_from(authorization)


@variant("slash-tolerated")
class SlashTolerated(Service):
    """Paths may end in a slash."""

    def routes(self) -> Mapping[str, Operation]:
        return {f"{path}{end}": operation for path, operation in super().routes().items() for end in ("", "/")}


@variant("options-answered")
class OptionsAnswered(Service):
    """OPTIONS returns 204 with the allowed methods."""

    def check_method(self, request: Request) -> None:
        if request.method == "OPTIONS":
            allow = {"allow": "POST, OPTIONS", "access-control-allow-origin": "*"}
            raise ImmediateResponse(Response(204, media_type=None, headers=allow))
        super().check_method(request)


# States


@variant("enable-again-refused")
class EnableAgainRejected(Service):
    """Enable is rejected for an enabled account."""

    def enable(self, account: Account, attributes: Attributes) -> None:
        if account.two_factor.enabled:
            raise self.wrong_state("Two-factor authentication is on")
        super().enable(account, attributes)


@variant("enable-over-verified-refused")
class EnableOverVerifiedRejected(Service):
    """Enable is rejected for a verified account."""

    def enable(self, account: Account, attributes: Attributes) -> None:
        if account.two_factor.verified:
            raise self.wrong_state("Two-factor authentication is verified")
        super().enable(account, attributes)


@variant("disable-while-off-refused")
class DisableWhileOffRejected(Service):
    """Disable is rejected for an account that is off."""

    def disable(self, account: Account) -> None:
        if not account.two_factor.enabled:
            raise self.wrong_state("Two-factor authentication is off")
        super().disable(account)


@variant("verify-again-accepted")
class VerifyAgainAccepted(Service):
    """Verify with the right code returns the user of a verified account; its recovery codes stay."""

    def verify(self, account: Account, attributes: Attributes) -> None:
        codes = account.two_factor.recovery_codes
        if account.two_factor.verified:
            account.two_factor = replace(account.two_factor, verified=False)
        try:
            super().verify(account, attributes)
        finally:
            if codes:
                account.two_factor = replace(account.two_factor, verified=True, recovery_codes=codes)


@variant("resend-under-app-accepted")
class ResendUnderAppAccepted(Service):
    """Resend returns null and does nothing where delivery is by application."""

    def resend(self, account: Account) -> None:
        if account.two_factor.delivery != "app":
            super().resend(account)


@variant("resend-always-accepted")
class ResendAlwaysAccepted(Service):
    """Resend returns null in every state, so it does not tell the state."""

    def resend(self, account: Account) -> None:
        if account.two_factor.delivery == "sms":
            account.send_code()


@variant("resend-after-verified-refused")
class ResendAfterVerifiedRejected(Service):
    """Resend is rejected for a verified account."""

    def resend(self, account: Account) -> None:
        if account.two_factor.verified:
            raise self.wrong_state("Two-factor authentication is verified already")
        super().resend(account)


def starting(delivery: str, *, verified: bool) -> type[Service]:
    """A service whose accounts begin with a set-up."""

    class Starting(Service):
        def __init__(self, **settings: Any) -> None:
            super().__init__(**settings)
            for account in self.accounts:
                account.enable(delivery, self.sms_number if delivery == "sms" else None)
                if verified:
                    account.confirm()

    return Starting


variant.add("starts-verified", "The account begins verified by application.", starting("app", verified=True))
variant.add("starts-verified-by-sms", "The account begins verified by SMS.", starting("sms", verified=True))
variant.add("starts-pending", "The account begins waiting for a code by SMS.", starting("sms", verified=False))


@variant("get-described", "methods.rejected")
class GetDescribed(Service):
    """GET describes the action, and heeds no override of the method."""

    def respond(self, request: Request) -> Response:
        if request.method == "GET" and request.operation is not None:
            return Response(200, b'{"meta": {"method": "POST"}}')
        return super().respond(request)
