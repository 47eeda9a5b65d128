"""The text that `serve` prints: the address, the accounts, and two command lines to copy."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reference.accounts import Account
    from reference.service import Service

GREETING = """\
Reference server of the Account API at {base_url}

{accounts}
SMS number     {sms_number} (no SMS is sent: each is printed below)
{notes}
Check it from a second terminal:

  TFE_TOKEN={token} tfe-conformance check --base-url {base_url} --code-source {codes}

Or send one request:

  curl -X POST -H 'Authorization: Bearer {token}' \
-H 'Content-Type: application/vnd.api+json' {base_url}/account/actions/two-factor-disable

Ctrl-C stops it."""


def greeting(service: Service, base_url: str, notes: Iterable[str] = ()) -> str:
    """The text for a server that has just started; each note is a paragraph of its own."""
    first = service.accounts[0]
    return GREETING.format(
        base_url=base_url,
        accounts="\n".join(map(_account, service.accounts)),
        sms_number=service.sms_number,
        notes="".join(f"\n{note}\n" for note in notes),
        token=first.person.token,
        codes=f"static:{first.fixed_code}" if first.fixed_code else f"totp:{first.secret}",
    )


def _account(account: Account) -> str:
    code = f"\n  code         {account.fixed_code}, always right" if account.fixed_code else ""
    person = account.person
    return f"Account {person.username}\n  token        {person.token}\n  TOTP secret  {account.secret}{code}"
