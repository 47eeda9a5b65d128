"""Violations that are known and accepted for now: applied to what they name, and refused once they are not needed."""

from __future__ import annotations

import difflib
import json
import tomllib
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from fnmatch import fnmatchcase
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jsonschema import Draft202012Validator

from conformance.target import ConfigurationError
from reports.observed import observed
from schemas import ContractError, shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from jsonschema.exceptions import ValidationError

    from conformance.verdicts import Case
    from reports.observed import Observed
    from reports.verdicts import Finding
    from schemas import Contract


@dataclass(frozen=True)
class Waiver:
    """One entry.

    `cases` are globs over the names of cases, none for all of them; `statuses` and `pointers` are what was observed,
    none where anything is accepted; `expires` is the last day on which it counts.
    """

    id: str
    reason: str
    owner: str = ""
    issue: str = ""
    expires: date | None = None
    cases: tuple[str, ...] = ()
    statuses: tuple[int, ...] = ()
    pointers: tuple[str, ...] = ()

    def covers(self, case: Case) -> bool:
        """Whether the waiver is about this case."""
        return not self.cases or any(fnmatchcase(case.name, glob) for glob in self.cases)

    def otherwise(self, found: Observed) -> str:
        """What is observed now that the waiver does not know of, or an empty string."""
        statuses = [str(status) for status in found.statuses if self.statuses and status not in self.statuses]
        if statuses or (self.statuses and not found.statuses):
            return f"it is about status {_listed(map(str, self.statuses))}, and now it is {_listed(statuses) or 'none'}"
        pointers = [_place(pointer) for pointer in found.pointers if self.pointers and pointer not in self.pointers]
        if pointers or (self.pointers and not found.pointers):
            where = _listed(pointers) or "not in the body"
            return f"it is about {_listed(map(_place, self.pointers))}, and now what is wrong is {where}"
        return ""

    @property
    def said(self) -> str:
        """The reason, with who sees to it and where it is followed up."""
        beside = ", ".join(part for part in (self.owner, self.issue) if part)
        return f"{self.reason} ({beside})" if beside else self.reason

    def __str__(self) -> str:
        more = f" and {len(self.cases) - 1} more" if len(self.cases) > 1 else ""
        return f"the waiver of {self.id}" + (f" (case {self.cases[0]!r}{more})" if self.cases else "")


@dataclass(frozen=True)
class Waivers:
    """The entries of a file, as of a day."""

    entries: tuple[Waiver, ...] = ()
    today: date = date.min

    def applied(self, finding: Finding, contract: Contract) -> Finding:
        """The finding, waived where each of its violations is accepted."""
        entries = [entry for entry in self._of(finding) if not self.expired(entry)]
        if finding.verdict != "violated" or not entries:
            return finding
        accepted, others = [], []
        for case in finding.decisive:
            found = observed(contract, finding.requirement.id, case)
            covering = [entry for entry in entries if entry.covers(case)]
            accepting = next((entry for entry in covering if not entry.otherwise(found)), None)
            if accepting:
                accepted.append((case, accepting.said))
            else:
                others += [f"{entry} does not accept it: {entry.otherwise(found)}" for entry in covering]
        if len(accepted) == len(finding.decisive):
            reasons = dict.fromkeys(said for _, said in accepted)
            return replace(finding, verdict="waived", waiver="; ".join(reasons), accepted=tuple(accepted))
        some = [f"{len(accepted)} of the {len(finding.decisive)} violated cases are waived"] if accepted else []
        detail = "; ".join([finding.detail, *some, *dict.fromkeys(others)])
        return replace(finding, detail=detail, accepted=tuple(accepted))

    def expired(self, entry: Waiver) -> bool:
        """Whether an entry counts no more."""
        return entry.expires is not None and entry.expires < self.today

    def expired_notes(self, findings: Sequence[Finding]) -> Iterator[str]:
        """A line for each expired entry whose requirement was asked."""
        for entry, finding in self._pairs(findings):
            if self.expired(entry) and finding.verdict != "untested":
                wrong = any(case.verdict == "violated" for case in finding.cases if entry.covers(case))
                tail = "the violation counts again" if wrong else "it is not needed either"
                yield f"{entry} expired on {entry.expires}: {tail}; renew or remove it"

    def stale_notes(self, findings: Sequence[Finding], contract: Contract) -> Iterator[str]:
        """A line for each entry that nothing needs any more; only of a run that asked everything."""
        for entry, finding in self._pairs(findings):
            covered = [case for case in finding.cases if entry.covers(case)]
            if self.expired(entry) or any(case.verdict in ("inconclusive", "untested") for case in covered):
                continue
            violated = [case for case in covered if case.verdict == "violated"]
            others = [entry.otherwise(observed(contract, entry.id, case)) for case in violated]
            if not covered and finding.verdict != "untested":
                yield f"{entry} names no case of the run: correct or remove it"
            elif covered and not violated:
                yield f"{entry} is stale, as what it waives conforms now: remove it"
            elif violated and all(others):
                yield f"{entry} is stale: {others[0]}; correct or remove it"

    def broad_notes(self, findings: Sequence[Finding]) -> Iterator[str]:
        """A line on the entries that would also accept other failures than those that they accept now."""
        broad = [
            entry.id
            for entry, finding in self._pairs(findings)
            if finding.accepted and not (entry.statuses or entry.pointers or self.expired(entry))
        ]
        if broad:
            names = _listed(dict.fromkeys(broad))
            yield f"what was observed is not said by the waiver of {names}: it accepts any failure; see --write-waivers"

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
    plain = json.loads(json.dumps(document, default=str))  # a date as the string that stands for it
    problems = sorted(_validator().iter_errors(plain), key=lambda error: list(map(str, error.path)))
    if problems:
        raise ConfigurationError(f"--waivers: {file}: {_said(problems[0], plain)}")
    return Waivers(tuple(_entries(f"--waivers: {file}", plain.get("waiver", []), contract)), today)


def schema() -> Any:
    """The JSON Schema of a file of waivers."""
    return json.loads((files(__package__) / "waivers.schema.json").read_text("utf-8"))


def _validator() -> Draft202012Validator:
    return Draft202012Validator(schema(), format_checker=Draft202012Validator.FORMAT_CHECKER)


def _entries(where: str, tables: list[dict[str, Any]], contract: Contract) -> Iterator[Waiver]:
    for number, table in enumerate(tables, start=1):
        try:
            contract.requirement(table["id"])
        except ContractError as error:
            raise ConfigurationError(f"{where}: entry {number}: {error}") from error
        yield Waiver(
            table["id"],
            table["reason"].strip(),
            table.get("owner", "").strip(),
            table.get("issue", ""),
            date.fromisoformat(table["expires"]) if "expires" in table else None,
            *(_several(table.get(key, [])) for key in ("case", "status", "pointer")),
        )


def _said(error: ValidationError, document: dict[str, Any]) -> str:
    """What is wrong with the document, and what to write instead, in a line."""
    form = "write each entry as [[waiver]], in double brackets"
    if len(error.path) < 2:
        return form if error.path else f"{next(iter(document.keys() - {'waiver'}))!r} is not known; {form}"
    _, number, *steps = error.path
    entry = document["waiver"][number]
    if not isinstance(entry, dict):
        return form
    known = schema()["$defs"]["waiver"]
    keys = known["properties"]
    where = f"entry {int(number) + 1}" + (f" ({shown(entry['id'])})" if "id" in entry else "")
    if error.validator == "additionalProperties":
        unknown = next(key for key in entry if key not in keys)
        near = difflib.get_close_matches(unknown, keys, n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"the keys are {', '.join(keys)}"
        return f"{where}: the key {unknown!r} is not known; {hint}"
    key = str(steps[0]) if steps else next(key for key in known["required"] if key not in entry)
    problem = f"can't be {shown(entry[key])}" if steps else "is missing"
    description = keys[key]["description"]
    return f"{where}: {key} {problem}; it is {description[0].lower()}{description[1:].rstrip('.')}"


def _several(value: Any) -> tuple[Any, ...]:
    return tuple(value) if isinstance(value, list) else (value,)


def _place(pointer: str) -> str:
    return pointer or "the whole body"


def _listed(words: Iterable[str]) -> str:
    *most, last = list(words) or [""]
    return f"{', '.join(most)} and {last}" if most else last
