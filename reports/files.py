"""The files of a report: each is written under a temporary name and renamed, and none may hold the token."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from conformance.model import ConfigurationError
from reports.badge import badge
from reports.har import check_har, har
from reports.junit import junit
from reports.summary import summary
from reports.waivers import check_template, waivers_template

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

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


def prepare(settings: Settings) -> Output:
    """The places for the files; the report folder is made where it does not exist.

    Raises:
        ConfigurationError: one can't be written to.
    """
    folder = Path(settings.report_dir).expanduser().absolute()
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


def contents(result: RunResult, record: RunRecord, output: Output) -> dict[Path, str]:
    """The content of all files but the page."""
    texts = {
        output.folder / "results.json": result.to_json() + "\n",
        output.folder / "junit.xml": junit(result),
        output.folder / "summary.md": summary(result),
        output.folder / "badge.json": badge(result) + "\n",
    }
    if output.template is not None:
        texts[output.template] = waivers_template(result)
    if output.har is not None:
        texts[output.har] = har(result, record)
    return texts


def publish(texts: Mapping[Path, str], output: Output) -> list[str]:
    """Write the files, and remove those of a former run that this run could not replace.

    Returns:
        a line for each file that could not be written.
    """
    problems = []
    for path, text in texts.items():
        draft = path.with_name(f".{path.name}.tmp")
        try:
            draft.write_text(text, "utf-8")
            draft.replace(path)
        except OSError as error:
            problems.append(f"{path} can't be written: {error.strerror or error}")
            with suppress(OSError):
                draft.unlink(missing_ok=True)
                path.unlink(missing_ok=True)
    for name in NAMES:
        if output.folder / name not in texts:
            with suppress(OSError):
                (output.folder / name).unlink(missing_ok=True)
    return problems


def without_verdict(result: RunResult, why: str) -> RunResult:
    """The result of a run whose reports are not complete: it must not look like a pass; a violation stays one."""
    if result.verdict == "violated":
        return replace(result, notes=(why, *result.notes))
    return replace(result, verdict="no verdict", why=why, notes=(result.why, *result.notes))


def withheld(result: RunResult, paths: Collection[Path]) -> RunResult:
    """The result of a run of which these files are withheld."""
    names = ", ".join(path.name for path in paths)
    return without_verdict(
        result, f"{names} withheld, because the token was found in it; please report this as a bug of the suite"
    )
