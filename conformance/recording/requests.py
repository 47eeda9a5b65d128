"""The requirement that a recorded request breaks, and the judgements of the way in which it was answered."""

from __future__ import annotations

import codecs
import re
from typing import TYPE_CHECKING

from conformance.checks import judge_body
from conformance.model import Judgement
from conformance.recording.har import is_placeholder
from conformance.two_factor.state import TOKEN_OR_PACE
from strategies.methods import OPEN, OTHER_THAN_POST
from strategies.mutations import broken_by
from strategies.probe import MEDIA_TYPE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.model import Exchange
    from conformance.recording.har import Entry
    from schemas import Contract, Operation

PARAMETERS = {"media-type.parameters": ("content-type", 415), "accept.parameters": ("accept", 406)}
"""The requirements on parameters of media types: the header, and the status of the rejection."""
OVERRIDE = re.compile(r"x-(http-)?method(-override)?", re.IGNORECASE)
MARKS = (codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
STRING = re.compile(rb'"((?:[^"\\]|\\.)*)"')


def broken_requirement(contract: Contract, operation: Operation, entry: Entry) -> str | None:
    """The ID of the one requirement that a request breaks, empty for a documented request; `None` where it is unknown.

    `check --har` wrote it down. Another request may depart from the sample in one respect, or more than one thing is to
    blame for the response.
    """
    requirement = contract.requirements.get(str((entry.own or {}).get("requirement")))
    if requirement is not None:
        return None if requirement.kind == "response" else requirement.id
    if entry.request.method != operation.method or not is_plain(entry):
        return None
    if not entry.is_own:
        media_types = {value.lower() for value in entry.sent("content-type")}
        parameters = [name for name, (header, _) in PARAMETERS.items() if any(map(has_parameters, entry.sent(header)))]
        if parameters or not media_types <= {MEDIA_TYPE} or entry.sent("content-encoding"):
            return parameters[0] if parameters else None
    return _broken_by_body(operation, entry)


def _broken_by_body(operation: Operation, entry: Entry) -> str | None:
    body = entry.request.body or b""
    if operation.request is None:
        return "" if entry.is_accepted or not body else None
    broken = broken_by(operation, body)
    if len(broken) != 1:
        return None if broken else ""
    is_masked = any(is_placeholder(string.decode(errors="replace")) for string in STRING.findall(body))
    is_known = entry.is_request_known and not body.startswith(MARKS) and not is_masked
    return broken.pop() if is_known else None


def is_plain(entry: Entry) -> bool:
    """Whether path and method of a request are all that tells its operation, as far as another tool recorded it."""
    is_overridden = any(OVERRIDE.fullmatch(name) for name, _ in entry.request.headers)
    return entry.is_own or not ("?" in entry.request.url or is_overridden)


def has_parameters(value: str) -> bool:
    """Whether a header names the media type of JSON:API only, and only with parameters; q is none of them."""
    part = rf"\s*{re.escape(MEDIA_TYPE)}\s*(;\s*(?!q\s*=)[^;,\s][^;,]*)+"
    return re.fullmatch(rf"{part}(,{part})*", value, re.IGNORECASE) is not None


def judge_request(
    contract: Contract, entry: Entry, exchange: Exchange, broken: str | None, *, has_control: bool
) -> Iterator[Judgement]:
    """The judgements of the way in which a request was answered that breaks a requirement.

    A rejection counts if an accepted documented request to the operation by the same account is recorded, the control.
    """
    response, is_own = exchange.response, entry.is_own
    if response is None or not is_plain(entry):
        return
    if exchange.request.method != contract.operations[exchange.operation].method:
        yield from _judge_method(contract, entry, exchange, broken or OTHER_THAN_POST)
    elif broken in PARAMETERS:
        _, status = PARAMETERS[broken]
        if response.accepted or is_own or response.status == status:
            yield Judgement(broken, "" if response.status == status else f"the status is {response.status}")
    elif broken:
        is_about_request = contract.requirements[broken].kind == "request"
        is_about_it = is_own or response.status not in TOKEN_OR_PACE
        # The run knows all that it sent. A crash at another request may be about something that the file does not show.
        if (is_about_request and response.accepted) or (is_own and response.status // 100 not in (2, 4)):
            yield Judgement(broken, f"a request that breaks it got {response.status}")
        if is_about_request and response.rejected and has_control and is_about_it:
            yield Judgement(broken)


def _judge_method(contract: Contract, entry: Entry, exchange: Exchange, requirement: str) -> Iterator[Judgement]:
    """By another method nothing is done, as `requirement` says, and most are rejected."""
    response, method = exchange.response, exchange.request.method
    assert response is not None
    is_refused = response.rejected or response.status == 501
    is_asked = method not in OPEN and requirement == OTHER_THAN_POST
    if is_asked and (entry.is_own or is_refused or response.accepted):
        yield Judgement("methods.rejected", "" if is_refused else f"{method} got {response.status}")
    if response.accepted and method != "HEAD" and entry.is_response_known:
        schema = contract.operations[exchange.operation].response
        if not any(judgement.problem for judgement in judge_body(schema, response)):
            yield Judgement(requirement, f"{method} got {response.status}, with the documented success")
