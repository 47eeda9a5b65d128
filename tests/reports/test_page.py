"""The HTML: nothing that a target says becomes markup, and all that it shows is there."""

from __future__ import annotations

from html.parser import HTMLParser
from types import SimpleNamespace
from typing import Any

from reports import page
from tests.reports.made import CONTRACT, MUSTS, all_conform, case, exchange, report

MUST = MUSTS[0]
EVIL = "</pre></td><script>alert(1)</script><img src=x onerror=alert(1)>\"'`{{ 7*7 }}&amp;"
ALLOWED = {
    *("style", "main", "section", "h2", "h4", "p", "div", "dl", "dt", "dd", "code", "small", "strong", "span", "b"),
    *("table", "thead", "tbody", "tr", "th", "td", "ol", "ul", "li", "a", "details", "summary", "pre"),
}


class Tags(HTMLParser):
    """What a browser would make of it."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str] = []
        self.ids: list[str] = []
        self.texts: list[str] = []
        self.handlers: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note the tag and what its attributes may do."""
        self.tags.append(tag)
        for name, value in attrs:
            if name in ("href", "src"):
                self.links.append(value or "")
            if name == "id":
                self.ids.append(value or "")
            if name.startswith("on"):
                self.handlers.append(name)

    def handle_data(self, data: str) -> None:
        """Note the text."""
        self.texts.append(data)


def evil() -> Any:
    """A case in which the target says EVIL wherever it can."""
    said = exchange(
        purpose=EVIL,
        response_headers=((EVIL, EVIL),),
        response_body=EVIL.encode(),
        body=EVIL.encode(),
        url=f"http://h/{EVIL}",
    )
    return case("violated", MUST, name=EVIL, expected=EVIL, actual=EVIL, detail=EVIL, exchanges=(said, said))


def test_nothing_that_a_target_says_becomes_markup() -> None:
    made = report([*all_conform(MUST), evil(), case("inconclusive", MUSTS[1], detail=EVIL)], problem="")
    made.run.left = EVIL
    for text in (page.overview(made), page.evidence_of(evil(), made.evidence, CONTRACT)):
        found = Tags(text)
        assert set(found.tags) <= ALLOWED
        assert not found.handlers
        assert any("<script>alert(1)</script>" in each for each in found.texts)
        assert "49" not in "".join(found.texts).replace(EVIL, "")
    cells = "".join(page.row_cells("Failed", evil(), EVIL, 0.1))
    assert set(Tags(cells).tags) == {"td"}
    assert "<script" not in str(page.environment(EVIL, "3", 0))


def test_the_page_loads_nothing_and_its_links_lead_somewhere() -> None:
    found = Tags(page.overview(report([*all_conform(MUST), case("violated", MUST)])))
    assert "url(" not in "".join(found.texts)
    assert found.links
    assert {link.removeprefix("#") for link in found.links} <= set(found.ids)
    assert len(found.ids) == len(set(found.ids))


def test_the_matrix_has_every_requirement_the_violated_first() -> None:
    broken = MUSTS[5]
    text = page.overview(report([*all_conform(broken), case("violated", broken)]))
    ids = [each for each in Tags(text).ids if each != "conformance"]
    assert sorted(ids) == sorted(CONTRACT.requirements)
    assert ids[0] == broken
    assert "1 of " in text
    assert "Violated" in text
    assert "got 200" in text


def test_a_page_without_verdict_says_why() -> None:
    text = page.overview(report([case("untested", name) for name in CONTRACT.requirements], problem="no connection"))
    assert "No verdict" in text
    assert text.count("no connection") == 1


def test_the_first_cell_is_what_the_filters_of_the_page_read() -> None:
    first = page.row_cells("Failed", case("violated", MUST), "node", 0.1)[0]
    assert first.startswith('<td class="col-result" hidden>Failed</td>')
    should = SimpleNamespace(failed=False, when="call", outcome="skipped", wasxfail="a SHOULD")
    assert page.outcome_of(should) == "XFailed"
    error = SimpleNamespace(failed=True, when="setup", outcome="failed")
    assert page.outcome_of(error) == "Error"
    assert len(page.header_cells()) == len(page.row_cells("Passed", None, "node", 0.0))
