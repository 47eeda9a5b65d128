"""Waivers: known violations that are accepted for now. One that is stale or has expired fails the run."""

from __future__ import annotations

import difflib
import json
import tomllib
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from fnmatch import fnmatchcase
from functools import cache
from glob import escape
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from jsonschema import Draft202012Validator

from conformance.model import ConfigurationError
from conformance.user_files import decode, user_path
from schemas import ContractError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from jsonschema.exceptions import ValidationError

    from conformance.model import Case
    from reports.run_result import Finding, RunResult
    from reports.verdicts import Assessment
    from schemas import Contract

FORM = "write each entry under [[waiver]], in double brackets"
DAYS = 90
"""The days until an entry of the template expires."""
HEAD = """\
# Violations of {target}, found on {day}. Pass this file to --waivers to accept them for now.
# Remove the entries that you fix, and fill in each TODO: the file is refused until then.
"""


@dataclass(frozen=True)
class Waiver:
    """An entry.

    Attributes:
        id: the ID of the requirement.
        reason: why its violation is accepted.
        cases: globs for the names of cases; empty for all cases.
        expires: the last day on which the waiver counts.
    """

    id: str
    reason: str
    cases: tuple[str, ...] = ()
    expires: date | None = None

    def covers(self, case: Case) -> bool:
        """Whether the waiver concerns this case of its requirement."""
        return not self.cases or any(fnmatchcase(case.name, glob) for glob in self.cases)

    def __str__(self) -> str:
        more = f" and {len(self.cases) - 1} more" if len(self.cases) > 1 else ""
        return f"the waiver of {self.id}" + (f" (case {self.cases[0]!r}{more})" if self.cases else "")


@dataclass(frozen=True)
class Waivers:
    """The entries of a file, on a day."""

    entries: tuple[Waiver, ...] = ()
    today: date = date.min

    def is_expired(self, entry: Waiver) -> bool:
        """Whether an entry no longer counts."""
        return entry.expires is not None and entry.expires < self.today

    def apply(self, assessment: Assessment) -> Assessment:
        """The assessment, its verdict "waived" where each of its violations is accepted."""
        entries = [each for each in self.entries if each.id == assessment.requirement.id and not self.is_expired(each)]
        waived = {
            case.id: next(entry.reason for entry in entries if entry.covers(case))
            for case in assessment.violated
            if any(entry.covers(case) for entry in entries)
        }
        if not waived:
            return assessment
        if len(waived) == len(assessment.violated):
            return replace(assessment, verdict="waived", waived=waived)
        detail = f"{assessment.detail}; {len(waived)} of the {len(assessment.violated)} violated cases are waived"
        return replace(assessment, detail=detail, waived=waived)

    def problems(self, assessments: Sequence[Assessment], *, is_complete: bool) -> list[str]:
        """A line for each expired entry; of a complete run, also for each that is not needed any more."""
        by_id = {assessment.requirement.id: assessment for assessment in assessments}
        pairs = [(entry, by_id[entry.id]) for entry in self.entries if entry.id in by_id]
        expired = [_expired(entry, assessment) for entry, assessment in pairs if self.is_expired(entry)]
        current = [pair for pair in pairs if is_complete and not self.is_expired(pair[0])]
        stale = [_stale(entry, assessment) for entry, assessment in current]
        return [line for line in (*expired, *stale) if line]


def _expired(entry: Waiver, assessment: Assessment) -> str:
    if assessment.verdict == "untested":
        return ""
    needed = any(entry.covers(case) for case in assessment.violated)
    effect = "the violation counts again" if needed else "and it is not needed either"
    return f"{entry} expired on {entry.expires}: {effect}; renew or remove it"


def _stale(entry: Waiver, assessment: Assessment) -> str:
    covered = {case.verdict for case in assessment.cases if entry.covers(case)}
    if not covered and assessment.verdict != "untested":
        return f"{entry} names no case of the run: correct or remove it"
    if covered == {"conforms"}:
        return f"{entry} is stale, because the requirement conforms now: remove it"
    return ""


# -- reading -----------------------------------------------------------------------------------------------------------


def read_waivers(file: str | None, contract: Contract, today: date | None = None) -> Waivers:
    """The waivers in a file; none without a file.

    Raises:
        ConfigurationError: the file can't be read, or an entry is invalid.
    """
    today = today or datetime.now(tz=UTC).date()
    if file is None:
        return Waivers((), today)
    try:
        document = tomllib.loads(decode(user_path(file, "--waivers").read_bytes()))
    except OSError as error:
        raise ConfigurationError(f"--waivers: {file} can't be read: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"--waivers: {file} is not UTF-8") from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(f"--waivers: {file} is not TOML: {error}") from error
    plain = json.loads(json.dumps(document, default=str))
    validator = Draft202012Validator(waivers_schema(), format_checker=Draft202012Validator.FORMAT_CHECKER)
    problems = sorted(validator.iter_errors(plain), key=lambda error: list(map(str, error.path)))
    if problems:
        raise ConfigurationError(f"--waivers: {file}: {_problem(problems[0], plain)}")
    return Waivers(tuple(_entries(f"--waivers: {file}", plain.get("waiver", []), contract)), today)


@cache
def waivers_schema() -> Any:
    """The JSON Schema of a file of waivers."""
    return json.loads((files(__package__) / "waivers.schema.json").read_text("utf-8"))


def _entries(where: str, tables: list[dict[str, Any]], contract: Contract) -> Iterator[Waiver]:
    for number, table in enumerate(tables, start=1):
        try:
            contract.requirement(table["id"])
        except ContractError as error:
            raise ConfigurationError(f"{where}: entry {number}: {error}") from error
        cases = table.get("case", [])
        yield Waiver(
            id=table["id"],
            reason=table["reason"].strip(),
            cases=tuple(cases) if isinstance(cases, list) else (cases,),
            expires=date.fromisoformat(table["expires"]) if "expires" in table else None,
        )


def _problem(error: ValidationError, document: dict[str, Any]) -> str:
    """The first mistake in a file, and what to write instead, in a line."""
    if len(error.path) < 2:
        unknown = "" if error.path else f"{next(iter(document.keys() - {'waiver'}))!r} is not known; "
        return unknown + FORM
    _, number, *steps = error.path
    entry, schema = document["waiver"][number], waivers_schema()["$defs"]["waiver"]
    if not isinstance(entry, dict):
        return FORM
    keys = schema["properties"]
    where = f"entry {int(number) + 1}" + (f" ({entry['id']!r})" if "id" in entry else "")
    if error.validator == "additionalProperties":
        unknown = next(key for key in entry if key not in keys)
        near = difflib.get_close_matches(unknown, keys, n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"the keys are {', '.join(keys)}"
        return f"{where}: the key {unknown!r} is not known; {hint}"
    key = str(steps[0]) if steps else next(key for key in schema["required"] if key not in entry)
    problem = f"can't be {json.dumps(entry[key])}" if steps else "is missing"
    description = keys[key]["description"]
    return f"{where}: {key} {problem}; it is {description[0].lower()}{description[1:].rstrip('.')}"


# -- writing -----------------------------------------------------------------------------------------------------------


def check_template(file: str | None) -> Path | None:
    """The path of the template; a file of a person is not overwritten.

    Raises:
        ConfigurationError: the file exists, or its folder does not.
    """
    if file is None:
        return None
    path = user_path(file, "--write-waivers")
    if path.exists():
        raise ConfigurationError(f"--write-waivers: {file} exists already: name another file, or remove it")
    if not path.parent.is_dir():
        raise ConfigurationError(f"--write-waivers: the folder of {file} does not exist")
    return path


def waivers_template(result: RunResult) -> str:
    """A file for --waivers with an entry for each violated requirement, which a person has to complete."""
    day = datetime.fromisoformat(result.finished).date()
    entries = ["\n".join(_entry(finding, day)) + "\n" for finding in result.having("violated")]
    head = HEAD.format(target=_line(result.target.base_url), day=day)
    return "\n".join([head, *(entries or ["# Nothing is violated.\n"])])


def _entry(finding: Finding, day: date) -> Iterator[str]:
    yield "[[waiver]]"
    yield f"# {finding.level}: {_line(finding.sentence)}"
    yield f"# Actual: {_line(finding.decisive[0].actual)}"
    yield f"id = {json.dumps(finding.id)}"
    yield f"case = [{', '.join(dict.fromkeys(json.dumps(escape(case.name)) for case in finding.decisive))}]"
    yield 'reason = "TODO: why is it accepted for now?"'
    yield f"expires = {day + timedelta(days=DAYS)}"


def _line(text: str) -> str:
    return " ".join(text.split())
