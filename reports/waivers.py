"""Waivers: known violations that are accepted for now. One that is stale or has expired fails the run."""

from __future__ import annotations

import json
import tomllib
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from fnmatch import fnmatchcase
from glob import escape
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match

from conformance.model import ConfigurationError
from conformance.user_files import decode, user_path
from schemas import ContractError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from jsonschema.exceptions import ValidationError

    from conformance.model import Case
    from reports.run_result import RunResult
    from reports.verdicts import Assessment
    from schemas import Contract

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
        """Whether the last day of an entry is over."""
        return entry.expires is not None and entry.expires < self.today

    def apply(self, assessment: Assessment) -> Assessment:
        """The assessment, its verdict "waived" where each of its violations is accepted."""
        entries = [each for each in self.entries if each.id == assessment.requirement.id and not self.is_expired(each)]
        pairs = [(case, entry) for case in assessment.violated for entry in entries if entry.covers(case)]
        waived = {case.id: entry.reason for case, entry in reversed(pairs)}  # the first entry counts
        if not waived:
            return assessment
        if len(waived) == len(assessment.violated):
            return replace(assessment, verdict="waived", waived=waived)
        detail = f"{assessment.detail}; {len(waived)} of the {len(assessment.violated)} violated cases are waived"
        return replace(assessment, detail=detail, waived=waived)

    def problems(self, assessments: Sequence[Assessment], *, is_complete: bool) -> list[str]:
        """A line for each expired entry; of a complete run, also for each that is not needed any more."""
        by_id = {each.requirement.id: each for each in assessments if each.verdict != "untested"}
        entries = [entry for entry in self.entries if entry.id in by_id and (is_complete or self.is_expired(entry))]
        return [problem for entry in entries if (problem := self._problem(entry, by_id[entry.id]))]

    def _problem(self, entry: Waiver, assessment: Assessment) -> str:
        covered = {case.verdict for case in assessment.cases if entry.covers(case)}
        if self.is_expired(entry):
            effect = "the violation counts again" if "violated" in covered else "and it is not needed either"
            return f"{entry} expired on {entry.expires}: {effect}; renew or remove it"
        if not covered:
            return f"{entry} names no case of the run: correct or remove it"
        if covered == {"conforms"}:
            return f"{entry} is stale, because the requirement conforms now: remove it"
        return ""


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
    except ValueError as error:
        raise ConfigurationError(f"--waivers: {file} is not TOML in UTF-8: {error}") from error
    plain = json.loads(json.dumps(document, default=str))  # a date becomes a string
    validator = Draft202012Validator(waivers_schema(), format_checker=Draft202012Validator.FORMAT_CHECKER)
    mistake = best_match(validator.iter_errors(plain))
    if mistake is not None:
        raise ConfigurationError(f"--waivers: {file}: {_in_words(mistake)}")
    try:
        return Waivers(tuple(_entry(table, contract) for table in plain.get("waiver", [])), today)
    except ContractError as error:
        raise ConfigurationError(f"--waivers: {file}: {error}") from error


def waivers_schema() -> Any:
    """The JSON Schema of a file of waivers."""
    return json.loads((files(__package__) / "waivers.schema.json").read_text("utf-8"))


def _in_words(mistake: ValidationError) -> str:
    """A mistake in a file, with its place, and the description of the right value."""
    steps = [f"entry {step + 1}" if isinstance(step, int) else str(step) for step in mistake.path][1:]
    is_about_keys = mistake.validator in ("required", "additionalProperties")
    problem = mistake.message if is_about_keys else f"{json.dumps(mistake.instance)} is wrong"
    schema: Any = mistake.schema
    return ": ".join([*steps, f"{problem}. {schema['description']}"])


def _entry(table: dict[str, Any], contract: Contract) -> Waiver:
    """The entry; a ContractError names an unknown requirement."""
    cases = table.get("case", [])
    return Waiver(
        id=contract.requirement(table["id"]).id,
        reason=table["reason"].strip(),
        cases=tuple(cases) if isinstance(cases, list) else (cases,),
        expires=date.fromisoformat(table["expires"]) if "expires" in table else None,
    )


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
    lines = [HEAD.format(target=_line(result.target.base_url), day=day)]
    for finding in result.having("violated"):
        cases = dict.fromkeys(json.dumps(escape(case.name)) for case in finding.decisive)
        lines += [
            "[[waiver]]",
            f"# {finding.level}: {_line(finding.sentence)}",
            f"# Actual: {_line(finding.decisive[0].actual)}",
            f"id = {json.dumps(finding.id)}",
            f"case = [{', '.join(cases)}]",
            'reason = "TODO: why is it accepted for now?"',
            f"expires = {day + timedelta(days=DAYS)}",
            "",
        ]
    return "\n".join(lines if result.having("violated") else [*lines, "# Nothing is violated.", ""])


def _line(text: str) -> str:
    return " ".join(text.split())
