"""The results.json of former runs, read and checked."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match

from conformance.target import ConfigurationError
from conformance.tool import tool_version
from reports.evidence import printable
from reports.files import JSON
from reports.results import FORMAT, schema
from schemas import NotJSON, parse

LONGEST_PROBLEM = 200
"""Characters: what is wrong is to be said in a line."""
ABSENT = "-"
"""Stands for the verdict where a file does not know a requirement."""


@dataclass(frozen=True)
class Results:
    """A results.json that was read; `label` stands for it where its name would be too long."""

    label: str
    file: str
    document: dict[str, Any]

    @cached_property
    def found(self) -> dict[str, dict[str, Any]]:
        """What was found, by the IDs of the requirements."""
        return {each["id"]: each for each in self.document["requirements"]}

    def verdict(self, name: str) -> str:
        """The verdict on a requirement."""
        return str(self.found[name]["verdict"]) if name in self.found else ABSENT

    def reason(self, name: str) -> str:
        """What the verdict on a requirement rests on, if it is said."""
        return str(self.found[name].get("waiver") or self.found[name]["detail"]) if name in self.found else ""

    def failing(self, name: str) -> list[str]:
        """The names of the violated cases of a requirement, without its ID."""
        cases = self.found[name]["cases"] if name in self.found else []
        return [case["name"].removeprefix(f"{name}-") for case in cases if case["verdict"] == "violated"]


def read(file: str, label: str) -> Results:
    """The results in a file, or in the folder of a report; those of older and, within a format, newer versions too.

    Raises:
        ConfigurationError: the file can't be read, or holds no results of a format that this version knows.
    """
    path, name = Path(file), printable(file).replace("\n", "\\n")
    try:
        document = parse((path / JSON if path.is_dir() else path).read_bytes())
    except OSError as error:
        raise ConfigurationError(f"{name} can't be read: {error.strerror or error}") from error
    except NotJSON as error:
        raise ConfigurationError(f"{name} is no JSON") from error
    found = document.get("format", FORMAT) if isinstance(document, dict) else FORMAT
    if isinstance(found, int) and found > FORMAT:
        known = f"version {tool_version()} of this suite knows formats up to {FORMAT}"
        raise ConfigurationError(f"{name} is of format {found}; {known}: compare it with the version that made it")
    problem = best_match(Draft202012Validator(_open(schema())).iter_errors(document))
    if problem is not None:
        tool = document.get("tool") if isinstance(document, dict) else None
        made_by = tool.get("version") if isinstance(tool, dict) else None
        other = f" (of version {made_by}; this is {tool_version()})" if made_by not in (None, tool_version()) else ""
        said = printable(f"{other}: {problem.json_path}: {' '.join(problem.message.split())}")
        raise ConfigurationError(f"{name} holds no results of this form{said[:LONGEST_PROBLEM]}")
    return Results(label, file, document)


def _open(node: Any) -> Any:
    """The schema without its bans on further members, which newer versions may have added."""
    if isinstance(node, dict):
        return {key: _open(value) for key, value in node.items() if key != "additionalProperties"}
    return [_open(item) for item in node] if isinstance(node, list) else node
