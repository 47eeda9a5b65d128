"""The parts that the Account API adds to a run: default limits, the walk through its states, and its subject."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from conformance.limits import Limits
from conformance.model import ConfigurationError
from conformance.recorder import Recorder
from conformance.session import Session
from conformance.two_factor.account import CODE, SMS, WRONG_CODE, Account, cost_of
from conformance.two_factor.checks import TwoFactorRules
from conformance.two_factor.code_sources import EmbeddedCodes, parse_code_source
from conformance.two_factor.state import TwoFactorHistory
from conformance.two_factor.subject import TwoFactorSubject
from strategies.two_factor import FICTIONAL_NUMBERS

if TYPE_CHECKING:
    from conformance.console import Console
    from conformance.http_client import HttpClient
    from conformance.masking import Masker
    from conformance.settings import Settings
    from conformance.target import Target
    from conformance.two_factor.code_sources import CodeSource
    from reference.server import Server
    from schemas import Contract

ALWAYS_LIMITED = {CODE: 8}
"""Right codes of a run, where each costs a wait or a person's attention."""
DEFAULT_LIMITS = {"enable": 10, "resend": 5, WRONG_CODE: 4, SMS: 2, **ALWAYS_LIMITED}
"""Limits at a target that is not on loopback: live services allow so many of the first two within an hour."""
STATION_OF = {
    ("enable", "app"): "enabling",
    ("verify", "code"): "verifying",
    ("verify", "app"): "verifying",
    ("disable", "no-body"): "disabling",
    ("enable", "sms"): "enabling by sms",
    ("resend", "no-body"): "resending",
}
"""The station of each batch of probes, by the operation and the shape of its control."""
WALK = (
    "off",
    STATION_OF["enable", "app"],
    "verified",
    STATION_OF["verify", "code"],
    "pending",
    STATION_OF["disable", "no-body"],
    STATION_OF["enable", "sms"],
    STATION_OF["resend", "no-body"],
    "pending by sms",
)
"""States and batches in the order in which each leaves the account as the next one needs it, so set-ups are saved.

A right code is confirmed before wrong ones are sent: with a mistyped secret all of them would be wrong in a row.
"""
SHORTEST_NUMBER = 5


def create(  # noqa: PLR0913, PLR0917 (the parts of a session)
    contract: Contract,
    settings: Settings,
    target: Target,
    client: HttpClient,
    budget: dict[str, int],
    masker: Masker,
    console: Console,
    server: Server | None,
) -> tuple[Session[TwoFactorHistory], TwoFactorSubject]:
    """The session with a target, and its account; `server` is the embedded one, if it is the target.

    Raises:
        ConfigurationError: an option has a wrong value.
    """
    number = settings.sms_number
    if number is not None:
        if sum(character.isdigit() for character in number) < SHORTEST_NUMBER or not number.isascii():
            raise ConfigurationError("--sms-number: give a telephone number such as +12025550123")
        masker.add_number(number, "[SMS number]")
    source: CodeSource | None = None
    if settings.code_source is not None:
        source = parse_code_source(
            settings.code_source,
            console=console,
            timeout=settings.code_timeout,
            register_secret=masker.add,
            hidden_variables=(settings.token_env,),
        )
    if server is not None:
        source = source or EmbeddedCodes(server.code)
        number = number or server.sms_number
    sms_number = number or FICTIONAL_NUMBERS[0]
    codes_are_free = source is None or not source.is_single_use
    limits = Limits({kind: limit for kind, limit in budget.items() if not (kind == CODE and codes_are_free)})
    history = TwoFactorHistory(contract.operations)
    recorder = Recorder(contract, history, TwoFactorRules(), target.token.reveal())
    cost = partial(cost_of, number=sms_number, source=source)
    session = Session(contract, target, client, limits, masker, recorder, cost)
    return session, TwoFactorSubject(Account(session, source, sms_number, is_own_number=number is not None))
