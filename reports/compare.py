"""`tfe-conformance compare`: the results of several runs side by side, and the requirements that got worse."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match

from conformance.masking import printable
from conformance.model import ConfigurationError, ExitCode
from conformance.user_files import decode
from reports.html import render, style
from reports.run_result import FORMAT, LEVELS, Finding, RunResult, results_schema, some
from reports.summary import cell, code
from schemas import NotJSON, parse

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

RANKS = {"conforms": 3, "waived": 2, "untested": 1, "inconclusive": 1, "violated": 0}
ABSENT = "-"
"""The verdict on a requirement that a run does not know."""
CHANGES = ("worse", "changed", "better")
"""The kinds of change, those to look at first come first."""
MAX_CASES = 6
MAX_PROBLEM = 200
"""Characters of the description of a mistake in a file."""


@dataclass(frozen=True)
class Run:
    """A results.json: the label of its column, its file name and its content."""

    label: str
    file: str
    result: RunResult

    @cached_property
    def findings(self) -> dict[str, Finding]:
        """The findings by ID."""
        return {finding.id: finding for finding in self.result.requirements}

    @property
    def about(self) -> str:
        """The target and the circumstances of the run, in a line."""
        result = self.result
        parts = [
            f"{'recording ' if result.recorded else ''}{result.target.base_url}",
            result.until,
            f"{result.exchanges} exchanges in {result.seconds} s",
            f"version {result.tool.version}",
            f"contract {result.contract.name} {result.contract.version}",
            f"seed {result.tool.seed}",
            *(["strict"] if result.tool.strict else []),
        ]
        return ", ".join(parts)


@dataclass(frozen=True)
class Row:
    """A requirement in all runs.

    Attributes:
        finding: the finding of the last run that knows it.
        verdicts: its verdicts.
        kind: the kind of change.
        reason: the cause, the cases that differ, or the reason for the last verdict.
    """

    finding: Finding
    verdicts: tuple[str, ...]
    kind: str
    reason: str

    @property
    def way(self) -> str:
        """The verdicts in their order."""
        return " -> ".join(self.verdicts)


@dataclass(frozen=True)
class Comparison:
    """Several runs, in the order in which they were given, and their requirements, in the order of the last run."""

    runs: tuple[Run, ...]
    rows: tuple[Row, ...]

    @cached_property
    def changes(self) -> dict[str, list[Row]]:
        """The requirements by kind of change, MUSTs first."""
        rows = sorted(self.rows, key=lambda row: LEVELS.index(row.finding.level))
        return {kind: [row for row in rows if row.kind == kind] for kind in CHANGES}

    @property
    def levels(self) -> tuple[str, ...]:
        """The levels that count: SHOULDs do where the first and the last run were strict."""
        return min(self.runs[0].result.levels, self.runs[-1].result.levels, key=len)

    @property
    def regressions(self) -> list[Row]:
        """The changes for the worse that count."""
        return [row for row in self.changes["worse"] if row.finding.level in self.levels]

    @property
    def headline(self) -> str:
        """The number of regressions, in a sentence."""
        count = len(self.regressions)
        s, verb = ("s", "are") if count > 1 else ("", "is")
        before = f"in {self.runs[0].label}" if len(self.runs) == 2 else "before"
        levels = " or ".join(f"{level}{s}" for level in self.levels)
        return f"{count or 'No'} {levels} {verb} worse in {self.runs[-1].label} than {before}"

    @property
    def tally(self) -> str:
        """The number of requirements by kind of change."""
        parts = [f"{len(self.changes[kind])} {kind}" for kind in CHANGES if self.changes[kind]]
        same = f"{len(self.rows) - sum(map(len, self.changes.values()))} of {len(self.rows)}"
        return ", ".join([*parts, f"{same} requirements are the same in all runs"])


def compare_files(files: Sequence[str], *, html: str | None = None, markdown: str | None = None) -> int:
    """Print the comparison, and write it as a page and as Markdown where files are named for these.

    Returns:
        0 where no MUST is worse in the last file than before, 1 where one is. SHOULDs count, too, where the first and
        the last run were strict.

    Raises:
        ConfigurationError: the files can't be compared, or one can't be written.
    """
    comparison = compare([read(file, f"#{number}") for number, file in enumerate(files, start=1)])
    if html is not None:
        _write("--html", html, as_html(comparison))
    if markdown is not None:
        _write("--markdown", markdown, printable("\n".join(as_markdown(comparison))) + "\n")
    sys.stdout.write(printable("\n".join(as_text(comparison))) + "\n")
    return ExitCode.VIOLATED if comparison.regressions else ExitCode.CONFORMANT


def compare(runs: Sequence[Run]) -> Comparison:
    """The comparison of runs.

    Raises:
        ConfigurationError: there is only one, or they have nothing in common.
    """
    if len(runs) < 2:
        raise ConfigurationError("compare: name at least two results.json")
    names = [run.result.contract.name for run in runs]
    if len(set(names)) > 1:
        contracts = ", ".join(f"{run.label} {name}" for run, name in zip(runs, names, strict=True))
        raise ConfigurationError(f"compare: the runs are of different contracts: {printable(contracts)}")
    if not set.intersection(*(set(run.findings) for run in runs)):
        raise ConfigurationError("compare: the runs have no requirement in common")
    requirements = dict.fromkeys(name for run in reversed(runs) for name in run.findings)
    return Comparison(tuple(runs), tuple(_row(runs, name) for name in requirements))


def _row(runs: Sequence[Run], requirement: str) -> Row:
    findings = [run.findings.get(requirement) for run in runs]
    last = next(finding for finding in reversed(findings) if finding is not None)
    verdicts = tuple(ABSENT if finding is None else finding.verdict for finding in findings)
    before, after = _violated_cases(findings[0]), _violated_cases(findings[-1])
    cases = {"newly violated": [name for name in after if name not in before]}
    if after:
        cases["no longer violated"] = [name for name in before if name not in after]
    differences = [f"{label}: {some(names, MAX_CASES)}" for label, names in cases.items() if names]
    leaders = [cause.requirements[0] for cause in runs[-1].result.causes if requirement in cause.blocked]
    reason = f"because of {leaders[0]}" if leaders else "; ".join(differences) or last.waiver or last.detail
    kind = kind_of(verdicts)
    return Row(last, verdicts, "changed" if kind == "same" and differences else kind, reason)


def _violated_cases(finding: Finding | None) -> list[str]:
    """The names of the violated cases of a requirement, without its ID."""
    if finding is None:
        return []
    return [case.name.removeprefix(f"{finding.id}-") for case in finding.cases if case.verdict == "violated"]


def kind_of(verdicts: Sequence[str]) -> str:
    """The kind of change; "worse" is worse than in any run before, a waiver aside."""
    first, last = verdicts[0], verdicts[-1]
    if set(verdicts) == {last}:
        return "same"
    known = [RANKS[verdict] for verdict in verdicts if verdict != ABSENT]
    if last not in (ABSENT, "waived") and RANKS[last] < max(known):
        return "worse"
    return "better" if last == "conforms" and first not in (ABSENT, last) else "changed"


def read(file: str, label: str) -> Run:
    """The results in a file, or in a report folder.

    Raises:
        ConfigurationError: the file can't be read, or is no results.json of this format.
    """
    path, name = Path(file), printable(file).replace("\n", "\\n")
    try:
        content = (path / "results.json" if path.is_dir() else path).read_bytes()
        text = decode(content)
        document = parse(text.encode())
    except OSError as error:
        raise ConfigurationError(f"{name} can't be read: {error.strerror or error}") from error
    except (NotJSON, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{name} is not JSON") from error
    number = document.get("format") if isinstance(document, dict) else None
    if isinstance(number, int) and number != FORMAT:
        other = "run that version again" if number < FORMAT else "update this tool"
        raise ConfigurationError(f"{name} has format {number}, this version reads format {FORMAT}: {other}")
    problem = best_match(Draft202012Validator(results_schema()).iter_errors(document))
    if problem is not None:
        text = printable(f"{problem.json_path}: {' '.join(problem.message.split())}")
        raise ConfigurationError(f"{name} is no results.json: {text[:MAX_PROBLEM]}")
    return Run(label, name, RunResult.from_json(text))


def as_text(comparison: Comparison) -> Iterator[str]:
    """The comparison for a terminal."""
    for run in comparison.runs:
        yield from (f"{run.label} {run.file}", f"   {run.result.headline}", f"   {run.about}")
    yield ""
    changes, previous = list(chain.from_iterable(comparison.changes.values())), ""
    width = max((len(row.finding.id) for row in changes), default=0)
    for row in changes:
        yield f"{row.kind:<8} {row.finding.level:<6} {row.finding.id:<{width}}  {row.way}"
        if row.reason not in ("", previous) and row.kind != "better":
            yield f"         {row.reason}"
        previous = row.reason
    if changes:
        yield ""
    for run in comparison.runs:
        yield from (f"{run.label:<4}{line}" for line in run.result.totals)
    yield comparison.tally
    yield comparison.headline


def as_markdown(comparison: Comparison) -> Iterator[str]:
    """The comparison in Markdown."""
    yield from (f"## {comparison.headline}", "", comparison.tally, "")
    yield from ("| run | verdict | about | file |", "| --- | --- | --- | --- |")
    for run in comparison.runs:
        yield f"| {run.label} | {cell(run.result.headline)} | {cell(run.about)} | {cell(run.file)} |"
    for kind, rows in comparison.changes.items():
        if rows:
            yield from ("", f"### {kind.capitalize()}", "")
        for row in rows:
            reason = f": {code(row.reason)}" if row.reason else ""
            yield f"- {code(row.finding.id)} ({row.finding.level}) {row.way}{reason}"
    yield from ("", f"<details><summary>All {len(comparison.rows)} requirements</summary>", "")
    yield f"| requirement | {' | '.join(run.label for run in comparison.runs)} |"
    yield f"| --- |{' --- |' * len(comparison.runs)}"
    for row in comparison.rows:
        yield f"| {cell(row.finding.id)} | {' | '.join(row.verdicts)} |"
    yield from ("", "</details>")


def as_html(comparison: Comparison) -> str:
    """The comparison as one file of HTML."""
    return printable(render("compare.html.jinja", comparison=comparison, style=style()))


def _write(option: str, file: str, text: str) -> None:
    try:
        Path(file).write_text(text, "utf-8")
    except OSError as error:
        raise ConfigurationError(f"{option}: {file} can't be written: {error.strerror or error}") from error
