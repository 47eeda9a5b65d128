"""Faults of request members: invalid values that are accepted or crash, and valid ones that are rejected."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Any

from reference.accounts import equals_in_constant_time
from reference.parsing import ABSENT
from reference.service import Service
from tests.catalogue import Chapter
from tests.faults.common import crash

if TYPE_CHECKING:
    from collections.abc import Callable

    from reference.accounts import Account
    from reference.messages import Attributes, Operation

fault = Chapter()

POINTERS = {
    "data": "/data",
    "type": "/data/type",
    "attributes": "/data/attributes",
    "delivery": "/data/attributes/delivery",
    "sms-number": "/data/attributes/sms-number",
    "code": "/data/attributes/code",
}
DELIVERIES = ("app", "sms")
RIGHT = "\0right"
"""A mark that `MarkVerifies` takes for the right code."""


def reading(operation: Operation, name: str, convert: Callable[[Any], Any]) -> type[Service]:
    """A service that converts a request's member before it is validated."""

    class Reading(Service):
        def member(self, requested: Operation, pointer: str, container: dict[str, Any]) -> Any:
            value = super().member(requested, pointer, container)
            return convert(value) if (requested, pointer) == (operation, POINTERS[name]) else value

    return Reading


def crashing(operation: Operation, name: str, condition: Callable[[Any], bool]) -> type[Service]:
    """A service that returns 500 for some values of a request's member."""

    def convert(value: Any) -> Any:
        if condition(value):
            raise crash()
        return value

    return reading(operation, name, convert)


def flattened(operation: Operation, name: str) -> type[Service]:
    """A service that reads the members of an absent object in the one around it."""

    class Flattened(Service):
        def member(self, requested: Operation, pointer: str, container: dict[str, Any]) -> Any:
            value = super().member(requested, pointer, container)
            return container if value is ABSENT and (requested, pointer) == (operation, POINTERS[name]) else value

    return Flattened


def replacing(condition: Callable[[Any], bool], replacement: Any) -> Callable[[Any], Any]:
    """A conversion that replaces some values."""
    return lambda value: replacement if condition(value) else value


def strings(convert: Callable[[str], Any]) -> Callable[[Any], Any]:
    """A conversion of strings only."""
    return lambda value: convert(value) if isinstance(value, str) else value


def first(value: Any) -> Any:
    """The first element of a list."""
    return value[0] if isinstance(value, list) and value else value


def absent(value: Any) -> bool:
    """True for a member that is not there."""
    return value is ABSENT


def null(value: Any) -> bool:
    """True for null."""
    return value is None


def not_a_string(value: Any) -> bool:
    """True for a value that is neither null nor a string."""
    return value is not ABSENT and value is not None and not isinstance(value, str)


def not_an_object(value: Any) -> bool:
    """True for a value that is neither null nor an object."""
    return value is not ABSENT and value is not None and not isinstance(value, dict)


def unknown_delivery(value: Any) -> bool:
    """True for a string that is not a delivery."""
    return isinstance(value, str) and value not in DELIVERIES


ACCEPTED: tuple[tuple[Operation, str, str, str, Callable[[Any], Any]], ...] = (
    ("enable", "type", "unchecked", "Enable does not check the type.", lambda _: "users"),
    ("enable", "type", "absent-accepted", "Enable accepts an absent type.", replacing(absent, "users")),
    ("enable", "type", "case-ignored", "Enable ignores the case of the type.", strings(str.lower)),
    ("enable", "type", "trimmed", "Enable trims the type.", strings(str.strip)),
    ("verify", "type", "unchecked", "Verify does not check the type.", lambda _: "users"),
    (
        "verify",
        "type",
        "singular-accepted",
        "Verify accepts the type in the singular.",
        replacing(lambda value: value == "user", "users"),
    ),
    (
        "verify",
        "type",
        "no-string-accepted",
        "Verify checks the type only if it is a string.",
        replacing(not_a_string, "users"),
    ),
    ("enable", "data", "list-accepted", "Enable takes the first element of a list for data.", first),
    ("verify", "data", "list-accepted", "Verify takes the first element of a list for data.", first),
    (
        "enable",
        "attributes",
        "absent-accepted",
        "Enable takes absent attributes for delivery by application.",
        replacing(absent, {"delivery": "app"}),
    ),
)
for operation, name, kind, sentence, convert in ACCEPTED:
    fault.add(f"{operation}-{name}-{kind}", sentence, reading(operation, name, convert), f"{operation}.request.{name}")

FLAT: tuple[tuple[Operation, str], ...] = (
    ("enable", "attributes"),
    ("verify", "attributes"),
    ("enable", "data"),
    ("verify", "data"),
)
for operation, name in FLAT:
    fault.add(
        f"{operation}-{name}-flat",
        f"{operation.title()} reads the members of {name} one level higher, where {name} is absent.",
        flattened(operation, name),
        f"{operation}.request.{name}",
    )

for kind, sentence, convert in (
    ("absent-means-app", "An absent delivery means app.", replacing(absent, "app")),
    ("null-means-app", "A delivery of null means app.", replacing(null, "app")),
    ("unknown-means-app", "Any string but sms means app.", replacing(unknown_delivery, "app")),
    ("case-ignored", "The case of the delivery is ignored.", strings(str.lower)),
    ("trimmed", "The delivery is trimmed.", strings(str.strip)),
    ("list-accepted", "A list with a delivery in front is accepted for it.", first),
    (
        "longer-accepted",
        "Characters after a delivery are ignored.",
        strings(lambda value: next((delivery for delivery in DELIVERIES if value.startswith(delivery)), value)),
    ),
    (
        "number-accepted",
        "A delivery is accepted as its number in a list.",
        lambda value: DELIVERIES[value] if isinstance(value, int) and value in {0, 1} else value,
    ),
    ("cut-at-nul", "The delivery ends at its first NUL character.", strings(lambda value: value.split("\0")[0])),
):
    fault.add(f"delivery-{kind}", sentence, reading("enable", "delivery", convert), "enable.request.delivery")

fault.add(
    "sms-number-number-accepted",
    "An SMS number is accepted as a JSON number.",
    reading(
        "enable", "sms-number", lambda value: f"+{value}" if type(value) is int and 10**5 <= value < 10**20 else value
    ),
    "enable.request.sms-number",
)

CRASHES: tuple[tuple[str, Operation, str, Callable[[Any], bool], str], ...] = (
    ("enable-type-absent", "enable", "type", absent, "an absent type"),
    ("verify-type-no-string", "verify", "type", not_a_string, "a type that is not a string"),
    ("enable-data-absent", "enable", "data", absent, "absent data"),
    ("verify-data-no-object", "verify", "data", not_an_object, "data that is not an object"),
    ("enable-attributes-null", "enable", "attributes", null, "attributes of null"),
    ("verify-attributes-absent", "verify", "attributes", absent, "absent attributes"),
    ("delivery-no-string", "enable", "delivery", not_a_string, "a delivery that is not a string"),
    ("delivery-unknown", "enable", "delivery", unknown_delivery, "an unknown delivery"),
    ("sms-number-no-string", "enable", "sms-number", not_a_string, "an SMS number that is not a string"),
    ("sms-number-null", "enable", "sms-number", null, "an SMS number of null"),
    ("sms-number-absent", "enable", "sms-number", absent, "an absent SMS number"),
    ("code-no-string", "verify", "code", not_a_string, "a code that is not a string"),
)
for prefix, operation, name, condition, value in CRASHES:
    fault.add(
        f"{prefix}-crashes",
        f"{operation.title()} returns 500 for {value}.",
        crashing(operation, name, condition),
        *("http.no-server-error", f"{operation}.request.{name}"),
    )


@fault("delivery-unchecked", "enable.request.delivery")
class DeliveryUnchecked(Service):
    """Any printable string is stored as the delivery and shown."""

    def valid_delivery(self, attributes: dict[str, Any]) -> str:
        value = attributes.get("delivery")
        return value if isinstance(value, str) and value.isprintable() else super().valid_delivery(attributes)


@fault("app-refused", "enable.accepted", "enable.request.delivery")
class AppRejected(Service):
    """Delivery by application is not supported yet and rejected."""

    def valid_delivery(self, attributes: dict[str, Any]) -> str:
        if super().valid_delivery(attributes) == "app":
            self.reject_member(POINTERS["delivery"], "The delivery must be sms")
        return "sms"


@fault("sms-number-null-refused", "enable.accepted", "enable.request.sms-number")
class SmsNumberNullRejected(Service):
    """An SMS number of null is rejected, also where delivery is by application."""

    def valid_sms_number(self, attributes: dict[str, Any], delivery: str) -> str | None:
        if attributes.get("sms-number", ABSENT) is None:
            self.reject_member(POINTERS["sms-number"], "The SMS number must be a string")
        return super().valid_sms_number(attributes, delivery)


@fault("sms-number-wanted-for-app", "enable.accepted", "enable.request.sms-number")
class SmsNumberRequiredForApp(Service):
    """Delivery by application requires an SMS number."""

    def check_number_optional(self, delivery: str) -> None:
        self.reject_member(POINTERS["sms-number"], f"Delivery by {delivery} needs an SMS number")


@fault("sms-without-number-crashes", "http.no-server-error", "enable.request.sms-number")
class SmsWithoutNumberCrashes(Service):
    """Delivery by SMS without a number returns 500."""

    def check_number_optional(self, delivery: str) -> None:
        if delivery == "sms":
            raise crash()


# The code, as a JSON value


class MarkVerifies(Service):
    """A mark in place of the code verifies."""

    def is_right_code(self, account: Account, code: str) -> bool:
        return code == RIGHT or super().is_right_code(account, code)


for kind, sentence, convert in (
    (
        "number-accepted",
        "A code is accepted as a JSON number, and its leading zeros are restored.",
        lambda value: f"{value:06.0f}" if type(value) in {int, float} and 0 <= value < 10**6 else value,
    ),
    ("list-accepted", "A list with a code in front is accepted for it.", first),
    ("absent-verifies", "Verification without a code succeeds.", replacing(absent, RIGHT)),
    (
        "true-verifies",
        "A code of true succeeds, as it is compared loosely.",
        replacing(lambda value: value is True, RIGHT),
    ),
    (
        "object-verifies",
        "A code that is an object succeeds, as it is inserted into the query.",
        replacing(lambda value: isinstance(value, dict), RIGHT),
    ),
):
    service = type("Verifies", (reading("verify", "code", convert), MarkVerifies), {})
    fault.add(f"code-{kind}", sentence, service, "verify.request.code")


@fault("code-not-digits-crashes", "http.no-server-error", "verify.request.code", "verify.wrong-code")
class CodeNotDigitsCrashes(Service):
    """A code that is not a number returns 500."""

    def verify(self, account: Account, attributes: Attributes) -> None:
        if not attributes.code.isdigit():
            raise crash()
        super().verify(account, attributes)


@fault("code-converted", "verify.wrong-code", "verify.request.code")
class CodeConverted(Service):
    """Codes are compared as numbers, so leading zeros, signs and blanks are ignored."""

    def is_right_code(self, account: Account, code: str) -> bool:
        try:
            return len(code) < 100 and int(code) in [int(right) for right in account.right_codes()]
        except ValueError:
            return False


@fault(
    "code-normalized",
    undecidable="Libraries for one-time passwords normalize codes; the page says nothing about digits.",
)
class CodeNormalized(Service):
    """Codes are normalized by Unicode before they are compared, so full-width digits are accepted."""

    def is_right_code(self, account: Account, code: str) -> bool:
        normalized = unicodedata.normalize("NFKC", code)
        return any(equals_in_constant_time(normalized, right) for right in account.right_codes())
