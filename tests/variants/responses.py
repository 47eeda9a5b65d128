"""Variants of successes: more members, other names, links, statuses and recovery codes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from reference.accounts import PEOPLE
from reference.messages import MEDIA_TYPE, Operation, Response
from reference.service import Service
from tests.catalogue import Chapter

if TYPE_CHECKING:
    from collections.abc import Callable

    from reference.accounts import Account
    from reference.messages import Attributes

variant = Chapter()

# Members


def changing(change: Callable[[dict[str, Any]], Any]) -> type[Service]:
    """A service that changes its user documents."""

    class Changing(Service):
        def document(self, operation: Operation, account: Account) -> Any:
            document = super().document(operation, account)
            return document if document is None else change(document)

    return Changing


def extend(document: dict[str, Any]) -> Any:
    """Add members wherever they may be added."""
    data = document["data"]
    data["attributes"] |= {"email": "ada@example.com", "permissions": {"can-change-email": True}, "is-admin": False}
    data["attributes"]["two-factor"] |= {"backup": {"delivery": "sms"}, "last-used-at": "2018-05-01T12:00:00Z"}
    data["links"] |= {"avatar": "/avatars/1", "html": {"href": "/app/users/1", "meta": {"n": 1}}}
    data["relationships"] |= {"organizations": {"data": [{"type": "organizations", "id": "org-1"}]}}
    data["relationships"]["authentication-tokens"] |= {"meta": {"count": 2}}
    data["meta"] = {"etag": "W/481516"}
    return {**document, "jsonapi": {"version": "1.0"}, "links": {"self": "/here"}, "meta": {"took": 3}, "included": []}


def extend_with_null(document: dict[str, Any]) -> Any:
    """Add members that are null."""
    document["data"]["attributes"] |= {"email": None, "unconfirmed-email": None}
    document["data"]["attributes"]["two-factor"] |= {"last-used-at": None, "provisioning-url": None}
    return document


def reverse(value: Any) -> Any:
    """Reverse the order of members."""
    return {name: reverse(value[name]) for name in reversed(value)} if isinstance(value, dict) else value


def set_flags(document: dict[str, Any]) -> Any:
    """Set both flags of the user."""
    document["data"]["attributes"] |= {"is-service-account": True, "v2-only": True}
    return document


def drop_provisioning_url(document: dict[str, Any]) -> Any:
    """Remove the provisioning URL."""
    document["data"]["attributes"]["two-factor"].pop("provisioning-url", None)
    return document


def hide_number(document: dict[str, Any]) -> Any:
    """Replace the characters of the number by stars."""
    two_factor = document["data"]["attributes"]["two-factor"]
    two_factor["sms-number"] = two_factor["sms-number"] and "*" * len(two_factor["sms-number"])
    return document


variant.add("members-extra", "Documents have more members at every level.", changing(extend))
variant.add("members-extra-null", "Documents have more members, which are null.", changing(extend_with_null))
variant.add("members-turned", "The members of objects are in reverse order.", changing(reverse))
variant.add("flags-set", "The user is a service account and v2 only.", changing(set_flags))
variant.add("provisioning-url-absent", "No response has a provisioning URL.", changing(drop_provisioning_url))
variant.add("number-hidden", "Numbers are shown as stars.", changing(hide_number), "enable.response.sms-number-echo")


# Names and links


def named(**members: str) -> type[Service]:
    """A service whose first account has another id or user name."""

    class Named(Service):
        people = (replace(PEOPLE[0], **members), *PEOPLE[1:])

    return Named


def linked(change: Callable[[str], str]) -> Callable[[dict[str, Any]], Any]:
    """A change of all links in a document."""

    def apply(document: dict[str, Any]) -> Any:
        links = document["data"]["links"]
        links["self"] = change(links["self"])
        links = document["data"]["relationships"]["authentication-tokens"]["links"]
        links["related"] = change(links["related"])
        return document

    return apply


for name, sentence, prefix, suffix in (
    ("links-slashed", "Links end in a slash.", "", "/"),
    ("links-absolute", "Links are absolute.", "https://tfe.example.com", ""),
    ("links-to-port", "Links are absolute, with a port.", "http://localhost:8443", ""),
):
    change = linked(lambda link, prefix=prefix, suffix=suffix: f"{prefix}{link}{suffix}")  # type: ignore[misc]
    variant.add(name, sentence, changing(change))

variant.add("id-number-like", "The id is a string of digits.", named(id="1815"))
variant.add("id-uuid", "The id is a UUID.", named(id="6f1c9a52-3f0e-4d0b-9a55-0c2b1de51815"))
for name, sentence, username in (
    ("username-like-number", "The user name is a string of digits.", "1815"),
    ("username-with-blank", "The user name has a blank, which links escape.", "Ada Lovelace"),
    ("username-with-umlaut", "The user name is not ASCII; links escape it.", "äda-lövelace"),
    ("username-with-slash", "The user name has a slash and a question mark, which links escape.", "ada/who?"),
    ("username-with-percent", "The user name looks like an escaped one.", "ada%20x"),
    ("username-email", "The user name is an e-mail address; links escape it.", "ada+tfe@example.com"),
):
    variant.add(name, sentence, named(username=username))
variant.add(
    "username-escapes-lower-case",
    "Escapes in links are in lower case.",
    type("Named", (changing(linked(str.lower)), named(username="äda-lövelace")), {}),
)
variant.add(
    "username-unescaped-plus-and-at",
    "The user name is an e-mail address; links do not escape it, as a path need not.",
    type(
        "Named",
        (
            changing(linked(lambda link: link.replace("%2B", "+").replace("%40", "@"))),
            named(username="ada+tfe@example.com"),
        ),
        {},
    ),
)

# Statuses, media types and recovery codes


def with_status(operation: Operation, status: int) -> type[Service]:
    """A service with an operation that returns another status."""

    class WithStatus(Service):
        def success(self, performed: Operation, document: Any) -> Response:
            response = super().success(performed, document)
            return replace(response, status=status) if performed == operation else response

    return WithStatus


variant.add("enable-201", "Enable returns 201.", with_status("enable", 201))
variant.add("disable-202", "Disable returns 202 with the user.", with_status("disable", 202))
variant.add("resend-202", "Resend returns 202 with null.", with_status("resend", 202))


@variant("charset-named")
class CharsetNamed(Service):
    """The media type of successes has a charset parameter, as some frameworks add it."""

    def success(self, operation: Operation, document: Any) -> Response:
        return replace(super().success(operation, document), media_type=f"{MEDIA_TYPE}; charset=utf-8")


def with_recovery_codes(alphabet: str, length: int, count: int) -> type[Service]:
    """A service with recovery codes of another form."""

    class WithRecoveryCodes(Service):
        def verify(self, account: Account, attributes: Attributes) -> None:
            super().verify(account, attributes)
            codes = tuple(account.draw(alphabet, length) for _ in range(count))
            account.two_factor = replace(account.two_factor, recovery_codes=codes)

    return WithRecoveryCodes


variant.add(
    "recovery-codes-of-digits",
    "There are six recovery codes of six digits, as in the sample.",
    with_recovery_codes("0123456789", 6, 6),
)
variant.add(
    "recovery-code-single",
    "There is one long recovery code.",
    with_recovery_codes("ABCDEFGHJKLMNPQRSTUVWXYZ23456789", 40, 1),
)
