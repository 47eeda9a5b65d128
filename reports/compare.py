"""`tfe-conformance compare`: the results of several runs side by side, and whether the last is worse than the first."""

from __future__ import annotations

import sys
import textwrap
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from conformance.target import ConfigurationError
from reports.evidence import printable
from reports.stored import ABSENT, read
from reports.terminal import TITLES, some
from reports.verdicts import EXIT_CODES, LEVELS, ORDER

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from reports.stored import Results

WIDTH = 100
"""Columns of the terminal that are used; only long URLs and IDs, or more than six files, need more."""
WRAPPER = textwrap.TextWrapper(WIDTH, "   ", "   ", break_long_words=False, break_on_hyphens=False)
CASES_SHOWN = 6
RANKS = {"conforms": 3, "waived": 2, "untested": 1, "inconclusive": 1, "violated": 0}
MARKS = ("worse", "unclear", "new", "gone", "waived", "better", "between")
"""What a requirement may have become; what has to be looked at first comes first."""


@dataclass(frozen=True)
class Change:
    """A requirement whose verdicts are not the same in all files."""

    id: str
    level: str
    verdicts: tuple[str, ...]

    @property
    def mark(self) -> str:
        """What it became from the first to the last file.

        `unclear`: it has no verdict now, and had none better; `between`: it differs only in a file between them.
        """
        first, last = self.verdicts[0], self.verdicts[-1]
        if first == last:
            return "between"
        if ABSENT in (first, last):
            return "new" if first == ABSENT else "gone"
        if last == "waived":
            return "waived"
        if RANKS[last] < RANKS[first]:
            return "worse"
        return "better" if last == "conforms" else "unclear"

    def worse(self, levels: Sequence[str]) -> bool:
        """Whether a requirement of one of these levels became worse."""
        return self.mark == "worse" and self.level in levels


def command(files: list[str]) -> int:
    """Print the comparison; 0 if no MUST is worse in the last file than in the first, 1 if one is, 2 for a bad file.

    SHOULDs count as well where both of these runs were strict.
    """
    try:
        runs = [read(file, f"#{number}" if len(files) > 1 else "") for number, file in enumerate(files, start=1)]
    except ConfigurationError as error:
        sys.stderr.write(f"tfe-conformance: {error}\n")
        return EXIT_CODES["configuration"]
    changes = changes_of(runs)
    lines = [line for run in runs for line in head(run)]
    lines += comparison(runs, changes) if len(runs) > 1 else summary(runs[0])
    sys.stdout.write("\n".join(lines) + "\n")
    sys.stdout.flush()
    return int(any(change.worse(gating(runs)) for change in changes))


def changes_of(runs: Sequence[Results]) -> list[Change]:
    """The requirements whose verdicts differ, those first that have to be looked at."""
    found = [
        Change(name, next(run.found[name]["level"] for run in runs if name in run.found), tuple(verdicts))
        for name in names(runs)
        if len(set(verdicts := [run.verdict(name) for run in runs])) > 1
    ]
    return sorted(found, key=lambda change: (MARKS.index(change.mark), LEVELS.index(change.level)))


def names(runs: Sequence[Results]) -> list[str]:
    """All requirements that any file knows, in the order of the last."""
    return list(dict.fromkeys(name for run in reversed(runs) for name in run.found))


def gating(runs: Sequence[Results]) -> tuple[str, ...]:
    """The levels that decide on the exit code."""
    return LEVELS[: 2 if runs[0].document["tool"]["strict"] and runs[-1].document["tool"]["strict"] else 1]


def head(run: Results) -> Iterator[str]:
    """What a file is about."""
    document, tool, target = run.document, run.document["tool"], run.document["target"]
    name, room = printable(run.file), WIDTH - len(run.label) - 1
    yield f"{run.label} {name if len(name) <= room else '…' + name[1 - room :]}".strip()
    yield wrapped(f"{TITLES[document['verdict']]}: {document['why']}")
    embedded = " (embedded)" if target["embedded"] else ""
    when = document["finished"].replace("T", " ").replace("+00:00", " UTC")
    yield wrapped(
        f"{target['base_url']}{embedded}, {when}, {document['seconds']} s, {document['exchanges']} exchanges, "
        f"version {tool['version']}, seed {tool['seed']}{', strict' if tool['strict'] else ''}"
    )


def summary(run: Results) -> Iterator[str]:
    """What a single file says: the counts, and all that does not conform."""
    yield from ("", *counts([run]))
    for verdict in ORDER[:-1]:
        for name, found in run.found.items():
            if found["verdict"] == verdict:
                yield f"{verdict:<13}{found['level']:<7}{printable(name)}"
                yield from reason(run, name)


def comparison(runs: Sequence[Results], changes: Sequence[Change]) -> Iterator[str]:
    """The table of what differs, and what the whole comes to."""
    first, last, known = runs[0], runs[-1], names(runs)
    yield ""
    yield from table(runs, changes)
    for name in known:
        if first.verdict(name) == last.verdict(name) == "violated" and (changed := cases(first, last, name)):
            yield from (
                f"{printable(name)} is violated in {first.label} and {last.label}, by other cases",
                *changed,
                "",
            )
    for run in runs:
        lacking = [name for name in known if name not in run.found]
        if lacking:
            yield wrapped(f"{run.label} does not know {len(lacking)} of the requirements: {some(lacking)}")
    yield from counts(runs)
    tally = Counter(change.mark for change in changes)
    same = f"{len(known) - len(changes)} of {len(known)} requirements have the same verdict everywhere"
    yield ", ".join([*(f"{tally[mark]} {mark}" for mark in MARKS if tally[mark]), same])
    count = sum(change.worse(gating(runs)) for change in changes)
    s, verb = ("s", "are") if count > 1 else ("", "is")
    levels = " or ".join(f"{level}{s}" for level in gating(runs))
    yield f"{count or 'No'} {levels} {verb} worse in {last.label} than in {first.label}"


def table(runs: Sequence[Results], changes: Sequence[Change]) -> Iterator[str]:
    """A row for each requirement that differs, with the names of cases that fail only now, or the reason."""
    longest = max((len(printable(change.id)) for change in changes), default=0)
    # Verdicts are cut to what fits; four characters still tell them apart.
    width = max(4, min(12, (WIDTH - longest - 16) // len(runs) - 2))
    rows = [("", "", [run.label for run in runs], ""), *((c.id, c.level, c.verdicts, c.mark) for c in changes)]
    said: list[str] = []
    for name, level, verdicts, mark in rows if changes else []:
        columns = "".join(f"  {each if len(each) <= width else each[: width - 1] + '.':<{width}}" for each in verdicts)
        yield f"{level:<7}{printable(name):<{longest}}{columns}  {mark}".rstrip()
        if mark in ("worse", "unclear", "new"):
            because = cases(runs[0], runs[-1], name) or reason(runs[-1], name)
            yield from because if because != said else []
            said = because
    if changes:
        yield ""


def cases(first: Results, last: Results, name: str) -> list[str]:
    """The cases of a requirement that fail only in one of two files, if the last says that it is violated."""
    before, after = first.failing(name), last.failing(name)
    fail = {
        "newly failing": [case for case in after if case not in before],
        "no longer failing": [case for case in before if case not in after],
    }
    violated = last.verdict(name) == "violated"
    return [wrapped(f"{said}: {some(found, CASES_SHOWN)}") for said, found in fail.items() if found and violated]


def reason(run: Results, name: str) -> list[str]:
    """What the verdict on a requirement rests on, if it is said."""
    found = run.found[name]
    said = found.get("waiver") or found["detail"]
    return [wrapped(said)] if said else []


def counts(runs: Sequence[Results]) -> Iterator[str]:
    """A line for each level and file."""
    for level in LEVELS:
        for run in runs:
            count = Counter(found["verdict"] for found in run.found.values() if found["level"] == level)
            if count:
                parts = ", ".join(f"{count[verdict]} {verdict}" for verdict in ORDER if count[verdict])
                yield f"{level:<7}{run.label:<4}{count.total():>3}: {parts}"


def wrapped(text: str) -> str:
    """Text that does nothing to a terminal, indented, in lines that are not too long."""
    return WRAPPER.fill(printable(" ".join(text.split())))
