"""The HTML: nothing that a target says becomes markup, and all that it shows is there."""

from __future__ import annotations

from html.parser import HTMLParser
from types import SimpleNamespace
from typing import Any

import pytest

from conformance.tool import tool_version
from reports import page, table
from reports.causes import causes
from reports.waivers import Waiver
from reports.words import demanded, seen
from tests.reports.made import CONTRACT, MUSTS, URL, all_conform, case, exchange, report

MUST = MUSTS[0]
EVIL = "</pre></td><script>alert(1)</script><img src=x onerror=alert(1)>\"'`{{ 7*7 }}&amp;"
ALLOWED = {
    *("header", "nav", "section", "h1", "h2", "h3", "p", "div", "dl", "dt", "dd", "code", "small", "strong", "span"),
    *("table", "caption", "thead", "tbody", "tr", "th", "td", "ol", "ul", "li", "a", "details", "summary", "pre", "b"),
    *("form", "label", "select", "option", "input", "output", "button", "mark", "svg", "path"),
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
    cells = "".join(table.row_cells("Failed", evil(), EVIL, 0.1))
    assert set(Tags(cells).tags) == {"td"}
    assert "<script" not in str(table.environment(EVIL, "3", 0))


def test_the_page_loads_nothing_and_its_links_lead_somewhere() -> None:
    waived = Waiver(MUSTS[1], "known")
    made = report([*all_conform(MUST, *MUSTS[1:4]), *(case("violated", name) for name in MUSTS[:3])], waived)
    found = Tags(page.document(made))
    assert "url(" not in "".join(found.texts)
    assert found.links
    assert {link.removeprefix("#") for link in found.links} <= set(found.ids)
    assert len(found.ids) == len(set(found.ids))


def test_the_answer_comes_first_with_all_that_tells_the_run_from_others() -> None:
    text = "".join(Tags(page.overview(report(all_conform(), strict=True, seed=77))).texts)
    for part in (
        "Conformant",
        URL,
        f"account, version {CONTRACT.version}",
        f"tfe-conformance {tool_version()}, seed 77, SHOULDs count",
        "1 exchange in 1.5 s, until 2026-06-15 00:00:00 UTC",
    ):
        assert part in text[: text.index("Requirements\n")], part


def test_a_cause_says_all_that_is_needed_to_fix_it() -> None:
    body = b'{"data": {"type": "USERS", "attributes": {"delivery": "app"}}}'
    shown = exchange(body=body, purpose="enable.request.type: upper-case")
    bad = [
        case("violated", "enable.request.type", exchanges=(shown,), reproducible=True),
        case("violated", "verify.request.type", exchanges=(exchange(purpose="another"),)),
        case("inconclusive", "verify.accepted", because="enable.request.type"),
    ]
    text = page.overview(report([*all_conform(*(name for each in bad for name in each.requirements)), *bad]))
    words = " ".join(" ".join(Tags(text).texts).split())
    assert words.count("What to fix 1 cause") == 1
    requirement = CONTRACT.requirements["enable.request.type"]
    for part in (
        f"{requirement.sentence} {requirement.id} · {requirement.source}",
        "Expected a 4xx Actual got 200 Where /data/type of the request; the status of the answer",
        "Seen in 2 of 2 cases; asked again once, it happened again",
        "Hides 1 requirement has no verdict because of it: verify.accepted",
        "It breaks 1 more requirement",
        "curl -sS -i -X POST",
    ):
        assert part in words, part
    assert '<mark class="tc-wrong">&#34;type&#34;: &#34;USERS&#34;</mark>' in text
    assert '<mark class="tc-wrong">HTTP 200</mark>' in text


@pytest.mark.parametrize(
    ("stamps", "expected"),
    [
        ((None,), "in 1 of 1 case; not asked for again"),
        ((True, None), "in 2 of 2 cases; asked again once, it happened again"),
        ((True, True), "in 2 of 2 cases; asked again twice, it happened again each time"),
        ((True, False, True), "in 3 of 3 cases; flaky: asked again 3 times, it happened again 2 of them"),
        ((False,), "in 1 of 1 case; flaky: asked again once, it happened again never"),
    ],
)
def test_how_often_it_was_seen(stamps: tuple[bool | None, ...], expected: str) -> None:
    cases = [case("violated", MUST, reproducible=stamp) for stamp in stamps]
    made = report([*all_conform(MUST), *cases])
    (cause,) = causes(made.outcome, CONTRACT, [])
    assert seen(cause) == expected


@pytest.mark.parametrize(
    ("name", "expected", "said"),
    [
        ("user.id", "", 'type: "string", minLength: 1'),
        ("enable.request.type", "", "a 4xx"),
        ("enable.request.type", "a 4xx to this", "a 4xx to this"),
        ("user.id", "another", "another"),
        ("account.life", "", CONTRACT.requirements["account.life"].sentence),
    ],
)
def test_what_the_sentence_expects_is_said_in_short(name: str, expected: str, said: str) -> None:
    made = report([case("violated", name, expected=expected or CONTRACT.requirements[name].sentence)])
    (finding,) = made.outcome.those("violated")
    assert demanded(finding, CONTRACT) == said


def test_of_a_recording_nothing_was_asked_again() -> None:
    made = report([case("violated", MUST, reproducible=True)])
    made.run.recording = SimpleNamespace(archive=SimpleNamespace(name="<b>traffic.har"))  # type: ignore[assignment]
    text = " ".join("".join(Tags(page.overview(made)).texts).split())
    assert "Judged1 recorded exchange of <b>traffic.har in 1.5 s" in text
    assert "in 1 of 1 case that the recording allows to judge" in text
    assert "asked again" not in text


def test_the_matrix_has_every_requirement_in_the_order_of_the_contract() -> None:
    broken = MUSTS[5]
    text = page.overview(report([*all_conform(broken), case("violated", broken)]))
    assert [each for each in Tags(text).ids if each in CONTRACT.requirements] == list(CONTRACT.requirements)
    assert "1 of 1" in text
    assert "got 200" in text
    assert 'href="#cause-1"' in text


def test_a_page_without_verdict_says_why() -> None:
    text = page.overview(report([case("untested", name) for name in CONTRACT.requirements], problem="no connection"))
    assert "No verdict" in text
    assert text.count("no connection") == 1


def test_what_has_no_verdict_or_is_waived_is_there_with_its_reason() -> None:
    cases = [case("violated", MUST), case("untested", MUSTS[1], detail="no code source")]
    text = page.overview(report([*all_conform(*MUSTS[:2]), *cases], Waiver(MUST, "known and accepted")))
    assert text.index("Untested, and why") < text.index("no code source")
    assert text.index("Waived, and why") < text.index("known and accepted")
    assert "What to fix" not in text


def test_only_its_own_scripts_and_styles_are_allowed() -> None:
    text = page.sealed("<title>a</title><style>b</style><script>c</script><script>d</script>")
    policy = text.partition('content="')[2].partition('"')[0]
    assert policy == (
        "default-src 'none'; "
        "script-src 'sha256-Ln0sA6lQeuJl7PW1NWiFpTOTogKdJBOUmXJloaJa78Y=' "
        "'sha256-GKw+c0PwFokMUQ6T+TUmEWnZ4/VlQ2Qpgw+vCTT0+OQ='; "
        "style-src 'sha256-PiPoFgA5WUoziU9lZOGxNIu9egCI1CxKy3PurtWcAJ0='; "
        "base-uri 'none'; form-action 'none'"
    )
    sealed = page.sealed(page.document(report(all_conform())))
    assert "unsafe" not in sealed.partition("<style>")[0]
    assert sealed.index("Content-Security-Policy") < sealed.index("<style>")


def test_the_table_of_pytest_html_is_taken_over() -> None:
    theirs = (
        '<head><style type="text/css">their {}</style></head><body><h1 id="title">x</h1>'
        '<input checked type="checkbox" data-test-result="passed"><p onclick="f()"><img src="" /></p></body>'
    )
    text = page.document(report(all_conform()), theirs)
    assert "<style>their {}</style>" in text
    assert 'data-test-result="passed" aria-label="show passed"' in text
    assert "onclick" not in text
    assert Tags(text).tags.count("h1") == 1
    assert table.parts("of another form") == ("", "")
    assert "All cases" not in page.document(report(all_conform()), "of another form")


def test_the_first_cell_is_what_the_filters_of_the_page_read() -> None:
    first = table.row_cells("Failed", case("violated", MUST), "node", 0.1)[0]
    assert first.startswith('<td class="col-result" hidden>Failed</td>')
    should = SimpleNamespace(failed=False, when="call", outcome="skipped", wasxfail="a SHOULD")
    assert table.outcome_of(should) == "XFailed"
    error = SimpleNamespace(failed=True, when="setup", outcome="failed")
    assert table.outcome_of(error) == "Error"
    assert len(table.header_cells()) == len(table.row_cells("Passed", None, "node", 0.0))
