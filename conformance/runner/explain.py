"""`requirements explain ID`: the source, a right and a wrong exchange, the cases, and the mistakes that break it."""

from __future__ import annotations

import contextlib
import io
import json
import textwrap
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from conformance.runner import plugin
from conformance.runner.outcomes import CASE
from schemas import SHARED
from strategies.json_path import MISSING, replaced, value_at
from strategies.mutations import WRONG_VALUES, encode_body
from strategies.probe import ANY_MEDIA_TYPE, MEDIA_TYPE, Probe, RequestSpec

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from schemas import BodySchema, Contract, Operation, Requirement

TOKEN = "$TFE_TOKEN"  # noqa: S105 (the name of a variable)
WIDTH = 100
ROOT = Path(__file__).resolve().parent.parent.parent
"""The folder that holds the suite."""
MAX_BODY = 600
MAX_CASES = 12


class Tested(NamedTuple):
    """A test of the suite, and the cases of a requirement that it runs."""

    name: str
    sentence: str
    cases: tuple[str, ...]
    probe: Probe | None


def explain(contract: Contract, name: str) -> str:
    """The explanation of the requirement with this ID, as text.

    Raises:
        ContractError: the contract has no such requirement.
    """
    requirement = contract.requirement(name)
    tests = tests_of(requirement)
    probe = next((test.probe for test in tests if test.probe is not None), None)
    return "\n".join(_lines(contract, requirement, tests, probe))


def tests_of(requirement: Requirement) -> list[Tested]:
    """The tests that concern a requirement; pytest collects them, and runs nothing."""
    by_test: dict[str, list[pytest.Item]] = {}
    for item in _collected():
        if requirement.id in item.stash[CASE].requirements:
            by_test.setdefault(item.nodeid.partition("[")[0], []).append(item)
    return [
        Tested(
            name.rpartition("::")[2].removeprefix("test_").replace("_", " "),
            " ".join((getattr(items[0], "obj", None).__doc__ or "").split()),
            tuple(item.stash[CASE].name for item in items),
            _probe_of(items[0]),
        )
        for name, items in by_test.items()
    ]


def _probe_of(item: pytest.Item) -> Probe | None:
    """The probe among the parameters of a test, or in one of them."""
    values = (getattr(value, "probe", value) for value in plugin.parameters_of(item).values())
    return next((value for value in values if isinstance(value, Probe)), None)


@cache
def _collected() -> tuple[pytest.Item, ...]:
    collector = _Collector()
    options = [
        f"--config-file={ROOT / 'conformance' / 'pytest.toml'}",
        f"--rootdir={ROOT}",
        "--override-ini=addopts=--disable-plugin-autoload --import-mode=importlib",
        "--noconftest",
        "-pno:cacheprovider",
        "--assert=plain",
        "--collect-only",
    ]
    with contextlib.redirect_stdout(io.StringIO()):
        pytest.main([*options, str(ROOT / "conformance")], plugins=[plugin, collector])
    return tuple(collector.items)


class _Collector:
    """Keeps the collected tests."""

    def __init__(self) -> None:
        self.items: list[pytest.Item] = []

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Keep them."""
        self.items += session.items


@cache
def mistakes() -> dict[str, list[str]]:
    """The mistakes of servers that break each requirement, in sentences; the faults of our own tests are such."""
    return json.loads((files("conformance") / "mistakes.json").read_text("utf-8"))  # type: ignore[no-any-return]


def _lines(contract: Contract, requirement: Requirement, tests: Sequence[Tested], probe: Probe | None) -> Iterator[str]:
    yield f"{requirement.id} ({requirement.level})"
    yield from _wrapped(requirement.sentence, "")
    yield from ("", "Source", f"  {requirement.source}", f"  {requirement.url}, read on {requirement.read}")
    operation = contract.operations[_operation_name(contract, requirement, probe)]
    exchanges = _exchanges(contract, requirement, operation, probe)
    for title, lines in exchanges.items():
        yield from ("", title, *(f"  {line}" for line in lines))
    count = sum(len(test.cases) for test in tests)
    yield from ("", f"Tested by {count} case{'s' if count > 1 else ''}")
    for test in tests:
        yield from _wrapped(f"{test.name}: {test.sentence}", "  ")
        names = [case.removeprefix(f"{requirement.id}-") for case in test.cases]
        more = [f"and {len(names) - MAX_CASES} more"] if len(names) > MAX_CASES else []
        yield from _wrapped(", ".join([*names[:MAX_CASES], *more]), "    ")
    if requirement.id in mistakes():
        yield from ("", "Mistakes that break it")
        for sentence in mistakes()[requirement.id]:
            yield from textwrap.wrap(sentence, WIDTH, initial_indent="  - ", subsequent_indent="    ")
    yield from ("", "Run only this", f"  tfe-conformance check --only {requirement.id}")


def _operation_name(contract: Contract, requirement: Requirement, probe: Probe | None) -> str:
    if requirement.operation != SHARED:
        return requirement.operation
    return probe.operation if probe is not None else next(iter(contract.operations))


def _exchanges(
    contract: Contract, requirement: Requirement, operation: Operation, probe: Probe | None
) -> dict[str, list[str]]:
    """A right and a wrong exchange, by title; none for a requirement that takes several exchanges to break."""
    spec = probe.build(operation.shapes[probe.shape], TOKEN) if probe is not None else None
    if probe is not None and spec is not None:
        right = RequestSpec(operation.name, encode_body(operation.shapes[probe.shape]))
        return {"A right request": _request(operation, right), "A request that tests it": _request(operation, spec)}
    for schema, status in ((operation.response, "2xx"), (contract.errors, "4xx")):
        if any(rule.id == requirement.id for rule in schema.rules):
            example = schema.schema["examples"][0]
            right_response = [f"status {status}", *json.dumps(example, indent=2, ensure_ascii=False).splitlines()]
            problem = _first_problem(schema, requirement.id, example)
            wrong = {"A wrong one": [f"the same, but {problem}"]} if problem else {}
            return {"A right response": right_response, **wrong}
    return {}


def _first_problem(schema: BodySchema, name: str, example: Any) -> str:
    """The problem with the first change of an example that breaks a requirement; empty where none does."""
    path = next(rule.path for rule in schema.rules if rule.id == name)
    value = value_at(example, path)
    if value is MISSING:  # it belongs to the items of an array
        return ""
    changes = (change(value) for change in WRONG_VALUES.values())
    bodies = (replaced(example, path, wrong) for wrong in changes if path or wrong is not MISSING)
    return next((problems[name] for body in bodies if name in (problems := schema.broken_by(body))), "")


def _request(operation: Operation, spec: RequestSpec) -> list[str]:
    """A request in lines: what differs from the headers of the page's samples is shown."""
    query = f"?{spec.query}" if spec.query else ""
    authorization = (f"Bearer {TOKEN}",) if spec.authorization is None else spec.authorization
    headers = [("Authorization", value) for value in authorization]
    headers += [("Content-Type", spec.content_type)] if spec.content_type not in (None, MEDIA_TYPE) else []
    headers += [("Accept", spec.accept)] if spec.accept != ANY_MEDIA_TYPE else []
    lines = [f"{spec.method or operation.method} {operation.path}{query}"]
    lines += [f"{name}: {value}" for name, value in (*headers, *spec.headers)]
    return lines + ([_cut(spec.body.decode("utf-8", "backslashreplace"))] if spec.body is not None else [])


def _cut(text: str) -> str:
    return text if len(text) <= MAX_BODY else f"{text[:MAX_BODY]}… ({len(text)} characters)"


def _wrapped(text: str, indent: str) -> list[str]:
    return textwrap.wrap(text, WIDTH, initial_indent=indent, subsequent_indent=indent, break_on_hyphens=False)
