"""Faults of the user resource: a member that is absent, null, or of a wrong type, in some answers or in all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reference.faults.common import USER_ANSWERS, Change, changing, drop, on, put
from reference.faults.registry import Area

if TYPE_CHECKING:
    from reference.messages import Operation

fault = Area("answers")

E: tuple[Operation, ...] = ("enable",)
D: tuple[Operation, ...] = ("disable",)
V: tuple[Operation, ...] = ("verify",)
ALL = USER_ANSWERS

PATHS = {
    "attributes": "data/attributes",
    "id": "data/id",
    "type": "data/type",
    "links": "data/links",
    "links.self": "data/links/self",
    "relationships": "data/relationships",
    "authentication-tokens": "data/relationships/authentication-tokens",
    "authentication-tokens.links.related": "data/relationships/authentication-tokens/links/related",
}
"""Where a requirement's member is, if not among the attributes."""

PICTURES = {"small": "https://www.gravatar.com/avatar/0?s=20", "large": "https://www.gravatar.com/avatar/0?s=200"}

TOKENS = "authentication-tokens"
RELATED = "authentication-tokens.links.related"

ROWS: tuple[tuple[tuple[Operation, ...], str, str, str, Change], ...] = (
    (E, "attributes", "absent", "Enabling answers a user without attributes.", drop),
    (D, "attributes", "null", "Disabling answers a user whose attributes are null.", put(None)),
    (E, "avatar-url", "absent", "Enabling leaves out the avatar.", drop),
    (ALL, "avatar-url", "null", "A user without a picture has an avatar of null.", put(None)),
    (V, "avatar-url", "object", "Verifying answers an avatar for each size.", put(PICTURES)),
    (ALL, "is-service-account", "absent", "Only service accounts say whether they are one.", drop),
    (V, "is-service-account", "null", "Verifying answers null for is-service-account.", put(None)),
    (E, "is-service-account", "number", "Enabling answers 0 for is-service-account.", put(0)),
    (D, "v2-only", "absent", "Disabling leaves out v2-only.", drop),
    (E, "v2-only", "null", "Enabling answers v2-only before it has its default, as null.", put(None)),
    (V, "v2-only", "string", "Verifying answers v2-only as a string.", put("false")),
    (V, "username", "absent", "Verifying leaves out the user name.", drop),
    (E, "username", "null", "Enabling answers a user name of null.", put(None)),
    (D, "username", "object", "Disabling answers the user name as an object.", put({"name": "ada-lovelace"})),
    (D, "two-factor", "absent", "Disabling leaves out two-factor, as there is none any more.", drop),
    (D, "two-factor", "null", "Disabling answers null for two-factor, as there is none any more.", put(None)),
    (E, "two-factor", "boolean", "Enabling answers true for two-factor.", put(value=True)),
    (D, "id", "absent", "Disabling answers a user without an id.", drop),
    (E, "id", "null", "Enabling answers an id of null.", put(None)),
    (ALL, "id", "number", "The id is a number, as it is in the database.", put(1815)),
    (V, "type", "absent", "Verifying answers a user without a type.", drop),
    (D, "type", "null", "Disabling answers a type of null.", put(None)),
    (ALL, "type", "singular", "The type of the answer is in the singular.", put("user")),
    (V, "links", "absent", "Verifying answers a user without links.", drop),
    (D, "links", "list", "Disabling answers links as an empty list, as an empty map is written.", put([])),
    (E, "links.self", "absent", "Enabling answers links without the user's own.", drop),
    (ALL, "links.self", "null", "The user's own link is null.", put(None)),
    (E, "relationships", "absent", "Enabling answers a user without relationships.", drop),
    (V, "relationships", "list", "Verifying answers relationships as a list of names.", put([TOKENS])),
    (D, TOKENS, "absent", "Disabling leaves out the authentication tokens.", drop),
    (ALL, TOKENS, "null", "The authentication tokens are null.", put(None)),
    (V, RELATED, "absent", "Verifying answers authentication tokens with links to nothing.", drop),
    (E, RELATED, "null", "Enabling answers null for the link to the authentication tokens.", put(None)),
)

for operations, member, kind, sentence, change in ROWS:
    at = "" if operations == ALL else f"{operations[0]}-"
    path = PATHS.get(member, f"data/attributes/{member}")
    fault.add(
        f"{at}answer-{member.replace('.', '-')}-{kind}",
        sentence,
        changing(on(path, change), *operations),
        f"user.{member}",
    )


def settled(path: str, value: Any, name: str, sentence: str, *expects: str, operations: tuple[Operation, ...]) -> None:
    """Register a member that has a value of the right type, but of another thing."""
    fault.add(name, sentence, changing(on(path, put(value)), *operations), *expects)


settled(
    "data/id",
    "2fa-Jq7Zx1Rw",
    "verify-answer-id-of-set-up",
    "Verifying answers the id of the set-up for that of the user.",
    "user.same-id",
    operations=V,
)
settled(
    "data/attributes/username",
    "Ada Lovelace",
    "disable-answer-username-full",
    "Disabling answers the full name for the user name.",
    "user.same-username",
    "user.self-names-user",
    "user.related-names-user",
    operations=D,
)

LINKS = (
    ("links.self", "of-id", "The user's own link holds the id, not the user name.", "user-V3fmKxZ9qTt2"),
    ("links.self", "of-template", "The user's own link is an unfilled template.", ":username"),
    ("links.self", "of-other", "The user's own link is another user's.", "grace-hopper"),
    (RELATED, "of-other", "The link to the authentication tokens is another user's.", "grace-hopper"),
    (RELATED, "of-nobody", "The link to the authentication tokens lacks the user name.", ""),
)
for member, kind, sentence, user in LINKS:
    role = member.rpartition(".")[2]
    tail = "" if role == "self" else "/authentication-tokens"
    settled(
        PATHS[member],
        f"/api/v2/users/{user}{tail}",
        f"answer-{role}-{kind}",
        sentence,
        f"user.{role}-names-user",
        operations=ALL,
    )
