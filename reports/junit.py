"""junit.xml: a suite for each requirement, a test case for each of its cases, for the test pages of CI servers.

pytest's own file has a test case for each test, which may concern several requirements, and a failure for a waived
violation. Jenkins refuses files with properties of a test case, so properties are those of the suite.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple
from xml.etree import ElementTree as ET

from conformance.version import TOOL

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from reports.run_result import CaseResult, Finding, RunResult

SUITE = "verdict"
NOT_XML = re.compile("[\ufffe\uffff]")
"""Printable characters that no XML can hold."""
TAGS = {"violated": "failure", "configuration": "error", "no verdict": "error", "inconclusive": "error"}
PROPERTIES = ("id", "level", "source", "operation", "sentence", "verdict")


class Outcome(NamedTuple):
    """The outcome of a test case that did not pass; some pages show only the message, some only the text."""

    tag: str
    kind: str
    message: str
    text: str


def junit(result: RunResult) -> str:
    """The content of junit.xml; a failure or an error is one that the exit code rests on."""
    root = ET.Element("testsuites", name=TOOL, time=f"{result.seconds:.3f}")
    root.append(_verdict_suite(result))
    root.extend(_requirement_suite(result, finding) for finding in result.requirements)
    for name in ("tests", "failures", "errors"):
        root.set(name, str(sum(int(suite.get(name, "0")) for suite in root)))
    ET.indent(root)
    text = '<?xml version="1.0" encoding="utf-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"
    return NOT_XML.sub(lambda match: f"\\u{ord(match.group()):04x}", text)


def _verdict_suite(result: RunResult) -> ET.Element:
    """The suite of the verdict, so that a stale waiver or a run that was stopped is red, too."""
    text = "\n".join((result.headline, *_causes(result), *result.notes, *result.totals))
    outcome = Outcome(TAGS[result.verdict], result.verdict, result.why, text) if result.verdict in TAGS else None
    properties = {
        "target": result.target.base_url,
        "version": result.tool.version,
        "seed": str(result.tool.seed),
        "exchanges": str(result.exchanges),
        "account": result.account.sentence,
    }
    return _suite(result, SUITE, properties, [_test_case(TOOL, SUITE, result.seconds, outcome)])


def _causes(result: RunResult) -> Iterator[str]:
    """A line for each cause."""
    for number, cause in enumerate(result.causes, start=1):
        first = result.findings_of(cause)[0]
        yield f"{number}. {first.id} ({first.level}): {first.decisive[0].actual}; expected {first.decisive[0].expected}"


def _requirement_suite(result: RunResult, finding: Finding) -> ET.Element:
    count = Counter[str]()
    cases = []
    for case in finding.cases:
        name = case.name.removeprefix(f"{finding.id}-")
        count[name] += 1
        # GitLab shows only one of two test cases with the same name.
        cases.append(_case(result, finding, case, name if count[name] == 1 else f"{name} ({count[name]})"))
    if not cases:
        outcome = Outcome("skipped", "untested", f"untested: {finding.detail}", finding.detail)
        cases = [_test_case(finding.id, "no case", 0.0, outcome)]
    return _suite(result, finding.id, {name: getattr(finding, name) for name in PROPERTIES}, cases)


def _suite(result: RunResult, name: str, properties: Mapping[str, str], cases: list[ET.Element]) -> ET.Element:
    suite = ET.Element("testsuite", name=name, tests=str(len(cases)))
    for plural, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        suite.set(plural, str(sum(case.find(tag) is not None for case in cases)))
    suite.set("time", f"{sum(float(case.get('time', '0')) for case in cases):.3f}")
    suite.set("timestamp", result.started.removesuffix("+00:00"))
    parent = ET.SubElement(suite, "properties")
    for key, value in properties.items():
        ET.SubElement(parent, "property", name=key, value=value)
    suite.extend(cases)
    return suite


def _case(result: RunResult, finding: Finding, case: CaseResult, name: str) -> ET.Element:
    seconds = case.exchanges[-1].seconds if case.exchanges else 0.0
    if case.verdict == "conforms":
        return _test_case(finding.id, name, seconds)
    counts = finding.level in result.levels
    tag = TAGS.get(case.verdict, "skipped") if counts else "skipped"
    message = case.waiver or case.detail or "no reason given"
    if case.verdict == "violated":
        message = f"{case.actual}; expected {case.expected}"
    if tag == "skipped":
        uncounted = f", a {finding.level} that does not count" if not counts and case.verdict != "waived" else ""
        message = f"{case.verdict}{uncounted}: {message}"
    outcome = Outcome(tag, case.verdict, message, "\n".join(_text(finding, case)))
    return _test_case(finding.id, name, seconds, outcome)


def _text(finding: Finding, case: CaseResult) -> Iterator[str]:
    """The case in lines of text."""
    yield f"Requirement: {finding.id} ({finding.level}): {finding.sentence}"
    yield f"Source:     {finding.source}" + (f" ({finding.url}, read on {finding.read})" if finding.url else "")
    if case.actual:
        yield f"Expected:   {case.expected}"
        yield f"Actual:     {case.actual} ({case.stamp})"
    else:
        yield f"{case.verdict.capitalize() + ':':<12}{case.detail or 'no reason given'}"
    if case.waiver:
        yield f"Waived:     {case.waiver}"
    if case.exchanges:
        last = case.exchanges[-1]
        yield f"Request:    {last.request.method} {last.request.url} ({last.purpose})"
        yield f"Response:   {last.outcome}"
        yield f"Send again: {last.curl}"


def _test_case(classname: str, name: str, seconds: float, outcome: Outcome | None = None) -> ET.Element:
    builder = ET.TreeBuilder()
    builder.start("testcase", {"classname": classname, "name": name, "time": f"{seconds:.3f}"})
    if outcome is not None:
        builder.start(outcome.tag, {"type": outcome.kind, "message": " ".join(outcome.message.split())})
        builder.data(outcome.text)
        builder.end(outcome.tag)
    builder.end("testcase")
    return builder.close()
