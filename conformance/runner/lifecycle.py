"""The beginning and the end of a run: its parts are put together, the first contact is made, the account cleaned up."""

from __future__ import annotations

import json
import math
import re
import sys
import time
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, get_args
from urllib.parse import urlsplit

from conformance.batches import Batches
from conformance.http_client import HttpClient, HttpLimits
from conformance.masking import Masker
from conformance.model import (
    AccountEnd,
    CleanupResult,
    ConfigurationError,
    ExitCode,
    Inconclusive,
    Request,
    Untested,
    Verdict,
)
from conformance.rate_limit import RateLimit
from conformance.runner.output import masked_console
from conformance.settings import EXCHANGES, MAX_EXCHANGES, POLITE_RATE, Settings, parse_budget
from conformance.target import Secret, Target, check_base_url, read_token
from conformance.two_factor import registry
from schemas import NotJSON, load
from strategies.credentials import UNKNOWN
from strategies.mutations import encode
from strategies.probe import RequestSpec

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Collection
    from contextlib import AbstractContextManager

    from conformance.console import Console
    from conformance.model import Exchange, Response
    from conformance.session import Session
    from conformance.two_factor.state import TwoFactorHistory
    from conformance.two_factor.subject import TwoFactorSubject
    from reference.server import Server
    from schemas import Contract

MOVED = (301, 302, 307, 308)
"""Statuses that redirect a request as it is."""
UNAVAILABLE = (502, 503, 504)
"""Statuses of a gateway without the service behind it."""
ATTEMPT, PAUSE = 5.0, 0.5
"""Seconds that an attempt to reach a target may take that may just have been started, and seconds between two."""
FIRST_CONTACT, CLEAN_UP = "first contact", "clean-up"
"""The IDs under which exchanges of no case are recorded."""
CLEAN_UP_STOPPED = CleanupResult(
    AccountEnd.MAYBE_ON,
    "the clean-up was stopped, so two-factor authentication of the account may still be on; `tfe-conformance reset`, "
    "with the options of this run, switches it off",
)


@dataclass(frozen=True)
class Run:
    """The parts of a run against a target."""

    contract: Contract
    settings: Settings
    session: Session[TwoFactorHistory]
    subject: TwoFactorSubject
    batches: Batches


def start(  # noqa: PLR0913, PLR0917 (the parts of a run, each once)
    contract: Contract,
    settings: Settings,
    masker: Masker,
    console: Console,
    stack: ExitStack,
    server: Callable[[], AbstractContextManager[Server]] | None = None,
) -> Run:
    """Put a run together; nothing is sent yet. The stack closes at the end of the run what has to be closed.

    `server` starts the server to test where there is no base URL, instead of the reference server.

    Raises:
        ConfigurationError: the settings do not allow it.
    """
    embedded, url = None, settings.base_url
    if settings.app is not None:
        from tfe_conformance.serving import AppError, serving_process  # noqa: PLC0415 (imports a server)

        try:
            url = stack.enter_context(serving_process(settings.app)) + settings.app_path
        except AppError as error:
            raise ConfigurationError(str(error)) from error
    if url is None:
        from reference.server import running  # noqa: PLC0415 (imports a server)

        embedded = stack.enter_context((server or running)())
        target = Target(embedded.base_url, Secret(embedded.token), embedded=True)
    else:
        base_url = check_base_url(url, disposable=settings.disposable_account, production=settings.allow_production)
        target = Target(base_url, read_token(settings.token_env, settings.token_file))
    masker.add(target.token.reveal(), "$TFE_TOKEN")
    limits = HttpLimits.for_responses_within(settings.timeout)
    client = HttpClient(RateLimit(rate_of(settings, target), settings.max_wait, console.countdown), limits)
    kinds = [EXCHANGES, *contract.operations, *registry.DEFAULT_LIMITS]
    default = {**registry.DEFAULT_LIMITS, EXCHANGES: MAX_EXCHANGES}
    budget = parse_budget(settings.budget, kinds, registry.ALWAYS_LIMITED if target.is_loopback else default)
    session, subject = registry.create(contract, settings, target, client, budget, masker, console, embedded)
    return Run(contract, settings, session, subject, Batches(session, subject))


def rate_of(settings: Settings, target: Target) -> float:
    """The requests a second that are allowed, 0 for no limit: those of the user, else few off loopback."""
    if settings.rate is not None:
        return settings.rate
    return 0.0 if target.is_loopback else POLITE_RATE


def public_words(contract: Contract) -> frozenset[str]:
    """The words of the contract, of the verdicts and of invalid credentials: none of them is a secret."""
    text = json.dumps(dict(contract.documents)).lower()
    words = frozenset(re.findall(r"[\w.-]+", text))
    return words | {*get_args(Verdict), *contract.requirements, UNKNOWN, f"{UNKNOWN}-2", f"{UNKNOWN}\xfc"}


def preflight_summary(run: Run, cases: int) -> str:
    """The effects that a run is about to have on a target, in lines."""
    settings, limits = run.settings, run.session.limits
    token = f"the file {settings.token_file}" if settings.token_file else f"${settings.token_env}"
    rate = rate_of(settings, run.session.target)
    pace = f"at most {rate:g} requests a second" if rate else "no rate limit"
    lines = [
        f"about to test {run.session.target.base_url}, with the token from {token}:",
        f"{cases} cases, {pace}; limits: {limits}",
        *run.subject.preflight_summary(),
    ]
    if run.session.target.is_plain_http:
        lines.append("sends the token unencrypted over a network: --base-url is http")
    return run.session.masker.text("\n  ".join(lines))


def await_target(
    run: Run,
    console: Console,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> None:
    """Wait until the target answers, for as long as --wait allows: it may just have been started. No token is sent.

    Raises:
        Inconclusive: it does not answer in time.
    """
    url, seconds = run.session.target.base_url, run.settings.wait
    deadline = clock() + seconds
    limits = HttpLimits(total=min(run.settings.timeout, ATTEMPT), silence=math.inf)
    client = HttpClient(RateLimit(0, 0, console.countdown), limits)
    problem = ""
    try:
        while clock() < deadline:
            result = client.send(Request("GET", url, ()))
            if result.response is not None and result.response.status not in UNAVAILABLE:
                return
            if not problem:
                console.countdown(deadline - clock(), "the target does not answer yet", is_limit=True)
            problem = f"the status is {result.response.status}" if result.response else result.problem
            sleep(PAUSE)
    finally:
        console.countdown(0, "")
    if problem:
        raise Inconclusive(f"it did not answer within the {seconds:g} s of --wait: {problem}")


def first_contact(run: Run) -> None:
    """Send a documented request to each operation, those without a body first, until one answers as this API may.

    Raises:
        Inconclusive: none does: another service, another path, an invalid token, or a limit forbids it.
    """
    run.session.begin(FIRST_CONTACT)
    reason = ""
    exchanges: list[Exchange] = []
    operations = sorted(run.contract.operations.values(), key=lambda operation: operation.request is not None)
    for operation in operations:
        shape, body = next(iter(operation.shapes.items()))
        request = None if body is None else encode(body)
        try:
            exchange = run.session.send(
                RequestSpec(operation.name, request, f"first contact: {operation.name} {shape}")
            )
        except Untested as limit:
            reason = reason or str(limit)
            continue
        exchanges.append(exchange)
        reason = why_not_this_api(exchange)
        if not reason:
            return
        if exchange.status in MOVED:
            break
    raise Inconclusive(reason, tuple(exchanges))


def why_not_this_api(exchange: Exchange) -> str:
    """The reason why a response can't be one of this API, or an empty string."""
    response = exchange.response
    if response is None:
        return exchange.problem
    status, url, location = response.status, exchange.request.url, response.header("location")
    # Where only a slash is added, the operation itself misbehaves.
    if 300 <= status < 400 and location not in (f"{url}/", f"{urlsplit(url).path}/"):
        return f"it redirects ({status}) to {location!r}: is that the right --base-url?"
    if status in (401, 403):
        challenge = response.header("www-authenticate")
        sent = f"WWW-Authenticate is {challenge!r}" if challenge else "there is no WWW-Authenticate"
        return f"it refuses the token ({status}): is it valid, and for this target? Bearer was sent; {sent}"
    if status == 404 or (status == 405 and not response.document):
        return f"it has none of the operations ({status} for {url}): does --base-url include /api/v2?"
    if status in UNAVAILABLE:
        return f"the service behind it is not available ({status})"
    return _strange_body(response)


def _strange_body(response: Response) -> str:
    status = response.status
    try:
        response.json  # noqa: B018 (parsed only to see whether it can be)
    except NotJSON:
        if "html" in response.header("content-type").lower() or response.body.lstrip()[:1] == b"<":
            title = re.search(rb"<title>\s*(.{1,80}?)\s*</title>", response.body, re.IGNORECASE | re.DOTALL)
            name = f" ({title[1].decode('utf-8', 'replace')!r})" if title else ""
            return f"it answers with HTML{name}, status {status}: is --base-url that of an API, with /api/v2?"
        if response.accepted:
            return f"its responses are no JSON ({status}): is --base-url that of the API?"
    return ""


def clean_up(run: Run, console: Console, *, is_aborted: bool, violated: Collection[str] = ()) -> CleanupResult:
    """Bring the account to rest, whatever happened.

    `is_aborted` is set where the target could not be tested at all; `violated` holds the IDs of requirements.
    """
    session = run.session
    exchanges = session.recorder.exchanges
    if not exchanges and not session.was_interrupted:
        return CleanupResult(AccountEnd.UNTOUCHED)
    had_no_effect = all(300 <= exchange.status < 500 for exchange in exchanges)
    if is_aborted and had_no_effect and not session.was_interrupted:
        return CleanupResult(
            AccountEnd.UNTOUCHED, "the target rejected or redirected all requests, so nothing was changed"
        )
    if session.was_interrupted:
        console.print("stopping: cleaning up first; press Ctrl-C again to leave the account as it is")
    session.begin(CLEAN_UP)
    session.reset_patience()
    result = run.subject.clean_up(violated)
    return CleanupResult(result.end, session.masker.text(result.sentence))


def reset(options: argparse.Namespace) -> int:
    """Switch two-factor authentication off; the exit code is 0 only if a response proves that it is.

    Raises:
        ConfigurationError: the options do not allow it.
    """
    settings = Settings.from_options(options)
    if settings.base_url is None:
        raise ConfigurationError("reset: name the target with --base-url")
    contract = load()
    masker = Masker(public_words(contract))
    with ExitStack() as stack:
        run = start(contract, settings, masker, masked_console(masker), stack)
        run.session.begin("reset")
        result = run.subject.clean_up()
        sentence = result.sentence
        if result.end is AccountEnd.UNTOUCHED:  # by this command, but it may have been on before
            status = run.session.recorder.exchanges[-1].status
            sentence = f"two-factor authentication of the account may still be on: disable got {status}"
        sys.stdout.write(masker.text(sentence) + "\n")
    return ExitCode.CONFORMANT if result.end is AccountEnd.OFF else ExitCode.NO_VERDICT
