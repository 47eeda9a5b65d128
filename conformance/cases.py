"""A case and its test: the name of the one by the other, and what a violation makes of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.probes import Probe
from conformance.verdicts import STAMPS, Case, NoVerdict, Violation

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Mapping

    import pytest

    from conformance.run import Run

REPRODUCTIONS = 3
"""How often violations of one requirement are asked for again."""


def test_of(item: pytest.Item) -> str:
    """The name of the test whose case this is, in the spelling of the names of cases."""
    return item.name.partition("[")[0].removeprefix("test_").replace("_", "-")


def parameters_of(item: pytest.Item) -> Mapping[str, Any]:
    """The parameters of the case, by name."""
    found: Mapping[str, Any] = getattr(getattr(item, "callspec", None), "params", {})
    return found


def probe_of(item: pytest.Item) -> Probe | None:
    """The probe that the case asks, if it does."""
    return next((value for value in parameters_of(item).values() if isinstance(value, Probe)), None)


def case_name(item: pytest.Item, requirements: tuple[str, ...]) -> str:
    """The ID of the parameters where it names a requirement, else the name of the test before it."""
    parameters = getattr(getattr(item, "callspec", None), "id", "")
    if parameters.startswith(requirements):
        return str(parameters)
    return f"{test_of(item)}-{parameters}" if parameters else test_of(item)


def note_violation(run: Run, case: Case, violation: Violation, before: int) -> None:
    """Enter a violation into the case; what the test was about is left open where it is not what was violated."""
    broken = (violation.requirement, *violation.also)
    left_open = tuple(name for name in case.requirements if name not in broken)
    if left_open:
        reason = f"on the way there {violation.requirement} was violated"
        run.cases.append(
            Case(left_open, case.operation, case.name, "inconclusive", reason, because=violation.requirement)
        )
    case.verdict = "violated"
    case.requirements = broken
    case.reproducible = violation.reproducible
    case.expected = violation.expected or run.contract.requirements[violation.requirement].sentence
    case.actual = violation.actual
    case.detail = violation.actual
    case.exchanges = violation.exchanges or tuple(run.exchanges[before:][-5:])
    case.wrong = violation.wrong


def reproduce(item: pytest.Function, run: Run, case: Case, violation: Violation, repeated: Counter[str]) -> None:
    """Run the test again, from its start, a few times for each requirement; `repeated` counts them."""
    if repeated[violation.requirement] >= REPRODUCTIONS or case.reproducible is not None or violation.wrong:
        return
    repeated[violation.requirement] += 1
    probe = probe_of(item)
    if probe is not None:
        run.rejections.forget(probe)
    try:
        names = item._fixtureinfo.argnames  # noqa: SLF001 (as pytest's own pytest_pyfunc_call does)
        item.obj(**{name: item.funcargs[name] for name in names})
    except Violation as again:
        case.reproducible = again.requirement == violation.requirement
    except NoVerdict:
        return
    else:
        case.reproducible = False


def describe(case: Case) -> str:
    """A violation in words."""
    return (
        f"Requirement: {', '.join(case.requirements)}\nExpected: {case.expected}\nActual: {case.actual}\n"
        f"({STAMPS[case.reproducible]})"
    )
