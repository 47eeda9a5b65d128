"""The page in a browser: on any screen, by keyboard and screen reader, with and without JavaScript."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

import pytest

from tests.unit.reports.made import CONTRACT, MUSTS, SHOULDS, URL, case, conforming, exchange, others_conform
from tests.unit.reports.pytest_run import run
from tests.unit.reports.test_html import EVIL, evil

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
PHONE: dict[str, Any] = {"viewport": {"width": 360, "height": 740}, "is_mobile": True, "has_touch": True}
DESK: dict[str, Any] = {"viewport": {"width": 1280, "height": 900}}
BODY = b'{"data": {"type": "USERS", "attributes": {"delivery": "app"}}}'
PAGES: dict[str, Any] = {
    "conformant": conforming(),
    "violated": others_conform(
        case("violated", "enable.request.type", name="a", reproducible=True, exchanges=(exchange(body=BODY),)),
        case("violated", SHOULDS[0], name="b", exchanges=tuple(exchange(number=n, case_id="b") for n in (2, 3))),
        case("inconclusive", MUSTS[-1], name="c", exchanges=(exchange(number=4, status=0),)),
        case("untested", MUSTS[-2], name="d", detail="no code source was given"),
    ),
    "evil": others_conform(evil()),
}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A browser without a window."""
    playwright = pytest.importorskip("playwright.sync_api")
    if CHROMIUM is None:
        pytest.skip("Chromium is not installed: apt-get install chromium")
    with playwright.sync_playwright() as driver:
        # A container has no namespaces for a sandbox, and the pages are our own.
        launched = driver.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield launched
        launched.close()


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The page of each of these runs."""
    folders = {name: tmp_path_factory.mktemp(name) for name in PAGES}
    for name, folder in folders.items():
        run(folder, PAGES[name])
    return {name: folder / "reports" / "report.html" for name, folder in folders.items()}


@pytest.fixture
def opened(browser: Browser, pages: dict[str, Path]) -> Iterator[Callable[..., Page]]:
    """Opens pages; none of them may load anything else, or fail."""
    problems: list[str] = []

    def open_page(name: str, fragment: str = "", **options: Any) -> Page:
        address = f"{pages[name].as_uri()}{fragment}"
        page = browser.new_context(**options).new_page()
        page.set_default_timeout(10_000)
        page.on(
            "request",
            lambda request: problems.append(request.url) if request.url != address.partition("#")[0] else None,
        )
        page.on("console", lambda message: problems.append(message.text))
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("dialog", lambda dialog: problems.append(dialog.message))
        page.goto(address)
        return page

    yield open_page
    for context in browser.contexts:
        context.close()
    assert problems == []


def unfold(page: Page) -> None:
    page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true; })")


def visible_rows(page: Page) -> int:
    return page.locator(".tc-matrix tbody tr:visible").count()


@pytest.mark.parametrize(
    ("name", "title", "why"),
    [
        ("conformant", "✓ Conformant", "every MUST conforms"),
        ("violated", "✗ Not conformant", f"1 of {len(MUSTS)} MUSTs is violated"),
    ],
)
def test_the_first_screen_has_the_verdict(name: str, title: str, why: str, opened: Callable[..., Page]) -> None:
    page = opened(name, **DESK)
    assert page.title() == f"{title}: {URL}"
    assert page.locator("html").get_attribute("lang") == "en"
    for text in (title, why, URL, CONTRACT.version):
        box = page.get_by_text(text).first.bounding_box()
        assert box, text
        assert box["y"] + box["height"] < 400, text
    assert page.locator("h1:visible").count() == 1
    assert not page.get_by_text("pytest-html").first.is_visible()


@pytest.mark.parametrize(
    ("name", "options"),
    [
        pytest.param("conformant", DESK, marks=pytest.mark.slow, id="conformant-desk"),
        pytest.param("violated", DESK | {"color_scheme": "dark"}, marks=pytest.mark.slow, id="violated-dark"),
        pytest.param("evil", PHONE, marks=pytest.mark.slow, id="evil-phone"),
    ],
)
def test_it_is_accessible_and_fits_the_screen(name: str, options: dict[str, Any], opened: Callable[..., Page]) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    page = opened(name, **options)
    unfold(page)
    assert axe.Axe().run(page).generate_snapshot() == ""
    assert page.evaluate("document.documentElement.scrollWidth") == options["viewport"]["width"]


def test_dark_mode_is_dark_and_paper_is_white(opened: Callable[..., Page]) -> None:
    page = opened("violated", color_scheme="dark")
    colour = "getComputedStyle(document.body).backgroundColor"
    assert page.evaluate(colour) == "rgb(21, 24, 29)"
    page.emulate_media(media="print", color_scheme="dark")
    assert page.evaluate(colour) == "rgb(255, 255, 255)"
    assert not page.locator("nav").is_visible()


@pytest.mark.parametrize("javascript", [True, False])
def test_markup_from_a_target_does_nothing(javascript: bool, opened: Callable[..., Page]) -> None:  # noqa: FBT001
    page = opened("evil", java_script_enabled=javascript)
    if javascript:
        unfold(page)
    assert page.locator("[src=x], iframe, [onerror], main section [style], main section img").count() == 0
    assert page.locator("script").count() == 2  # ours and that of pytest-html
    assert EVIL[:60] in (page.locator("main").text_content() or "")


def test_without_javascript_everything_can_be_read(opened: Callable[..., Page]) -> None:
    page = opened("violated", java_script_enabled=False, **DESK)
    for text in ("Not conformant", "a 4xx", "no code source was given", '"type": "USERS"', MUSTS[0]):
        assert page.get_by_text(text).first.is_visible(), text
    assert not page.locator(".tc-filters").is_visible()
    assert not page.locator("#cases").is_visible()
    assert page.locator(".tc-copy:visible").count() == 0


def test_the_requirements_can_be_filtered(opened: Callable[..., Page]) -> None:
    page = opened("violated")
    known = len(CONTRACT.requirements)
    assert visible_rows(page) == known
    page.locator("[name=level]").select_option("SHOULD")
    page.locator("[name=verdict]").select_option("violated")
    assert visible_rows(page) == 1
    assert page.locator("output").text_content() == f"1 of {known}"
    page.locator("[name=level]").select_option("")
    page.locator("[name=verdict]").select_option("")
    page.locator("[name=operation]").select_option("resend")
    assert page.locator(".tc-group:visible").count() == 1
    page.locator("[name=text]").fill("no such requirement")
    assert visible_rows(page) == 0
    assert page.get_by_text("No requirement matches.").is_visible()


def test_a_link_opens_its_requirement_even_where_a_filter_hides_it(opened: Callable[..., Page]) -> None:
    page = opened("violated", "#enable.request.type", **DESK)
    row = page.locator("#enable\\.request\\.type")
    assert row.locator("details").first.get_attribute("open") is not None
    assert row.evaluate("(e) => e.getBoundingClientRect().top < innerHeight && e.getBoundingClientRect().top >= 0")
    page.locator("[name=verdict]").select_option("violated")
    page.evaluate("location.hash = '#user.id'")
    page.wait_for_function("document.getElementById('user.id').checkVisibility()")
    page.get_by_role("link", name="Cause 1").first.click()
    assert page.locator("#cause-1 details").first.get_attribute("open") is not None


@pytest.mark.parametrize("clipboard", [True, False])
def test_the_curl_line_can_be_copied(clipboard: bool, opened: Callable[..., Page]) -> None:  # noqa: FBT001
    page = opened("violated", permissions=["clipboard-read", "clipboard-write"])
    if not clipboard:
        page.evaluate("Object.defineProperty(navigator, 'clipboard', {value: undefined})")
    block = page.locator("#cause-1 .tc-again").first
    block.get_by_role("button", name="Copy").click()
    block.get_by_role("button", name="Copied").wait_for()
    line = block.locator("pre").text_content() or ""
    assert line.startswith("curl -sS -i -X POST")
    copied = "navigator.clipboard.readText()" if clipboard else "getSelection().toString()"
    assert page.evaluate(copied).strip() == line.strip()


def test_the_places_of_a_violation_are_marked(opened: Callable[..., Page]) -> None:
    page = opened("violated")
    assert page.locator("#cause-1 .tc-proof mark").all_text_contents() == ['"type": "USERS"', "HTTP 200"]


def test_the_table_of_pytest_html_is_folded_and_sorted_by_keyboard(opened: Callable[..., Page]) -> None:
    page = opened("violated")
    assert not page.locator("#results-table").is_visible()
    page.locator("#cases > summary").press("Enter")
    first = page.locator("#results-table .col-testId").first
    assert "test_fails" in (first.text_content() or "")
    page.locator("#results-table th").nth(0).press("Enter")
    assert "test_passes" in (page.locator("#results-table .col-testId").first.text_content() or "")
