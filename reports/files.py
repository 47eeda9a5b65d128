"""The files of a report: cleared before a run, so that none is older than it; redacted and read back after it."""

from __future__ import annotations

import json
import re
from contextlib import suppress
from html import escape, unescape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from conformance.target import ConfigurationError
from reports import page
from reports.badge import badge_json, badge_svg
from reports.junit import junit
from reports.leaks import leaks
from reports.results import cleaned, results
from reports.summary import summary

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable

    from conformance.redaction import Known
    from reports.evidence import Evidence
    from reports.results import Report

HTML = "report.html"
JSON = "results.json"
JUNIT = "junit.xml"
MARKDOWN = "summary.md"
BADGE_SVG = "badge.svg"
BADGE_JSON = "badge.json"
CONTROLS = re.compile(r"[\x7f-\x9f\u2028-\u202e\u2066-\u2069]")
NAMES = (HTML, JSON, JUNIT, MARKDOWN, BADGE_SVG, BADGE_JSON)


def prepared(folder: str) -> Path:
    """The folder for the reports, made if need be, with no report of another run in it.

    Raises:
        ConfigurationError: it can't be made or written to.
    """
    path = Path(folder).expanduser().absolute()
    try:
        path.mkdir(parents=True, exist_ok=True)
        for name in NAMES:
            (path / name).unlink(missing_ok=True)
        (path / JSON).touch()
        (path / JSON).unlink()
    except OSError as error:
        raise ConfigurationError(f"--report-dir: {folder} can't be written to: {error.strerror or error}") from error
    return path


def write(report: Report, folder: Path, but: Container[str] = ()) -> None:
    """Write the reports that are ours alone, but for some; pytest-html writes its own by itself."""
    written: dict[str, Callable[[], str]] = {
        JSON: lambda: dumped(cleaned(results(report), report.evidence)),
        JUNIT: lambda: junit(report),
        BADGE_SVG: lambda: badge_svg(report),
        BADGE_JSON: lambda: dumped(badge_json(report)),
        MARKDOWN: lambda: summary(report),
    }
    for name, text in written.items():
        if name not in but:
            (folder / name).write_text(text(), "utf-8")


def complete(report: Report, folder: Path) -> None:
    """Put the page around the table that pytest-html has written; without one there is no page."""
    path = folder / HTML
    if path.exists():
        path.write_text(page.document(report, path.read_text("utf-8")), "utf-8")


def dumped(document: Any) -> str:
    """A JSON text; without indentation, which takes Python ten times as long.

    What may move a terminal's cursor is escaped, as JSON itself demands only of some of it.
    """
    text = json.dumps(document, ensure_ascii=False) + "\n"
    return CONTROLS.sub(lambda found: f"\\u{ord(found.group()):04x}", text)


def redact(folder: Path, evidence: Evidence) -> None:
    """The second line of defence: no file of the report keeps a secret. One that can't be cleaned is removed."""
    for path in present(folder):
        try:
            text = path.read_text("utf-8")
            clean = CLEANERS.get(path.suffix, _text)(text, evidence)
            if path.name == HTML:
                clean = page.sealed(clean)
            if clean != text:
                path.write_text(clean, "utf-8")
        except BaseException:
            path.unlink(missing_ok=True)
            raise


def _text(text: str, evidence: Evidence) -> str:
    return evidence.clean(text)


def _json(text: str, evidence: Evidence) -> str:
    """A JSON text of which the strings are cleaned: a number may happen to have the digits of a code."""
    found = json.loads(text)
    clean = cleaned(found, evidence)
    return text if clean == found else dumped(clean)


def _markup(text: str, evidence: Evidence) -> str:
    """A page of which the words and the values of attributes are cleaned, and not what it is built with."""

    def part(found: re.Match[str]) -> str:
        if found["words"]:
            return evidence.clean(found["words"])
        return found.group() if found["fixed"] else VALUE.sub(value, found.group())

    def value(found: re.Match[str]) -> str:
        said = found["value"]
        if found["name"] in COUNTS:
            return found.group()
        return f"{found['name']}={found['quote']}{_attribute(said, evidence)}{found['quote']}"

    return MARKUP.sub(part, text)


def _attribute(value: str, evidence: Evidence) -> str:
    """The value of an attribute, which may be data for a script."""
    if JSON_VALUE.match(value):
        with suppress(json.JSONDecodeError):
            data = unescape(value)
            clean = _json(data, evidence)
            return value if clean == data else escape(clean)
    return evidence.clean(value)


CLEANERS = {".json": _json, ".html": _markup, ".xml": _markup, ".svg": _markup}
COUNTS = ("errors", "failures", "skipped", "tests", "time", "timestamp")
"""Attributes of JUnit's XML that hold numbers, some of which may be those of a code."""
MARKUP = re.compile(
    r"(?P<fixed><(?P<tag>style|script)\b.*?</(?P=tag)\s*>|<!--.*?-->)|(?P<element><[^<>]*>)|"
    r"(?P<words>(?:[^<]|</?w?br\b[^<>]*>)+)",
    re.DOTALL,
)
VALUE = re.compile(r"(?P<name>[^\s\"'=<>]+)=(?P<quote>[\"'])(?P<value>.*?)(?P=quote)", re.DOTALL)
JSON_VALUE = re.compile(r"[\[{](?:&#34;|&quot;)")


def leaking(folder: Path, secrets: Iterable[Known], *others: Path) -> dict[str, list[str]]:
    """The third line of defence: read every file back. The labels of the secrets by the files that held any.

    Those are removed. `others` are files that a run leaves elsewhere, where they are there.

    Raises:
        OSError: one can't be read.
    """
    found = leaks(present(folder, *others), secrets)
    for path in found:
        path.unlink()
    return {path.name: labels for path, labels in found.items()}


def present(folder: Path, *others: Path) -> list[Path]:
    """The files that were written."""
    return [path for path in (*(folder / name for name in NAMES), *others) if path.is_file()]


def remove(folder: Path, *others: Path) -> None:
    """Leave none of them."""
    for path in present(folder, *others):
        path.unlink()


def missing(folder: Path) -> list[str]:
    """The names of reports that were not written."""
    return [name for name in NAMES if not (folder / name).is_file() or not (folder / name).stat().st_size]
