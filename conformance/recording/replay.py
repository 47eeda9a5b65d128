"""Replay recordings: entries become exchanges, and each account's are judged by the functions that judge a run."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import httpx

from conformance.model import ConfigurationError, Exchange, Judgement
from conformance.recorder import Recorder
from conformance.recording.har import is_placeholder
from conformance.recording.requests import broken_requirement, judge_request
from conformance.two_factor.checks import TwoFactorRules
from conformance.two_factor.recorded import Judged, Step, judge_sequence, rests_on_state
from conformance.two_factor.state import TwoFactorHistory
from strategies.json_path import value_at
from strategies.probe import RequestSpec

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from conformance.recorder import Entry as LogEntry
    from conformance.recording.har import Entry, Recording
    from schemas import Contract, Operation

GATEWAY = {502, 503, 504, *range(520, 531)}
"""Statuses with which gateways answer for a service that they did not reach."""
NOT_THE_TARGET = {407, 429, 511}
"""Statuses with which nobody looked at the request."""
BY_STATUS = ("http.no-server-error", "credentials.status-401", "credentials.reserved-401")
"""The requirements that a response is held to without its body."""
PREFLIGHT = "access-control-request-method"
SAFE = ("GET", "HEAD", "OPTIONS")
SHOWN_HEADERS = ("accept", "authorization", "content-encoding", "content-type")
"""Request headers that concern the operation; the others are those of a browser, and hold what is private."""
OVERLAP = 0.002
"""Seconds by which the clock of a tool may be wrong."""
OWN_CODE = "[code]"
"""The text in files of `check --har` that takes the place of right codes."""
Located = tuple["Entry", str, str]
"""An entry, the base URL of its request, and the name of its operation, empty where it is a request to none."""
INCOMPLETE = "other requests may have reached the account (--complete: none did)"


@dataclass(frozen=True, eq=False)
class Item:
    """An entry that is a request to an operation, and its exchange.

    Attributes:
        token: the token of its account, empty where the account is unknown.
        broken: the requirement that the request breaks, as `broken_requirement` tells.
        is_after_other: since the item before it, another request to the target may have changed any account.
    """

    entry: Entry
    exchange: Exchange
    token: str
    broken: str | None
    is_after_other: bool

    @property
    def account(self) -> tuple[str, str]:
        """The file of `check --har`, and the token."""
        return self.entry.file if self.entry.is_own else "", self.token

    @property
    def is_of_gateway(self) -> bool:
        """Whether the response may be that of a gateway before the target; a run blames the target for it."""
        return not self.entry.is_own and self.exchange.status in GATEWAY

    @property
    def is_effect_unknown(self) -> bool:
        """Whether the state after it is unknown, though its status may tell one."""
        is_documented = self.broken == "" or (self.broken is None and self.entry.is_own)
        return self.exchange.accepted and not (is_documented and self.entry.is_response_known)


@dataclass(frozen=True)
class Replay:
    """The requests to the operations of one target, and their judgements by requirement and operation.

    `base_url` is empty where no request to an operation is recorded.
    """

    contract: Contract
    base_url: str
    items: tuple[Item, ...]
    judged: Mapping[tuple[str, str], Sequence[Judged]]

    @property
    def exchanges(self) -> tuple[Exchange, ...]:
        """All exchanges in their order."""
        return tuple(item.exchange for item in self.items)


def replay(
    contract: Contract, recordings: Sequence[Recording], base_url: str | None = None, *, is_complete: bool = False
) -> Replay:
    """Judge recordings; one with an entry that can't be read is not complete.

    Raises:
        ConfigurationError: they hold several targets, and `base_url` names none.
    """
    entries = [entry for recording in recordings for entry in recording.entries]
    entries.sort(key=lambda entry: entry.started)
    located = [(entry, *locate(contract, entry)) for entry in entries]
    target = choose_target(located, base_url)
    items = tuple(_items(contract, located, target))
    is_complete = is_complete and not any(recording.unreadable for recording in recordings)
    judged: defaultdict[tuple[str, str], list[Judged]] = defaultdict(list)
    for each in _judge(contract, items, is_complete=is_complete):
        name = each.judgement.requirement
        owner = contract.requirements[name].operation
        judged[name, owner if owner in contract.operations else each.evidence[0].operation].append(each)
    return Replay(contract, target, items, judged)


def choose_target(located: Iterable[Located], base_url: str | None) -> str:
    """The base URL that is given, else the one to which requests to the operations go; empty where none does.

    Raises:
        ConfigurationError: there are several.
    """
    if base_url is not None:
        return normal_url(base_url)
    requests = [(entry, base) for entry, base, operation in located if operation]
    # A redirect to the target, and a request that never arrived, make no target.
    answered = [base for entry, base in requests if entry.response and entry.response.status // 100 != 3]
    targets = list(dict.fromkeys(answered or [base for _, base in requests]))
    if len(targets) > 1:
        raise ConfigurationError(f"the recording holds several targets, {', '.join(targets)}: name one with --base-url")
    return targets[0] if targets else ""


def locate(contract: Contract, entry: Entry) -> tuple[str, str]:
    """The base URL of a request, and the name of its operation, empty where it is a request to none."""
    url = normal_url(entry.request.url.partition("?")[0])
    for name, operation in contract.operations.items():
        if url.endswith(operation.path):
            return url.removesuffix(operation.path), name
    return url, ""


@lru_cache(maxsize=1_000)
def normal_url(text: str) -> str:
    """The URL in its usual spelling, without user, fragment and final slash; empty where it is none."""
    try:
        return str(httpx.URL(text).copy_with(userinfo=b"", fragment=None)).rstrip("/")
    except httpx.InvalidURL:
        return ""


def _items(contract: Contract, located: Sequence[Located], base_url: str) -> Iterator[Item]:
    """The requests to the operations of a target."""
    origin = str(httpx.URL(base_url).copy_with(path="/"))
    tokens = {entry.token for entry, base, operation in located if operation and base == base_url and entry.token}
    number, is_after_other = 0, False
    for (entry, base, name), (known_code, is_valid) in zip(located, _facts(located), strict=True):
        if not name or base != base_url:
            is_other = not entry.is_own and entry.request.method not in SAFE and entry.request.url.startswith(origin)
            is_after_other = is_after_other or is_other
            continue
        # A browser asks by OPTIONS whether a page of another origin may send the request.
        if entry.request.method == "OPTIONS" and entry.sent(PREFLIGHT):
            continue
        number += 1
        operation = contract.operations[name]
        broken = broken_requirement(contract, operation, entry)
        exchange = _exchange(operation, entry, number, broken or "", known_code, is_valid=is_valid)
        # A service may heed a cookie that another token began.
        is_ambiguous = len(tokens) > 1 and bool(entry.sent("cookie"))
        yield Item(entry, exchange, "" if is_ambiguous else entry.token, broken, is_after_other)
        is_after_other = False


def _exchange(  # noqa: PLR0913 (the facts of an exchange)
    operation: Operation, entry: Entry, number: int, broken: str, known_code: str, *, is_valid: bool | None
) -> Exchange:
    request, own = entry.request, entry.own or {}
    lacks_body = entry.response is not None and not entry.is_response_known
    spec = RequestSpec(
        operation.name,
        request.body,
        entry.purpose + (" (the body of the response is not recorded)" if lacks_body else ""),
        broken,
        method=None if request.method == operation.method else request.method,
        authorization=tuple(entry.sent("authorization")) if is_valid is False else None,
        content_type=next(iter(entry.sent("content-type")), None),
        query=request.url.partition("?")[2],
        known_code=known_code,
        shape=str(own.get("shape", "")),
    )
    headers = [pair for pair in request.headers if entry.is_own or pair[0].lower() in SHOWN_HEADERS]
    return Exchange(
        number,
        spec,
        replace(request, headers=tuple(headers)),
        entry.response,
        case_id=str(own.get("case", "")),
        seconds=entry.seconds,
        valid_credentials=is_valid,
        ended=entry.started + entry.seconds,
        problem=entry.problem,
    )


def _facts(located: Sequence[Located]) -> list[tuple[str, bool | None]]:
    """For each entry the code that was accepted for the same set-up, then or later, and whether its token was valid.

    A token that is accepted was valid before.
    """
    facts: list[tuple[str, bool | None]] = []
    code_of: dict[str, str] = {}
    accepted: set[str] = set()
    for entry, _, operation in reversed(located):
        token, is_verification = entry.token, operation == "verify"
        if entry.own is not None:
            is_valid = entry.own.get("valid_credentials")
            facts.append((OWN_CODE if is_verification else "", is_valid if isinstance(is_valid, bool) else None))
            continue
        if entry.is_accepted and token:
            accepted.add(token)
            if operation in ("enable", "verify"):
                code = entry.request.attribute("code")
                code_of[token] = code if isinstance(code, str) and not is_placeholder(code) else ""
        facts.append((code_of.get(token, "") if is_verification else "", token in accepted or None))
    return facts[::-1]


def _judge(contract: Contract, items: Sequence[Item], *, is_complete: bool) -> Iterator[Judged]:
    """All judgements: of the single exchanges, then of the sequence of each account."""
    controls = {
        (item.account, item.exchange.operation) for item in items if item.broken == "" and item.exchange.accepted
    }
    accounts: defaultdict[tuple[str, str], list[tuple[Item, LogEntry[TwoFactorHistory]]]] = defaultdict(list)
    for item, entry in _log(contract, items):
        exchange = item.exchange
        if entry is None:
            problem = f"the status is {exchange.status}, which a gateway before the target may have sent"
            yield Judged((exchange,), Judgement("http.no-server-error", problem, certain=False))
            continue
        has_control = (item.account, exchange.operation) in controls
        for judgement in (
            *_judge_response(contract, item, entry, is_complete=is_complete),
            *judge_request(contract, item.entry, exchange, item.broken, has_control=has_control),
        ):
            yield Judged((exchange,), judgement)
        accounts[item.account if item.token else ("", str(exchange.number))].append((item, entry))
    for (file, _), log in accounts.items():
        item_of = {item.exchange: item for item, _ in log}
        for exchange, judgement in TwoFactorRules().judge_later(list(item_of)):
            if _is_known(contract, item_of[exchange], judgement):
                yield Judged((exchange,), judgement)
        steps = [Step(entry, is_documented=item.broken == "") for item, entry in log]
        for evidence, judgement in judge_sequence(contract, steps, is_own=bool(file)):
            yield Judged(evidence, judgement if file or is_complete else _doubted(judgement))


def _log(contract: Contract, items: Iterable[Item]) -> Iterator[tuple[Item, LogEntry[TwoFactorHistory] | None]]:
    """The items with their entries in the log of their account, `None` for a response of a gateway.

    An unknown account has a log per exchange. What nobody looked at is left out.
    """
    recorders: dict[tuple[str, str], Recorder[TwoFactorHistory]] = {}
    ends: defaultdict[tuple[str, str], float] = defaultdict(float)
    for item in items:
        if item.is_after_other or not (item.token or item.exchange.rejected):
            for recorder in recorders.values():
                recorder.forget_state()  # it may have been about any account
        if not item.entry.is_own and item.exchange.status in NOT_THE_TARGET:
            continue
        history = TwoFactorHistory(contract.operations)
        recorder = recorders.get(item.account) or Recorder(contract, history, TwoFactorRules(), item.entry.token)
        if item.token:
            recorders[item.account] = recorder
        # Of requests that are on their way together, nobody knows which is carried out first.
        overlaps = not item.entry.is_own and item.entry.started < ends[item.account] - OVERLAP
        ends[item.account] = max(ends[item.account], item.exchange.ended)
        if overlaps:
            recorder.forget_state()
        yield item, None if item.is_of_gateway else recorder.append(item.exchange)
        if overlaps or item.is_of_gateway or item.is_effect_unknown:
            recorder.forget_state()


def _judge_response(
    contract: Contract, item: Item, entry: LogEntry[TwoFactorHistory], *, is_complete: bool
) -> Iterator[Judgement]:
    """The judgements of a response; uncertain where a request that was not recorded may explain the problem."""
    is_state_known = item.entry.is_own or (is_complete and entry.before.state is not None)
    for judgement in entry.judgements:
        if _is_known(contract, item, judgement, entry.before.recovery_codes):
            is_certain = is_state_known or not rests_on_state(judgement, item.exchange)
            yield judgement if is_certain else _doubted(judgement)


def _doubted(judgement: Judgement) -> Judgement:
    """The judgement, uncertain where it has a problem."""
    if not judgement.problem:
        return judgement
    return replace(judgement, problem=f"{judgement.problem}; but {INCOMPLETE}", certain=False)


def _is_known(contract: Contract, item: Item, judgement: Judgement, codes: Iterable[str] = ()) -> bool:
    """Whether a judgement rests only on what the recording holds: a sanitizer may have removed bodies and values.

    `codes` are the recovery codes that the response is searched for.
    """
    requirement, exchange = judgement.requirement, item.exchange
    if requirement in BY_STATUS:
        return True
    if not item.entry.is_response_known:
        return requirement.startswith("response.no-") and bool(judgement.problem)  # a header shows it
    if item.entry.is_own or exchange.response is None:
        return True
    if requirement == "response.media-type":
        return bool(exchange.response.header("content-type"))
    searched = codes if requirement == "response.no-recovery-codes" else ()
    values = (*searched, *_judged_values(contract, exchange, requirement))
    return not any(isinstance(value, str) and is_placeholder(value) for value in values)


def _judged_values(contract: Contract, exchange: Exchange, requirement: str) -> Iterator[Any]:
    """The values in a response that a requirement is about."""
    schemas = (contract.operations[exchange.operation].response, contract.errors)
    paths = [rule.path for schema in schemas for rule in schema.rules if rule.id == requirement]
    paths += [tuple(contract.requirements[requirement].at.split("/")[1:])]
    paths += [("data", "attributes", "username")] if requirement.endswith("-names-user") else []
    for path in filter(None, paths):
        value = value_at(exchange.document, tuple(step for step in path if step != "*"))
        yield from value if isinstance(value, list) else (value,)
