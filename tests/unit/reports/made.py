"""Records of runs, made by hand from the real contract."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from functools import cache
from typing import TYPE_CHECKING, Any

from conformance.masking import Masker
from conformance.model import AccountEnd, Case, CleanupResult, Exchange, Request, Response
from conformance.run_record import RunRecord
from conformance.settings import Settings
from reports.build import build_result
from reports.waivers import Waiver, Waivers
from schemas import load
from strategies.probe import RequestSpec

if TYPE_CHECKING:
    from collections.abc import Iterable

    from conformance.model import Verdict
    from reports.run_result import Finding, RunResult

CONTRACT = load()
MUSTS = [name for name, requirement in CONTRACT.requirements.items() if requirement.level == "MUST"]
SHOULDS = [name for name, requirement in CONTRACT.requirements.items() if requirement.level == "SHOULD"]
TOKEN = "Tok-AbCdEf1234567890-xyz"
TODAY = date(2026, 6, 15)
NOON = 1_781_524_800.0
URL = "http://127.0.0.1:1234/api/v2"
LEFT = "two-factor authentication is off"
SPEC_FIELDS = ("purpose", "requirement", "known_code", "shape")


def exchange(**changes: Any) -> Exchange:
    """An exchange, of which any part may be changed; `status` is 0 for no response."""
    values: dict[str, Any] = {
        "number": 1,
        "operation": "enable",
        "method": "POST",
        "url": f"{URL}/account/actions/two-factor-enable",
        "headers": (("Authorization", f"Bearer {TOKEN}"), ("Content-Type", "application/vnd.api+json")),
        "body": b'{"data": {"type": "user"}}',
        "status": 200,
        "response_headers": (("Content-Type", "application/vnd.api+json"),),
        "response_body": b'{"data": null}',
        "case_id": "a-case",
        "purpose": "a probe",
    } | changes
    spec = RequestSpec(
        values["operation"], values["body"], **{name: values[name] for name in SPEC_FIELDS if name in values}
    )
    response = Response(values["status"], values["response_headers"], values["response_body"])
    return Exchange(
        values["number"],
        spec,
        Request(values["method"], values["url"], values["headers"], values["body"]),
        response if values["status"] else None,
        values["case_id"],
        0.01234,
        ended=NOON,
        problem="" if values["status"] else "the connection was refused",
    )


def case(verdict: Verdict, *requirements: str, **changes: Any) -> Case:
    """A case with this verdict on these requirements."""
    values: dict[str, Any] = {"operation": "enable", "name": "a-case"}
    if verdict == "violated":
        values |= {"expected": "a 4xx", "actual": "got 200", "exchanges": (exchange(),)}
    if verdict != "conforms":
        values["detail"] = f"it is {verdict}"
    return Case(requirements, verdict=verdict, **values | changes)


def conforming(*without: str) -> list[Case]:
    """A case that conforms for each requirement, except these."""
    return [
        case("conforms", name, name=f"{name}-valid", exchanges=(exchange(),))
        for name in CONTRACT.requirements
        if name not in without
    ]


def record(cases: Iterable[Case], masker: Masker | None = None, **changes: Any) -> RunRecord:
    """The record of a run with these cases; settings may be changed by their names, too."""
    if masker is None:
        masker = Masker()
        masker.add(TOKEN, "$TFE_TOKEN")
    cases = tuple(cases)
    made = RunRecord(
        contract=CONTRACT,
        settings=Settings(),
        target=URL,
        embedded=False,
        recorded=False,
        cases=cases,
        exchanges=tuple({each.number: each for one in cases for each in one.exchanges}.values()) or (exchange(),),
        abort_reason="",
        stopped="",
        partial="",
        usage="",
        limits={},
        cleanup=CleanupResult(AccountEnd.OFF, LEFT),
        notes=(),
        started=NOON - 1.5,
        seconds=1.5,
        masker=masker,
    )
    settings = {name: value for name, value in changes.items() if hasattr(made.settings, name)}
    others = {name: value for name, value in changes.items() if name not in settings}
    return replace(made, settings=replace(made.settings, **settings), **others)


def result(cases: Iterable[Case], *waivers: Waiver, **changes: Any) -> RunResult:
    """The result of a run with these cases."""
    return build_result(record(cases, **changes), Waivers(waivers, TODAY))


def others_conform(*cases: Case) -> list[Case]:
    """These cases, and one that conforms for each other requirement."""
    return [*conforming(*(name for each in cases for name in each.requirements)), *cases]


def finding(made: RunResult, requirement: str) -> Finding:
    """The finding on a requirement."""
    return next(each for each in made.requirements if each.id == requirement)


MUST, OTHER, THIRD, FOURTH = MUSTS[:4]
SHOULD = SHOULDS[0]


def mixed(**changes: Any) -> RunResult:
    """A result with each verdict."""
    cases = [
        case("violated", MUST, name=f"{MUST}-null", reproducible=True),
        case("conforms", MUST, name=f"{MUST}-list"),
        case("violated", OTHER, name="waived", exchanges=(exchange(number=2, case_id="waived"),)),
        case("inconclusive", THIRD, name="open", exchanges=(exchange(number=3, status=0),)),
        case("untested", FOURTH, name="unsent", detail="no code: give --code-source"),
        case("violated", SHOULD, name="should", exchanges=(exchange(number=4, case_id="should"),)),
    ]
    return result(others_conform(*cases), Waiver(OTHER, "known"), **changes)


@cache
def situations() -> dict[str, RunResult]:
    """Results of all kinds of runs."""
    untested = [case("untested", name, name=f"{name}-x") for name in CONTRACT.requirements]
    violated = [
        case("violated", name, name=f"{name}-x", exchanges=(exchange(number=number, case_id=name),))
        for number, name in enumerate(MUSTS[:9], 1)
    ]
    return {
        "conformant": result(conforming()),
        "partly sent": result([*conforming(), case("untested", MUST, detail="no code: give one")]),
        "violated": result(others_conform(*violated)),
        "mixed": mixed(),
        "waived": result(others_conform(case("violated", MUST)), Waiver(MUST, "known")),
        "no verdict": result(others_conform(case("inconclusive", MUST))),
        "stale waiver": result(conforming(), Waiver(MUST, "known")),
        "stopped": result(conforming()[:5], stopped="the run was stopped before its end"),
        "not reached": result(untested, abort_reason="no connection", exchanges=()),
        "recorded": result([*conforming(), case("violated", MUST)], recorded=True, target="traffic.har"),
    }
