"""The text that `serve` prints: the address, the accounts, and two command lines to copy."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reference.service import Service


def greeting(service: Service, base_url: str, notes: Iterable[str] = ()) -> str:
    """The text for a server that has just started; each note is a paragraph of its own."""
    lines = [f"Reference server of the Account API at {base_url}", ""]
    for account in service.accounts:
        lines += [
            f"Account {account.person.username}",
            f"  token        {account.person.token}",
            f"  TOTP secret  {account.secret}",
        ]
        lines += [f"  code         {account.fixed_code}, always right"] if account.fixed_code else []
    lines += [f"SMS number     {service.sms_number} (no SMS is sent: each is printed below)", ""]
    for note in notes:
        lines += [note, ""]
    lines += [
        "Check it from a second terminal:",
        "",
        f"  {check_command(service, base_url)}",
        "",
        "Or send one request:",
        "",
        f"  {curl_command(service, base_url)}",
        "",
        "Ctrl-C stops it.",
    ]
    return "\n".join(lines)


def check_command(service: Service, base_url: str) -> str:
    """The command that checks the server with the suite."""
    account = service.accounts[0]
    codes = f"static:{account.fixed_code}" if account.fixed_code else f"totp:{account.secret}"
    return f"TFE_TOKEN={account.person.token} tfe-conformance check --base-url {base_url} --code-source {codes}"


def curl_command(service: Service, base_url: str) -> str:
    """A command that sends a request without a body."""
    return (
        f"curl -X POST -H 'Authorization: Bearer {service.accounts[0].person.token}' "
        f"-H 'Content-Type: application/vnd.api+json' {base_url}/account/actions/two-factor-disable"
    )
