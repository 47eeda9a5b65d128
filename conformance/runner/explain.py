"""`requirements explain ID`: the source, a right and a wrong exchange, the cases, and the mistakes that break it."""

from __future__ import annotations

import contextlib
import io
import json
import textwrap
from functools import cache
from importlib.resources import files
from itertools import groupby
from typing import TYPE_CHECKING, Any

import pytest

from conformance.runner import PYTEST_OPTIONS, ROOT
from conformance.runner.outcomes import CASE
from conformance.runner.plugin import parameters_of
from schemas import SHARED
from strategies.json_path import MISSING, replaced, value_at
from strategies.mutations import WRONG_VALUES, encode_body
from strategies.probe import ANY_MEDIA_TYPE, MEDIA_TYPE, Probe, RequestSpec

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from schemas import BodySchema, Contract, Operation, Requirement

WIDTH = 100
MAX_BODY = 600
MAX_CASES = 12


def explain(contract: Contract, name: str) -> str:
    """The explanation of the requirement with this ID, as text.

    Raises:
        ContractError: the contract has no such requirement.
    """
    requirement = contract.requirement(name)
    items = [item for item in collected() if name in item.stash[CASE].requirements]
    mistakes = json.loads((files("conformance") / "mistakes.json").read_text("utf-8"))
    sections = {
        f"{name} ({requirement.level})\n{textwrap.fill(requirement.sentence, WIDTH)}": [],
        "Source": [requirement.source, f"{requirement.url}, read on {requirement.read}"],
        **exchanges(contract, requirement, next(filter(None, map(probe_of, items)), None)),
        f"Tested by {len(items)} case{'s' if len(items) > 1 else ''}": list(tests(items, f"{name}-")),
        "Mistakes that break it": [f"- {sentence}" for sentence in mistakes[name]],
        "Run only this": [f"tfe-conformance check --only {name}"],
    }
    return "\n\n".join("\n  ".join([title, *lines]) for title, lines in sections.items())


class Collector:
    """Keeps the collected tests."""

    def __init__(self) -> None:
        self.items: list[pytest.Item] = []

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Keep them."""
        self.items += session.items


@cache
def collected() -> list[pytest.Item]:
    """The tests of the suite; pytest collects them, and runs nothing."""
    collector = Collector()
    with contextlib.redirect_stdout(io.StringIO()):
        pytest.main([*PYTEST_OPTIONS, "--collect-only", str(ROOT / "conformance")], plugins=[collector])
    return collector.items


def probe_of(item: pytest.Item) -> Probe | None:
    """The probe among the parameters of a test, or in one of them."""
    values = (getattr(value, "probe", value) for value in parameters_of(item).values())
    return next((value for value in values if isinstance(value, Probe)), None)


def tests(items: Sequence[pytest.Item], prefix: str) -> Iterator[str]:
    """The sentence of each test, and the names of its cases without a prefix, in lines."""
    for test, group in groupby(items, key=lambda item: item.nodeid.partition("[")[0]):
        cases = list(group)
        sentence = " ".join((getattr(cases[0], "obj", None).__doc__ or "").split())
        name = test.rpartition("::")[2].removeprefix("test_").replace("_", " ")
        names = [item.stash[CASE].name.removeprefix(prefix) for item in cases]
        more = [f"and {len(names) - MAX_CASES} more"] if len(names) > MAX_CASES else []
        yield textwrap.fill(f"{name}: {sentence}", WIDTH, subsequent_indent="  ")
        yield textwrap.fill(
            ", ".join([*names[:MAX_CASES], *more]), WIDTH, initial_indent="  ", subsequent_indent="    "
        )


def exchanges(contract: Contract, requirement: Requirement, probe: Probe | None) -> dict[str, list[str]]:
    """A right and a wrong exchange, by title; none for a requirement that takes several exchanges to break."""
    shared = probe.operation if probe is not None else next(iter(contract.operations))
    operation = contract.operations[shared if requirement.operation == SHARED else requirement.operation]
    if probe is not None and (spec := probe.build(operation.shapes[probe.shape], "$TFE_TOKEN")) is not None:
        right = RequestSpec(operation.name, encode_body(operation.shapes[probe.shape]))
        return {"A right request": request(operation, right), "A request that tests it": request(operation, spec)}
    for schema, status in ((operation.response, "2xx"), (contract.errors, "4xx")):
        if any(rule.id == requirement.id for rule in schema.rules):
            example = schema.schema["examples"][0]
            lines = json.dumps(example, indent=2, ensure_ascii=False).splitlines()
            problem = first_problem(schema, requirement.id, example)
            wrong = {"A wrong one": [f"the same, but {problem}"]} if problem else {}
            return {"A right response": [f"status {status}", *lines], **wrong}
    return {}


def first_problem(schema: BodySchema, name: str, example: Any) -> str:
    """The problem with the first change of an example that breaks a requirement; empty where none does."""
    path = next(rule.path for rule in schema.rules if rule.id == name)
    value = value_at(example, path)
    if value is MISSING:  # it belongs to the items of an array
        return ""
    changes = (change(value) for change in WRONG_VALUES.values())
    bodies = (replaced(example, path, wrong) for wrong in changes if path or wrong is not MISSING)
    return next((problems[name] for body in bodies if name in (problems := schema.broken_by(body))), "")


def request(operation: Operation, spec: RequestSpec) -> list[str]:
    """A request in lines: what differs from the headers of the page's samples is shown."""
    query = f"?{spec.query}" if spec.query else ""
    authorization = ("Bearer $TFE_TOKEN",) if spec.authorization is None else spec.authorization
    headers = [("Authorization", value) for value in authorization]
    headers += [("Content-Type", spec.content_type)] if spec.content_type not in (None, MEDIA_TYPE) else []
    headers += [("Accept", spec.accept)] if spec.accept != ANY_MEDIA_TYPE else []
    lines = [f"{spec.method or operation.method} {operation.path}{query}"]
    lines += [f"{name}: {value}" for name, value in (*headers, *spec.headers)]
    text = (spec.body or b"").decode("utf-8", "backslashreplace")
    if len(text) > MAX_BODY:
        text = f"{text[:MAX_BODY]}… ({len(text)} characters)"
    return [*lines, text] if text else lines
