"""What `serve` tells a newcomer: where, as whom, and two command lines to copy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reference.faults import FAULTS
from reference.variants import VARIANTS

if TYPE_CHECKING:
    from reference.server import Server


def greeting(server: Server, *, fault: str | None = None, variant: str | None = None) -> str:
    """The lines printed once the port is taken."""
    lines = [f"Reference server of the Account API at {server.base_url}", ""]
    for account in server.service.accounts:
        lines += [
            f"Account {account.person.username}",
            f"  token        {account.person.token}",
            f"  TOTP secret  {account.secret}",
        ]
    lines += [f"SMS number     {server.sms_number} (nothing is sent; every SMS is printed below)", ""]
    if fault is not None:
        lines += [f"Fault {fault}: {FAULTS.find(fault).sentence}", ""]
    if variant is not None:
        lines += [f"Variant {variant}: {VARIANTS.find(variant).sentence}", ""]
    lines += [
        "Check it from a second terminal:",
        "",
        f"  {check_line(server)}",
        "",
        "Or ask it one thing:",
        "",
        f"  {curl_line(server)}",
        "",
        "Ctrl-C ends it.",
    ]
    return "\n".join(lines)


def check_line(server: Server) -> str:
    """The suite, asked to check this server."""
    secret = server.service.accounts[0].secret
    return f"TFE_TOKEN={server.token} tfe-conformance check --base-url {server.base_url} --code-source totp:{secret}"


def curl_line(server: Server) -> str:
    """One request that needs no body."""
    return (
        f"curl -X POST -H 'Authorization: Bearer {server.token}' -H 'Content-Type: application/vnd.api+json' "
        f"{server.base_url}/account/actions/two-factor-disable"
    )
