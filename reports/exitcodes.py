"""The exit code of the process: always the one of the verdict, whatever pytest or a plugin makes of the run."""

from __future__ import annotations

import sys
import traceback
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from conformance.discretion import cleaner
from conformance.plugin import RUN
from reports.verdicts import EXIT_CODES, Outcome

if TYPE_CHECKING:
    from collections.abc import Generator

OUTCOME = pytest.StashKey[Outcome]()


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_cmdline_main(config: pytest.Config) -> Generator[None, int | pytest.ExitCode | None, int]:
    """Translate; an exception that gets as far as this would else end with 1, as if the target were at fault."""
    try:
        status = yield
    except pytest.UsageError as error:
        for message in error.args:
            sys.stderr.write(f"tfe-conformance: {message}\n")
        return EXIT_CODES["configuration"]
    except (Exception, KeyboardInterrupt):  # noqa: BLE001 (whatever it is, the target is not to blame)
        with suppress(OSError):  # who reads may be gone, and that be the reason
            sys.stderr.write(cleaner(config)(traceback.format_exc()))
            sys.stderr.write("tfe-conformance: the suite itself failed, so there is no verdict\n")
        return EXIT_CODES["no verdict"]
    if OUTCOME in config.stash:
        return config.stash[OUTCOME].exit_code
    if status is pytest.ExitCode.INTERRUPTED and RUN in config.stash:
        return EXIT_CODES["no verdict"]  # as a number it would be taken for the exit code of a wrong configuration
    return _translated(int(status or 0), started=RUN in config.stash)


def _translated(status: int, *, started: bool) -> int:
    """The exit code where no verdict was made: nothing was to be asked, or the run could not even begin."""
    if status == pytest.ExitCode.USAGE_ERROR:
        return EXIT_CODES["configuration"]
    if started and status not in (pytest.ExitCode.OK, EXIT_CODES["configuration"]):
        return EXIT_CODES["no verdict"]
    return status
