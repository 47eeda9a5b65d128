"""The results of several runs side by side: what differs, what became worse, and the exit code that says it."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator

from reports.changes import MARKS, RANKS, Change
from reports.compare import WIDTH, command
from reports.compare_page import SAID
from reports.files import dumped
from reports.results import results, schema
from reports.verdicts import VERDICTS
from reports.waivers import Waiver
from tests.reports.made import CONTRACT, MUSTS, SHOULDS, all_conform, case, report
from tests.suite import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from conformance.verdicts import Case

MUST, OTHER = MUSTS[:2]
SHOULD = SHOULDS[0]
BEFORE_FORMATS = Path(__file__).parent / "before-formats.json"
"""Left by a run of version 0.1.0, before results.json had a format: of each verdict something."""


class Balanced(HTMLParser):
    """Finds that each element is closed, in the right order."""

    VOID = frozenset({"meta", "br", "input"})

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:  # noqa: ARG002
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def document(cases: Iterable[Case], *waivers: Waiver, **options: Any) -> dict[str, Any]:
    """The results of a run in which all but these cases conform."""
    cases = list(cases)
    named = [name for each in cases for name in each.requirements]
    return results(report([*all_conform(*named), *cases], *waivers, **options))


def compared(
    folder: Path, capsys: pytest.CaptureFixture[str], documents: Sequence[dict[str, Any]], name: str = "run"
) -> tuple[int, str]:
    """The exit code, and what was printed."""
    files = []
    for number, each in enumerate(documents, start=1):
        files.append(folder / f"{name}{number}.json")
        files[-1].write_text(dumped(each), "utf-8")
    code = command([str(file) for file in files])
    out, err = capsys.readouterr()
    assert not err
    return code, out


def row(out: str, name: str) -> list[str]:
    """The words of the table about a requirement, without its level and its ID."""
    return next(line.split()[2:] for line in out.splitlines() if line.split()[1:2] == [name])


def test_nothing_differs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out = compared(tmp_path, capsys, [document([]), document([])])
    assert code == 0
    assert f"{len(MUSTS) + len(SHOULDS)} of {len(MUSTS) + len(SHOULDS)} requirements have the same verdict" in out
    assert out.endswith("No MUST is worse in #2 than in #1\n")
    assert "http://127.0.0.1:1234/api/v2, 2026-06-15 00:00:00 UTC, 1.5 s, 1 exchanges" in out
    assert "CONFORMANT: every MUST conforms" in out


def test_what_became_worse_comes_first_with_the_cases_that_fail_now(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first = document([case("violated", OTHER)])
    last = document([case("violated", MUST, name=f"{MUST}-null"), case("violated", MUST, name=f"{MUST}-list")])
    code, out = compared(tmp_path, capsys, [first, last])
    assert code == 1
    assert row(out, MUST) == ["conforms", "violated", "worse"]
    assert row(out, OTHER) == ["violated", "conforms", "better"]
    assert out.index(f" {MUST} ") < out.index("   newly failing: null, list\n") < out.index(f" {OTHER} ")
    assert f"MUST   #2   {len(MUSTS)}: 1 violated, {len(MUSTS) - 1} conforms" in out
    assert "1 worse, 1 better, " in out
    assert "1 MUST is worse in #2 than in #1" in out
    assert compared(tmp_path, capsys, [last, first, first])[0] == 1
    conforming = document([])
    assert compared(tmp_path, capsys, [conforming, first, conforming])[0] == 0
    code, out = compared(tmp_path, capsys, [first, conforming, first])
    assert code == 1
    assert out.endswith("1 MUST is worse in #3 than before\n")


@pytest.mark.parametrize(("strict", "code"), [((False, False), 0), ((True, False), 0), ((True, True), 1)])
def test_a_should_counts_where_both_are_strict(
    strict: tuple[bool, bool], code: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    documents = [document([], strict=strict[0]), document([case("violated", SHOULD)], strict=strict[1])]
    found, out = compared(tmp_path, capsys, documents)
    assert found == code
    assert row(out, SHOULD) == ["conforms", "violated", "worse"]
    assert " ".join(out.split()).count("seed 0, strict") == sum(strict)


@pytest.mark.parametrize(
    ("verdicts", "mark"),
    [
        (("conforms", "untested"), "worse"),
        (("conforms", "inconclusive"), "worse"),
        (("waived", "violated"), "worse"),
        (("inconclusive", "violated"), "worse"),
        (("violated", "inconclusive"), "unclear"),
        (("violated", "untested"), "unclear"),
        (("untested", "inconclusive"), "unclear"),
        (("violated", "waived"), "waived"),
        (("conforms", "waived"), "waived"),
        (("violated", "conforms"), "better"),
        (("waived", "conforms"), "better"),
        (("conforms", "violated", "conforms"), "between"),
        (("waived", "violated", "waived"), "between"),
        (("violated", "conforms", "violated"), "worse"),
        (("untested", "waived", "untested"), "worse"),
        (("violated", "violated", "conforms"), "better"),
        (("-", "conforms", "violated"), "worse"),
        (("-", "conforms", "conforms"), "new"),
        (("conforms", "conforms", "waived"), "waived"),
        (("-", "violated"), "new"),
        (("violated", "-"), "gone"),
    ],
)
def test_what_a_requirement_became(verdicts: tuple[str, ...], mark: str) -> None:
    assert Change(MUST, "MUST", verdicts).mark == mark


def test_every_verdict_has_a_rank() -> None:
    assert set(RANKS) == set(VERDICTS)
    assert tuple(SAID) == MARKS


def test_a_waiver_is_no_cure_and_no_harm(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    violated = [case("violated", MUST)]
    code, out = compared(tmp_path, capsys, [document(violated), document(violated, Waiver(MUST, "known"))])
    assert code == 0
    assert row(out, MUST) == ["violated", "waived", "waived"]


def test_other_cases_of_what_is_violated_in_both(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = [case("violated", MUST, name="both"), case("violated", MUST, name="gone")]
    after = [case("violated", MUST, name="both"), *(case("violated", MUST, name=f"new-{at}") for at in range(9))]
    code, out = compared(tmp_path, capsys, [document(before), document(after)])
    assert code == 0
    assert f"{MUST} is violated in #1 and #2, by other cases\n" in out
    assert "newly failing: new-0, new-1, new-2, new-3, new-4, new-5 and 3 more\n" in out
    assert "no longer failing: gone\n" in out


def test_reasons_are_said_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    unknown = [case("untested", name, detail="no code") for name in MUSTS]
    code, out = compared(tmp_path, capsys, [document([]), document(unknown)])
    assert code == 1
    assert out.count("no code") == 1
    assert f"{len(MUSTS)} MUSTs are worse" in out


def test_sets_of_requirements_may_differ(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    older, newer = document([]), document([case("violated", OTHER)])
    older["requirements"] = [each for each in older["requirements"] if each["id"] != OTHER]
    newer["requirements"] = [each for each in newer["requirements"] if each["id"] != MUST]
    code, out = compared(tmp_path, capsys, [older, newer])
    assert code == 0
    assert row(out, OTHER) == ["-", "violated", "new"]
    assert row(out, MUST) == ["conforms", "-", "gone"]
    assert f"#1 does not know 1 of the requirements: {OTHER}" in out
    assert f"#2 does not know 1 of the requirements: {MUST}" in out


def test_a_file_alone_is_summed_up(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cases = [case("violated", MUST, detail="got 200"), case("untested", SHOULD, detail="no code")]
    code, out = compared(tmp_path, capsys, [document(cases)])
    assert code == 0
    assert "#1" not in out
    assert f"violated     MUST   {MUST}\n   got 200\n" in out
    assert f"untested     SHOULD {SHOULD}\n   no code\n" in out
    assert "worse" not in out


@pytest.mark.parametrize("number", [2, 3, 5, 6])
def test_it_fits_in_100_columns(number: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    longest = max(MUSTS, key=len)
    last = document([case("inconclusive", longest, detail="why " * 60), case("violated", MUST)])
    code, out = compared(tmp_path, capsys, [*[document([])] * (number - 1), last], "long-name-" * 15)
    assert code == 1
    assert max(map(len, out.splitlines())) <= WIDTH
    for at in range(1, number + 1):
        assert f"#{at} …" in out
        assert f"-name-{at}.json\n" in out


def test_what_a_file_says_does_nothing_to_the_terminal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    evil = "\x1b[31m\u202e\ud800"
    made = document([case("violated", MUST, name=evil, detail=evil), case("untested", SHOULD, detail=evil)])
    made["why"] = made["target"]["base_url"] = made["tool"]["version"] = evil
    made["requirements"][0]["id"] += evil
    texts = []
    for number, good in enumerate([[], [document([])]]):
        file, other = tmp_path / f"{number}.json", tmp_path / "good.json"
        file.write_text(json.dumps(made))
        other.write_text(dumped(good[0]) if good else "")
        command([*([str(other)] if good else []), str(file)])
        texts.append(capsys.readouterr().out)
    assert all(character.isprintable() or character == "\n" for text in texts for character in text)


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (None, "can't be read"),
        (b"", "is no JSON"),
        (b"\xff", "is no JSON"),
        (b"[" * 100_000, "is no JSON"),
        (b"[]", "holds no results of this form"),
        (b'{"tool": {"version": "99"}}', "of version 99; this is"),
        (b'{"format": 2, "anything": "else"}', "is of format 2; version "),
        (b'{"format": 0}', "holds no results of this form"),
        (b'{"format": "1"}', "holds no results of this form"),
        (b'{"tool": {"version": ["\\u001b[31m\\n"]}}', "holds no results of this form"),
        (json.dumps({"x\n\x1b" * 999: "y" * 9999}).encode(), "holds no results of this form"),
    ],
)
def test_a_bad_file_is_one_line_and_exit_code_2(
    content: bytes | None, line: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good, bad = tmp_path / "good.json", tmp_path / "bad.json"
    good.write_text(dumped(document([])), "utf-8")
    if content is not None:
        bad.write_bytes(content)
    assert command([str(good), str(bad)]) == 2
    out, err = capsys.readouterr()
    assert not out
    assert err.startswith(f"tfe-conformance: {bad} ")
    assert line in err
    assert err.count("\n") == 1
    assert len(err) < 400 + len(str(bad))
    assert all(character.isprintable() for character in err[:-1])


def test_files_of_before_there_were_formats_are_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    old = json.loads(BEFORE_FORMATS.read_text("utf-8"))
    assert "format" not in old
    Draft202012Validator(schema()).validate(old)
    code, out = compared(tmp_path, capsys, [old, document([case("violated", "enable.request.type")])])
    assert code == 1
    assert row(out, "enable.request.type") == ["waived", "violated", "worse"]
    assert row(out, "methods.other-than-post") == ["inconclusive", "conforms", "better"]
    assert compared(tmp_path, capsys, [document([]), old])[0] == 1
    assert compared(tmp_path, capsys, [old, old])[0] == 0


def test_members_that_a_newer_version_adds_are_passed_over(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    newer = document([])
    newer["more"] = newer["tool"]["more"] = newer["requirements"][0]["more"] = 1
    assert compared(tmp_path, capsys, [document([]), newer])[0] == 0


def test_the_page_says_the_same_and_needs_nothing_else(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    evil = "<script>alert(1)</script>\x1b\u202e"
    first = document([case("violated", OTHER)])
    last = document([case("violated", MUST, name=f"{MUST}-{evil}", detail=evil, actual=evil)])
    last["why"] = last["target"]["base_url"] = last["tool"]["version"] = evil
    for name, each in (("a", first), ("b", last)):
        (tmp_path / f"{name}.json").write_text(dumped(each), "utf-8")
    html = tmp_path / "compared.html"
    assert command([str(tmp_path / "a.json"), str(tmp_path / "b.json")], str(html)) == 1
    capsys.readouterr()
    text = html.read_text("utf-8")
    for part in (
        "1 MUST is worse in #2 than in #1",
        "What got worse",
        "What got better",
        f'id="{MUST}"',
        f'href="#{OTHER}"',
    ):
        assert part in text
    assert all(f'id="{name}"' in text for name in CONTRACT.requirements)
    assert "<script" not in text
    assert "&lt;script&gt;alert(1)" in text
    assert all(character.isprintable() or character == "\n" for character in text)
    assert not re.search(r'href="(?!#)|src=|url\(|@import', text)
    parser = Balanced()
    parser.feed(text)
    assert not parser.open


def test_a_page_that_cannot_be_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "a.json"
    file.write_text(dumped(document([])), "utf-8")
    assert command([str(file), str(file)], str(tmp_path / "none" / "a.html")) == 2
    out, err = capsys.readouterr()
    assert not out
    assert err.count("\n") == 1
    assert "--html" in err


def test_the_folder_of_a_report_will_do(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "results.json").write_text(dumped(document([])), "utf-8")
    assert command([str(tmp_path)]) == 0
    assert "CONFORMANT" in capsys.readouterr().out


def test_the_command_line_knows_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from conformance.commands import run  # noqa: PLC0415 (it imports all that the other tests do without)

    file = tmp_path / "a.json"
    file.write_text(dumped(document([])), "utf-8")
    assert run(["compare", str(file), str(file)], ROOT) == 0
    assert "No MUST is worse" in capsys.readouterr().out
