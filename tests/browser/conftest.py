"""One browser for all tests, and the pages that they look at."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from reports import page
from tests.browser import evil
from tests.reports.made import CONTRACT, MUSTS, SHOULDS, all_conform, case, exchange, report
from tests.suite import check

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from reports.results import Report

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
BODY = b'{"data": {"type": "USERS", "attributes": {"delivery": "app"}}}'


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A browser without a window, gone before other tests: its event loop is that of the thread, which has no other."""
    if CHROMIUM is None:
        pytest.skip("there is no Chromium on this machine: apt-get install chromium")
    with sync_playwright() as playwright:
        # In a container there are no namespaces to build a sandbox of, and the pages are our own.
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


class Opened:
    """A page in a browser, with what it asked for and what went wrong in it."""

    def __init__(self, browser: Browser, address: str, **options: Any) -> None:
        self.context = browser.new_context(**options)
        self.context.set_default_timeout(10_000)
        self.page: Page = self.context.new_page()
        self.requests: list[str] = []
        self.errors: list[str] = []
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("console", lambda message: self.errors.append(message.text))
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("dialog", lambda dialog: self.errors.append(dialog.message))
        self.page.goto(address)


@pytest.fixture
def opened(browser: Browser) -> Iterator[Any]:
    """Opens pages, and closes them at the end: none of them may have asked for anything, or failed."""
    pages: list[Opened] = []

    def open_page(path: Path, fragment: str = "", **options: Any) -> Page:
        pages.append(Opened(browser, f"{path.as_uri()}{fragment}", **options))
        return pages[-1].page

    yield open_page
    for each in pages:
        each.context.close()
        assert not [url for url in each.requests if not url.startswith("file:")]
        assert len(each.requests) == 1
        assert not each.errors


def reports() -> dict[str, Report]:
    """A report for each kind of answer."""
    shown = exchange(body=BODY, purpose="enable.request.type: near-miss-upper-case")
    other = exchange(status=500, purpose="enable.request.data: null")
    other.judged["http.no-server-error"] = "the status is 500"
    cases = [
        case("violated", "enable.request.type", exchanges=(exchange(purpose="before"), shown), reproducible=True),
        case("violated", "enable.request.data", exchanges=(other,)),
        case("violated", "http.no-server-error", exchanges=(other,)),
        case("violated", SHOULDS[0], exchanges=(exchange(purpose="a SHOULD"),), reproducible=False),
        case("inconclusive", "verify.accepted", because="enable.request.type"),
        case("untested", "verify.wrong-code", detail="no code source was given"),
    ]
    named = {name for each in cases for name in each.requirements}
    return {
        "conformant": report(all_conform()),
        "violated": report([*all_conform(*named), *cases]),
        "many": report(
            [
                *(case("violated", name, exchanges=(exchange(purpose=name, status=222),)) for name in MUSTS[:40]),
                *all_conform(*MUSTS[:40]),
            ]
        ),
        "dead": report([case("untested", name) for name in CONTRACT.requirements], problem="no connection"),
    }


@pytest.fixture(scope="module")
def pages(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The page of each of these reports, sealed as it is after a run."""
    assert browser.is_connected()
    folder = tmp_path_factory.mktemp("pages")
    for name, made in reports().items():
        (folder / f"{name}.html").write_text(page.sealed(page.document(made)), "utf-8")
    return {path.stem: path for path in folder.iterdir()}


@pytest.fixture(scope="module")
def evil_page(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of a run against a target that sends markup, with pytest-html's table."""
    assert browser.is_connected()
    part = ("-k", "whole_run or test_credentials or test_accepted", "--examples=1")
    with evil.serving() as url:
        done = check(tmp_path_factory.mktemp("evil"), f"--base-url={url}", *part, TFE_TOKEN=evil.TOKEN)
    assert len(done.having("violated")) > 10, done.out
    return done.folder / "report.html"
