"""What is said of a violation, on the page and on the terminal alike."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from reports.causes import ids
from reports.places import places

if TYPE_CHECKING:
    from conformance.verdicts import Case
    from reports.causes import Cause
    from reports.verdicts import Finding
    from schemas import Contract

ASSERTIONS = ("const", "enum", "type", "minLength", "minItems", "maxItems", "pattern", "required", "not")
"""Keywords of JSON Schema that say at a glance what is expected."""


def seen(cause: Cause, *, recorded: bool = False) -> str:
    """In how many cases a cause showed itself, and how often it did so again, in words; of a recording nothing is."""
    count, known = len(cause.cases), len({id(case) for finding in cause.findings for case in finding.cases})
    again, asked = cause.repeated
    cases = f"in {count} of {known} case{'' if known == 1 else 's'}"
    if recorded:
        return f"{cases} that the recording allows to judge"
    times = {1: "once", 2: "twice"}.get(asked, f"{asked} times")
    if not asked:
        more = "not asked for again"
    elif again == asked:
        more = f"asked again {times}, it happened again{' each time' if asked > 1 else ''}"
    else:
        more = f"flaky: asked again {times}, it happened again {f'{again} of them' if again else 'never'}"
    return f"{cases}; {more}"


def demanded(finding: Finding, contract: Contract) -> str:
    """What the decisive case of a violation expected: if all that the sentence says, the gist of its rule."""
    case, requirement = finding.decisive[0], finding.requirement
    if case.expected != requirement.sentence:
        return case.expected
    if any(requirement.id in ids(operation.request) for operation in contract.operations.values()):
        return "a 4xx"
    schemas = (*(operation.response for operation in contract.operations.values()), contract.errors)
    rule = next((rule.schema for schema in schemas for rule in schema.rules if rule.id == requirement.id), {})
    keywords = [f"{name}: {json.dumps(rule[name], ensure_ascii=False)}" for name in ASSERTIONS if name in rule]
    return ", ".join(keywords) or case.expected


def where(contract: Contract, name: str, case: Case) -> str:
    """Where the last exchange of a violated case shows what is wrong, or an empty string where that can't be told."""
    return "; ".join(map(str, places(contract, name, case.exchanges[-1]))) if case.exchanges else ""
