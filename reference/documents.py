"""JSON:API documents: the user with its two-factor state, and errors with their pointers."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pyotp

if TYPE_CHECKING:
    from reference.accounts import Account
    from reference.messages import Rejection


def two_factor_document(account: Account) -> dict[str, Any]:
    """The `two-factor` attribute; it has recovery codes once the set-up is verified."""
    state = account.two_factor
    document: dict[str, Any] = {"delivery": state.delivery, "enabled": state.enabled}
    if state.delivery == "app" and not state.verified:
        document["provisioning-url"] = pyotp.TOTP(account.secret).provisioning_uri(
            name=account.person.username, issuer_name="Reference"
        )
    if state.verified:
        document["recovery-codes"] = list(state.recovery_codes)
    document["sms-number"] = state.sms_number
    if state.verified:
        document["used-recovery-codes"] = list(state.used_recovery_codes)
    document["verified"] = state.verified
    return document


def user_document(account: Account) -> dict[str, Any]:
    """The document that enable, disable and verify respond with."""
    person = account.person
    path = f"/api/v2/users/{quote(person.username, safe='')}"
    avatar = sha256(person.username.encode()).hexdigest()
    return {
        "data": {
            "attributes": {
                "avatar-url": f"https://www.gravatar.com/avatar/{avatar}?s=100&d=mm",
                "is-service-account": False,
                "two-factor": two_factor_document(account),
                "username": person.username,
                "v2-only": False,
            },
            "id": person.id,
            "links": {"self": path},
            "relationships": {"authentication-tokens": {"links": {"related": f"{path}/authentication-tokens"}}},
            "type": "users",
        }
    }


def error_document(rejection: Rejection) -> dict[str, Any]:
    """A document with one error: its status as a string, its title, and the pointer to the member at fault, if any."""
    error: dict[str, Any] = {"status": str(rejection.status), "title": rejection.title}
    if rejection.pointer is not None:
        error["source"] = {"pointer": rejection.pointer}
    return {"errors": [error]}
