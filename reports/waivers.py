"""Violations that are known and accepted for now: read from a TOML file, applied, and refused once they are stale."""

from __future__ import annotations

import difflib
import tomllib
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Any

from conformance.target import ConfigurationError
from schemas import Contract, ContractError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from conformance.verdicts import Case
    from reports.verdicts import Finding

KEYS = {"id": str, "reason": str, "case": str, "expires": date}
REQUIRED = ("id", "reason")


@dataclass(frozen=True)
class Waiver:
    """One entry: `case` is a glob over the names of cases, empty for all; `expires` the last day on which it counts."""

    id: str
    reason: str
    case: str = ""
    expires: date | None = None

    def covers(self, case: Case) -> bool:
        """Whether the waiver is about this case."""
        return not self.case or fnmatchcase(case.name, self.case)

    def __str__(self) -> str:
        return f"the waiver of {self.id}" + (f" (case {self.case!r})" if self.case else "")


@dataclass(frozen=True)
class Waivers:
    """The entries of a file, as of a day."""

    entries: tuple[Waiver, ...] = ()
    today: date = date.min

    def applied(self, finding: Finding) -> Finding:
        """The finding, waived where each of its violations is covered."""
        if finding.verdict != "violated":
            return finding
        valid = [entry for entry in self._of(finding) if not self.expired(entry)]
        used = [next((entry for entry in valid if entry.covers(case)), None) for case in finding.decisive]
        named = [entry.reason for entry in used if entry is not None]
        if len(named) == len(used):
            return replace(finding, verdict="waived", waiver="; ".join(dict.fromkeys(named)))
        if named:
            tail = f"; {len(named)} of the {len(used)} violated cases are waived"
            return replace(finding, detail=finding.detail + tail)
        return finding

    def expired(self, entry: Waiver) -> bool:
        """Whether an entry counts no more."""
        return entry.expires is not None and entry.expires < self.today

    def expired_notes(self, findings: Sequence[Finding]) -> Iterator[str]:
        """A line for each expired entry."""
        for entry, finding in self._pairs(findings):
            if self.expired(entry):
                wrong = finding.verdict == "violated"
                tail = "the violation counts again" if wrong else "it is not needed either: remove it"
                yield f"{entry} expired on {entry.expires}: {tail}"

    def stale_notes(self, findings: Sequence[Finding]) -> Iterator[str]:
        """A line for each entry that nothing needs any more; only of a run that asked everything."""
        for entry, finding in self._pairs(findings):
            if self.expired(entry):
                continue
            covered = [case for case in finding.cases if entry.covers(case)]
            if not covered and finding.verdict != "untested":
                yield f"{entry} names no case of the run: correct or remove it"
            elif covered and all(case.verdict == "conforms" for case in covered):
                yield f"{entry} is stale, as what it waives conforms now: remove it"

    def _of(self, finding: Finding) -> list[Waiver]:
        return [entry for entry in self.entries if entry.id == finding.requirement.id]

    def _pairs(self, findings: Sequence[Finding]) -> Iterator[tuple[Waiver, Finding]]:
        by_id = {finding.requirement.id: finding for finding in findings}
        return ((entry, by_id[entry.id]) for entry in self.entries if entry.id in by_id)


def read(file: str | None, contract: Contract, today: date | None = None) -> Waivers:
    """The waivers in a file, none where no file is given.

    Raises:
        ConfigurationError: the file can't be read, or an entry is not what it has to be.
    """
    today = today or datetime.now(tz=UTC).date()
    if file is None:
        return Waivers((), today)
    try:
        document = tomllib.loads(Path(file).read_text("utf-8"))
    except OSError as error:
        raise ConfigurationError(f"--waivers: {file} can't be read: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"--waivers: {file} is not UTF-8") from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(f"--waivers: {file} is no TOML: {error}") from error
    tables = document.pop("waiver", [])
    if document:
        raise ConfigurationError(f"--waivers: {file}: {next(iter(document))!r} is not known; entries are [[waiver]]")
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise ConfigurationError(f"--waivers: {file}: write each entry as [[waiver]], in double brackets")
    return Waivers(
        tuple(
            _entry(f"--waivers: {file}: entry {number}", table, contract)
            for number, table in enumerate(tables, start=1)
        ),
        today,
    )


def _entry(where: str, table: dict[str, Any], contract: Contract) -> Waiver:
    for key, value in table.items():
        if key not in KEYS:
            near = difflib.get_close_matches(key, KEYS, n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"the keys are {', '.join(KEYS)}"
            raise ConfigurationError(f"{where}: the key {key!r} is not known; {hint}")
        if not isinstance(value, KEYS[key]) or isinstance(value, datetime):
            kind = "a date such as 2026-12-31, without quotes" if KEYS[key] is date else "a string"
            raise ConfigurationError(f"{where}: {key} has to be {kind}")
    for key in REQUIRED:
        if not str(table.get(key, "")).strip():
            what = "the ID of a requirement" if key == "id" else "why the violation is accepted"
            raise ConfigurationError(f"{where}: {key} is missing: say {what}")
    try:
        contract.requirement(table["id"])
    except ContractError as error:
        raise ConfigurationError(f"{where}: {error}") from error
    return Waiver(**table)
