"""What pytest-html is given of each case: the evidence, and with workers everything in the order of one without."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from pytest_html import extras  # type: ignore[import-untyped]
from pytest_html.basereport import BaseReport  # type: ignore[import-untyped]

from reports import page
from reports.evidence import Evidence

if TYPE_CHECKING:
    from collections.abc import Generator

    from conformance.run import Run


def prove(report: Any, run: Run, evidence: Evidence) -> None:
    """Put the evidence of its case beside a failure."""
    case = getattr(report, "case", None)
    if case is not None and case.verdict in ("violated", "inconclusive") and report.outcome != "passed":
        content = page.evidence_of(case, evidence, run.contract)
        report.extras = [*getattr(report, "extras", []), extras.html(content)]


class Held:
    """A plugin of the controller that keeps all reports back from pytest-html, until everything is put together."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._table: BaseReport | None = None
        self._reports: list[Any] = []

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_sessionstart(self, session: pytest.Session) -> Generator[None, object, object]:
        """Let pytest-html begin its page, but see no test."""
        result = yield
        plugins = session.config.pluginmanager
        self._table = next((plugin for plugin in plugins.get_plugins() if isinstance(plugin, BaseReport)), None)
        if self._table is not None:
            plugins.unregister(self._table)
        return result

    def pytest_runtest_logreport(self, report: Any) -> None:
        """Keep a report."""
        self._reports.append(report)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> Generator[None, object, object]:
        """Hand over the reports, in the order of their tests."""
        try:
            return (yield)
        finally:
            if self._table is not None:
                session.config.pluginmanager.register(self._table)
                evidence = Evidence(self._run.redactor)
                for report in sorted(self._reports, key=lambda report: getattr(report, "item_index", -1)):
                    if hasattr(report, "case"):
                        report.case = self._run.planned[report.item_index]
                        prove(report, self._run, evidence)
                    self._table.pytest_runtest_logreport(report)
