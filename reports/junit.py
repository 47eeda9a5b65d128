"""junit.xml: a suite for each requirement, a test case for each of its cases, for the test pages of CI servers.

It is written here and not by pytest, whose test cases are tests: one test may ask several requirements, what is waived
would be a failure, and properties of a test case are no part of the schema by which Jenkins refuses files. Here they
are those of the suite, and what is red is what the exit code rests on.
"""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from conformance.tool import TOOL, tool_version
from conformance.verdicts import STAMPS
from reports.evidence import printable
from reports.terminal import headline, totals
from reports.verdicts import gating

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from conformance.verdicts import Case
    from reports.results import Report
    from reports.verdicts import Finding

SUITE = "verdict"
WIDTH = 14
"""Characters of the column that names what follows."""
RED = {"violated": "failure", "configuration": "error", "no verdict": "error"}


def junit(report: Report) -> str:
    """The document."""
    root = ET.Element("testsuites")
    suites = [_verdict(report), *(_requirement(report, finding) for finding in report.outcome.findings)]
    counts = Counter[str]()
    for suite in suites:
        root.append(suite)
        counts.update({name: int(suite.get(name, "0")) for name in ("tests", "failures", "errors")})
    root.attrib |= {"name": TOOL, "time": f"{report.seconds:.3f}", **{name: str(n) for name, n in counts.items()}}
    ET.indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _verdict(report: Report) -> ET.Element:
    """The suite that says what the run came to: also a stale waiver, or what was not asked, is red somewhere."""
    run, outcome = report.run, report.outcome
    said = _cleaner(report)
    case = ET.Element("testcase", classname=TOOL, name=SUITE, time=f"{report.seconds:.3f}")
    if outcome.verdict in RED:
        lines = (headline(outcome), *outcome.notes, *totals(outcome))
        _say(case, RED[outcome.verdict], outcome.verdict, said(outcome.why), said("\n".join(lines)))
    properties = {
        "target": run.target.base_url,
        "version": tool_version(),
        "seed": str(run.options.seed),
        "exchanges": str(len(run.exchanges)),
        "left": "; ".join(run.left.splitlines()),
    }
    return _suite(report, SUITE, properties, [case])


def _requirement(report: Report, finding: Finding) -> ET.Element:
    requirement = finding.requirement
    properties = {
        "id": requirement.id,
        "level": requirement.level,
        "source": requirement.source,
        "operation": requirement.operation,
        "sentence": requirement.sentence,
        "verdict": finding.verdict,
    }
    taken = Counter[str]()
    cases = []
    for case in finding.cases:
        name = case.name.removeprefix(f"{requirement.id}-")
        taken[name] += 1
        # Of two test cases with the same name, GitLab shows one.
        cases.append(_case(report, finding, case, name if taken[name] == 1 else f"{name} ({taken[name]})"))
    return _suite(report, requirement.id, properties, cases or [_not_asked(report, finding)])


def _suite(report: Report, name: str, properties: Mapping[str, str], cases: list[ET.Element]) -> ET.Element:
    said = _cleaner(report)
    seconds = sum(float(case.get("time", "0")) for case in cases)
    suite = ET.Element("testsuite", name=name, tests=str(len(cases)))
    for plural, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        suite.set(plural, str(sum(case.find(tag) is not None for case in cases)))
    suite.set("time", f"{seconds:.3f}")
    suite.set("timestamp", (report.finished - timedelta(seconds=report.seconds)).isoformat(timespec="seconds"))
    held = ET.SubElement(suite, "properties")
    for key, value in properties.items():
        ET.SubElement(held, "property", name=key, value=said(value))
    suite.extend(cases)
    return suite


def _case(report: Report, finding: Finding, case: Case, name: str) -> ET.Element:
    said = _cleaner(report)
    seconds = case.exchanges[-1].seconds if case.exchanges else 0.0
    made = ET.Element("testcase", classname=finding.requirement.id, name=said(name), time=f"{seconds:.3f}")
    if case.verdict == "conforms":
        return made
    tag, kind = "skipped", case.verdict
    words = f"{case.actual}; expected {case.expected}" if case.verdict == "violated" else case.detail
    message = said(words) or "no reason given"
    counts = finding.requirement.level in gating(strict=report.run.options.strict)
    accepted = finding.acceptance(case)
    if accepted:
        kind, message = "waived", f"waived: {said(accepted)}"
    elif case.verdict == "violated":
        tag = "failure" if counts else tag
    elif case.verdict == "inconclusive":
        tag = "error" if counts else tag
    if tag == "skipped" and kind != "waived":
        message = f"{kind}{'' if counts else f', a {finding.requirement.level} that does not count'}: {message}"
    _say(made, tag, kind, message, said("\n".join(_text(report, finding, case))))
    return made


def _not_asked(report: Report, finding: Finding) -> ET.Element:
    case = ET.Element("testcase", classname=finding.requirement.id, name="not asked", time="0.000")
    reason = _cleaner(report)(finding.detail)
    _say(case, "skipped", "untested", f"untested: {reason}", reason)
    return case


def _text(report: Report, finding: Finding, case: Case) -> Iterator[str]:
    """All that is to be known of a case without a look elsewhere."""
    requirement = finding.requirement
    words = {
        "Requirement": f"{requirement.id} ({requirement.level}): {requirement.sentence}",
        "Source": requirement.source,
    }
    if case.verdict == "violated":
        words |= {"Expected": case.expected, "Actual": case.actual, "Asked again": STAMPS[case.reproducible]}
    else:
        words[case.verdict.capitalize()] = case.detail or "no reason given"
    if accepted := finding.acceptance(case):
        words["Waived"] = accepted
    if case.exchanges:
        shown = report.evidence.of(case.exchanges[-1])
        words |= {"Request": f"{shown.method} {shown.url} ({shown.purpose})", "Status": str(shown.status)}
        words["Send again"] = shown.curl
    return (f"{key + ':':<{WIDTH}}{value}" for key, value in words.items())


def _say(case: ET.Element, tag: str, kind: str, message: str, text: str) -> None:
    """Put an outcome into a test case: some pages show the message, some the text, so that each is to be complete."""
    ET.SubElement(case, tag, type=kind, message=" ".join(message.split())).text = text


def _cleaner(report: Report) -> Callable[[str], str]:
    return lambda text: printable(report.evidence.clean(text))
