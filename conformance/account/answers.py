"""Judge an answer by what the answers before it said: what stays the same, and what follows from the state."""

from __future__ import annotations

import contextlib
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from conformance.account.totp import Totp
from schemas import NotJSON, shown

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from conformance.account.account import Account
    from conformance.asker import Asker
    from conformance.exchange import Exchange

UNTYPICAL = 6
"""Characters; a shorter code may stand in an answer by chance."""
WORD = re.compile(r"(?<![\w-])(?<!\d\.)[\w-]+(?![\w-])(?!\.\d)")
"""A word of a text. The digits of a fraction, such as the seconds that an answer took, are none."""
MOST_NUMBERS = 20
USERS = ("enable", "disable", "verify")


class Answers:
    """What the answers of a run said so far, and what they must therefore go on saying."""

    def __init__(self, asker: Asker, account: Account) -> None:
        self._asker = asker
        self._account = account
        self._first: dict[str, str] = {}
        self._recovery_codes: set[str] = set()
        self._numbers: dict[str, int] = {}
        self._numbers_sent: set[str] = set()
        self._numbers_seen: set[str] = set()
        self._code = ""
        self._was_verified = False

    @property
    def user(self) -> str:
        """The id of the user, as the first answer that had one said; an empty string before."""
        return self._first.get("user.same-id", "")

    def judge(self, exchange: Exchange) -> None:
        """Enter the judgements into `exchange.judged`, and learn the secrets that the answer holds."""
        data = _object(exchange.response.document.get("data"))
        attributes = _object(data.get("attributes"))
        two_factor = _object(attributes.get("two-factor"))
        number = _object(_object(_object(exchange.sent).get("data")).get("attributes")).get("sms-number")
        if isinstance(number, str) and digits(number):
            self._numbers_sent.add(number)
        self._learn(exchange.response.document)
        asked = self._asker.contract.operations[exchange.operation]
        if exchange.request.method == asked.method and exchange.response.accepted and exchange.operation in USERS:
            exchange.judged |= dict(self._same(data, attributes))
            exchange.judged |= dict(_links(data, attributes.get("username")))
            if exchange.operation == "enable":
                exchange.judged |= dict(self._enabled(exchange, two_factor))
            if exchange.operation == "verify":
                state = self._account.state
                if state is not None and state.verified and not two_factor.get("recovery-codes"):
                    # Verifying again is open; a server may show the codes once only.
                    exchange.judged.pop("verify.response.recovery-codes", None)
                exchange.judged |= dict(self._verified(two_factor))
                self._was_verified = True
                codes = two_factor.get("recovery-codes")
                told = {code for code in codes if isinstance(code, str)} if isinstance(codes, list) else set()
                # Those of former set-ups are of no use to anyone; the more there are, the more stand there by chance.
                self._recovery_codes = told or self._recovery_codes
        exchange.judged |= dict(self._disclosed(exchange))

    def code_known(self, code: str) -> None:
        """The right code for the present set-up has come: judge whether the answers since enabling gave it away."""
        self._code = code
        for exchange in reversed(self._asker.exchanges):
            if exchange.operation in ("enable", "resend") and exchange.response.accepted and len(code) >= UNTYPICAL:
                given = holds(exchange, {code})
                exchange.judged["response.no-code"] = "it holds the code that verify asks for" if given else None
            if exchange.operation == "enable":
                return

    def _learn(self, value: Any) -> None:
        """The secrets of an answer, wherever they stand in it."""
        if isinstance(value, list):
            for item in value:
                self._learn(item)
        for name, member in value.items() if isinstance(value, dict) else ():
            if name in ("recovery-codes", "used-recovery-codes"):
                for code in _strings(member):
                    number = self._numbers.setdefault(code, len(self._numbers) + 1)
                    self._asker.redactor.add_code(code, f"[recovery code {number}]")
            elif name == "provisioning-url" and isinstance(member, str):
                self._learn_secret(member)
            elif name == "sms-number" and isinstance(member, str):
                self._learn_number(member)
            else:
                self._learn(member)

    def _learn_secret(self, url: str) -> None:
        self._asker.redactor.add_code(url, "[provisioning URL]")
        for secret in re.findall(r"[?&]secret=([^&]+)", url):
            self._asker.redactor.add_code(secret, "[TOTP secret]")
        if isinstance(self._account.source, Totp):
            self._account.source.adopt(url)

    def _learn_number(self, number: str) -> None:
        """A number that this run gave to nobody is that of a person; but for those that nobody has."""
        fictional = re.search(r"555(?:01\d\d|55555?)$", digits(number))
        sent = any(same_number(number, given) for given in self._numbers_sent)
        if not fictional and not sent and len(self._numbers_seen) < MOST_NUMBERS:
            self._numbers_seen.add(number)
            self._asker.redactor.add_number(number, "[another SMS number]")

    def _same(self, data: dict[str, Any], attributes: dict[str, Any]) -> Iterator[tuple[str, str | None]]:
        for requirement, value in (
            ("user.same-id", data.get("id")),
            ("user.same-username", attributes.get("username")),
        ):
            if isinstance(value, str):
                first = self._first.setdefault(requirement, value)
                yield requirement, None if value == first else f"it is {shown(value)}, and was {shown(first)} before"

    def _enabled(self, exchange: Exchange, two_factor: dict[str, Any]) -> Iterator[tuple[str, str | None]]:
        sent = _object(_object(_object(exchange.sent).get("data")).get("attributes"))
        if two_factor.get("delivery") in ("app", "sms") and sent.get("delivery") in ("app", "sms"):
            same = two_factor["delivery"] == sent["delivery"]
            problem = f"it is {shown(two_factor['delivery'])}, and the request asked for {shown(sent['delivery'])}"
            yield "enable.response.delivery", None if same else problem
        number, answered = sent.get("sms-number"), two_factor.get("sms-number")
        if sent.get("delivery") == "sms" and isinstance(number, str) and digits(number):
            if answered is None and "sms-number" in two_factor:
                yield "enable.response.sms-number", f"it is null, and the request gave {shown(number)}"
            elif isinstance(answered, str):
                same = same_number(number, answered)
                problem = f"it is {shown(answered)}, and {shown(number)} was given"
                yield "enable.response.sms-number-echo", None if same else problem
        if self._was_verified and "verified" in two_factor:
            fresh = two_factor["verified"] is False
            yield "enable.starts-unverified", None if fresh else f"verified is {shown(two_factor['verified'])}"

    def _verified(self, two_factor: dict[str, Any]) -> Iterator[tuple[str, str | None]]:
        state = self._account.state
        codes, used = two_factor.get("recovery-codes"), two_factor.get("used-recovery-codes")
        if isinstance(codes, list) and codes and all(isinstance(code, str) for code in codes):
            distinct = len(set(codes)) == len(codes)
            yield "verify.response.recovery-codes-distinct", None if distinct else "a recovery code stands there twice"
        if state is None or not state.pending:
            return
        if isinstance(used, list):
            yield "verify.no-code-used-yet", f"it holds {len(used)}" if used else None
        delivery = two_factor.get("delivery")
        if delivery in ("app", "sms"):
            other = f"it is {shown(delivery)}, and two-factor authentication was enabled by {shown(state.delivery)}"
            yield "verify.response.delivery", None if delivery == state.delivery else other
        if "sms-number" in two_factor:
            answered = two_factor["sms-number"]
            same = answered == state.number or (
                isinstance(answered, str) and isinstance(state.number, str) and same_number(answered, state.number)
            )
            problem = f"it is {shown(answered)}, and enabling answered {shown(state.number)}"
            yield "verify.keeps-sms-number", None if same else problem

    def _disclosed(self, exchange: Exchange) -> Iterator[tuple[str, str | None]]:
        """Codes where they don't belong."""
        verified = exchange.operation == "verify" and exchange.response.accepted
        if not verified and (exchange.response.rejected or self._recovery_codes):
            given = holds(exchange, self._recovery_codes) or any(_recovery_codes(exchange.response.document))
            yield "response.no-recovery-codes", "it holds a recovery code" if given else None
        if exchange.operation == "verify" and exchange.response.rejected and len(self._code) >= UNTYPICAL:
            given = holds(exchange, {self._code})
            yield "response.no-code", "it holds the right code" if given else None


def _recovery_codes(value: Any) -> Iterator[Any]:
    """What members of the name recovery-codes hold, wherever they stand."""
    for name, member in value.items() if isinstance(value, dict) else ():
        yield from [member] if name == "recovery-codes" else _recovery_codes(member)
    for item in value if isinstance(value, list) else ():
        yield from _recovery_codes(item)


def holds(exchange: Exchange, codes: Collection[str]) -> bool:
    """Whether an answer holds one of these codes, by itself or as a word of a text; what was sent may be repeated."""
    sent = (exchange.request.body or b"").decode("utf-8", "replace")
    wanted = {code for code in codes if len(code) >= UNTYPICAL and code not in sent}
    if not wanted:
        return False
    texts = [value for _, value in exchange.response.headers]
    with contextlib.suppress(NotJSON):
        texts += _strings(exchange.response.json)
    phrases = {code for code in wanted if not re.fullmatch(r"[\w-]+", code)}
    return any(wanted & {text, *WORD.findall(text)} or any(phrase in text for phrase in phrases) for text in texts)


def _links(data: dict[str, Any], username: Any) -> Iterator[tuple[str, str | None]]:
    if not isinstance(username, str) or not username:
        return
    own = _object(data.get("links")).get("self")
    tokens = _object(_object(data.get("relationships")).get("authentication-tokens"))
    related = _object(tokens.get("links")).get("related")
    for requirement, link, end in (
        ("user.self-names-user", own, ["users", username]),
        ("user.related-names-user", related, ["users", username, "authentication-tokens"]),
    ):
        if isinstance(link, str) and link:
            yield requirement, None if names(link, end) else f"{shown(link)} does not end in {shown('/'.join(end))}"


def names(link: str, end: list[str]) -> bool:
    """Whether the path of a URL ends in these segments, percent-encoded or not."""
    try:
        path = urlsplit(link).path
    except ValueError:
        return False
    path = path.removesuffix("/")
    segments = [unquote(segment) for segment in path.split("/")]
    # A slash that a user name holds may stand there as it is: the resource named is the same.
    return segments[-len(end) :] == end or f"/{unquote(path)}".endswith("/" + "/".join(end))


def digits(number: Any) -> str:
    """The digits of a telephone number, in whatever way it is written."""
    return re.sub(r"\D", "", number) if isinstance(number, str) else ""


def same_number(one: str, other: str) -> bool:
    """Whether two numbers may be the same one: a server may add or leave out the country, or hide all but the end."""
    short, long = sorted((digits(one), digits(other)), key=len)
    hidden = re.search(r"\d{2,}$", min(one, other, key=lambda text: len(digits(text))))
    return bool(short) and (long.endswith(short) or bool(hidden and long.endswith(hidden.group())))


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str | int):
        yield str(value)
    elif isinstance(value, list):
        for item in value:
            yield from _strings(item)
    elif isinstance(value, dict):
        for item in value.values():
            yield from _strings(item)
