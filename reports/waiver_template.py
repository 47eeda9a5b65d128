"""--write-waivers: a file for --waivers, with an entry for each violation of today, for a person to complete."""

from __future__ import annotations

import json
from datetime import timedelta
from glob import escape
from pathlib import Path
from typing import TYPE_CHECKING

from conformance.target import ConfigurationError
from reports.evidence import printable
from reports.observed import observed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from conformance.verdicts import Case
    from reports.observed import Observed
    from reports.results import Report
    from reports.verdicts import Finding

DAYS = 90
"""How long an entry counts, if nobody changes it."""
HEAD = """\
# Violations of {target}, found on {day}: to be accepted for now, with --waivers.
# Remove what is to be fixed at once, and fill in what says TODO: until then, the file is refused.
"""


def checked(file: str | None) -> Path | None:
    """Where the template goes, if anywhere; no file is overwritten, as it may hold the words of a person.

    Raises:
        ConfigurationError: there is such a file, or no folder for it.
    """
    if file is None:
        return None
    path = Path(file).expanduser().absolute()
    if path.exists():
        raise ConfigurationError(f"--write-waivers: {file} is there already: name another file, or remove it")
    if not path.parent.is_dir():
        raise ConfigurationError(f"--write-waivers: there is no folder for {file}")
    return path


def template(report: Report) -> str:
    """The text of the file: an entry for what no waiver accepts yet."""
    day = report.finished.date()
    head = HEAD.format(target=_line(report, report.run.target.base_url), day=day)
    entries = [entry for finding in report.outcome.those("violated") for entry in _entries(report, finding)]
    return "\n".join([head, *entries] if entries else [head, "# Nothing is violated.\n"])


def _entries(report: Report, finding: Finding) -> Iterator[str]:
    """An entry for each thing that was observed, as what is observed tells one failure from another."""
    accepted = {id(case) for case, _ in finding.accepted}
    groups: dict[Observed, list[Case]] = {}
    for case in finding.decisive:
        if id(case) not in accepted:
            seen = observed(report.run.contract, finding.requirement.id, case)
            groups.setdefault(seen, []).append(case)
    for seen, cases in groups.items():
        yield "\n".join(_entry(report, finding, seen, cases)) + "\n"


def _entry(report: Report, finding: Finding, seen: Observed, cases: list[Case]) -> Iterator[str]:
    requirement = finding.requirement
    yield "[[waiver]]"
    yield f"# {requirement.level}: {_line(report, requirement.sentence)}"
    yield f"# Actual: {_line(report, cases[0].actual)}"
    yield f"id = {_string(requirement.id)}"
    yield f"case = {_array([_string(escape(report.evidence.clean(case.name))) for case in cases])}"
    if seen.statuses:
        yield f"status = {_array(map(str, seen.statuses))}"
    if seen.pointers:
        yield f"pointer = {_array([_string(report.evidence.clean(pointer)) for pointer in seen.pointers])}"
    yield 'reason = "TODO: why is it accepted for now?"'
    yield 'owner = "TODO: who sees to it that it is fixed?"'
    yield '# issue = "https://…"'
    yield f"expires = {report.finished.date() + timedelta(days=DAYS)}"


def _line(report: Report, text: str) -> str:
    return printable(report.evidence.clean(" ".join(text.split())))


def _string(text: str) -> str:
    """A basic string of TOML: that of JSON, but that DEL is escaped, too."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _array(values: Iterable[str]) -> str:
    first, *rest = values
    return f"[{', '.join([first, *rest])}]" if rest else first
