"""The files of a report: each is written under a temporary name and renamed, and none may hold the token."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from conformance.model import ConfigurationError
from conformance.user_files import user_path
from conformance.version import TOOL
from reports.har import check_har, har
from reports.junit import junit
from reports.summary import badge, summary
from reports.waivers import check_template, waivers_template

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from conformance.run_record import RunRecord
    from conformance.settings import Settings
    from reports.run_result import RunResult

REPORT = "report.html"
NAMES = (REPORT, "results.json", "junit.xml", "summary.md", "badge.json")


@dataclass(frozen=True)
class Output:
    """The places that the files of a run go to."""

    folder: Path
    template: Path | None = None
    har: Path | None = None

    @property
    def draft(self) -> Path:
        """The temporary name under which pytest-html writes its page."""
        return self.folder / f".{REPORT}.tmp"


@dataclass(frozen=True)
class Report:
    """The result of a run, and the content of its files."""

    result: RunResult
    contents: Mapping[Path, str]


def prepare(settings: Settings) -> Output:
    """The places for the files; the report folder is made where it does not exist.

    Raises:
        ConfigurationError: one can't be written to.
    """
    folder = user_path(settings.report_dir, "--report-dir")
    output = Output(folder, check_template(settings.write_waivers), check_har(settings.har))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        output.draft.touch()
        output.draft.unlink()
    except OSError as error:
        raise ConfigurationError(
            f"--report-dir: {settings.report_dir} can't be written to: {error.strerror or error}"
        ) from error
    return output


def publish(result: RunResult, page: str | None, record: RunRecord, output: Output, problems: list[str]) -> Report:
    """Write the files, and remove those of a former run: the report as it was written.

    Where a file is not complete, the others say so, and the page, which would tell another verdict, is left out.

    Args:
        result: the result.
        page: the page of pytest-html, or `None`.
        record: the record that the result was made of.
        output: the places for the files.
        problems: the problems so far, to which a line for each file that can't be written is added.
    """
    contents = _contents(result, record, output) | ({output.folder / REPORT: page} if page is not None else {})
    leaks = [path.name for path, text in contents.items() if record.masker.holds_secret(text)]
    if leaks:
        why = f"{', '.join(leaks)} withheld, because a secret was found in it: please report this as a bug of {TOOL}"
        result = without_verdict(result, why)
        changed = _contents(result, record, output).items()
        contents = {path: text for path, text in changed if not record.masker.holds_secret(text)}
    remove(output)
    problems += _write(contents)
    if problems:
        result = without_verdict(result, problems[0])
        changed = _contents(result, record, output).items()
        contents = {path: text for path, text in changed if path in contents and path.is_file()}
        remove(output)
        _write(contents)
    return Report(result, contents)


def remove(output: Output) -> None:
    """Remove the reports of a former run."""
    for name in NAMES:
        with suppress(OSError):
            (output.folder / name).unlink(missing_ok=True)


def listed(report: Report, output: Output) -> dict[str, str]:
    """The files of a report, by what they are."""
    names = [name for name in NAMES if output.folder / name in report.contents]
    lines = {"Report": " and ".join([str(output.folder / names[0]), ", ".join(names[1:])])} if names else {}
    if output.har in report.contents:
        lines["HAR"] = str(output.har)
    if output.template in report.contents:
        lines["Waivers"] = f"{output.template}, to be completed where it says TODO"
    return lines


def without_verdict(result: RunResult, why: str) -> RunResult:
    """The result of a run whose files are not complete: it must not look like a pass. A violation stays one."""
    if result.verdict == "violated":
        return replace(result, notes=(why, *result.notes))
    return replace(result, verdict="no verdict", why=why, notes=(result.why, *result.notes))


def _contents(result: RunResult, record: RunRecord, output: Output) -> dict[Path, str]:
    contents = {
        output.folder / "results.json": result.to_json() + "\n",
        output.folder / "junit.xml": junit(result),
        output.folder / "summary.md": summary(result),
        output.folder / "badge.json": badge(result) + "\n",
    }
    if output.template is not None:
        contents[output.template] = waivers_template(result)
    if output.har is not None:
        contents[output.har] = har(result, record)
    return contents


def _write(contents: Mapping[Path, str]) -> list[str]:
    """Write files under temporary names, and rename them: a line for each that can't be written."""
    problems = []
    for path, text in contents.items():
        draft = path.with_name(f".{path.name}.tmp")
        try:
            draft.write_text(text, "utf-8")
            draft.replace(path)
        except OSError as error:
            problems.append(f"{path} can't be written: {error.strerror or error}")
            with suppress(OSError):
                draft.unlink(missing_ok=True)
                path.unlink(missing_ok=True)
    return problems
