"""`tfe-conformance compare`: the results of several runs side by side, and the requirements that got worse."""

from __future__ import annotations

import sys
from collections import Counter
from dataclasses import dataclass
from functools import cached_property
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
CHANGES = {
    "worse": "Worse",
    "unclear": "No verdict any more",
    "new": "New requirements",
    "gone": "Requirements that are gone",
    "waived": "Waived now",
    "better": "Better",
    "between": "Different in between",
    "shifted": "Violated by other cases",
}
"""The kinds of change, with a heading; those to look at first come first."""
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

    def verdict(self, requirement: str) -> str:
        """The verdict on a requirement."""
        return self.findings[requirement].verdict if requirement in self.findings else ABSENT

    def violated_cases(self, requirement: str) -> list[str]:
        """The names of the violated cases of a requirement, without its ID."""
        cases = self.findings[requirement].cases if requirement in self.findings else ()
        return [case.name.removeprefix(f"{requirement}-") for case in cases if case.verdict == "violated"]

    @property
    def about(self) -> str:
        """The target and the circumstances of the run, in a line."""
        result = self.result
        parts = [
            f"{'recording ' if result.recorded else ''}{result.target.base_url}",
            result.finished.replace("T", " ").replace("+00:00", " UTC"),
            f"{result.exchanges} exchanges in {result.seconds} s",
            f"version {result.tool.version}",
            f"contract {result.contract.name} {result.contract.version}",
            f"seed {result.tool.seed}",
            *(["strict"] if result.tool.strict else []),
        ]
        return ", ".join(parts)


@dataclass(frozen=True)
class Change:
    """A requirement whose verdicts differ.

    Attributes:
        finding: the finding of the last run that knows the requirement.
        verdicts: the verdicts of all runs.
        blocked_by: the requirement whose violation keeps the last run from a verdict, or empty.
        fixed: cases that are violated in the first run and not in the last.
        broken: cases that are violated in the last run and not in the first.
    """

    finding: Finding
    verdicts: tuple[str, ...]
    blocked_by: str = ""
    fixed: tuple[str, ...] = ()
    broken: tuple[str, ...] = ()

    @property
    def kind(self) -> str:
        """The kind of change; "worse" is worse than in any run before, a waiver aside."""
        *before, last = self.verdicts
        if set(before) == {last}:
            return "shifted"
        known = [RANKS[verdict] for verdict in before if verdict != ABSENT]
        if last == ABSENT:
            return "gone"
        if known and last != "waived" and RANKS[last] < max(known):
            return "worse"
        if self.verdicts[0] == ABSENT:
            return "new"
        if last == self.verdicts[0]:
            return "between"
        return {"conforms": "better", "waived": "waived"}.get(last, "unclear")

    @property
    def way(self) -> str:
        """The verdicts in their order."""
        return " -> ".join(self.verdicts)

    @property
    def reason(self) -> str:
        """The cases that fail now, or else the reason for the last verdict."""
        if self.blocked_by:
            return f"because of {self.blocked_by}"
        cases = {"newly violated": self.broken, "no longer violated": self.fixed}
        lists = [f"{label}: {some(names, MAX_CASES)}" for label, names in cases.items() if names]
        return "; ".join(lists) or self.finding.waiver or self.finding.detail


@dataclass(frozen=True)
class Comparison:
    """Several runs, in the order in which they were given."""

    runs: tuple[Run, ...]

    @cached_property
    def names(self) -> list[str]:
        """The IDs of all requirements, in the order of the last run."""
        return list(dict.fromkeys(name for run in reversed(self.runs) for name in run.findings))

    def finding(self, requirement: str) -> Finding:
        """The finding of the last run that knows a requirement."""
        return next(run.findings[requirement] for run in reversed(self.runs) if requirement in run.findings)

    def change_of(self, requirement: str) -> Change | None:
        """The change of a requirement, if any."""
        return next((change for change in self.changes if change.finding.id == requirement), None)

    @cached_property
    def changes(self) -> list[Change]:
        """The requirements whose verdicts differ, or that are violated by other cases; first those to look at first."""
        first, last = self.runs[0], self.runs[-1]
        blocked_by = {name: cause.requirements[0] for cause in last.result.causes for name in cause.blocked}
        changes = []
        for name in self.names:
            before, after = first.violated_cases(name), last.violated_cases(name)
            fixed = tuple(case for case in before if case not in after) if after else ()
            broken = tuple(case for case in after if case not in before)
            verdicts = tuple(run.verdict(name) for run in self.runs)
            if len(set(verdicts)) > 1 or (before and (fixed or broken)):
                changes.append(Change(self.finding(name), verdicts, blocked_by.get(name, ""), fixed, broken))
        kinds = list(CHANGES)
        return sorted(
            changes,
            key=lambda change: (
                kinds.index(change.kind),
                LEVELS.index(change.finding.level),
                RANKS.get(change.verdicts[-1], -1),
            ),
        )

    @property
    def levels(self) -> tuple[str, ...]:
        """The levels that count: SHOULDs do where the first and the last run were strict."""
        return min(self.runs[0].result.levels, self.runs[-1].result.levels, key=len)

    @property
    def regressions(self) -> list[Change]:
        """The changes for the worse that count."""
        return [change for change in self.changes if change.kind == "worse" and change.finding.level in self.levels]

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
        """The number of changes by kind, and of requirements without one."""
        count = Counter(change.kind for change in self.changes)
        same = f"{len(self.names) - len(self.changes)} of {len(self.names)} requirements are the same in all runs"
        return ", ".join([*(f"{count[kind]} {kind}" for kind in CHANGES if count[kind]), same])


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
    return Comparison(tuple(runs))


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


# -- writing -----------------------------------------------------------------------------------------------------------


def as_text(comparison: Comparison) -> Iterator[str]:
    """The comparison for a terminal."""
    for run in comparison.runs:
        yield f"{run.label} {run.file}"
        yield f"   {run.result.headline}"
        yield f"   {run.about}"
    yield ""
    previous, width = "", max((len(change.finding.id) for change in comparison.changes), default=0)
    for change in comparison.changes:
        yield f"{change.kind:<8} {change.finding.level:<6} {change.finding.id:<{width}}  {change.way}"
        if change.reason not in ("", previous) and change.kind in ("worse", "unclear", "new", "shifted"):
            yield f"         {change.reason}"
        previous = change.reason
    if comparison.changes:
        yield ""
    for level in LEVELS:
        for run in comparison.runs:
            counts = run.result.counts[level]
            parts = ", ".join(f"{number} {verdict}" for verdict, number in counts.items() if number)
            yield f"{level:<7}{run.label:<4}{sum(counts.values()):>3}: {parts}"
    yield comparison.tally
    yield comparison.headline


def as_markdown(comparison: Comparison) -> Iterator[str]:
    """The comparison in Markdown."""
    yield from (f"## {comparison.headline}", "", comparison.tally, "")
    yield from ("| run | verdict | about | file |", "| --- | --- | --- | --- |")
    for run in comparison.runs:
        yield f"| {run.label} | {cell(run.result.headline)} | {cell(run.about)} | {cell(run.file)} |"
    for kind, heading in CHANGES.items():
        changes = [change for change in comparison.changes if change.kind == kind]
        if changes:
            yield from ("", f"### {heading}", "")
        for change in changes:
            reason = f": {code(change.reason)}" if change.reason else ""
            yield f"- {code(change.finding.id)} ({change.finding.level}) {change.way}{reason}"
    yield from ("", f"<details><summary>All {len(comparison.names)} requirements</summary>", "")
    yield f"| requirement | {' | '.join(run.label for run in comparison.runs)} |"
    yield f"| --- |{' --- |' * len(comparison.runs)}"
    for name in comparison.names:
        yield f"| {cell(name)} | {' | '.join(run.verdict(name) for run in comparison.runs)} |"
    yield from ("", "</details>")


def as_html(comparison: Comparison) -> str:
    """The comparison as one file of HTML."""
    return printable(render("compare.html.jinja", comparison=comparison, kinds=CHANGES, absent=ABSENT, style=style()))


def _write(option: str, file: str, text: str) -> None:
    try:
        Path(file).write_text(text, "utf-8")
    except OSError as error:
        raise ConfigurationError(f"{option}: {file} can't be written: {error.strerror or error}") from error
