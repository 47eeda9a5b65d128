"""A pytest plugin for the tests: it gives the embedded server a fault, and disturbs the run as DISTURB says."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest

from conformance.plugin import EMBEDDED
from conformance.redaction import Redactor
from conformance.voice import voice
from reference.server import running
from reports import files, summary

if TYPE_CHECKING:
    from collections.abc import Generator

DISTURB = os.environ.get("DISTURB", "")


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config: pytest.Config) -> None:
    if fault := os.environ.get("FAULT"):
        config.stash[EMBEDDED] = lambda: running(fault=fault)
    if DISTURB == "writer":
        summary.code = _crash
    if DISTURB == "redactor":
        Redactor.clean = _unchanged  # type: ignore[assignment, method-assign]
    if DISTURB == "gate":
        vars(files)["leaks"] = _unreadable


def _crash(text: str) -> str:
    raise RuntimeError(f"the writer of {text[:0]}summaries is broken")


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
