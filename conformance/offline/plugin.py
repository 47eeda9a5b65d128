"""The pytest plugin that makes a run of a recording: all of it is judged before pytest starts, and nothing is sent."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

import conformance
from conformance.offline.har import read
from conformance.offline.recording import Recording, silent
from conformance.offline.traffic import base_url_of, nowhere
from conformance.options import add_recording_options
from conformance.plugin import CONTRACT, RUN, USAGE
from conformance.redaction import Redactor, Secret
from conformance.rejections import Rejections
from conformance.run import Run, strange
from conformance.target import ConfigurationError, Target, checked_base_url
from schemas import Contract, load

HOME = Path(__file__).parent
SUITE = Path(conformance.__file__ or "").parent


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options that only a recording has; the others are those of every run."""
    group = parser.getgroup("offline", "what was recorded")
    group.addoption("--recording", metavar="FILE", help="the HAR file to judge")
    add_recording_options(group.addoption)


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config: pytest.Config) -> int | None:
    """Judge the recording; a mistake in it, or in the options, is one line and exit code 2."""
    try:
        config.stash[RUN] = recorded_run(config.stash.setdefault(CONTRACT, load()), config.option)
    except ConfigurationError as error:
        sys.stderr.write(f"tfe-conformance: {error}\n")
        return USAGE
    return None


@pytest.hookimpl(tryfirst=True)
def pytest_ignore_collect(collection_path: Path) -> bool | None:
    """Leave out all tests that ask."""
    if collection_path in (SUITE, *HOME.parents) or collection_path.is_relative_to(HOME):
        return False
    return True if collection_path.is_relative_to(SUITE) else None


def recorded_run(contract: Contract, options: Any) -> Run:
    """A run over a recording: all is judged already, and nothing will be sent.

    Raises:
        ConfigurationError: the file is no HAR file, or holds several targets.
    """
    archive = read(options.recording)
    wanted = options.base_url and checked_base_url(options.base_url, disposable=True, production=True)
    base_url = base_url_of(contract, archive, wanted)
    target = Target(base_url or archive.name, Secret(""))
    redactor = Redactor()
    asker = silent(contract, target, redactor)
    run = Run(contract, target, asker, Rejections(asker), redactor, options)
    run.recording = Recording(asker, archive, complete=options.complete)
    run.recording.judge()
    asker.exchanges = run.recording.exchanges
    run.problem = redactor.clean(problem(run.recording, base_url))
    run.notes = () if run.problem else (account_of(run.recording),)
    return run


def account_of(recording: Recording) -> str:
    """How much of the file was judged, in words."""
    archive, asked = recording.archive, [item for item in recording.items if item.exchange]
    left = {"got no answer": len(asked) - len(recording.exchanges), "can't be made out": archive.unreadable}
    said = "".join(f", {count} {what}" for what, count in left.items() if count)
    whole = "" if recording.complete else "; other requests may have reached the accounts (--complete: none did)"
    total = len(archive.entries) + archive.unreadable
    return f"{archive.name}: {len(asked)} of {total} entries are requests to the operations{said}{whole}"


def problem(recording: Recording, base_url: str) -> str:
    """Why the recording can't be judged at all, or an empty string."""
    if not recording.exchanges:
        return nowhere(recording.archive, base_url)
    reasons = [strange(exchange) for exchange in recording.exchanges]
    return f"{recording.archive.name} holds no answer of this API: {reasons[0]}" if all(reasons) else ""
