"""Faults of the user in responses: a member that is absent, of the wrong type, or has the wrong value."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import uuid4

from tests.catalogue import Chapter
from tests.faults.common import USER_OPERATIONS, Change, at, changing, drop, find, made, put

if TYPE_CHECKING:
    from reference.messages import Operation
    from reference.service import Service

fault = Chapter()

RECOVERY_CODES = ["k2v8q1x7ab", "m4c9z3w5cd"]
TOKENS = "authentication-tokens"
RELATED = "authentication-tokens.links.related"
PATHS = {
    "attributes": "data/attributes",
    "id": "data/id",
    "type": "data/type",
    "links": "data/links",
    "links.self": "data/links/self",
    "relationships": "data/relationships",
    TOKENS: "data/relationships/authentication-tokens",
    RELATED: "data/relationships/authentication-tokens/links/related",
}
"""The paths of the members that are not among the attributes."""


def with_member(operation: Operation | None, member: str, change: Change) -> type[Service]:
    """A service that changes a member of the user, for one operation or for all."""
    path = PATHS.get(member, f"data/attributes/{member}")
    return changing(at(path, change), *((operation,) if operation else USER_OPERATIONS))


def drop_null(document: Any, path: str) -> Any:
    """Remove a member that is null."""
    holder, name = find(document, path)
    return drop(document, path) if holder[name] is None else document


def use_up(document: Any, path: str) -> Any:
    """Show all recovery codes as used."""
    holder, name = find(document, path)
    holder[name] = list(holder["recovery-codes"])
    return document


# Every user: the fault's name is the operation, the member, and the kind of mistake

USER: tuple[tuple[Operation | None, str, str, str, Change], ...] = (
    ("enable", "attributes", "absent", "Enable returns a user without attributes.", drop),
    (None, "avatar-url", "null", "The avatar of a user without a picture is null.", put(None)),
    (None, "is-service-account", "absent", "Only service accounts have is-service-account.", drop),
    ("verify", "v2-only", "string", "Verify returns v2-only as a string.", put("false")),
    ("verify", "username", "absent", "Verify returns no user name.", drop),
    ("disable", "two-factor", "absent", "Disable returns no two-factor, as there is none any more.", drop),
    ("disable", "two-factor", "null", "Disable returns null for two-factor, as there is none any more.", put(None)),
    ("enable", "two-factor", "boolean", "Enable returns true for two-factor.", put(value=True)),
    (None, "id", "number", "The id is a number.", put(1815)),
    (None, "type", "singular", "The type is in the singular.", put("user")),
    ("disable", "links", "list", "Disable returns links as an empty list, PHP's empty map.", put([])),
    ("enable", "links.self", "absent", "Enable returns links without the user's own.", drop),
    ("enable", "relationships", "absent", "Enable returns a user without relationships.", drop),
    (None, TOKENS, "null", "The authentication tokens are null.", put(None)),
    ("verify", RELATED, "absent", "Verify returns authentication tokens without a link.", drop),
)
for operation, member, kind, sentence, change in USER:
    prefix = f"{operation}-answer" if operation else "answer"
    fault.add(
        f"{prefix}-{member.replace('.', '-')}-{kind}",
        sentence,
        with_member(operation, member, change),
        f"user.{member}",
    )

fault.add(
    "answer-id-random",
    "The id is new in each response.",
    with_member(None, "id", made(lambda _: f"user-{uuid4()}")),
    "user.same-id",
)
fault.add(
    "verify-answer-id-of-set-up",
    "Verify returns the id of the set-up in place of the user's.",
    with_member("verify", "id", put("2fa-Jq7Zx1Rw")),
    "user.same-id",
)
fault.add(
    "disable-answer-username-full",
    "Disable returns the full name in place of the user name.",
    with_member("disable", "username", put("Ada Lovelace")),
    *("user.same-username", "user.self-names-user", "user.related-names-user"),
)
fault.add(
    "answer-self-of-id",
    "The user's own link has the id in place of the user name.",
    with_member(None, "links.self", put("/api/v2/users/user-V3fmKxZ9qTt2")),
    "user.self-names-user",
)
fault.add(
    "answer-related-of-nobody",
    "The link to the authentication tokens lacks the user name.",
    with_member(None, RELATED, put("/api/v2/users//authentication-tokens")),
    "user.related-names-user",
)

# Two-factor

TWO_FACTOR: tuple[tuple[Operation, str, str, str, Change], ...] = (
    ("enable", "delivery", "absent", "Enable returns no delivery.", drop),
    ("enable", "delivery", "always-app", "Enable returns app for any delivery.", put("app")),
    ("enable", "enabled", "absent", "Enable returns no enabled.", drop),
    ("enable", "enabled", "false", "Enable returns false for enabled until it is verified.", put(value=False)),
    ("enable", "verified", "absent", "Enable returns no verified.", drop),
    ("enable", "verified", "true", "Enable returns true for verified.", put(value=True)),
    ("enable", "sms-number", "absent", "Enable returns no SMS number where it is null.", drop_null),
    ("enable", "sms-number", "number", "Enable returns the SMS number as a number.", put(12025550123)),
    ("enable", "used-recovery-codes", "early", "Enable returns a used recovery code.", put(RECOVERY_CODES[:1])),
    ("disable", "delivery", "kept", "Disable still returns a delivery.", put("app")),
    ("disable", "enabled", "true", "Disable returns true for enabled.", put(value=True)),
    ("disable", "sms-number", "absent", "Disable returns no SMS number.", drop),
    ("disable", "verified", "absent", "Disable returns no verified.", drop),
    ("disable", "used-recovery-codes", "shown", "Disable returns used recovery codes.", put(RECOVERY_CODES[:1])),
    ("verify", "delivery", "absent", "Verify returns no delivery.", drop),
    ("verify", "enabled", "false", "Verify returns false for enabled.", put(value=False)),
    ("verify", "verified", "absent", "Verify returns no verified.", drop),
    ("verify", "sms-number", "absent", "Verify returns no SMS number.", drop),
    ("verify", "sms-number", "object", "Verify returns the SMS number as an object.", put({"country": "1"})),
    ("verify", "recovery-codes", "absent", "Verify returns no recovery codes.", drop),
    ("verify", "recovery-codes", "empty", "Verify returns an empty list of recovery codes.", put([])),
    (
        "verify",
        "used-recovery-codes",
        "null",
        "Verify returns null for used recovery codes, Go's empty list.",
        put(None),
    ),
)
for operation, member, kind, sentence, change in TWO_FACTOR:
    also = [f"{operation}.response.four-members"] if operation != "verify" and change in {drop, drop_null} else []
    also += ["response.no-recovery-codes"] if operation != "verify" and "codes" in member else []
    fault.add(
        f"{operation}-answer-{member}-{kind}",
        sentence,
        changing(at(f"data/attributes/two-factor/{member}", change), operation),
        *(f"{operation}.response.{member}", *also),
    )

fault.add(
    "verify-answer-recovery-codes-alike",
    "All recovery codes are equal.",
    changing(at("data/attributes/two-factor/recovery-codes", made(lambda codes: codes[:1] * len(codes))), "verify"),
    "verify.response.recovery-codes-distinct",
)
fault.add(
    "verify-answer-codes-used-up",
    "Verify returns all recovery codes as used.",
    changing(at("data/attributes/two-factor/used-recovery-codes", use_up), "verify"),
    *("verify.no-code-used-yet", "verify.response.used-recovery-codes"),
)
