"""Faults of validating attributes: delivery and number of enable, the code of verify."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Any

from reference.accounts import same
from reference.faults.common import crash
from reference.faults.registry import Area
from reference.faults.validation import (
    crashing,
    first,
    for_text,
    instead,
    is_absent,
    is_no_string,
    is_null,
    picking,
)
from reference.service import Service
from reference.validation import ABSENT

if TYPE_CHECKING:
    from reference.accounts import Account
    from reference.validation import Order

fault = Area("validation")

DELIVERY, NUMBER, CODE = (f"/data/attributes/{name}" for name in ("delivery", "sms-number", "code"))
DELIVERIES = ("app", "sms")


def is_unknown(value: Any) -> bool:
    """Whether it is a string, but no delivery."""
    return isinstance(value, str) and value not in DELIVERIES


for name, sentence, take in (
    ("absent-means-app", "An absent delivery means app.", instead(is_absent, "app")),
    ("null-means-app", "A delivery of null means app.", instead(is_null, "app")),
    ("empty-means-app", "An empty delivery means app.", instead(lambda v: v == "", "app")),
    ("unknown-means-app", "A delivery that is not sms means app, if it is a string.", instead(is_unknown, "app")),
    ("no-string-means-app", "A delivery that is no string means app.", instead(is_no_string, "app")),
    ("case-ignored", "The case of the delivery is ignored.", for_text(str.lower)),
    ("trimmed", "Blanks around the delivery are ignored.", for_text(str.strip)),
    ("list-accepted", "A list that begins with a delivery is taken for it.", first),
    (
        "shorter-accepted",
        "The beginning of a delivery is taken for the whole.",
        for_text(lambda v: next((d for d in DELIVERIES if v and d.startswith(v)), v)),
    ),
    (
        "longer-accepted",
        "A delivery may have more behind it.",
        for_text(lambda v: next((d for d in DELIVERIES if v.startswith(d)), v)),
    ),
    (
        "number-accepted",
        "A delivery may be given by its index.",
        lambda v: DELIVERIES[v] if isinstance(v, int) and v in {0, 1} else v,
    ),
    (
        "boolean-accepted",
        "A delivery of true or false says whether SMS is wanted.",
        lambda v: ("sms" if v else "app") if isinstance(v, bool) else v,
    ),
    (
        "cut-at-nul",
        "A delivery ends at its first NUL character.",
        for_text(lambda v: v.partition("\0")[0]),
    ),
):
    fault.add(f"delivery-{name}", sentence, picking(take, "enable", DELIVERY), "enable.request.delivery")

for name, sentence, sees in (
    ("absent", "An absent delivery ends in a 500.", is_absent),
    ("null", "A delivery of null ends in a 500.", is_null),
    ("no-string", "A delivery that is no string ends in a 500.", is_no_string),
    ("unknown", "An unknown delivery ends in a 500.", is_unknown),
):
    fault.add(
        f"delivery-{name}-crashes",
        sentence,
        crashing(sees, "enable", DELIVERY),
        "http.no-server-error",
        "enable.request.delivery",
    )


@fault("delivery-unchecked", "enable.request.delivery")
class DeliveryUnchecked(Service):
    """Every string is stored as the delivery, and shown as such."""

    def delivery(self, attributes: dict[str, Any]) -> str:
        """Any string but such as cannot be shown."""
        value = attributes.get("delivery")
        if isinstance(value, str) and value.isprintable():
            return value
        return super().delivery(attributes)


@fault("app-refused", "enable.accepted", "enable.request.delivery")
class AppRefused(Service):
    """Delivery by application is not known yet and refused."""

    def delivery(self, attributes: dict[str, Any]) -> str:
        """Only sms."""
        value = super().delivery(attributes)
        if value == "app":
            self.refuse_member(DELIVERY, "The delivery must be sms")
        return value


@fault("sms-refused", "enable.accepted", "enable.request.delivery")
class SmsRefused(Service):
    """Delivery by SMS is not known yet and refused."""

    def delivery(self, attributes: dict[str, Any]) -> str:
        """Only app."""
        value = super().delivery(attributes)
        if value == "sms":
            self.refuse_member(DELIVERY, "The delivery must be app")
        return value


for name, sentence, take in (
    (
        "number-accepted",
        "An SMS number given as a JSON number is taken.",
        lambda v: f"+{v}" if isinstance(v, int) and not isinstance(v, bool) and 10**5 <= v < 10**20 else v,
    ),
    ("list-accepted", "A list that begins with an SMS number is taken for it.", first),
    (
        "falsy-means-null",
        "False, zero, an empty list or an empty object for an SMS number is as good as null.",
        instead(lambda v: v is not ABSENT and not isinstance(v, str) and not v, None),
    ),
    ("no-string-means-null", "An SMS number that is no string is as good as null.", instead(is_no_string, None)),
    (
        "no-string-accepted",
        "An SMS number that is no string is replaced by the one on record.",
        instead(is_no_string, Service.sms_number),
    ),
):
    fault.add(f"sms-number-{name}", sentence, picking(take, "enable", NUMBER), "enable.request.sms-number")

for name, sentence, sees in (
    ("no-string", "An SMS number that is no string ends in a 500.", is_no_string),
    ("null", "An SMS number of null ends in a 500.", is_null),
    ("absent", "An absent SMS number ends in a 500.", is_absent),
):
    fault.add(
        f"sms-number-{name}-crashes",
        sentence,
        crashing(sees, "enable", NUMBER),
        "http.no-server-error",
        "enable.request.sms-number",
        "enable.accepted",
    )


@fault("sms-number-unchecked-for-app", "enable.request.sms-number")
class SmsNumberUncheckedForApp(Service):
    """The SMS number is not looked at when delivery is by application."""

    def number(self, attributes: dict[str, Any], delivery: str) -> str | None:
        """Only a number that is used is checked."""
        return None if delivery == "app" else super().number(attributes, delivery)


@fault("sms-number-null-refused", "enable.accepted", "enable.request.sms-number")
class SmsNumberNullRefused(Service):
    """An SMS number of null is refused, also for delivery by application."""

    def number(self, attributes: dict[str, Any], delivery: str) -> str | None:
        """Null is no string."""
        if attributes.get("sms-number", ABSENT) is None:
            self.refuse_member(NUMBER, "The SMS number must be a string")
        return super().number(attributes, delivery)


@fault("sms-number-wanted-for-app", "enable.accepted", "enable.request.sms-number")
class SmsNumberWantedForApp(Service):
    """Delivery by application is refused without an SMS number."""

    def check_no_number(self, delivery: str) -> None:
        """A number must be there."""
        self.refuse_member(NUMBER, f"Delivery by {delivery} needs an SMS number")


for name, sentence, sees in (
    ("absent", "An absent code ends in a 500.", is_absent),
    ("null", "A code of null ends in a 500.", is_null),
    ("no-string", "A code that is no string ends in a 500.", is_no_string),
):
    fault.add(
        f"code-{name}-crashes",
        sentence,
        crashing(sees, "verify", CODE),
        "http.no-server-error",
        "verify.request.code",
    )

for name, sentence, take in (
    (
        "number-accepted",
        "A code given as a JSON number is taken, leading zeros restored.",
        lambda v: f"{v:06.0f}" if isinstance(v, (int, float)) and not isinstance(v, bool) and 0 <= v < 10**6 else v,
    ),
    ("list-accepted", "A list that begins with a code is taken for it.", first),
):
    fault.add(f"code-{name}", sentence, picking(take, "verify", CODE), "verify.request.code")

RIGHT = "\0right"


class Persuaded(Service):
    """Verifies by a mark in the place of the code."""

    def matches(self, account: Account, code: str) -> bool:
        """The mark is as good as the code."""
        return code == RIGHT or super().matches(account, code)


for name, sentence, take in (
    ("absent-verifies", "Verifying without a code succeeds.", instead(is_absent, RIGHT)),
    ("null-verifies", "Verifying with a code of null succeeds.", instead(is_null, RIGHT)),
    (
        "true-verifies",
        "A code of true succeeds, as the comparison is a loose one.",
        instead(lambda v: v is True, RIGHT),
    ),
    (
        "object-verifies",
        "A code that is an object succeeds, as it goes into the query as it is.",
        instead(lambda v: isinstance(v, dict), RIGHT),
    ),
):
    bug = type("Persuaded", (picking(take, "verify", CODE), Persuaded), {})
    fault.add(f"code-{name}", sentence, bug, "verify.request.code")


@fault("code-not-digits-crashes", "http.no-server-error", "verify.request.code", "verify.wrong-code")
class CodeNotDigitsCrashes(Service):
    """A code that does not convert to a number ends in a 500."""

    def verify(self, account: Account, order: Order) -> None:
        """The code is a number by nature."""
        if not order.code.isdigit():
            raise crash()
        super().verify(account, order)


@fault("code-converted", "verify.wrong-code", "verify.request.code")
class CodeConverted(Service):
    """Codes are compared as numbers, so that leading zeros, signs and blanks do not count."""

    def matches(self, account: Account, code: str) -> bool:
        """Equal numbers are equal codes."""
        try:
            return len(code) < 100 and int(code) in [int(right) for right in account.right_codes()]
        except ValueError:
            return False


@fault("code-normalized", "verify.wrong-code", "verify.request.code")
class CodeNormalized(Service):
    """Codes are compared after Unicode normalization, so that full-width digits pass."""

    def matches(self, account: Account, code: str) -> bool:
        """Equal after NFKC."""
        normal = unicodedata.normalize("NFKC", code)
        return any(same(normal, right) for right in account.right_codes())
