"""`tfe-conformance compare`: the results of several runs side by side, and whether the last is worse than another."""

from __future__ import annotations

import sys
import textwrap
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from conformance.target import ConfigurationError
from reports.changes import Comparison
from reports.compare_page import compare_page
from reports.evidence import printable
from reports.stored import read
from reports.terminal import TITLES, some
from reports.verdicts import EXIT_CODES, LEVELS, ORDER

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from reports.stored import Results

WIDTH = 100
"""Columns of the terminal that are used; only long URLs and IDs, or more than six files, need more."""
WRAPPER = textwrap.TextWrapper(WIDTH, "   ", "   ", break_long_words=False, break_on_hyphens=False)
CASES_SHOWN = 6


def command(files: list[str], html: str | None = None) -> int:
    """Print the comparison, and write it as a page if a file is named for it.

    Returns 0 if no MUST is worse in the last file than in any before, 1 if one is, 2 if a file can't be read or
    written. SHOULDs count as well where the first and the last run were strict.
    """
    try:
        runs = [read(file, f"#{number}" if len(files) > 1 else "") for number, file in enumerate(files, start=1)]
        compared = Comparison(tuple(runs))
        if html is not None:
            _write(html, compare_page(compared))
    except ConfigurationError as error:
        sys.stderr.write(f"tfe-conformance: {error}\n")
        return EXIT_CODES["configuration"]
    lines = [line for run in runs for line in head(run)]
    lines += comparison(compared) if len(runs) > 1 else summary(runs[0])
    sys.stdout.write("\n".join(lines) + "\n")
    sys.stdout.flush()
    return int(bool(compared.regressions))


def _write(file: str, text: str) -> None:
    try:
        Path(file).write_text(text, "utf-8")
    except OSError as error:
        raise ConfigurationError(f"--html: {file} can't be written: {error.strerror or error}") from error


def head(run: Results) -> Iterator[str]:
    """What a file is about."""
    document, tool, target = run.document, run.document["tool"], run.document["target"]
    name, room = printable(run.file), WIDTH - len(run.label) - 1
    yield f"{run.label} {name if len(name) <= room else '…' + name[1 - room :]}".strip()
    yield wrapped(f"{TITLES[document['verdict']]}: {document['why']}")
    embedded = " (embedded)" if target["embedded"] else ""
    contract = f", contract {document['contract']['version']}" if "contract" in document else ""
    when = document["finished"].replace("T", " ").replace("+00:00", " UTC")
    yield wrapped(
        f"{target['base_url']}{embedded}, {when}, {document['seconds']} s, {document['exchanges']} exchanges, "
        f"version {tool['version']}{contract}, seed {tool['seed']}{', strict' if tool['strict'] else ''}"
    )


def summary(run: Results) -> Iterator[str]:
    """What a single file says: the counts, and all that does not conform."""
    yield from ("", *counts([run]))
    for verdict in ORDER[:-1]:
        for name, found in run.found.items():
            if found["verdict"] == verdict:
                yield f"{verdict:<13}{found['level']:<7}{printable(name)}"
                yield from reason(run, name)


def comparison(compared: Comparison) -> Iterator[str]:
    """The table of what differs, and what the whole comes to."""
    yield ""
    yield from table(compared)
    for name in compared.shifted:
        labels = f"{compared.runs[0].label} and {compared.runs[-1].label}"
        yield from (f"{printable(name)} is violated in {labels}, by other cases", *cases(compared, name), "")
    for run in compared.runs:
        lacking = [name for name in compared.names if name not in run.found]
        if lacking:
            yield wrapped(f"{run.label} does not know {len(lacking)} of the requirements: {some(lacking)}")
    yield from counts(compared.runs)
    yield compared.tally
    yield compared.headline


def table(compared: Comparison) -> Iterator[str]:
    """A row for each requirement that differs, with the names of cases that fail only now, or the reason."""
    runs, changes = compared.runs, compared.changes
    longest = max((len(printable(change.id)) for change in changes), default=0)
    # Verdicts are cut to what fits; four characters still tell them apart.
    width = max(4, min(12, (WIDTH - longest - 16) // len(runs) - 2))
    rows = [("", "", [run.label for run in runs], ""), *((c.id, c.level, c.verdicts, c.mark) for c in changes)]
    said: list[str] = []
    for name, level, verdicts, mark in rows if changes else []:
        columns = "".join(f"  {each if len(each) <= width else each[: width - 1] + '.':<{width}}" for each in verdicts)
        yield f"{level:<7}{printable(name):<{longest}}{columns}  {mark}".rstrip()
        if mark in ("worse", "unclear", "new"):
            because = cases(compared, name) or reason(runs[-1], name)
            yield from because if because != said else []
            said = because
    if changes:
        yield ""


def cases(compared: Comparison, name: str) -> list[str]:
    """The cases of a requirement that fail only in the first or only in the last file."""
    return [wrapped(f"{said}: {some(found, CASES_SHOWN)}") for said, found in compared.failing(name).items()]


def reason(run: Results, name: str) -> list[str]:
    """What the verdict on a requirement rests on, if it is said."""
    return [wrapped(said)] if (said := run.reason(name)) else []


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
