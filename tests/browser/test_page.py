"""The page as people meet it: on any screen, on paper, by keyboard and screen reader, with and without JavaScript."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]

from tests.browser.evil import EVIL
from tests.reports.made import CONTRACT, URL

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser, Page

PHONE: dict[str, Any] = {"viewport": {"width": 360, "height": 740}, "is_mobile": True, "has_touch": True}
DESK: dict[str, Any] = {"viewport": {"width": 1280, "height": 900}}
NAMES = ("conformant", "violated", "many", "dead")
ROW = "#enable\\.request\\.type"


def unfold(page: Page) -> None:
    """Open all that is folded."""
    page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true; })")


def backgrounds(page: Page) -> list[int]:
    """The red, green and blue of what is behind the text."""
    colour = page.evaluate("getComputedStyle(document.body).backgroundColor")
    return [int(part) for part in re.findall(r"\d+", colour)[:3]]


@pytest.mark.parametrize(
    ("name", "answer", "first"),
    [
        ("conformant", "✓ Conformant", "every MUST conforms"),
        ("violated", "✗ Not conformant", "3 of 67 MUSTs are violated"),
        ("many", "✗ Not conformant", "40 of 67 MUSTs are violated"),
        ("dead", "? No verdict", "no connection"),
    ],
)
def test_the_first_screen_gives_the_answer(
    name: str, answer: str, first: str, pages: dict[str, Path], opened: Any
) -> None:
    page = opened(pages[name], **DESK)
    assert page.title() == f"{answer}: {URL}"
    for text in (answer, first, URL, CONTRACT.version):
        found = page.get_by_text(text).first
        box = found.bounding_box()
        assert box, text
        assert box["y"] + box["height"] < 400, text
    causes = page.locator("#causes h2")
    assert causes.count() == (name in ("violated", "many"))
    if causes.count():
        box = causes.bounding_box()
        assert box
        assert box["y"] < 500


@pytest.mark.parametrize(
    ("name", "options"),
    [("conformant", DESK), ("violated", DESK | {"color_scheme": "dark"}), ("violated", PHONE), ("dead", PHONE)],
    ids=["conformant-desk", "violated-dark", "violated-phone", "dead-phone"],
)
def test_a_screen_reader_finds_its_way(name: str, options: dict[str, Any], pages: dict[str, Path], opened: Any) -> None:
    page = opened(pages[name], **options)
    unfold(page)
    assert Axe().run(page).generate_snapshot() == ""


def test_a_screen_reader_finds_its_way_in_pytest_htmls_table(evil_page: Path, opened: Any) -> None:
    page = opened(evil_page, **DESK, color_scheme="dark")
    page.locator("#cases > summary").click()
    page.locator("#results-table .failed .col-verdict").first.click()
    page.locator("#results-table .error .col-verdict, #results-table .skipped .col-verdict").first.click()
    assert page.locator(".extra .tc-evidence").count() > 0
    assert Axe().run(page, "#cases").generate_snapshot() == ""


def test_pytest_htmls_table_is_reached_by_keyboard(evil_page: Path, opened: Any) -> None:
    page = opened(evil_page)
    page.locator("#cases > summary").press("Enter")
    page.locator("#results-table .failed .col-verdict").first.press("Enter")
    assert page.locator(".extra .tc-evidence:visible").count() == 1
    page.locator("#results-table .sortable").last.press("Enter")
    page.locator("#results-table .failed .col-verdict[tabindex]").first.wait_for()


@pytest.mark.parametrize("javascript", [True, False])
def test_markup_in_what_a_target_says_does_nothing(javascript: bool, evil_page: Path, opened: Any) -> None:  # noqa: FBT001
    """The policy would keep a script from running, so what counts is that there is no element of the target's."""
    page = opened(evil_page, java_script_enabled=javascript)
    if javascript:
        unfold(page)
        page.locator("#show_all_details").click()
        assert page.locator(".extra .tc-evidence").count() > 10
    assert page.title().startswith("✗ Not conformant: http://127.0.0.1")
    assert page.locator(".evil").count() == 0
    assert page.locator("script").count() == 2
    assert page.locator("iframe, object, embed, link, base, [src], [onerror], [onclick], [style]").count() == 0
    assert page.locator("meta").count() == 3
    assert EVIL[:60] in (page.locator("main").text_content() or "")


@pytest.mark.parametrize("name", NAMES)
def test_a_phone_shows_it_without_scrolling_sideways(name: str, pages: dict[str, Path], opened: Any) -> None:
    page = opened(pages[name], **PHONE)
    unfold(page)
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    texts = page.locator("p, li, dd, td, pre")
    assert (
        texts.evaluate_all("(all) => Math.min(...all.map((each) => parseFloat(getComputedStyle(each).fontSize)))") > 11
    )


def test_dark_mode_is_dark_and_paper_is_white(pages: dict[str, Path], opened: Any) -> None:
    page = opened(pages["violated"], color_scheme="dark")
    assert max(backgrounds(page)) < 60
    assert page.locator("nav").is_visible()
    page.emulate_media(media="print", color_scheme="dark")
    assert min(backgrounds(page)) > 240
    for hidden in ("nav", ".tc-filters", ".tc-copy >> nth=0"):
        assert not page.locator(hidden).is_visible(), hidden


def test_print_shows_the_exchange_of_each_cause_though_it_is_folded(pages: dict[str, Path], opened: Any) -> None:
    page = opened(pages["many"])
    first = page.locator("#cause-2 .tc-proof").first
    curl = first.locator(".tc-curl")
    assert first.get_attribute("open") is None
    folded = page.evaluate("document.documentElement.scrollHeight")
    assert not curl.is_visible()
    page.emulate_media(media="print")
    assert curl.evaluate("(e) => e.checkVisibility({contentVisibilityAuto: true})")
    assert page.evaluate("document.documentElement.scrollHeight") > folded / 2


@pytest.mark.parametrize("policy", ["", "sandbox; default-src 'none'; img-src 'self'; style-src 'self'"])
def test_without_javascript_all_is_there_but_what_needs_it(
    policy: str, pages: dict[str, Path], browser: Browser
) -> None:
    """The policy is the one under which Jenkins shows files: no script, and no style of the page's own."""
    context = browser.new_context(java_script_enabled=bool(policy), **DESK)
    page = context.new_page()
    headers = {"Content-Type": "text/html; charset=utf-8"} | ({"Content-Security-Policy": policy} if policy else {})
    text = pages["violated"].read_text("utf-8")
    page.route("**", lambda route: route.fulfill(body=text, headers=headers))
    page.goto("http://report.test/")
    for name in ("enable.request.type", *list(CONTRACT.requirements)[-2:]):
        assert page.get_by_role("link", name=name, exact=True).first.is_visible(), name
    for shown in ("Not conformant", "What to fix", "a 4xx", "no code source was given", '"type": "USERS"'):
        assert page.get_by_text(shown).first.is_visible(), shown
    if not policy:
        assert not page.locator(".tc-filters").is_visible()
        assert page.locator(".tc-copy:visible").count() == 0
    context.close()


def visible_rows(page: Page) -> int:
    """How many requirements the matrix shows."""
    return page.locator(".tc-matrix tbody tr:visible").count()


def test_the_requirements_can_be_filtered(pages: dict[str, Path], opened: Any) -> None:
    page = opened(pages["violated"])
    known = len(CONTRACT.requirements)
    assert visible_rows(page) == known
    page.locator("[name=level]").select_option("SHOULD")
    assert visible_rows(page) == sum(each.level == "SHOULD" for each in CONTRACT.requirements.values())
    page.locator("[name=verdict]").select_option("violated")
    assert visible_rows(page) == 1
    assert page.locator("output").text_content() == f"1 of {known}"
    page.locator("[name=level]").select_option("")
    assert visible_rows(page) == 4
    page.locator("[name=verdict]").select_option("")
    page.locator("[name=operation]").select_option("resend")
    assert visible_rows(page) == sum(each.operation == "resend" for each in CONTRACT.requirements.values())
    assert page.locator(".tc-group:visible").count() == 1
    page.locator("[name=text]").fill("JSON text")
    assert visible_rows(page) == 1
    page.locator("[name=text]").fill("no such requirement")
    assert visible_rows(page) == 0
    assert page.get_by_text("No requirement is like this.").is_visible()


def test_a_deep_link_opens_its_row_also_when_it_is_filtered_out(pages: dict[str, Path], opened: Any) -> None:
    page = opened(pages["violated"], "#enable.request.type", **DESK)
    row = page.locator(ROW)
    assert row.locator("details").first.get_attribute("open") is not None
    assert row.evaluate("(e) => e.getBoundingClientRect().top < innerHeight && e.getBoundingClientRect().top >= 0")
    other = page.locator("#user\\.id")
    assert other.locator("details").first.get_attribute("open") is None
    page.locator("[name=verdict]").select_option("violated")
    assert not other.is_visible()
    page.evaluate("location.hash = '#user.id'")
    page.wait_for_function("document.getElementById('user.id').checkVisibility()")
    assert other.locator("details").first.get_attribute("open") is not None
    page.get_by_role("link", name="Cause 1").first.click()
    assert page.locator("#cause-1 details").first.get_attribute("open") is not None


@pytest.mark.parametrize("clipboard", [True, False])
def test_the_curl_line_can_be_copied(clipboard: bool, pages: dict[str, Path], opened: Any) -> None:  # noqa: FBT001
    page = opened(pages["violated"], permissions=["clipboard-read", "clipboard-write"])
    if not clipboard:
        page.evaluate("Object.defineProperty(navigator, 'clipboard', {value: undefined})")
    block = page.locator("#cause-1 .tc-again").first
    block.get_by_role("button", name="Copy").click()
    block.get_by_role("button", name="Copied").wait_for()
    line = block.locator("pre").text_content()
    assert line.startswith("curl -sS -i -X POST")
    copied = "navigator.clipboard.readText()" if clipboard else "getSelection().toString()"
    assert page.evaluate(copied).strip() == line.strip()


def test_what_is_wrong_is_marked_where_it_stands(pages: dict[str, Path], opened: Any) -> None:
    page = opened(pages["violated"])
    cause = page.locator(".tc-cause", has_text="enable.request.type").first
    assert cause.locator(".tc-proof mark").all_text_contents() == ['"type": "USERS"', "HTTP 200"]
    assert cause.locator(".tc-proof mark").first.evaluate("(e) => getComputedStyle(e).backgroundColor") != (
        cause.locator("pre").first.evaluate("(e) => getComputedStyle(e).backgroundColor")
    )
    assert "/data/type of the request; the status of the answer" in (cause.text_content() or "")
