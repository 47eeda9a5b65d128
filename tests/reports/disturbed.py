"""A pytest plugin for the tests: it gives the embedded server a fault, and disturbs the run as DISTURB says."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import pprint
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from conformance.plugin import EMBEDDED
from conformance.redaction import Redactor
from conformance.voice import voice
from reference.server import running
from reports import files, summary
from tests.forms import FORMS
from tests.reports.echoing import echoing

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

KNOWN: list[dict[str, None]] = []
"""What the target knows that repeats secrets."""
DISTURB = os.environ.get("DISTURB", "")


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config: pytest.Config) -> None:
    if fault := os.environ.get("FAULT"):
        config.stash[EMBEDDED] = lambda: running(fault=fault)
    if os.environ.get("ECHO"):
        config.stash[EMBEDDED] = _echoing
    if DISTURB == "writer":
        summary.code = _crash
    if DISTURB == "redactor":
        Redactor.clean = _unchanged  # type: ignore[assignment, method-assign]
    if DISTURB == "gate":
        vars(files)["leaks"] = _unreadable


def _crash(text: str) -> str:
    raise RuntimeError(f"the writer of {text[:0]}summaries is broken")


@contextlib.contextmanager
def _echoing() -> Iterator[Any]:
    """The target that repeats secrets; in the end they are left in the folder that ECHO names."""
    with echoing() as server:
        KNOWN.append(server.known)
        try:
            yield server
        finally:
            (Path(os.environ["ECHO"]) / f"{os.getpid()}.json").write_text(json.dumps(list(server.known)), "utf-8")


def _unchanged(_: Redactor, text: str) -> str:
    return text


def _unreadable(*_: Any) -> Any:
    raise OSError("the disk is broken")


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> None:
    if DISTURB == "bug" and "PUT" in pyfuncitem.nodeid:
        raise LookupError("a test is broken")
    if DISTURB == "say":
        speaker = voice(pyfuncitem.config)
        speaker.say("a line that is said")
        speaker.wait(1.4, "a test is slow")
    if DISTURB == "babble" and pyfuncitem.nodeid.endswith(("verify-PUT]", "test_off_enable[sms]")):
        babble("PUT" in pyfuncitem.nodeid)


def babble(crash: bool) -> None:  # noqa: FBT001
    """Say every secret in every way in which a program says something, and fail over one."""
    secrets = [*list(KNOWN[0])[:2], list(KNOWN[0])[-1]]
    said = [form(secret) for secret in secrets[:: 2 if crash else 3] for form in FORMS.values()]
    nested = {"headers": [("Authorization", f"Bearer {secrets[0]}")], "long": "x" * 90 + secrets[0] + "y" * 200}
    raw = ("some bytes, " + secrets[0]).encode() * 3
    for text in (*secrets, *said):
        print(text, "and", nested)  # noqa: T201
        sys.stderr.write(f"{text}\n")
        logging.getLogger("babble").debug("%s of %r", text, nested)
        logging.getLogger("babble").error(text)
    pprint.pprint(raw)  # noqa: T203
    if crash:
        try:
            int(" ".join(said))
        except ValueError as error:
            # The traceback has it in two lines, which are printed one by one.
            folded = FORMS["line-break"](secrets[0])
            raise LookupError(f"{secrets[0]} is not {secrets[1]}, nor {folded}") from error
    assert said, (raw, nested)


def pytest_runtest_logfinish(nodeid: str) -> None:
    if DISTURB == "ctrl-c" and "PUT" in nodeid:
        raise KeyboardInterrupt
    if DISTURB == "internal" and "PUT" in nodeid:
        raise RuntimeError("a hook is broken")


@pytest.hookimpl(wrapper=True)
def pytest_html_results_summary() -> Generator[None, None, None]:
    yield
    if DISTURB == "html":
        raise RuntimeError("the page is broken")


def pytest_unconfigure() -> None:
    if DISTURB == "unconfigure":
        raise RuntimeError("the end is broken")


def pytest_collectstart(collector: pytest.Collector) -> None:
    if DISTURB == "collection" and collector.name == "test_methods.py":
        raise collector.CollectError("a module is broken")
