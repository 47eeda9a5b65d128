"""A secret that a target repeats never reaches a file."""

from __future__ import annotations

import base64
import json
from html import escape
from pathlib import Path
from urllib.parse import quote

import pytest

from reports import page
from reports.evidence import Evidence
from reports.files import NAMES, dumped, missing, prepared, redact, write
from reports.terminal import Room, lines
from tests.reports.made import CONTRACT, MUSTS, all_conform, case, exchange, report, run

MUST = MUSTS[0]
SECRET = 'S3cr3t/"wörd"&+=<tail>'
FORMS = (
    SECRET,
    escape(SECRET),
    json.dumps(SECRET)[1:-1],
    json.dumps(SECRET, ensure_ascii=False)[1:-1],
    quote(SECRET, safe=""),
    base64.b64encode(SECRET.encode()).decode().rstrip("="),
    base64.b64encode(f"user:{SECRET}:more".encode()).decode(),
)
SAID = " ".join(FORMS)


INSIDE = base64.b64encode(f"user:{SECRET}".encode()).decode()[8:-6]
"""The part of the longer base64 text that holds nothing but the secret."""
TELLING = (*FORMS[:6], escape(json.dumps(SECRET)), "S3cr3t", INSIDE)


def test_a_planted_secret_is_in_no_artefact(tmp_path: Path) -> None:
    said = exchange(
        purpose=SAID,
        headers=(("Authorization", f"Bearer {SECRET}"), ("X-Echo", SAID)),
        body=json.dumps({"echo": SECRET}).encode(),
        response_headers=(("X-Echo", quote(SECRET, safe="")), ("Set-Cookie", "session=unknown-secret; Path=/")),
        response_body=SAID.encode() + b"\xff",
    )
    bad = case("violated", MUST, name=SAID, expected=SAID, actual=SAID, detail=SAID, exchanges=(said, said))
    made = report([*all_conform(MUST), bad, case("untested", MUSTS[1], detail=SAID)])
    made.run.redactor.add(SECRET, "[secret]")
    made.run.left = SAID
    folder = prepared(str(tmp_path / "report"))
    write(made, folder)
    (folder / "report.html").write_text(
        page.overview(made) + page.evidence_of(bad, made.evidence, CONTRACT) + escape(SAID)
    )
    (folder / "junit.xml").write_text(f"<a b='{escape(SECRET)}'/>")
    redact(folder, made.evidence)
    assert not missing(folder)
    shown = {name: (folder / name).read_text("utf-8") for name in NAMES}
    shown["terminal"] = "\n".join(line.text for line in lines(made, [Path("report.html")], Room(rows=None)))
    for name, text in shown.items():
        for form in TELLING:
            assert form not in text, name
        assert "unknown-secret" not in text
    json.loads(shown["results.json"])


def test_a_secret_between_zero_bytes_is_masked() -> None:
    made = run([])
    made.redactor.add("Classified7", "[secret]")
    shown = Evidence(made.redactor).of(exchange(body="a Classified7 word".encode("utf-16-le")))
    assert shown.request_body == "a\0 \0[secret]\0 \0w\0o\0r\0d\0"
    assert "C\\0000l" not in shown.curl


@pytest.mark.parametrize(
    "text", ["otpauth://totp/a:b?secret=JBSWY3DP&issuer=a", "otpauth:\\/\\/totp\\/a:b?secret=JBSWY3DP"]
)
def test_the_secret_of_an_authenticator_is_masked_wherever_it_stands(text: str) -> None:
    evidence = Evidence(run([]).redactor)
    body = f'{{"elsewhere": "{text}", "b": 1}}'
    expected = '{"elsewhere": "[provisioning URL]", "b": 1}'
    assert evidence.of(exchange(response_body=body.encode())).response_body == expected
    assert evidence.clean(body) == expected


def test_a_secret_is_masked_before_a_text_is_cut() -> None:
    made = run([])
    made.redactor.add("Classified7", "[secret]")
    body = b"x" * 3995 + b"Classified7" + b"y" * 100
    assert "Class" not in Evidence(made.redactor).of(exchange(response_body=body)).response_body


def test_numbers_in_results_stay_numbers(tmp_path: Path) -> None:
    made = run([])
    made.redactor.add("123456", "[code]")
    (tmp_path / "results.json").write_text(dumped({"seconds": 123456, "code": "123456"}))
    redact(tmp_path, Evidence(made.redactor))
    assert json.loads((tmp_path / "results.json").read_text()) == {"seconds": 123456, "code": "[code]"}


def test_a_file_that_cannot_be_cleaned_is_removed(tmp_path: Path) -> None:
    (tmp_path / "results.json").write_text("no JSON")
    with pytest.raises(json.JSONDecodeError):
        redact(tmp_path, Evidence(run([]).redactor))
    assert not (tmp_path / "results.json").exists()


def test_reports_of_an_earlier_run_are_gone(tmp_path: Path) -> None:
    for name in (*NAMES, "mine.txt"):
        (tmp_path / name).write_text("old")
    prepared(str(tmp_path))
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]
