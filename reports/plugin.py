"""The pytest plugin of the reports: it turns the record of a run into files and sets the exit code."""

from __future__ import annotations

import sys
import traceback
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from conformance.model import ConfigurationError, ExitCode
from conformance.plugin import CONTRACT, RECORD, SETTINGS
from reports import files, html
from reports.build import build_result
from reports.run_result import RunResult
from reports.terminal import print_summary
from reports.waivers import Waivers, read_waivers

if TYPE_CHECKING:
    from collections.abc import Generator

    from pytest_html.report_data import ReportData  # type: ignore[import-untyped]

    from conformance.run_record import RunRecord

OUTPUT = pytest.StashKey[files.Output]()
WAIVERS = pytest.StashKey[Waivers]()
RESULT = pytest.StashKey[RunResult]()
EXIT_CODE = pytest.StashKey[ExitCode]()


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_cmdline_main(config: pytest.Config) -> Generator[None, int | pytest.ExitCode | None, int]:
    """Return the exit code of the verdict, whatever pytest or a plugin makes of the run."""
    try:
        if SETTINGS in config.stash:
            config.stash[WAIVERS] = read_waivers(config.stash[SETTINGS].waivers, config.stash[CONTRACT])
            config.stash[OUTPUT] = files.prepare(config.stash[SETTINGS])
        status = yield
    except (ConfigurationError, pytest.UsageError) as error:
        for message in error.args:
            sys.stderr.write(f"tfe-conformance: {message}\n")
        return ExitCode.USAGE
    except (Exception, KeyboardInterrupt):  # noqa: BLE001 (the target is not to blame, so this must not end with 1)
        with suppress(OSError):
            sys.stderr.write(traceback.format_exc())
            sys.stderr.write("tfe-conformance: the suite itself failed, so there is no verdict\n")
        return ExitCode.NO_VERDICT
    if EXIT_CODE in config.stash:
        return config.stash[EXIT_CODE]
    if status == pytest.ExitCode.USAGE_ERROR:
        return ExitCode.USAGE
    return ExitCode.NO_VERDICT if status == pytest.ExitCode.INTERRUPTED and RECORD in config.stash else int(status or 0)
