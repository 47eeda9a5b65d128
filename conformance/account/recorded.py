"""An account whose requests and answers were recorded: its state is followed, and judged by, without asking anything.

Nothing can be asked again, and other requests than the recorded ones may have reached the account. So what contradicts
the state that the answers before it left is held against the target only if the recording is complete.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from conformance.account.account import CODE, two_factor
from conformance.account.answers import digits
from conformance.account.state import OFF
from conformance.account.subject import AccountSubject
from conformance.offline.requests import OTHER_REASONS, UNDONE
from strategies.places import value_at

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from conformance.account.state import State
    from conformance.asker import Asker
    from conformance.exchange import Exchange

BY_STATE = ("verify.no-code-used-yet", "verify.response.delivery", "verify.keeps-sms-number")
FOR_ONE_USER = ("user.same-id", "user.same-username")
SHORTEST_NUMBER, LONGEST_NUMBER = 7, 20
"""Digits of a telephone number; fewer are what a target leaves of one that it hides."""
NOT_ALONE = "; but requests that the recording does not hold may have changed the account (--complete: there are none)"


@dataclass
class Stretch:
    """What was asked while the account stayed in one state.

    `rejected` holds what was rejected, `refused` what of it was as documented; `end` is what was accepted after that.
    """

    state: State | None
    rejected: list[Exchange] = field(default_factory=list)
    refused: list[Exchange] = field(default_factory=list)
    resent: list[Exchange] = field(default_factory=list)
    end: Exchange | None = None


class RecordedAccount(AccountSubject):
    """An account that is followed through a recording; it has no code source, and asks nothing.

    `complete` tells that the recording holds all that happened; `ours`, that this suite asked, and knew what it did.
    """

    def __init__(self, asker: Asker, *, complete: bool, ours: bool) -> None:
        super().__init__(asker, None, "", own_number=False)
        self._complete, self._ours = complete, ours
        self._interrupted = False
        self._users = 0
        self._numbers: list[str] = []
        self._right: set[str] = set()
        self._disabled: Exchange | None = None
        self._accepted: Counter[str] = Counter()
        self._refused: dict[str, list[Exchange]] = {}
        self._stretches = [Stretch(None)]

    # -- one answer ------------------------------------------------------------------------------------------------

    def lost(self) -> None:
        """Something may have been done that is not known."""
        super().lost()
        self._interrupted = True
        self._disabled = None
        self._stretches.append(Stretch(None))

    def follow(self, exchange: Exchange, aimed: str | None) -> None:
        """Judge an answer by those before it; `aimed` is the requirement that the request breaks."""
        before, alone = self.state, dict(exchange.judged)
        self._mask(exchange)
        self.observe(exchange)
        self._doubt(exchange, before, alone)
        if exchange.request.method != "POST" or exchange.response.rejected:
            self._stretches[-1].rejected.append(exchange)
            if aimed == "" and exchange.response.status not in OTHER_REASONS:
                self._stretches[-1].refused.append(exchange)
                self._judge_refusal(exchange, before)
            return
        if aimed == "" and exchange.response.accepted:
            self._judge_success(exchange, before)
        elif aimed == "" and exchange.response.status >= 500 and self._complete and self._is_due(exchange, before):
            exchange.judged[f"{exchange.operation}.accepted"] = f"a documented request got {exchange.response}"
        if exchange.operation == "resend" and self.state is not None:
            self._stretches[-1].resent.append(exchange)
        else:
            self._stretches[-1].end = exchange if aimed == "" and exchange.response.accepted else None
            self._stretches.append(Stretch(self.state))

    def _mask(self, exchange: Exchange) -> None:
        """Tell the redactor of the codes and numbers in a request and its answer."""
        label = "[code]" if exchange.response.accepted else "[rejected code]"
        for name, value in _members(exchange.sent):
            if name == "code" and not value.startswith("["):
                self.asker.redactor.add_code(value, label)
        for name, value in (*_members(exchange.sent), *_members(exchange.response.document)):
            if name == "sms-number" and SHORTEST_NUMBER <= len(digits(value)) <= LONGEST_NUMBER:
                if digits(value) not in self._numbers:
                    self._numbers.append(digits(value))
                number = self._numbers.index(digits(value)) + 1
                self.asker.redactor.add_number(value, "[SMS number]" if number == 1 else f"[SMS number {number}]")

    def _doubt(self, exchange: Exchange, before: State | None, alone: dict[str, str | None]) -> None:
        """Take back what rests on a state that may not be the account's."""
        judged = exchange.judged
        doubtful = [] if self._complete else [name for name in BY_STATE if not alone.get(name)]
        if not self._complete or self._interrupted:
            doubtful.append("user.same-username")
        if "user.same-id" in judged:
            self._users += 1
            for name in FOR_ONE_USER if self._users == 1 else ():
                judged.pop(name, None)  # There is nothing yet that it could differ from.
        if not two_factor(exchange).get("recovery-codes") and not (self._complete and before and before.pending):
            doubtful.append("verify.response.recovery-codes")  # Verified anew, they may not be shown.
        for name in doubtful:
            problem = judged.get(name)
            if problem:
                del judged[name]
                exchange.doubted[name] = problem + NOT_ALONE

    def _judge_success(self, exchange: Exchange, before: State | None) -> None:
        """A documented request was accepted: whether that was to be."""
        code = _code(exchange)
        match exchange.operation:
            case "verify" if before == OFF:
                self._verified_while_off(exchange, code)
            case "verify" if before is not None and before.pending:
                self._verified_while_pending(exchange, code)
            case "disable":
                self._disabled = exchange if before is not None and before.enabled else None
        if self._is_ready(exchange, before):
            exchange.judged[f"{exchange.operation}.accepted"] = None
            self._accepted[exchange.operation] += 1

    def _verified_while_off(self, exchange: Exchange, code: str) -> None:
        name, where = "verify.while-off", exchange
        if code in self._right and self._disabled is not None:
            name, where = "disable.ends-two-factor", self._disabled
        problem = f"after disabling, a verification (number {exchange.number}) got {exchange.response}"
        if not self._complete:
            where.doubted[name] = problem + NOT_ALONE
        elif self._stretches[-1].rejected or (code in self._right and self._disabled is None):
            where.doubted[name] = f"{problem}; but something before it may have enabled"
            for rejected in self._stretches[-1].rejected:
                rejected.doubted[_harmless(rejected)] = problem
        else:
            where.judged[name] = problem

    def _verified_while_pending(self, exchange: Exchange, code: str) -> None:
        if not code.strip():
            problem = f"an empty code got {exchange.response}"
            if self._complete:
                exchange.judged["verify.wrong-code"] = problem
            else:
                exchange.doubted["verify.wrong-code"] = problem + NOT_ALONE
            return
        self._right.add(code)
        self._answers.code_known(code)
        self._answers.code_known("")  # The next set-up may have another.

    def _judge_refusal(self, exchange: Exchange, before: State | None) -> None:
        """A documented request was rejected: whether that was to be."""
        if exchange.operation == "verify" and before == OFF:
            exchange.judged["verify.while-off"] = None
            if self._disabled is not None and _code(exchange) in self._right:
                self._disabled.judged["disable.ends-two-factor"] = None
        elif exchange.operation != "verify" and self._is_due(exchange, before):
            self._refused.setdefault(exchange.operation, []).append(exchange)

    def _is_ready(self, exchange: Exchange, before: State | None) -> bool:
        """Whether a documented request is to be accepted in a state; to enable once more may be rejected."""
        accepted = exchange.response.accepted
        match exchange.operation:
            case "enable":
                return accepted or before == OFF
            case "disable":
                return before is not None and before.enabled
            case "resend":
                return before is not None and before.pending and before.delivery == "sms"
        return before is not None and before.pending

    def _is_due(self, exchange: Exchange, before: State | None) -> bool:
        """Whether a request is to be accepted in a state, with nothing in it to be rejected for: no number, no code."""
        shapes = self.asker.contract.operations[exchange.operation].shapes
        plain = exchange.sent in [body for name, body in shapes.items() if name not in ("sms", "code")]
        return self._is_ready(exchange, before) and (_code(exchange) in self._right or plain)

    # -- the whole recording ---------------------------------------------------------------------------------------

    def settle(self) -> None:
        """Judge what only the answers after an exchange tell of it."""
        for stretch in self._stretches:
            if stretch.state == OFF:
                # Off, the right code verifies nothing: so nothing before it has enabled.
                self._unchanged(self._before_right_code(stretch, last=True))
            elif stretch.state is not None and stretch.state.pending:
                self._settle_pending(stretch)
        for operation, refused in self._refused.items() if self._ours else ():
            problem = f"a documented request got {refused[0].response}"
            if not self._accepted[operation] and len(refused) > 1:
                refused[0].judged[f"{operation}.accepted"] = f"{problem}, and so did each of {len(refused)}"
            else:
                refused[0].doubted[f"{operation}.accepted"] = f"{problem}; a recording doesn't tell why"

    def _settle_pending(self, stretch: Stretch) -> None:
        end = stretch.end
        if end is not None and end.operation == "verify" and _code(end) in self._right:
            if not any(end.judged.get(name) or name in end.doubted for name in BY_STATE):
                self._unchanged(stretch.rejected)
                for resent in stretch.resent:
                    resent.judged["resend.changes-nothing"] = None
                end.judged["account.life"] = None
            for exchange in stretch.refused:
                if _code(exchange) not in ("", _code(end)):
                    exchange.judged.setdefault("verify.wrong-code", None)
            return
        for exchange in self._before_right_code(stretch, last=False) if self._ours else ():
            exchange.doubted[_harmless(exchange)] = "a code that was right at other times was rejected after it"

    def _before_right_code(self, stretch: Stretch, *, last: bool) -> list[Exchange]:
        """What was rejected before a code was that is right at other times: before the first or the last one."""
        right = [exchange for exchange in stretch.refused if _code(exchange) in self._right]
        return stretch.rejected[: stretch.rejected.index(right[-1 if last else 0])] if right else []

    def _unchanged(self, exchanges: Iterable[Exchange]) -> None:
        """What these were to leave as it was is as it was."""
        for exchange in exchanges:
            exchange.judged.setdefault(_harmless(exchange), None)


def followed(asker: Asker, *, complete: bool, ours: bool) -> RecordedAccount:
    """The account whose traffic was recorded, by this suite or by another tool."""
    return RecordedAccount(asker, complete=complete, ours=ours)


def _harmless(exchange: Exchange) -> str:
    """The requirement that a request which is not carried out changes nothing."""
    return UNDONE if exchange.request.method != "POST" else f"{exchange.operation}.rejected-changes-nothing"


def _code(exchange: Exchange) -> str:
    """The code that was sent to be verified, where it was a string."""
    code = value_at(exchange.sent, CODE) if exchange.operation == "verify" else None
    return code if isinstance(code, str) else ""


def _members(value: Any) -> Iterator[tuple[str, str]]:
    """The names and values of all members of a document that are strings or whole numbers."""
    if isinstance(value, dict):
        for name, member in value.items():
            if isinstance(member, str) or type(member) is int:
                yield name, str(member)
            else:
                yield from _members(member)
    elif isinstance(value, list):
        for item in value:
            yield from _members(item)
