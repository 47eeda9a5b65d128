"""Which requirement a recorded request breaks, and what its answer says of that requirement."""

from __future__ import annotations

import codecs
import json
import re
from typing import TYPE_CHECKING, Any

from conformance.asker import MEDIA_TYPE
from conformance.judging import schema_judgements
from schemas import NotJSON, parse
from strategies.defects import broken_by
from strategies.places import MISSING, replaced, value_at

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conformance.exchange import Exchange, Request
    from conformance.offline.traffic import Item
    from schemas import Contract, Operation

CREDENTIALS, UNDONE = "credentials.required", "methods.other-than-post"
CHANGES_NOTHING = ".rejected-changes-nothing"
REJECTED_METHODS = ("GET", "PUT", "PATCH", "DELETE")
OTHER_REASONS = (401, 403, 407, 408, 423, 425, 429)
"""Statuses of rejections that are seldom about the body."""
PACE = (407, 408, 423, 425, 429)
"""Those that aren't about credentials either."""
MARKS = (codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


class Ambiguous(ValueError):  # noqa: N818 (it says what the body is)
    """Two parsers may read a body in two ways."""


def aim(contract: Contract, item: Item) -> str | None:
    """The one requirement that a request breaks, empty where it is as documented, `None` where that can't be told."""
    exchange = item.exchange
    assert exchange is not None
    operation = contract.operations[exchange.operation]
    said = item.entry.ours.get("requirement")
    if isinstance(said, str) and said in contract.requirements:
        return said
    if exchange.valid_credentials is False:
        return CREDENTIALS
    if not item.plain or exchange.request.method != operation.method:
        return None
    return _broken(operation, item)


def _broken(operation: Operation, item: Item) -> str | None:
    """The one requirement on its body that a request breaks, as in `aim`."""
    request = item.entry.request
    as_sampled = _values(request, "content-type") == [MEDIA_TYPE] and not any(
        map(_parametrized, _values(request, "accept"))
    )
    body = request.body or b""
    if operation.request is None:
        return "" if item.entry.response.accepted or (as_sampled and not body) else None
    if not as_sampled or not item.entry.sent_known or ambiguous(body):
        return None
    broken = broken_by(operation, body)
    if operation.request.rules[0].id in broken and not item.entry.sent_exactly:
        return None
    return next(iter(broken), "") if len(broken) < 2 else None


def ambiguous(body: bytes) -> bool:
    """Whether what a body says depends on who reads it.

    It does with members that stand there twice, with a byte order mark or another encoding than UTF-8, and with what
    some parsers, ours among them, find too deep or too long.
    """
    if body.startswith(MARKS) or b"\0" in body:
        return True
    try:
        found = json.loads(body.decode(), object_pairs_hook=_distinct, parse_int=str)
    except (Ambiguous, RecursionError):
        return True
    except ValueError:
        return False
    try:
        parse(body)
    except NotJSON:
        return isinstance(found, dict)
    return False


def _distinct(members: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(members)
    if len(found) < len(members):
        raise Ambiguous
    return found


def judge_request(contract: Contract, item: Item, aimed: str | None) -> None:
    """Enter into `exchange.judged` what the answer alone says of how the request was taken."""
    exchange = item.exchange
    assert exchange is not None
    response = exchange.response
    if exchange.request.method != contract.operations[exchange.operation].method:
        if item.plain:
            _judge_method(contract, item, exchange)
        return
    _judge_media_types(item, exchange)
    # This suite knows all that it sent; else a crash may be about something that the recording does not show.
    taken = response.accepted or (item.entry.ours and not response.rejected)
    if aimed and taken and not aimed.endswith(CHANGES_NOTHING):
        exchange.judged[aimed] = f"a request that breaks it got {response}"


def _judge_method(contract: Contract, item: Item, exchange: Exchange) -> None:
    """By another method nothing is to be done, and most are to be rejected."""
    response, method = exchange.response, exchange.request.method
    refused = response.rejected or response.status == 501
    if method in REJECTED_METHODS and (item.entry.ours or refused or response.accepted):
        exchange.judged["methods.rejected"] = None if refused else f"{method} got {response}"
    if response.accepted and method != "HEAD" and item.entry.received_known:
        schema = contract.operations[exchange.operation].response
        if not any(problem for _, problem in schema_judgements(schema, response)):
            exchange.judged[UNDONE] = f"{method} got {response}, with the documented success"


def _judge_media_types(item: Item, exchange: Exchange) -> None:
    """A media type with parameters of its own is to be rejected with a status of its own."""
    for name, header, status in (
        ("media-type.parameters", "content-type", 415),
        ("accept.parameters", "accept", 406),
    ):
        values = _values(item.entry.request, header)
        if len(values) == 1 and _parametrized(values[0]):
            if exchange.response.status == status:
                exchange.judged[name] = None
            elif exchange.response.accepted or item.entry.ours:
                exchange.judged[name] = f"{values[0]!r} got {exchange.response}"


def _values(request: Request, name: str) -> list[str]:
    return [value.strip().lower() for key, value in request.headers if key.lower() == name]


def _parametrized(value: str) -> bool:
    """Whether a header names the media type only, and only with parameters (q is none of a media type)."""
    for part in value.split(","):
        media_type, *parameters = (word.strip() for word in part.split(";"))
        if media_type != MEDIA_TYPE or not any(parameters) or any(re.match(r"q\s*=", each) for each in parameters):
            return False
    return True


def judge_rejections(contract: Contract, items: Sequence[Item], aims: Sequence[str | None]) -> None:
    """Of requests that break one requirement: a rejection counts where the valid request was accepted after it.

    The valid one is the next that was accepted, and differs by just the defect; the rejection may else be about the
    token, the state, the pace or a code. `items` are those of one account, in their order, with their aims.
    """
    for at, (item, aimed) in enumerate(zip(items, aims, strict=True)):
        exchange = item.exchange
        if exchange is None or not aimed or aimed.endswith(CHANGES_NOTHING) or not exchange.response.rejected:
            continue
        if exchange.request.method != contract.operations[exchange.operation].method:
            continue
        if exchange.response.status in (PACE if aimed == CREDENTIALS else OTHER_REASONS):
            continue
        if _control(contract, item, aimed, zip(items[at + 1 :], aims[at + 1 :], strict=True)):
            exchange.judged[aimed] = None


def _control(contract: Contract, item: Item, aimed: str, later: Any) -> bool:
    """Whether the valid request was accepted, with nothing done before it."""
    assert item.exchange is not None
    for other, its_aim in later:
        if other.exchange is None or not (other.exchange.response.accepted or other.exchange.response.rejected):
            return False
        if not other.exchange.response.accepted:
            continue
        if other.exchange.operation != item.exchange.operation:
            if item.entry.ours:
                continue  # This suite has brought the account to where the valid request is accepted.
            return False
        return its_aim == "" and (bool(item.entry.ours) or _same_but(contract, aimed, item.exchange, other.exchange))
    return False


def _same_but(contract: Contract, aimed: str, one: Exchange, other: Exchange) -> bool:
    """Whether two bodies say the same but at the place that a requirement is about."""
    request = contract.operations[one.operation].request
    path = next((rule.path for rule in request.rules if rule.id == aimed), None) if request else None
    if path is None:
        return False
    if not path:
        return True
    return bool(
        value_at(one.sent, path[:-1]) is not MISSING
        and value_at(other.sent, path[:-1]) is not MISSING
        and replaced(one.sent, path, MISSING) == replaced(other.sent, path, MISSING)
    )
