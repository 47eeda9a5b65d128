"""Faults of two-factor in the answers: a member that is absent, null, of a wrong type, or not what was done."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reference.faults.common import Change, changing, drop, find, on, put
from reference.faults.registry import Area

if TYPE_CHECKING:
    from collections.abc import Callable

    from reference.messages import Operation

fault = Area("answers")

E: Operation = "enable"
D: Operation = "disable"
V: Operation = "verify"

EARLY = ["k2v8q1x7ab", "m4c9z3w5cd"]
MEMBERS = {"delivery", "enabled", "verified", "sms-number"}


def drop_null(document: Any, path: str) -> Any:
    """Leave out a member that is null."""
    holder, name = find(document, path)
    return drop(document, path) if holder[name] is None else document


def made(make: Callable[[Any], Any]) -> Change:
    """Replace a member by something made of it."""

    def change(document: Any, path: str) -> Any:
        holder, name = find(document, path)
        holder[name] = make(holder[name])
        return document

    return change


def use_up(document: Any, path: str) -> Any:
    """Show every recovery code as used."""
    holder, name = find(document, path)
    holder[name] = list(holder["recovery-codes"])
    return document


ROWS: tuple[tuple[Operation, str, str, str, Change], ...] = (
    (E, "delivery", "absent", "Enabling leaves out the delivery.", drop),
    (E, "delivery", "null", "Enabling answers a delivery of null until it is verified.", put(None)),
    (E, "delivery", "always-app", "Enabling answers app whatever was asked for.", put("app")),
    (E, "delivery", "always-sms", "Enabling answers sms whatever was asked for.", put("sms")),
    (E, "enabled", "absent", "Enabling leaves out whether it is enabled.", drop),
    (E, "enabled", "null", "Enabling answers null for enabled.", put(None)),
    (E, "enabled", "string", "Enabling answers enabled as a string.", put("true")),
    (E, "enabled", "false", "Enabling answers that it is not enabled until it is verified.", put(value=False)),
    (E, "verified", "absent", "Enabling leaves out whether it is verified.", drop),
    (E, "verified", "null", "Enabling answers null for verified.", put(None)),
    (E, "verified", "number", "Enabling answers 0 for verified.", put(0)),
    (E, "verified", "true", "Enabling answers that it is verified, which it is not.", put(value=True)),
    (E, "sms-number", "absent", "Enabling leaves out an SMS number of null.", drop_null),
    (E, "sms-number", "number", "Enabling answers the SMS number as a number.", put(12025550123)),
    (E, "sms-number", "false", "Enabling answers false for the SMS number.", put(value=False)),
    (E, "recovery-codes", "early", "Enabling shows recovery codes already.", put(EARLY)),
    (E, "used-recovery-codes", "early", "Enabling shows a used recovery code.", put(EARLY[:1])),
    (D, "delivery", "kept", "Disabling still shows a delivery.", put("app")),
    (D, "delivery", "empty", "Disabling answers an empty delivery.", put("")),
    (D, "delivery", "absent", "Disabling leaves out the delivery.", drop),
    (D, "enabled", "true", "Disabling answers that it is enabled still.", put(value=True)),
    (D, "enabled", "null", "Disabling answers null for enabled.", put(None)),
    (D, "enabled", "absent", "Disabling leaves out whether it is enabled.", drop),
    (D, "sms-number", "kept", "Disabling still shows an SMS number.", put("+12025550199")),
    (D, "sms-number", "empty", "Disabling answers an empty SMS number.", put("")),
    (D, "sms-number", "absent", "Disabling leaves out the SMS number.", drop),
    (D, "verified", "true", "Disabling answers that it is verified still.", put(value=True)),
    (D, "verified", "null", "Disabling answers null for verified.", put(None)),
    (D, "verified", "absent", "Disabling leaves out whether it is verified.", drop),
    (D, "recovery-codes", "shown", "Disabling shows recovery codes once more.", put(EARLY)),
    (D, "used-recovery-codes", "shown", "Disabling shows used recovery codes.", put(EARLY[:1])),
    (V, "delivery", "absent", "Verifying leaves out the delivery.", drop),
    (V, "delivery", "null", "Verifying answers a delivery of null.", put(None)),
    (V, "enabled", "absent", "Verifying leaves out whether it is enabled.", drop),
    (V, "enabled", "false", "Verifying answers that it is not enabled.", put(value=False)),
    (V, "verified", "absent", "Verifying leaves out whether it is verified.", drop),
    (V, "verified", "string", "Verifying answers verified as a string.", put("true")),
    (V, "verified", "time", "Verifying answers the time of verification for verified.", put("2018-05-01T12:00:00Z")),
    (V, "sms-number", "absent", "Verifying leaves out the SMS number.", drop),
    (V, "sms-number", "object", "Verifying answers the SMS number as an object.", put({"country": "1"})),
    (V, "recovery-codes", "absent", "Verifying never shows recovery codes.", drop),
    (V, "recovery-codes", "null", "Verifying answers null for recovery codes.", put(None)),
    (V, "recovery-codes", "empty", "Verifying answers no recovery codes, as they are made later.", put([])),
    (V, "recovery-codes", "joined", "Verifying answers the recovery codes as one string.", made("\n".join)),
    (V, "recovery-codes", "numbers", "Verifying answers recovery codes as numbers.", made(lambda _: [481516, 234248])),
    (
        V,
        "recovery-codes",
        "objects",
        "Verifying answers recovery codes as objects.",
        made(lambda codes: [{"code": code, "used": False} for code in codes]),
    ),
    (V, "used-recovery-codes", "absent", "Verifying leaves out used recovery codes, as there are none.", drop),
    (V, "used-recovery-codes", "null", "Verifying answers null for used recovery codes, as there are none.", put(None)),
    (V, "used-recovery-codes", "object", "Verifying answers an empty map for used recovery codes.", put({})),
)

for operation, member, kind, sentence, change in ROWS:
    expects = [f"{operation}.response.{member}"]
    if operation != "verify":
        if change in {drop, drop_null} and member in MEMBERS:
            expects.append(f"{operation}.response.four-members")
        elif member not in MEMBERS:
            expects.append("response.no-recovery-codes")
    fault.add(
        f"{operation}-answer-{member}-{kind}",
        sentence,
        changing(
            on(f"data/attributes/two-factor/{member}", change),
            operation,
        ),
        *expects,
    )

fault.add(
    "verify-answer-recovery-codes-alike",
    "All recovery codes are the same one.",
    changing(
        on("data/attributes/two-factor/recovery-codes", made(lambda codes: codes[:1] * len(codes))),
        "verify",
    ),
    "verify.response.recovery-codes-distinct",
)
fault.add(
    "verify-answer-codes-used-up",
    "Verifying answers all recovery codes as used.",
    changing(on("data/attributes/two-factor/used-recovery-codes", use_up), "verify"),
    "verify.no-code-used-yet",
    "verify.response.used-recovery-codes",
)
