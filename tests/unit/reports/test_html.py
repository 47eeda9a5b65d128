"""Our part of the page: all that is needed is in it, and nothing that a target sent becomes markup."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from conformance.version import tool_version
from reports.html import COLUMNS, header_cells, overview, row_cells
from reports.waivers import Waiver
from tests.unit.reports.made import (
    CONTRACT,
    LEFT,
    MUST,
    MUSTS,
    OTHER,
    case,
    conforming,
    exchange,
    mixed,
    others_conform,
    result,
    situations,
)

if TYPE_CHECKING:
    from conformance.model import Case

EVIL = "</pre></td></script><script>alert(1)</script><img src=x onerror=alert(1)>\"'`{{ 7*7 }}&amp;"
ALLOWED = {
    *("main", "meta", "header", "nav", "section", "h1", "h2", "h3", "p", "div", "dl", "dt", "dd", "code", "small"),
    *("strong", "span", "table", "caption", "thead", "tbody", "tr", "th", "td", "ol", "ul", "li", "a", "details"),
    *("summary", "pre", "b", "form", "label", "select", "option", "input", "output", "button", "mark", "script"),
}
VOID = {"meta", "input"}


class Page(HTMLParser):
    """The elements and texts that a browser would see."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.open: list[str] = []
        self.links: list[str] = []
        self.ids: list[str] = []
        self.texts: list[str] = []
        self.handlers: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        if tag not in VOID:
            self.open.append(tag)
        for name, value in attrs:
            if name in ("href", "src"):
                self.links.append(value or "")
            if name == "id":
                self.ids.append(value or "")
            if name.startswith("on"):
                self.handlers.append(name)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if not self.open or self.open[-1] != "script":
            self.texts.append(data)

    @property
    def words(self) -> str:
        return " ".join(" ".join(self.texts).split())


def evil() -> Case:
    """A case in which the target sends markup wherever it can."""
    sent = exchange(
        purpose=EVIL,
        response_headers=((EVIL, EVIL),),
        response_body=EVIL.encode(),
        body=EVIL.encode(),
        url=f"http://h/{EVIL}",
    )
    return case("violated", MUST, name=EVIL, expected=EVIL, actual=EVIL, detail=EVIL, exchanges=(sent, sent))


def test_nothing_that_a_target_sends_becomes_markup() -> None:
    cases = others_conform(evil(), case("inconclusive", OTHER, detail=EVIL, exchanges=evil().exchanges))
    text = overview(result(cases, notes=(EVIL,), target=EVIL))
    page = Page(text)
    assert set(page.tags) <= ALLOWED
    assert page.tags.count("script") == 1
    assert not page.handlers
    assert not page.open
    assert page.words.count("<script>alert(1)</script>") > 10
    assert not re.search(r"(?<!\w)49(?!\w)", page.words)


@pytest.mark.parametrize("name", situations())
def test_every_link_has_its_target_and_nothing_is_loaded(name: str) -> None:
    page = Page(overview(situations()[name]))
    sources = {requirement.url for requirement in CONTRACT.requirements.values()}
    assert {link.removeprefix("#") for link in page.links} <= {*page.ids, *sources}
    assert sources <= set(page.links)
    assert len(page.ids) == len(set(page.ids))
    assert not page.open


@pytest.mark.parametrize("name", situations())
def test_the_verdict_comes_first(name: str) -> None:
    made = situations()[name]
    words = Page(overview(made)).words
    head = words[: words.index(f"Requirements {made.requirements[0].operation.capitalize()}"[:13])]
    assert made.why in head
    assert made.target.base_url in head
    assert f"{made.contract.name}, version {CONTRACT.version}" in head
    assert LEFT in head
    if made.missing and made.verdict == "conformant":
        assert f"✓ Conformant {made.missing}" in head


def test_the_options_that_distinguish_the_run_are_shown() -> None:
    words = Page(overview(result(conforming(), strict=True, seed=77, profile="smoke", limits={"enable": 10}))).words
    assert f"tfe-conformance {tool_version()}, Python" in words
    assert "seed 77, SHOULDs count, profile smoke" in words
    assert "Limits enable=10" in words


def test_a_cause_has_all_that_is_needed_to_fix_it() -> None:
    body = b'{"data": {"type": "USERS", "attributes": {"delivery": "app"}}}'
    shown = exchange(body=body, case_id="enable.request.type-upper-case")
    bad = [
        case("violated", "enable.request.type", exchanges=(exchange(number=7), shown), expected="", reproducible=True),
        case("violated", "verify.request.type", name="b", exchanges=(exchange(number=2, case_id="b"),)),
        case("inconclusive", "verify.accepted", name="c", because="enable.request.type"),
    ]
    text = overview(result(others_conform(*bad)))
    requirement = CONTRACT.requirements["enable.request.type"]
    words = Page(text).words
    for part in (
        "To fix 1 cause",
        f"{requirement.sentence} {requirement.id} · {requirement.source}",
        "Expected a 4xx Actual got 200 Where /data/type of the request; the status of the response",
        "Seen in 2 of 2 cases; run again once, reproduced",
        "Hides 1 requirement has no verdict because of it: verify.accepted",
        "It breaks 1 more requirement",
        "1 exchange before it",
        "curl -sS -i -X POST",
    ):
        assert part in words, part
    assert '<mark class="tc-wrong">&#34;type&#34;: &#34;USERS&#34;</mark>' in text
    assert '<mark class="tc-wrong">HTTP 200</mark>' in text
    assert 'href="#cause-1"' in text


def test_a_wrong_header_is_marked() -> None:
    bad = case("violated", "response.media-type", exchanges=(exchange(response_headers=(("Content-Type", "a/b"),)),))
    assert '<mark class="tc-wrong">Content-Type: a/b</mark>' in overview(result(others_conform(bad)))


def test_an_exchange_without_a_response_is_shown_with_its_reason() -> None:
    bad = case("inconclusive", MUST, exchanges=(exchange(status=0),))
    assert "the connection was refused" in Page(overview(result(others_conform(bad)))).words


def test_all_requirements_are_listed_in_the_order_of_the_contract() -> None:
    page = Page(overview(mixed()))
    by_operation = list(dict.fromkeys(requirement.operation for requirement in CONTRACT.requirements.values()))
    expected = sorted(CONTRACT.requirements.values(), key=lambda each: by_operation.index(each.operation))
    assert [each for each in page.ids if each in CONTRACT.requirements] == [each.id for each in expected]


def test_the_reason_is_shown_once_where_the_target_was_not_reached() -> None:
    made = situations()["not reached"]
    words = Page(overview(made)).words
    assert words.count("no connection") == 1
    assert "Is the target running" in words


def test_undecided_and_waived_requirements_are_shown_with_their_reasons() -> None:
    cases = others_conform(case("violated", MUST), case("untested", OTHER, name="x", detail="no code source"))
    words = Page(overview(result(cases, Waiver(MUST, "known and accepted")))).words
    assert words.index("Untested no code source") < words.index("Waived known and accepted")
    assert "To fix" not in words


def test_a_recording_is_said_to_be_judged() -> None:
    words = Page(overview(situations()["recorded"])).words
    assert "traffic.har a recording" in words
    assert "Judged 1 recorded exchange" in words


def test_the_rows_of_the_table_link_to_the_requirements_and_are_escaped() -> None:
    report = SimpleNamespace(outcome="failed", failed=True, when="call", nodeid="x", duration=0.1, case=evil())
    cells = row_cells(report)
    page = Page("".join(cells))
    assert set(page.tags) == {"td", "a"}
    assert page.links == [f"#{MUST}"]
    assert len(header_cells()) == len(COLUMNS) == len(cells)
    collected = SimpleNamespace(outcome="failed", failed=True, when="collect", nodeid=EVIL)
    assert "Error" in row_cells(collected)[0]
    assert set(Page("".join(row_cells(collected))).tags) == {"td"}


def test_many_cases_and_exchanges_are_cut() -> None:
    cases = [
        case("violated", MUSTS[0], name=f"c{number}", operation=f"op{number % 9}", exchanges=(exchange(number=number),))
        for number in range(1, 60)
    ]
    words = Page(overview(result(others_conform(*cases)))).words
    assert "3 more exchanges are in results.json." in words
    assert "and 19 more, which are in results.json" in words
