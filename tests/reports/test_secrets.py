"""Whole runs against a target that repeats every secret in every form: none reaches what anyone reads."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from conformance.redaction import Known
from reference.accounts import PEOPLE
from reference.server import serving
from reports.files import NAMES, missing
from reports.leaks import leaks
from tests.conformance.staging import Fixed, Staging
from tests.forms import FORMS
from tests.reports.echoing import NUMBER
from tests.suite import check

if TYPE_CHECKING:
    from tests.suite import Finished

PART = "off_enable or whole_run or test_each_transition"
SAYING = "verify-PUT or off_enable or no-token"
TALKATIVE = ("-vv", "--showlocals", "--tb=long", "-s", "-rA", "--log-cli-level=DEBUG")


@dataclass(frozen=True)
class Left:
    """What a run left behind: each text by its name, and the secrets that the target knew."""

    finished: Finished
    texts: dict[str, str]
    secrets: list[str]


def run(folder: Path, *arguments: str, disturb: str = "") -> Left:
    told, cache, out = folder / "told", folder / "cache", folder / "terminal.md"
    told.mkdir()
    done = check(
        folder,
        *("-p", "tests.reports.disturbed", f"--sms-number={NUMBER}"),
        *arguments,
        ECHO=str(told),
        XDG_CACHE_HOME=str(cache),
        DISTURB=disturb,
    )
    out.write_text(done.out, "utf-8")
    paths = [path for path in folder.rglob("*") if path.is_file() and path.parent != told]
    texts = {str(path.relative_to(folder)): path.read_text("utf-8", "replace") for path in paths}
    secrets = [secret for path in told.iterdir() for secret in json.loads(path.read_text("utf-8"))]
    return Left(done, texts, list(dict.fromkeys(secrets)))


@pytest.fixture(scope="module")
def quiet(tmp_path_factory: pytest.TempPathFactory) -> Left:
    return run(tmp_path_factory.mktemp("quiet"), "-k", PART)


@pytest.fixture(scope="module")
def talkative(tmp_path_factory: pytest.TempPathFactory) -> Left:
    """A run that says all that pytest can be made to say, with tests that print, log and fail over the secrets."""
    folder = tmp_path_factory.mktemp("talkative")
    files = (f"--log-file={folder / 'log.txt'}", f"--debug={folder / 'debug.txt'}")
    return run(folder, "-k", SAYING, *TALKATIVE, *files, disturb="babble")


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Left:
    """A run by two workers, which tell the one who writes to the terminal."""
    folder = tmp_path_factory.mktemp("shared")
    return run(folder, "-n", "2", "-k", SAYING, *TALKATIVE, f"--log-file={folder / 'log.txt'}", disturb="babble")


@pytest.fixture(params=["quiet", "talkative", "shared"])
def left(request: pytest.FixtureRequest) -> Left:
    found: Left = request.getfixturevalue(request.param)
    return found


def test_no_secret_is_left_in_any_form(left: Left) -> None:
    assert len(left.secrets) > 5, left.finished.out
    assert {f"report/{name}" for name in NAMES} | {"terminal.md"} <= left.texts.keys()
    assert any("nodeids" in name for name in left.texts)
    for name, text in left.texts.items():
        low = text.lower()
        for secret in (*left.secrets[:5], *left.secrets[-5:]):
            for kind, form in FORMS.items():
                assert not stands(form(secret).lower(), low), (name, kind)


def stands(form: str, text: str) -> bool:
    """Whether it stands there, a number as a whole."""
    if form.isdecimal():
        return re.search(rf"(?<!\d){form}(?!\d)", text) is not None
    return form in text


def test_nor_in_any_other(left: Left, tmp_path: Path) -> None:
    """The terminal, the logs and the cache say nothing either to who undoes whatever can be undone."""
    known = [Known(secret, str(at), "number" if secret == NUMBER else "text") for at, secret in enumerate(left.secrets)]
    for name, text in left.texts.items():
        (tmp_path / Path(name).name).write_text(text, "utf-8")
    assert leaks(list(tmp_path.iterdir()), known) == {}


def test_what_is_shown_instead_says_what_it_was(left: Left) -> None:
    for name in ("report.html", "results.json", "junit.xml"):
        assert "$TFE_TOKEN" in left.texts[f"report/{name}"]
    for label in ("$TFE_TOKEN", "[recovery code", "[code]", "[SMS number]"):
        assert label in left.texts["report/results.json"]


def test_the_run_has_its_verdict_and_all_reports(quiet: Left) -> None:
    assert "response.no-token" in quiet.finished.having("violated")
    assert not missing(quiet.finished.folder)
    assert "NO VERDICT: of 67 MUSTs" in quiet.finished.out


def test_the_talk_is_not_lost(talkative: Left) -> None:
    for said in (
        "DEBUG    babble",
        "HTTP Request: POST",
        "LookupError: $TFE_TOKEN is not [SMS number]",
        "secrets    = [",
    ):
        assert said in talkative.finished.out
    assert "DEBUG    babble" in talkative.texts["log.txt"]
    assert "pytest_runtest_logreport" in talkative.texts["debug.txt"]


class Sampled(Fixed):
    """An account with the code that the documentation has in its sample."""

    def totp(self, step: int = 0) -> str:  # noqa: ARG002
        return "123456"

    fresh_code = totp


class Toy(Staging):
    """A server of a developer, with a word for a token."""

    account_type = Sampled
    people = (replace(PEOPLE[0], token="token"),)


def test_a_token_that_is_a_word_and_the_code_of_a_sample_cost_no_report(tmp_path: Path) -> None:
    with serving(Toy()) as server:
        arguments = [f"--base-url={server.base_url}", "--code-source=static:123456", "-k", f"test_codes or {PART}"]
        done = check(tmp_path, *arguments, TFE_TOKEN="token")
    assert not missing(done.folder), done.out
    assert "a secret was left" not in done.out
    for requirement in ("response.no-token", "verify.accepted", "verify.wrong-code"):
        assert done.verdict(requirement) == "conforms"
    for name in NAMES:
        assert not re.search(r"(?<!\d)123456(?!\d)|Bearer token", (done.folder / name).read_text("utf-8")), name
