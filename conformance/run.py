"""One run: the target made ready, everything that was asked and found, and the first contact."""

from __future__ import annotations

import importlib.util
import json
import re
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, get_args
from urllib.parse import urlsplit

from conformance import options as run_options
from conformance.asker import Ask, Asker
from conformance.client import Client
from conformance.journal import journal_of
from conformance.redaction import Redactor, Secret
from conformance.rejections import Rejections
from conformance.subject import encoded
from conformance.target import Target, checked_base_url, on_loopback, read_token
from conformance.verdicts import Inconclusive, NoVerdict, Untested, Verdict
from reference.server import Server, running
from schemas import Contract, NotJSON

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from contextlib import AbstractContextManager, ExitStack

    from conformance.exchange import Exchange, Response
    from conformance.offline.recording import Recording
    from conformance.verdicts import Case
    from conformance.voice import Voice
    from conformance.workers.found import Found


@dataclass
class Run:
    """What a run works with and leaves behind, for the tests and for the reports.

    `problem` says why the target could not be asked at all, if so; `left` how the account was left; `stopped` what
    ended the run early; `walk` is the order in which to ask where not everything may be asked. `recording` is there
    where nothing is asked, and what was recorded is judged. `planned` are the cases of all tests, `deselected` those of
    tests that were not wanted; `met` tells that the first contact was made. `elsewhere` is what other workers of the
    same run found; `notes` say what else is to be known.
    """

    contract: Contract
    target: Target
    asker: Asker
    rejections: Rejections
    redactor: Redactor
    options: Any
    started: float = field(default_factory=time.monotonic)
    cases: list[Case] = field(default_factory=list)
    problem: str = ""
    left: str = ""
    walk: Sequence[str] = ()
    recording: Recording | None = None
    stopped: str = ""
    met: bool = False
    planned: list[Case] = field(default_factory=list)
    deselected: list[Case] = field(default_factory=list)
    elsewhere: Sequence[Found] = ()
    asked_by_workers: int = 0
    notes: tuple[str, ...] = ()

    @property
    def source(self) -> str:
        """The name of the recording that the exchanges are from; empty where they were made."""
        return self.recording.archive.name if self.recording else ""

    @property
    def exchanges(self) -> list[Exchange]:
        """All exchanges, in their order."""
        return self.asker.exchanges

    @property
    def asked(self) -> int:
        """How many exchanges there were, those of workers that go on included."""
        return len(self.exchanges) or self.asked_by_workers

    @property
    def unasked(self) -> list[Case]:
        """The cases of tests that were to be run, and were not."""
        asked = {id(case) for case in self.cases}
        return [case for case in self.planned if id(case) not in asked]

    @property
    def everywhere(self) -> list[Exchange]:
        """All exchanges, and those of other workers as far as they are known."""
        return [*self.exchanges, *(exchange for found in self.elsewhere for exchange in found.exchanges)]


def start(
    contract: Contract,
    options: Any,
    stack: ExitStack,
    voice: Voice,
    embedded: Callable[[], AbstractContextManager[Server]] | None = None,
) -> Run:
    """Make a run ready; what has to be closed at its end goes on the stack. No request is sent.

    Args:
        contract: what to hold the target to.
        options: the options of the run, as attributes.
        stack: where to leave what is to be closed.
        voice: how to speak with the person who waits.
        embedded: starts the server to test where no base URL is given, if not the reference server.

    Raises:
        ConfigurationError: the options don't allow it.
    """
    run_options.check_together(options)
    redactor = Redactor(public(contract))
    server = None
    if options.base_url is None:
        server = stack.enter_context((embedded or running)())
        target = Target(server.base_url, Secret(server.token), embedded=True)
    else:
        base_url = checked_base_url(
            options.base_url, disposable=options.disposable_account, production=options.allow_production
        )
        target = Target(base_url, read_token(options.token_env, options.token_file))
    redactor.add(target.token.reveal(), "$TFE_TOKEN")
    voice = voice.discreet(redactor.clean)
    loopback = on_loopback(urlsplit(target.base_url).hostname or "")
    client = Client(run_options.limits(options, loopback=loopback), voice.wait)
    stack.callback(client.close)
    knowledge = knowledge_of(contract)
    budget = run_options.budget(options, contract, knowledge.BUDGET if knowledge else {}, loopback=loopback)
    asker = Asker(contract, target, client, redactor, budget)
    if server is None:
        asker.journal = journal_of(
            target.base_url,
            target.token.reveal(),
            options.token_env,
            options.token_file,
            production=options.allow_production,
        )
    asker.thrifty = bool(budget.limits) or options.profile == "frugal"
    if knowledge is not None:
        asker.subject = knowledge.configured(asker, options, server, voice)
    walk = knowledge.walk(asker.subject) if knowledge else ()
    return Run(contract, target, asker, Rejections(asker), redactor, options, walk=walk)


def public(contract: Contract) -> frozenset[str]:
    """The words of the contract, and of all reports on it, in lower case."""
    said = json.dumps(dict(contract.documents)).lower()
    return frozenset(re.findall(r"[\w.-]+", said)) | {*get_args(Verdict), *contract.requirements}


def knowledge_of(contract: Contract) -> Any:
    """The package that knows how to make a contract's operations ready, or `None` where none is needed."""
    name = f"conformance.{contract.name}"
    return importlib.import_module(name) if importlib.util.find_spec(name) else None


def intentions(run: Run, cases: int, of_subject: Sequence[str]) -> str:
    """What a run is about to do to a target, in lines.

    Args:
        run: the run.
        cases: how many cases it will ask.
        of_subject: what its subject says that it is about to do.
    """
    options, limits, budget = run.options, run.asker.client.limits, run.asker.budget
    names = options.token_env.split(",")
    token = f"token from the file {options.token_file}" if options.token_file else f"token from ${names[0]}"
    if len(names) > 1:
        token = f"tokens from {', '.join(f'${name}' for name in names)}, at the same time"
    pace = f"{limits.rate:g} a second at most" if limits.rate else "as fast as it answers"
    at_once = f", up to {limits.at_once} at once" if limits.at_once > 1 else ""
    each = "; for each account" if len(names) > 1 else ""
    lines = [
        f"about to ask {run.target.base_url}, with the {token}:",
        f"{cases} cases{each}, {pace}{at_once}; budget: {budget}",
        *of_subject,
    ]
    return run.redactor.clean("\n  ".join(lines))


def finish(run: Run, say: Callable[[str], None]) -> None:
    """Bring the account to rest; until that is done, and where it can't be, the journal keeps it in mind."""
    asker, journal = run.asker, run.asker.journal
    touched = bool(asker.exchanges) or asker.interrupted
    if not touched or (run.problem and not (journal and journal.path)):
        return
    if (
        run.problem
        and not (asker.interrupted or asker.unanswered)
        and all(e.response.rejected for e in asker.exchanges)
    ):
        run.left = "the target rejected all that was asked, so nothing was changed"
        if journal is not None:
            journal.close()
        return
    hint = journal.hint if journal else ""
    run.left = asker.subject.uncertain("the clean-up was stopped").sentence + hint
    if asker.interrupted:
        say("stopping: cleaning up first; press Ctrl-C again to leave everything as it is")
    asker.client.forgive()
    left = asker.subject.finish()
    if left.at_rest and journal is not None:
        journal.close()
    run.left = run.redactor.clean(left.sentence + ("" if left.at_rest else hint))
    if asker.token_refused_since:
        said = f"from exchange {asker.token_refused_since} on the target refused the token: has it expired?"
        run.notes = (*run.notes, said)


def first_contact(run: Run) -> None:
    """Ask each operation, those without a body first, until one answers as an operation of this API may.

    Raises:
        Inconclusive: none does: this is another service, another path, or a token that is not valid; or the budget
            allows to ask none.
    """
    operations = sorted(run.contract.operations.values(), key=lambda operation: operation.request is not None)
    reason = ""
    for operation in operations:
        shape, body = next(iter(operation.shapes.items()))
        try:
            exchange = run.asker.send(operation.name, encoded(body), purpose=f"first contact: {operation.name} {shape}")
        except Untested as spent:
            reason = reason or str(spent)
            continue
        reason = strange(exchange)
        if not reason:
            try_at_once(run, operations[0].name)
            return
    raise Inconclusive(reason)


def try_at_once(run: Run, operation: str) -> None:
    """Find that the target answers several connections at once: some servers serve one until it is closed.

    What is asked lacks a token, so that it can't do harm if it is served late, when nobody waits for it any more. The
    answers are not judged, as a run that asks one after the other has none of them.
    """
    client = run.asker.client
    if client.at_once > 1:
        lost = client.lost
        ask = Ask(operation, None, "are several requests answered at once?", authorization=(), close=False)
        try:
            for exchange in run.asker.ask([ask] * client.at_once):
                exchange.judged.clear()
        except NoVerdict:
            client.at_once, client.lost = 1, lost


def strange(exchange: Exchange) -> str:
    """Why an answer is none of this API, or an empty string if it may be one."""
    return _strange_status(exchange) or _strange_body(exchange.response)


def _strange_status(exchange: Exchange) -> str:
    response, url = exchange.response, exchange.request.url
    status = response.status
    location = response.header("location")
    if 300 <= status < 400 and urlsplit(location).path.rstrip("/") != urlsplit(url).path:
        return f"it redirects, to {location!r}: is that the right --base-url?"
    if status in (401, 403):
        return f"it refuses the token ({status}): is it valid, and for this target?"
    if status == 404 or (status == 405 and not response.document):
        return f"it knows none of the operations ({status} for {url}): does --base-url include /api/v2?"
    if status in (502, 503, 504):
        return f"the service behind it is not there ({status})"
    return ""


def _strange_body(response: Response) -> str:
    status = response.status
    try:
        response.json  # noqa: B018 (whether it can be parsed)
    except NotJSON:
        if "html" in response.header("content-type").lower() or response.body.lstrip()[:1] == b"<":
            return f"it answers with HTML ({status}): is --base-url that of an API, with /api/v2?"
        if response.accepted:
            return f"its answers are no JSON ({status}): is --base-url that of the API?"
    return ""
