"""The results of several runs side by side: the changes, and the exit code."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from conformance.model import ConfigurationError
from reports.compare import CHANGES, RANKS, compare_files, kind_of
from reports.run_result import VERDICTS
from reports.waivers import Waiver
from tests.unit.reports.made import CONTRACT, MUST, MUSTS, OTHER, SHOULD, case, others_conform, result
from tests.unit.reports.test_html import Page

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from conformance.model import Case
    from reports.run_result import RunResult


def run(*cases: Case, **changes: Any) -> RunResult:
    """The result of a run in which everything else conforms."""
    return result(others_conform(*cases), **changes)


def compared(
    folder: Path, capsys: pytest.CaptureFixture[str], results: Sequence[RunResult], **options: Any
) -> tuple[int, str]:
    """The exit code, and the output."""
    files = []
    for number, each in enumerate(results, start=1):
        files.append(folder / f"run{number}.json")
        files[-1].write_text(each.to_json(), "utf-8")
    code = compare_files([str(file) for file in files], **options)
    out, err = capsys.readouterr()
    assert not err
    return code, out


def test_equal_runs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out = compared(tmp_path, capsys, [run(), run()])
    assert code == 0
    count = len(CONTRACT.requirements)
    assert f"{count} of {count} requirements are the same in all runs" in out
    assert out.endswith("No MUST is worse in #2 than in #1\n")
    assert "http://127.0.0.1:1234/api/v2, 2026-06-15 12:00:00 UTC, 1 exchanges in 1.5 s" in out
    assert "CONFORMANT: every MUST conforms" in out


def test_what_got_worse_comes_first_with_the_cases_that_fail_now(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first = run(case("violated", OTHER))
    last = run(case("violated", MUST, name=f"{MUST}-null"), case("violated", MUST, name=f"{MUST}-list"))
    code, out = compared(tmp_path, capsys, [first, last])
    assert code == 1
    lines = [" ".join(line.split()) for line in out.splitlines()]
    at = lines.index(f"worse MUST {MUST} conforms -> violated")
    assert lines[at + 1] == "newly violated: null, list"
    assert lines[at + 2] == f"better MUST {OTHER} violated -> conforms"
    assert f"#2  MUST     {len(MUSTS)}: 1 violated, {len(MUSTS) - 1} conforms" in out
    assert "1 worse, 1 better, " in out
    assert "1 MUST is worse in #2 than in #1" in out
    assert compared(tmp_path, capsys, [last, first, first])[0] == 1
    assert compared(tmp_path, capsys, [run(), first, run()])[0] == 0
    code, out = compared(tmp_path, capsys, [first, run(), first])
    assert code == 1
    assert out.endswith("1 MUST is worse in #3 than before\n")


@pytest.mark.parametrize(("strict", "code"), [((False, False), 0), ((True, False), 0), ((True, True), 1)])
def test_a_should_counts_where_both_runs_are_strict(
    strict: tuple[bool, bool], code: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    results = [run(strict=strict[0]), run(case("violated", SHOULD), strict=strict[1])]
    actual, out = compared(tmp_path, capsys, results)
    assert actual == code
    assert f"worse    SHOULD {SHOULD}" in out
    assert out.count("seed 0, strict") == sum(strict)


@pytest.mark.parametrize(
    ("verdicts", "kind"),
    [
        (("conforms", "untested"), "worse"),
        (("conforms", "inconclusive"), "worse"),
        (("waived", "violated"), "worse"),
        (("inconclusive", "violated"), "worse"),
        (("violated", "inconclusive"), "changed"),
        (("violated", "untested"), "changed"),
        (("untested", "inconclusive"), "changed"),
        (("violated", "waived"), "changed"),
        (("conforms", "waived"), "changed"),
        (("violated", "conforms"), "better"),
        (("waived", "conforms"), "better"),
        (("conforms", "violated", "conforms"), "changed"),
        (("waived", "violated", "waived"), "changed"),
        (("violated", "conforms", "violated"), "worse"),
        (("untested", "waived", "untested"), "worse"),
        (("violated", "violated", "conforms"), "better"),
        (("-", "conforms", "violated"), "worse"),
        (("-", "conforms", "conforms"), "changed"),
        (("conforms", "conforms", "waived"), "changed"),
        (("-", "violated"), "changed"),
        (("violated", "-"), "changed"),
        (("violated", "violated"), "same"),
    ],
)
def test_the_kind_of_a_change(verdicts: tuple[str, ...], kind: str) -> None:
    assert kind_of(verdicts) == kind
    assert kind in (*CHANGES, "same")
    assert set(RANKS) == set(VERDICTS)


def test_a_waiver_makes_nothing_better_or_worse(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cases = others_conform(case("violated", MUST))
    code, out = compared(tmp_path, capsys, [result(cases), result(cases, Waiver(MUST, "known"))])
    assert code == 0
    assert f"changed  MUST   {MUST}  violated -> waived" in out


def test_other_cases_of_a_requirement_that_is_violated_in_both(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = [case("violated", MUST, name=name) for name in ("both", "gone")]
    after = [case("violated", MUST, name=name) for name in ("both", *(f"new-{number}" for number in range(9)))]
    code, out = compared(tmp_path, capsys, [run(*before), run(*after)])
    assert code == 0
    assert f"changed  MUST   {MUST}  violated -> violated\n" in out
    cases = "newly violated: new-0, new-1, new-2, new-3, new-4, new-5 and 3 more; no longer violated: gone\n"
    assert cases in out


def test_runs_may_know_different_requirements(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    older, newer = (json.loads(each.to_json()) for each in (run(), run(case("violated", OTHER))))
    older["requirements"] = [each for each in older["requirements"] if each["id"] != OTHER]
    newer["requirements"] = [each for each in newer["requirements"] if each["id"] != MUST]
    files = [tmp_path / "a.json", tmp_path / "b.json"]
    for file, document in zip(files, (older, newer), strict=True):
        file.write_text(json.dumps(document))
    assert compare_files([str(file) for file in files]) == 0
    out = " ".join(capsys.readouterr().out.split())
    assert f"changed MUST {OTHER} - -> violated" in out
    assert f"changed MUST {MUST} conforms -> -" in out


def test_a_verdict_that_a_violation_blocks_names_it_and_reasons_are_given_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    blocked = [case("inconclusive", name, name=name, because=MUST) for name in MUSTS[1:4]]
    last = run(case("violated", MUST, name="x"), *blocked, case("untested", MUSTS[4], name="y", detail="no code"))
    _, out = compared(tmp_path, capsys, [run(), last])
    lines = [" ".join(line.split()) for line in out.splitlines()]
    at = lines.index(f"worse MUST {MUST} conforms -> violated")
    assert lines[at + 1] == "newly violated: x"
    assert lines.count(f"because of {MUST}") == 1
    assert lines.count("no code") == 1


def test_a_recording_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, out = compared(tmp_path, capsys, [run(), run(recorded=True, target="traffic.har")])
    assert out.count("   recording traffic.har, ") == 1
    assert "   http://127.0.0.1:1234/api/v2, " in out


def test_control_characters_in_a_file_do_not_reach_the_output(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    evil = "\x1b[31m\u202e\ud800"
    document = json.loads(run(case("violated", MUST)).to_json())
    document["why"] = document["target"]["base_url"] = document["tool"]["version"] = evil
    document["requirements"][0]["id"] += evil
    file, good, html = tmp_path / "a.json", tmp_path / "b.json", tmp_path / "a.html"
    file.write_text(json.dumps(document))
    good.write_text(run().to_json(), "utf-8")
    compare_files([str(good), str(file)], html=str(html), markdown=str(tmp_path / "a.md"))
    texts = [capsys.readouterr().out, html.read_text("utf-8"), (tmp_path / "a.md").read_text("utf-8")]
    assert all("\\x1b[31m" in text for text in texts)
    assert all(character.isprintable() or character in "\n\t" for text in texts for character in text)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_byte_order_mark_is_no_mistake(encoding: str, tmp_path: Path) -> None:
    file = tmp_path / "results.json"
    file.write_text(run().to_json(), encoding)
    assert compare_files([str(file), str(file)]) == 0


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (None, "can't be read"),
        (b"", "is not JSON"),
        (b"\xff", "is not JSON"),
        (b"[" * 100_000, "is not JSON"),
        (b"[]", "is no results.json"),
        (b'{"format": 1}', "has format 1, this version reads format 2: run that version again"),
        (b'{"format": 3, "anything": "else"}', "has format 3, this version reads format 2: update this tool"),
        (b'{"format": "1"}', "is no results.json"),
        (b'{"format": 2, "tool": {"version": ["\\u001b[31m\\n"]}}', "is no results.json"),
        (json.dumps({"x\n\x1b" * 999: "y" * 9999}).encode(), "is no results.json"),
    ],
)
def test_a_bad_file_is_one_line(content: bytes | None, line: str, tmp_path: Path) -> None:
    good, bad = tmp_path / "good.json", tmp_path / "bad.json"
    good.write_text(run().to_json(), "utf-8")
    if content is not None:
        bad.write_bytes(content)
    with pytest.raises(ConfigurationError) as caught:
        compare_files([str(good), str(bad)])
    message = str(caught.value)
    assert message.startswith(f"{bad} ")
    assert line in message
    assert len(message) < 400 + len(str(bad))
    assert message.isprintable()


def test_runs_that_have_nothing_in_common_can_not_be_compared(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(ConfigurationError, match="at least two"):
        compared(tmp_path, capsys, [run()])
    file, other = tmp_path / "a.json", tmp_path / "b.json"
    file.write_text(run().to_json(), "utf-8")
    document = json.loads(run().to_json())
    document["contract"]["name"] = "teams"
    other.write_text(json.dumps(document))
    with pytest.raises(ConfigurationError, match="different contracts: #1 account, #2 teams"):
        compare_files([str(file), str(other)])
    document = json.loads(run().to_json()) | {"requirements": []}
    other.write_text(json.dumps(document))
    with pytest.raises(ConfigurationError, match="no requirement in common"):
        compare_files([str(file), str(other)])


def test_the_page_and_the_markdown_say_the_same(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    evil = "<script>alert(1)</script> | `x`"
    last = run(case("violated", MUST, name=f"{MUST}-{evil}", detail=evil, actual=evil), target=evil)
    html, markdown = tmp_path / "a.html", tmp_path / "a.md"
    code, _ = compared(tmp_path, capsys, [run(case("violated", OTHER)), last], html=str(html), markdown=str(markdown))
    assert code == 1
    page = Page(html.read_text("utf-8").removeprefix("<!doctype html>"))
    assert not page.open
    assert "script" not in page.tags
    assert all(link.removeprefix("#") in page.ids for link in page.links)
    assert set(CONTRACT.requirements) <= set(page.ids)
    assert not re.search(r"src=|url\(|@import", html.read_text("utf-8"))
    for part in ("1 MUST is worse in #2 than in #1", "Worse 1", "Better 1", evil):
        assert part in page.words
    text = markdown.read_text("utf-8")
    for part in (
        "## 1 MUST is worse in #2 than in #1",
        "### Worse",
        f"- `{MUST}` (MUST) conforms -> violated: `` newly",
    ):
        assert part in text
    rows = [line for line in text.splitlines() if line.startswith("| #")]
    assert [len(re.findall(r"(?<!\\)\|", row)) for row in rows] == [5, 5]
    assert f"| `{OTHER}` | violated | conforms |" in text


def test_a_file_that_can_not_be_written_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ConfigurationError, match=r"--html: .* can't be written"):
        compared(tmp_path, capsys, [run(), run()], html=str(tmp_path / "none" / "a.html"))


def test_a_report_folder_names_its_results(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "results.json").write_text(run().to_json(), "utf-8")
    assert compare_files([str(tmp_path), str(tmp_path)]) == 0
    assert "CONFORMANT" in capsys.readouterr().out
