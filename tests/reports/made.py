"""Runs, cases and exchanges made by hand."""

from __future__ import annotations

from datetime import UTC, date, datetime
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from conformance.exchange import Exchange, Request, Response
from conformance.redaction import Redactor, Secret
from conformance.run import Run
from conformance.target import Target
from conformance.verdicts import Case, Verdict
from reports.evidence import Evidence
from reports.results import Report
from reports.verdicts import Conduct, conclude
from reports.waivers import Waiver, Waivers
from schemas import load

if TYPE_CHECKING:
    from collections.abc import Iterable

CONTRACT = load()
MUSTS = [name for name, found in CONTRACT.requirements.items() if found.level == "MUST"]
SHOULDS = [name for name, found in CONTRACT.requirements.items() if found.level == "SHOULD"]
TOKEN = "Tok-AbCdEf1234567890-xyz"
TODAY = date(2026, 6, 15)
URL = "http://127.0.0.1:1234/api/v2"


def exchange(**changed: Any) -> Exchange:
    """An exchange, of which a part may be changed."""
    values: dict[str, Any] = {
        "method": "POST",
        "url": f"{URL}/account/actions/two-factor-enable",
        "headers": (("Authorization", f"Bearer {TOKEN}"), ("Content-Type", "application/vnd.api+json")),
        "body": b'{"data": {"type": "user"}}',
        "status": 200,
        "response_headers": (("Content-Type", "application/vnd.api+json"),),
        "response_body": b'{"data": null}',
        "purpose": "a try",
    } | changed
    request = Request(values["method"], values["url"], values["headers"], values["body"])
    response = Response(values["status"], values["response_headers"], values["response_body"])
    return Exchange(1, "enable", values["purpose"], request, response, 0.01234)


def case(verdict: Verdict, *names: str, **changed: Any) -> Case:
    """A case of this verdict on these requirements."""
    violated = {"expected": "a 4xx", "actual": "got 200", "exchanges": (exchange(),)} if verdict == "violated" else {}
    values = {"name": "a-case", "detail": "" if verdict == "conforms" else f"it is {verdict}"} | violated | changed
    return Case(names, "enable", verdict=verdict, **values)


def all_conform(*but: str) -> list[Case]:
    """A case that conforms for each requirement, but for some."""
    return [case("conforms", name) for name in CONTRACT.requirements if name not in but]


def run(cases: Iterable[Case], problem: str = "", **options: Any) -> Run:
    """A run that has ended with these cases."""
    redactor = Redactor()
    redactor.add(TOKEN, "$TFE_TOKEN")
    found: Any = Run(
        CONTRACT,
        Target(URL, Secret(TOKEN)),
        SimpleNamespace(exchanges=[exchange()], thrifty=False),  # type: ignore[arg-type]
        None,  # type: ignore[arg-type]
        redactor,
        SimpleNamespace(**{"strict": False, "allow_untested": False, "seed": 0, "examples": 10} | options),
    )
    found.cases, found.problem, found.left = list(cases), problem, "two-factor authentication is off"
    return found  # type: ignore[no-any-return]


def report(
    cases: Iterable[Case],
    *waivers: Waiver,
    conduct: Conduct | None = None,
    problem: str = "",
    thrifty: bool = False,
    **options: Any,
) -> Report:
    """The report of a run with these cases."""
    made = run(cases, problem, **options)
    made.asker.thrifty = thrifty
    outcome = conclude(made, Waivers(waivers, TODAY), conduct or Conduct())
    return Report(made, outcome, Evidence(made.redactor), 1.5, datetime(2026, 6, 15, tzinfo=UTC))
