"""The parts that the Account API adds to a run: default limits, the walk through its states, and its subject."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

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
    from conformance.limits import Limits
    from conformance.masking import Masker
    from conformance.settings import Settings
    from conformance.target import Target
    from conformance.two_factor.code_sources import CodeSource
    from reference.server import Server
    from schemas import Contract

ALWAYS_LIMITED = {CODE: 12}
"""Right codes of a run, where each costs a wait or a person's attention."""
DEFAULT_LIMITS = {"enable": 10, "resend": 5, WRONG_CODE: 4, SMS: 2, **ALWAYS_LIMITED}
"""Limits at a target that is not on loopback: live services allow so many of the first two within an hour."""
WALK = ("off", "pending", "verified", "pending by sms")
"""The states in the order in which each leads to the next with few set-ups."""
STATE_OF = {"enable": "off", "verify": "pending", "disable": "verified", "resend": "pending by sms"}
"""The state in which each operation must accept a valid request."""
SHORTEST_NUMBER = 5


def create(  # noqa: PLR0913 (the parts of a session)
    contract: Contract,
    settings: Settings,
    target: Target,
    client: HttpClient,
    limits: Limits,
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
        source = source or EmbeddedCodes(server)
        number = number or server.sms_number
    sms_number = number or FICTIONAL_NUMBERS[0]
    history = TwoFactorHistory(contract.operations)
    recorder = Recorder(contract, history, TwoFactorRules(), target.token.reveal())
    cost = partial(cost_of, number=sms_number, source=source)
    session = Session(contract, target, client, limits, masker, recorder, cost)
    return session, TwoFactorSubject(Account(session, source, sms_number, is_own_number=number is not None))
