"""The beginning and the end of a run: its parts are put together, the first contact is made, the account cleaned up."""

from __future__ import annotations

import itertools
import json
import math
import re
import signal
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, get_args
from urllib.parse import urljoin

from conformance.batches import Batches
from conformance.http_client import HttpClient, HttpLimits
from conformance.model import AccountEnd, CleanupResult, Inconclusive, Request, Untested, Verdict
from conformance.rate_limit import RateLimit
from conformance.runner.app import served_app
from conformance.settings import EXCHANGES, MAX_EXCHANGES, POLITE_RATE, parse_budget
from conformance.target import Secret, Target, check_base_url, read_token
from conformance.two_factor import registry
from schemas import NotJSON
from strategies.credentials import UNKNOWN
from strategies.mutations import encode
from strategies.probe import RequestSpec

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from contextlib import AbstractContextManager, ExitStack

    from conformance.console import Console
    from conformance.masking import Masker
    from conformance.model import Exchange, Response
    from conformance.session import Session
    from conformance.settings import Settings
    from conformance.two_factor.state import TwoFactorHistory
    from conformance.two_factor.subject import TwoFactorSubject
    from reference.server import Server
    from schemas import Contract

MAX_INTERRUPTS = 2
SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP")
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
    """Put a run together; nothing is sent yet.

    Args:
        contract: the contract to hold the target to.
        settings: the options.
        masker: masks the secrets of the run.
        console: prints, prompts and counts down.
        stack: closes at the end of the run what has to be closed.
        server: starts the server to test where there is no base URL, instead of the reference server.

    Raises:
        ConfigurationError: the settings do not allow it.
    """
    embedded, url = None, settings.base_url
    if settings.app is not None:
        url = stack.enter_context(served_app(settings.app)) + settings.app_path
    if url is None:
        embedded = stack.enter_context((server or _reference_server)())
        target = Target(embedded.base_url, Secret(embedded.token), embedded=True)
    else:
        base_url = check_base_url(url, disposable=settings.disposable_account, production=settings.allow_production)
        target = Target(base_url, read_token(settings.token_env, settings.token_file))
    masker.add(target.token.reveal(), "$TFE_TOKEN")
    limits = HttpLimits.for_responses_within(settings.timeout)
    client = HttpClient(RateLimit(rate_of(settings, target), settings.max_wait, console.countdown), limits)
    stack.callback(client.close)
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


def _reference_server() -> AbstractContextManager[Server]:
    from reference.server import running  # noqa: PLC0415 (only a run without a base URL needs a server)

    return running()


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
        client.close()
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
        spec = RequestSpec(
            operation.name, None if body is None else encode(body), f"first contact: {operation.name} {shape}"
        )
        try:
            exchange = run.session.send(spec)
        except Untested as limit:
            reason = reason or str(limit)
            continue
        exchanges.append(exchange)
        reason = why_not_this_api(exchange)
        if not reason:
            return
    raise Inconclusive(reason, tuple(exchanges))


def why_not_this_api(exchange: Exchange) -> str:
    """The reason why a response can't be one of this API, or an empty string."""
    response = exchange.response
    if response is None:
        return exchange.problem
    return _strange_status(exchange, response) or _strange_body(response)


def _strange_status(exchange: Exchange, response: Response) -> str:
    status, url = response.status, exchange.request.url
    location = response.header("location")
    if 300 <= status < 400 and not _is_same_resource(url, location):
        return f"it redirects ({status}) to {location!r}: is that the right --base-url?"
    if status in (401, 403):
        challenge = response.header("www-authenticate")
        detail = f"; it asks for {challenge!r}, and Bearer was sent" if challenge else ""
        return f"it refuses the token ({status}): is it valid, and for this target?{detail}"
    if status == 404 or (status == 405 and not response.document):
        return f"it has none of the operations ({status} for {url}): does --base-url include /api/v2?"
    if status in UNAVAILABLE:
        return f"the service behind it is not available ({status})"
    return ""


def _is_same_resource(url: str, location: str) -> bool:
    """Whether a redirect leads to the URL itself, apart from a slash at the end: then an operation misbehaves."""
    try:
        target = urljoin(url, location)
    except ValueError:
        return False
    return target.rstrip("/") == url.rstrip("/")


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

    Args:
        run: the run.
        console: tells that a stopped run is cleaning up.
        is_aborted: the target could not be tested at all.
        violated: the IDs of the requirements that are violated.
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


def ignore_signals() -> None:
    """Let nothing stop the run any more: only its report is left to write."""
    for name in SIGNALS:
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)


def end_on_sigterm() -> None:
    """Treat SIGTERM and SIGHUP as Ctrl-C, so that the account is cleaned up when a CI job is cancelled.

    The first signal stops the run, the second the clean-up; more of them interrupt nothing.
    """
    counts = itertools.count(1)

    def interrupt(*_: object) -> None:
        if next(counts) <= MAX_INTERRUPTS:
            raise KeyboardInterrupt

    # A script that starts a run in the background has SIGINT ignored.
    for name in SIGNALS:
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), interrupt)
