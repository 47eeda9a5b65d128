"""The requirement that a recorded request breaks, and the judgements of the way in which it was answered."""

from __future__ import annotations

import codecs
import re
from typing import TYPE_CHECKING

from conformance.checks import judge_body
from conformance.model import Judgement
from conformance.recording.har import header_values, is_placeholder
from conformance.two_factor.state import TOKEN_OR_PACE
from strategies.methods import OPEN, OTHER_THAN_POST
from strategies.mutations import broken_by
from strategies.probe import MEDIA_TYPE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.model import Exchange
    from conformance.recording.har import Entry
    from schemas import Contract, Operation

PARAMETERS = (("media-type.parameters", "content-type", 415), ("accept.parameters", "accept", 406))
OVERRIDE = re.compile(r"x-(http-)?method(-override)?", re.IGNORECASE)
MARKS = (codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
STRING = re.compile(rb'"((?:[^"\\]|\\.)*)"')


def broken_requirement(contract: Contract, operation: Operation, entry: Entry) -> str | None:
    """The ID of the one requirement that a request breaks, empty for a documented request; `None` where it is unknown.

    `check --har` wrote it down. Another request may depart from the sample in its body only, or more than one thing is
    to blame for the response.
    """
    if entry.own is not None:
        requirement = contract.requirements.get(str(entry.own.get("requirement")))
        if requirement is not None:
            return None if requirement.kind == "response" else requirement.id
    elif not is_plain(entry) or not _has_sampled_headers(entry):
        return None
    if entry.request.method != operation.method:
        return None
    body = entry.request.body or b""
    if operation.request is None:
        return "" if entry.is_accepted or not body else None
    broken = broken_by(operation, body)
    if len(broken) != 1:
        return None if broken else ""
    is_known = entry.is_request_known and not body.startswith(MARKS) and not _holds_placeholder(body)
    return broken.pop() if is_known else None


def is_plain(entry: Entry) -> bool:
    """Whether path and method of a request are all that tells its operation."""
    return "?" not in entry.request.url and not any(OVERRIDE.fullmatch(name) for name, _ in entry.request.headers)


def _has_sampled_headers(entry: Entry) -> bool:
    """Whether the media types are those of the sample, as far as the file holds them."""
    headers = entry.request.headers
    has_parameter = any(map(has_parameters, header_values(headers, "accept")))
    content_types = {value.lower() for value in header_values(headers, "content-type")}
    return content_types <= {MEDIA_TYPE} and not has_parameter and not header_values(headers, "content-encoding")


def has_parameters(value: str) -> bool:
    """Whether a header names the media type of JSON:API only, and only with parameters; q is none of them."""
    part = rf"\s*{re.escape(MEDIA_TYPE)}\s*(;\s*(?!q\s*=)[^;,\s][^;,]*)+"
    return re.fullmatch(rf"{part}(,{part})*", value, re.IGNORECASE) is not None


def _holds_placeholder(body: bytes) -> bool:
    """Whether a sanitizer replaced a value of a body."""
    return any(is_placeholder(string.decode(errors="replace")) for string in STRING.findall(body))


def judge_request(
    contract: Contract, entry: Entry, exchange: Exchange, broken: str | None, *, has_control: bool
) -> Iterator[Judgement]:
    """The judgements of the way in which a request was answered.

    Args:
        contract: the contract.
        entry: the entry.
        exchange: its exchange.
        broken: the requirement that the request breaks, as `broken_requirement` tells.
        has_control: an accepted documented request to the operation by the same account is recorded.
    """
    response, is_own = exchange.response, entry.own is not None
    if response is None or not (is_own or is_plain(entry)):
        return
    if exchange.request.method != contract.operations[exchange.operation].method:
        yield from _judge_method(contract, entry, exchange, broken or OTHER_THAN_POST)
        return
    for requirement, name, status in PARAMETERS:
        if broken == requirement or (
            not is_own and any(map(has_parameters, header_values(entry.request.headers, name)))
        ):
            if response.accepted or is_own or response.status == status:
                yield Judgement(requirement, "" if response.status == status else f"the status is {response.status}")
            return
    if not broken:
        return
    is_about_request = contract.requirements[broken].kind == "request"
    # The run knows all that it sent. A crash at another request may be about something that the file does not show.
    if (is_about_request and response.accepted) or (is_own and response.status // 100 not in (2, 4)):
        yield Judgement(broken, f"a request that breaks it got {response.status}")
    is_about_it = is_own or response.status not in TOKEN_OR_PACE
    if is_about_request and response.rejected and has_control and is_about_it:
        yield Judgement(broken)


def _judge_method(contract: Contract, entry: Entry, exchange: Exchange, requirement: str) -> Iterator[Judgement]:
    """By another method nothing is done, as `requirement` says, and most are rejected."""
    response, method = exchange.response, exchange.request.method
    assert response is not None
    is_refused = response.rejected or response.status == 501
    is_asked = method not in OPEN and requirement == OTHER_THAN_POST
    if is_asked and (entry.own is not None or is_refused or response.accepted):
        yield Judgement("methods.rejected", "" if is_refused else f"{method} got {response.status}")
    if response.accepted and method != "HEAD" and entry.is_response_known:
        schema = contract.operations[exchange.operation].response
        if not any(judgement.problem for judgement in judge_body(schema, response)):
            yield Judgement(requirement, f"{method} got {response.status}, with the documented success")
