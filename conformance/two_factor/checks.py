"""Judgements of a response by those before and after it, all pure: identity, state, numbers, disclosed codes."""

from __future__ import annotations

import contextlib
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from conformance.model import Judgement, member
from conformance.two_factor.state import OFF, USER_OPERATIONS
from schemas import NotJSON, as_json_text

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from conformance.model import Exchange
    from conformance.two_factor.state import State, TwoFactorHistory

DELIVERIES = ("app", "sms")
SHORTEST_CODE = 6
"""Characters; a shorter code may be part of a response by chance."""
WORD = re.compile(r"(?<![\w-])(?<!\d\.)[\w-]+(?![\w-])(?!\.\d)")
"""A word of a text. The digits of a fraction, such as a duration in a header, are none."""


class TwoFactorRules:
    """The rules by which a log of the Account API is judged, as `conformance.recorder.Rules` asks for them."""

    def judge(self, history: TwoFactorHistory, exchange: Exchange) -> Iterator[Judgement]:
        """The judgements of an exchange by those before it."""
        if exchange.response is None:
            return
        operation = history.operations[exchange.operation]
        is_accepted = exchange.accepted and exchange.request.method == operation.method
        if is_accepted and exchange.operation in USER_OPERATIONS:
            yield from _judge_identity(history, exchange)
            yield from _judge_links(exchange)
            if exchange.operation == "enable":
                yield from _judge_enabled(history, exchange)
            if exchange.operation == "verify":
                yield from _judge_verified(history, exchange)
        verified = exchange.operation == "verify" and exchange.accepted
        if not verified and (exchange.rejected or history.recovery_codes):
            is_disclosed = holds(exchange, history.recovery_codes) or any(_recovery_codes(exchange.document))
            yield Judgement("response.no-recovery-codes", "it holds a recovery code" if is_disclosed else "")
        code = exchange.spec.known_code
        if exchange.operation == "verify" and exchange.rejected and len(code) >= SHORTEST_CODE:
            yield Judgement("response.no-code", "it holds the right code" if holds(exchange, {code}) else "")

    def open_requirements(self, history: TwoFactorHistory, exchange: Exchange) -> frozenset[str]:
        """The requirements on a response that no documentation tells in this state.

        While off no verification is accepted. Verified again, a server may show the recovery codes once only.
        """
        is_off = history.state == OFF and not history.state.is_assumed
        if is_off and exchange.operation == "verify" and exchange.accepted:
            rules = history.operations["verify"].response.rules
            return frozenset(rule.id for rule in rules if rule.id.startswith("verify."))
        verified_again = history.state is not None and history.state.verified and exchange.operation == "verify"
        if verified_again and exchange.accepted and not exchange.two_factor.get("recovery-codes"):
            return frozenset({"verify.response.recovery-codes"})
        return frozenset()

    def judge_later(self, exchanges: list[Exchange]) -> Iterator[tuple[Exchange, Judgement]]:
        """Whether responses to enable and resend hold the code that was used later for the same set-up."""
        codes: set[str] = set()
        for exchange in reversed(exchanges):
            code = exchange.spec.known_code
            if exchange.operation == "verify" and len(code) >= SHORTEST_CODE:
                codes.add(code)
            elif exchange.operation in ("enable", "resend") and exchange.accepted:
                if codes:
                    problem = "it holds the code that verify asks for" if holds(exchange, codes) else ""
                    yield exchange, Judgement("response.no-code", problem)
                if exchange.operation == "enable":
                    codes = set()


def _judge_identity(history: TwoFactorHistory, exchange: Exchange) -> Iterator[Judgement]:
    for requirement, value, first in (
        ("user.same-id", member(exchange.document, "data", "id"), history.user_id),
        ("user.same-username", member(exchange.document, "data", "attributes", "username"), history.username),
    ):
        if isinstance(value, str):
            changed = first and value != first
            problem = f"it is {as_json_text(value)}, and was {as_json_text(first)} before"
            yield Judgement(requirement, problem if changed else "")


def _judge_links(exchange: Exchange) -> Iterator[Judgement]:
    username = member(exchange.document, "data", "attributes", "username")
    if not isinstance(username, str) or not username:
        return
    own = member(exchange.document, "data", "links", "self")
    related = member(exchange.document, "data", "relationships", "authentication-tokens", "links", "related")
    for requirement, link, end in (
        ("user.self-names-user", own, ["users", username]),
        ("user.related-names-user", related, ["users", username, "authentication-tokens"]),
    ):
        if isinstance(link, str) and link:
            problem = f"{as_json_text(link)} does not end in {as_json_text('/'.join(end))}"
            yield Judgement(requirement, "" if ends_in(link, end) else problem)


def _judge_enabled(history: TwoFactorHistory, exchange: Exchange) -> Iterator[Judgement]:
    two_factor = exchange.two_factor
    requested, delivery = exchange.request.attribute("delivery"), two_factor.get("delivery")
    if delivery in DELIVERIES and requested in DELIVERIES:
        problem = f"it is {as_json_text(delivery)}, and the request asked for {as_json_text(requested)}"
        yield Judgement("enable.response.delivery", "" if delivery == requested else problem)
    number, answered = exchange.request.attribute("sms-number"), two_factor.get("sms-number")
    if requested == "sms" and isinstance(number, str) and digits(number):
        if answered is None and "sms-number" in two_factor:
            yield Judgement("enable.response.sms-number", f"it is null, and the request gave {as_json_text(number)}")
        elif isinstance(answered, str):
            problem = f"it is {as_json_text(answered)}, and the request gave {as_json_text(number)}"
            yield Judgement("enable.response.sms-number-echo", "" if is_same_number(number, answered) else problem)
    if history.was_verified and "verified" in two_factor:
        fresh = two_factor["verified"] is False
        problem = f"verified is {as_json_text(two_factor['verified'])}"
        yield Judgement("enable.starts-unverified", "" if fresh else problem)


def _judge_verified(history: TwoFactorHistory, exchange: Exchange) -> Iterator[Judgement]:
    two_factor, state = exchange.two_factor, history.state
    codes, used = two_factor.get("recovery-codes"), two_factor.get("used-recovery-codes")
    if isinstance(codes, list) and codes and all(isinstance(code, str) for code in codes):
        distinct = len(set(codes)) == len(codes)
        yield Judgement("verify.response.recovery-codes-distinct", "" if distinct else "a recovery code is repeated")
    if state is None or not state.pending:
        return
    if isinstance(used, list):
        yield Judgement("verify.no-code-used-yet", f"it has {len(used)} items" if used else "")
    delivery = two_factor.get("delivery")
    if delivery in DELIVERIES:
        problem = f"it is {as_json_text(delivery)}, and the set-up is by {as_json_text(state.delivery)}"
        yield Judgement("verify.response.delivery", "" if delivery == state.delivery else problem)
    if "sms-number" in two_factor:
        number = two_factor["sms-number"]
        if state.delivery == "sms" and number is None:
            yield Judgement("verify.response.sms-number", "it is null after a set-up by SMS")
        same = number == state.number or (
            isinstance(number, str) and isinstance(state.number, str) and is_same_number(number, state.number)
        )
        problem = f"it is {as_json_text(number)}, and enabling answered {as_json_text(state.number)}"
        yield Judgement("verify.keeps-sms-number", "" if same else problem)


def differences(before: State, exchange: Exchange) -> dict[str, str]:
    """The differences between an accepted verification and the set-up before it, by "delivery" and "number"."""
    two_factor = exchange.two_factor
    delivery, number = two_factor.get("delivery", before.delivery), two_factor.get("sms-number", before.number)
    differing = {}
    if delivery != before.delivery:
        differing["delivery"] = f"the delivery is {as_json_text(delivery)}, was {as_json_text(before.delivery)}"
    if before.number and not (isinstance(number, str) and is_same_number(number, before.number)):
        differing["number"] = f"the number is {as_json_text(number)}, and was {as_json_text(before.number)}"
    return differing


def _recovery_codes(value: Any) -> Iterator[Any]:
    """The values of all members named recovery-codes, at any depth."""
    for name, item in value.items() if isinstance(value, dict) else ():
        yield from [item] if name == "recovery-codes" else _recovery_codes(item)
    for item in value if isinstance(value, list) else ():
        yield from _recovery_codes(item)


def holds(exchange: Exchange, codes: Collection[str]) -> bool:
    """Whether a response holds one of these codes, as a value or as a word of a text; it may repeat the request."""
    if exchange.response is None:
        return False
    sent = (exchange.request.body or b"").decode("utf-8", "replace")
    codes = {code for code in codes if len(code) >= SHORTEST_CODE and code not in sent}
    if not codes:
        return False
    texts = [value for _, value in exchange.response.headers]
    with contextlib.suppress(NotJSON):
        texts += _strings(exchange.response.json)
    phrases = {code for code in codes if not re.fullmatch(r"[\w-]+", code)}
    return any(codes & {text, *WORD.findall(text)} or any(phrase in text for phrase in phrases) for text in texts)


def ends_in(link: str, end: list[str]) -> bool:
    """Whether the path of a URL ends in these segments, percent-encoded or not."""
    try:
        path = urlsplit(link).path
    except ValueError:
        return False
    path = path.removesuffix("/")
    segments = [unquote(segment) for segment in path.split("/")]
    # A user name may hold a slash that is not encoded: the resource named is the same.
    return segments[-len(end) :] == end or f"/{unquote(path)}".endswith("/" + "/".join(end))


def digits(number: Any) -> str:
    """The digits of a telephone number, however it is written."""
    return re.sub(r"\D", "", number) if isinstance(number, str) else ""


def is_same_number(number: str, other: str) -> bool:
    """Whether two numbers may be the same: a server may add the country, or hide all but the last digits."""
    short, long = sorted((digits(number), digits(other)), key=len)
    visible_end = re.search(r"\d{2,}$", min(number, other, key=lambda text: len(digits(text))))
    return bool(short) and (long.endswith(short) or bool(visible_end and long.endswith(visible_end.group())))


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str | int):
        yield str(value)
    elif isinstance(value, list):
        for item in value:
            yield from _strings(item)
    elif isinstance(value, dict):
        for item in value.values():
            yield from _strings(item)
