"""Freedoms of the answers: more members, another order, other ids, names and links, another success."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from reference.accounts import PEOPLE
from reference.messages import MEDIA_TYPE, Answer
from reference.service import Service
from reference.variants.registry import Chapter

if TYPE_CHECKING:
    from collections.abc import Callable

    from reference.accounts import Account
    from reference.messages import Operation

variant = Chapter()

SELF = ("links", "self")


def shown(change: Callable[[dict[str, Any]], Any]) -> type[Service]:
    """A service whose user documents have more or other members."""

    class Shown(Service):
        def document(self, operation: Operation, account: Account) -> Any:
            document = super().document(operation, account)
            return document if document is None else change(document)

    return Shown


def named(**members: str) -> type[Service]:
    """A service whose first account has another id or user name."""

    class Named(Service):
        people = (replace(PEOPLE[0], **members), *PEOPLE[1:])

    return Named


def linked(change: Callable[[str], str]) -> Callable[[dict[str, Any]], Any]:
    """A change of all links."""

    def apply(document: dict[str, Any]) -> Any:
        links = document["data"]["links"]
        links["self"] = change(links["self"])
        links = document["data"]["relationships"]["authentication-tokens"]["links"]
        links["related"] = change(links["related"])
        return document

    return apply


def extended(document: dict[str, Any]) -> Any:
    """More of everything that may be extended."""
    data = document["data"]
    data["attributes"] |= {"email": "ada@example.com", "permissions": {"can-change-email": True}, "is-admin": False}
    data["attributes"]["two-factor"] |= {"backup": {"delivery": "sms"}, "last-used-at": "2018-05-01T12:00:00Z"}
    data["links"] |= {"avatar": "/avatars/1", "html": {"href": "/app/users/1", "meta": {"n": 1}}}
    data["relationships"] |= {"organizations": {"data": [{"type": "organizations", "id": "org-1"}]}}
    data["relationships"]["authentication-tokens"] |= {"meta": {"count": 2}}
    data["meta"] = {"etag": "W/481516"}
    return {**document, "jsonapi": {"version": "1.0"}, "links": {"self": "/here"}, "meta": {"took": 3}, "included": []}


def padded(document: dict[str, Any]) -> Any:
    """More members, all of them null."""
    document["data"]["attributes"] |= {"email": None, "unconfirmed-email": None}
    document["data"]["attributes"]["two-factor"] |= {"last-used-at": None, "provisioning-url": None}
    return document


def turned(value: Any) -> Any:
    """The same objects with their members in the opposite order."""
    if isinstance(value, dict):
        return {name: turned(value[name]) for name in reversed(value)}
    return [turned(item) for item in value] if isinstance(value, list) else value


def of_service(document: dict[str, Any]) -> Any:
    """The two flags of the user the other way round."""
    document["data"]["attributes"] |= {"is-service-account": True, "v2-only": True}
    return document


def unprovisioned(document: dict[str, Any]) -> Any:
    """No address for an authenticator."""
    document["data"]["attributes"]["two-factor"].pop("provisioning-url", None)
    return document


def hidden(document: dict[str, Any]) -> Any:
    """Stars for a number."""
    two_factor = document["data"]["attributes"]["two-factor"]
    two_factor["sms-number"] = two_factor["sms-number"] and "*" * len(two_factor["sms-number"])
    return document


@variant("number-unsaid-by-verify")
class NumberUnsaidByVerify(Service):
    """Verifying does not say the number."""

    def document(self, operation: Operation, account: Account) -> Any:
        """It is null."""
        document = super().document(operation, account)
        if operation == "verify":
            document["data"]["attributes"]["two-factor"]["sms-number"] = None
        return document


variant.add("number-hidden", "Numbers are shown as stars.", shown(hidden))
variant.add("members-extra", "Documents have more members at every level.", shown(extended))
variant.add("members-extra-null", "Documents have more members, which are null.", shown(padded))
variant.add("members-turned", "The members of objects come in the opposite order.", shown(turned))
variant.add("flags-set", "The user is a service account and v2 only.", shown(of_service))
variant.add("provisioning-url-absent", "No answer has a provisioning URL.", shown(unprovisioned))
variant.add("links-slashed", "Links end in a slash.", shown(linked(lambda link: f"{link}/")))
variant.add("links-absolute", "Links are absolute.", shown(linked(lambda link: f"https://tfe.example.com{link}")))
variant.add(
    "links-to-port", "Links are absolute, with a port.", shown(linked(lambda link: f"http://localhost:8443{link}"))
)
variant.add("id-number-like", "The id is a string of digits.", named(id="1815"))
variant.add("id-underscored", "The id has the form of the sample.", named(id="user_5f2a90c1"))
variant.add("id-uuid", "The id is a UUID.", named(id="6f1c9a52-3f0e-4d0b-9a55-0c2b1de51815"))
variant.add("username-like-number", "The user name is all digits.", named(username="1815"))
variant.add(
    "username-with-blank", "The user name has a blank in it, and its links an escape.", named(username="Ada Lovelace")
)
variant.add(
    "username-with-umlaut", "The user name is not ASCII, and its links are escaped.", named(username="äda-lövelace")
)
variant.add(
    "username-with-slash",
    "The user name has a slash and a question mark in it, which links escape.",
    named(username="ada/who?"),
)
variant.add("username-with-percent", "The user name looks escaped itself.", named(username="ada%20x"))
variant.add("username-with-emoji", "The user name has an emoji in it.", named(username="ada\N{ROCKET}"))
variant.add("username-email", "The user name is an e-mail address.", named(username="ada+tfe@example.com"))


@variant("username-escapes-lower-case")
class UsernameEscapesLowerCase(named(username="äda-lövelace")):  # type: ignore[misc]
    """The escapes in links are in lower case."""

    def document(self, operation: Operation, account: Account) -> Any:
        """All links of this user are in lower case otherwise."""
        document = super().document(operation, account)
        return document if document is None else linked(str.lower)(document)


@variant("username-unescaped-plus-and-at")
class UsernameUnescapedPlusAndAt(named(username="ada+tfe@example.com")):  # type: ignore[misc]
    """The user name is an e-mail address, which links hold as it is, as a path may."""

    def document(self, operation: Operation, account: Account) -> Any:
        """Two escapes taken back."""
        document = super().document(operation, account)
        if document is None:
            return None
        return linked(lambda link: link.replace("%2B", "+").replace("%40", "@"))(document)


def succeeding(operation: Operation, status: int) -> type[Service]:
    """A service with another status for one of its successes."""

    class Succeeding(Service):
        def succeed(self, now: Operation, document: Any) -> Answer:
            answer = super().succeed(now, document)
            return replace(answer, status=status) if now == operation else answer

    return Succeeding


variant.add("enable-201", "Enabling answers 201.", succeeding("enable", 201))
variant.add("disable-202", "Disabling answers 202 with the user.", succeeding("disable", 202))
variant.add("resend-202", "Resending answers 202 with null.", succeeding("resend", 202))


@variant("charset-named")
class CharsetNamed(Service):
    """The content type of answers has a charset parameter."""

    def succeed(self, operation: Operation, document: Any) -> Answer:
        """As some frameworks add by themselves."""
        return replace(super().succeed(operation, document), media_type=f"{MEDIA_TYPE}; charset=utf-8")


def coded(alphabet: str, length: int, count: int) -> type[Service]:
    """A service with recovery codes of another form."""

    class Coded(Service):
        def verify(self, account: Account, order: Any) -> None:
            super().verify(account, order)
            codes = tuple(account.draw(alphabet, length) for _ in range(count))
            account.two_factor = replace(account.two_factor, recovery_codes=codes)

    return Coded


variant.add(
    "recovery-codes-of-digits",
    "There are six recovery codes of six digits, as in the sample.",
    coded("0123456789", 6, 6),
)
variant.add(
    "recovery-code-single", "There is one long recovery code.", coded("ABCDEFGHJKLMNPQRSTUVWXYZ23456789", 40, 1)
)
