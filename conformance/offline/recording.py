"""Judge a recording: follow each account from answer to answer, and judge each answer as if it had just come."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, NoReturn, Protocol, cast

from conformance.asker import Asker
from conformance.judging import judge
from conformance.offline.requests import aim, judge_rejections, judge_request
from conformance.offline.traffic import Item, items_of, learn_secrets
from conformance.redaction import Secret
from conformance.run import knowledge_of
from conformance.subject import Stateless
from conformance.target import Target
from conformance.verdicts import Inconclusive

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.client import Client
    from conformance.exchange import Exchange
    from conformance.offline.har import Archive
    from conformance.redaction import Redactor
    from schemas import Contract

FROM_BETWEEN = {407, 502, 503, 504, 511, *range(520, 531)}
"""Statuses with which proxies, gateways and networks answer for a service that they did not reach."""
BY_STATUS = ("http.no-server-error", "credentials.status-401", "credentials.reserved-401")
"""What can be judged without the body of an answer."""
TOKEN, DISCLOSURES, MEDIA_TYPE = "response.no-token", "response.no-", "response.media-type"
TOGETHER = 0.002
"""Seconds; a request that begins so long before the answer to another has ended was asked after it all the same."""


class NothingIsSent:
    """Stands where a run has its client."""

    at_once = 1

    def send(self, *_: object) -> NoReturn:
        """Refuse.

        Raises:
            Inconclusive: always.
        """
        raise Inconclusive("a recording is judged: nothing is sent")

    send_at_once = send


def silent(contract: Contract, target: Target, redactor: Redactor) -> Asker:
    """An asker that has exchanges, and makes none."""
    return Asker(contract, target, cast("Client", NothingIsSent()), redactor)


class Followed(Protocol):
    """What a recording's requests act on: it judges each answer by those before it, and all of them at the end."""

    def follow(self, exchange: Exchange, aimed: str | None) -> None:
        """Judge an answer; `aimed` is the requirement that the request breaks, empty for a documented request."""

    def lost(self) -> None:
        """Something may have been done that is not known."""

    def settle(self) -> None:
        """Judge what only the whole recording shows."""


class Followless(Stateless):
    """What a contract's operations act on where nothing is known of it."""

    def follow(self, exchange: Exchange, aimed: str | None) -> None:
        """Each answer stands for itself."""

    def settle(self) -> None:
        """Each answer stood for itself."""


class Recording:
    """The traffic with one target, judged.

    `complete` tells that nothing happened to the accounts meanwhile that the archive does not hold.
    """

    def __init__(self, asker: Asker, archive: Archive, *, complete: bool) -> None:
        self.contract = contract = asker.contract
        self.archive = archive
        # What can't be made out may have been a request to an operation.
        self.complete = bool(archive.ours) or (complete and not archive.unreadable)
        self.items = items_of(contract, archive, asker.target.base_url)
        if not archive.ours:
            learn_secrets(self.items, asker.redactor)
        self._base_url, self._redactor = asker.target.base_url, asker.redactor
        self._answered = [item for item in self.items if item.exchange and item.exchange.response.status]
        self._aims = {id(item): aim(contract, item) for item in self.items if item.exchange}
        self._askers: dict[str, Asker] = {}

    @property
    def exchanges(self) -> list[Exchange]:
        """Those that were answered, in their order."""
        return [item.exchange for item in self._answered if item.exchange]

    def aims_of(self, operation: str) -> set[str | None]:
        """What the requests to an operation were aimed at."""
        return {self._aims[id(item)] for item in self.items if item.exchange and item.exchange.operation == operation}

    def judge(self) -> None:
        """Judge all of it."""
        self._find_valid_tokens()
        keys = self._accounts()
        crossing = self._crossing(keys)
        lines: dict[str, list[Item]] = defaultdict(list)
        for item in self.items:
            key, exchange = keys.get(id(item), ""), item.exchange
            if exchange is None or not exchange.response.status or not (key or exchange.response.rejected):
                # What it did is not known, or to which account.
                for name, asker in self._askers.items():
                    _followed(asker).lost()
                    lines[name].append(Item(item.entry))
            if exchange is not None and exchange.response.status:
                asker = self._asker(key, item) if key else self._new_asker(item)
                self._take(item, exchange, asker, crossing=id(item) in crossing)
                if key:
                    lines[key].append(item)
        for line in lines.values():
            judge_rejections(self.contract, line, [self._aims.get(id(item)) for item in line])
        for asker in self._askers.values():
            _followed(asker).settle()

    # -- whose it is -----------------------------------------------------------------------------------------------

    def _find_valid_tokens(self) -> None:
        """A token that was accepted before and after was valid in between."""
        accepted: dict[tuple[str, ...], list[float]] = defaultdict(list)
        for item in self._answered:
            if item.credentials and item.exchange and item.exchange.response.accepted:
                accepted[item.credentials].append(item.entry.started)
        for item in self._answered:
            times = accepted.get(item.credentials)
            if times and item.exchange and min(times) < item.entry.started < max(times):
                item.exchange.valid_credentials = True

    def _accounts(self) -> dict[int, str]:
        """A key for the account of each item, by the item; none where that is not known."""
        first: dict[tuple[str, ...], str] = {}
        users, tokens = set(), {item.token for item in self.items if item.token}
        for item in self._answered:
            user = _user(item)
            if user:
                users.add(user)
                first.setdefault(item.credentials, user)
        if self.archive.ours:
            return {id(item): f"account {item.entry.ours.get('account', 0)}" for item in self.items if item.exchange}
        if len(tokens) < 2 and len(users) < 2:
            return {id(item): "the account" for item in self.items if item.exchange}
        return {id(item): first[item.credentials] for item in self.items if item.token and item.credentials in first}

    def _asker(self, key: str, item: Item) -> Asker:
        if key not in self._askers:
            self._askers[key] = self._new_asker(item)
        return self._askers[key]

    def _new_asker(self, item: Item) -> Asker:
        asker = silent(self.contract, Target(self._base_url, Secret(item.token)), self._redactor)
        knowledge = knowledge_of(self.contract)
        if knowledge is not None:
            asker.subject = knowledge.followed(asker, complete=self.complete, ours=bool(self.archive.ours))
        else:
            asker.subject = Followless(asker)
        return asker

    def _crossing(self, keys: dict[int, str]) -> set[int]:
        """The items of one account that were on their way together: which was carried out first is not known."""
        found: set[int] = set()
        for key in set() if self.archive.ours else {"", *keys.values()}:
            last, end = None, float("-inf")
            for item in self._answered:
                entry, its_key = item.entry, keys.get(id(item), "")
                if its_key not in (key, ""):
                    continue
                if last is not None and entry.started < end - TOGETHER:
                    found |= {id(item), id(last)}
                if entry.started + entry.seconds > end:
                    last, end = item, entry.started + entry.seconds
        return found

    # -- what it says ----------------------------------------------------------------------------------------------

    def _take(self, item: Item, exchange: Exchange, asker: Asker, *, crossing: bool) -> None:
        """Judge one answer, and follow the account through it."""
        response, followed = exchange.response, _followed(asker)
        asker.exchanges.append(exchange)
        if response.status == 429:
            return  # Nobody looked at the request.
        if not self.archive.ours and response.status in FROM_BETWEEN:
            followed.lost()
            if response.status >= 500:
                problem = f"the status is {response}, which may come from what stands before the target"
                exchange.doubted["http.no-server-error"] = problem
            return
        known = item.entry.received_known and not (crossing and response.accepted)
        judge(self.contract, Target(self._base_url, Secret(item.token)), exchange)
        if known or response.rejected:
            followed.follow(exchange, self._aims[id(item)])
        if crossing or not (known or response.rejected):
            followed.lost()
        exchange.judged = dict(_certain(item, exchange, known=known))
        judge_request(self.contract, item, self._aims[id(item)])


def _certain(item: Item, exchange: Exchange, *, known: bool) -> Iterator[tuple[str, str | None]]:
    """The judgements that rest on nothing that is not known."""
    for name, problem in exchange.judged.items():
        if name == TOKEN:
            certain = bool(item.token) and (known or bool(problem))
        elif name.startswith(DISCLOSURES) and problem:
            certain = known and item.entry.sent_known  # else it may repeat what was sent
        elif name == MEDIA_TYPE:
            # Some tools leave out headers.
            certain = known and bool(item.entry.ours or exchange.response.header("content-type"))
        else:
            certain = known or name in BY_STATUS
        if certain:
            yield name, problem


def _followed(asker: Asker) -> Followed:
    return cast("Followed", asker.subject)


def _user(item: Item) -> str:
    """The ID of the resource that an accepted request was answered with."""
    if not item.exchange or not item.exchange.response.accepted or not item.entry.received_known:
        return ""
    data = item.exchange.response.document.get("data")
    found = data.get("id") if isinstance(data, dict) else None
    return found if isinstance(found, str) else ""
