"""A run that is saved as HAR 1.2 holds no secret, and is judged again as it was judged."""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest
from conformance.exchange import Exchange, Request, Response
from conformance.offline.har import read
from conformance.redaction import Known
from jsonschema import Draft202012Validator

from reports import files, har
from reports.evidence import Evidence
from reports.har import masked
from tests.offline.made import judged
from tests.reports.made import run as made_run
from tests.suite import Finished, check

if TYPE_CHECKING:
    from pathlib import Path

TEXT, COUNT, TIME = {"type": "string"}, {"type": "integer", "minimum": -1}, {"type": "number", "minimum": 0}
PAIRS = {
    "type": "array",
    "items": {"type": "object", "required": ["name", "value"], "properties": {"name": TEXT, "value": TEXT}},
}


def an_object(optional: dict[str, Any] | None = None, **members: Any) -> dict[str, Any]:
    """The schema of an object with these members, and such as begin with an underscore."""
    return {
        "type": "object",
        "required": list(members),
        "properties": {**members, **(optional or {})},
        "patternProperties": {"^_": True},
        "additionalProperties": False,
    }


MESSAGE: dict[str, Any] = {
    "httpVersion": TEXT,
    "cookies": {"type": "array", "maxItems": 0},
    "headers": PAIRS,
    "headersSize": COUNT,
    "bodySize": COUNT,
}
HAR = an_object(
    log=an_object(
        version={"const": "1.2"},
        creator=an_object(name=TEXT, version=TEXT),
        entries={
            "type": "array",
            "items": an_object(
                startedDateTime={"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\+00:00$"},
                time=TIME,
                request=an_object(
                    {"postData": an_object(mimeType=TEXT, text=TEXT)},
                    method=TEXT,
                    url={"type": "string", "pattern": "^http://"},
                    queryString={"type": "array", "maxItems": 0},
                    **MESSAGE,
                ),
                response=an_object(
                    status={"type": "integer"},
                    statusText=TEXT,
                    content=an_object({"encoding": TEXT}, size=COUNT, mimeType=TEXT, text=TEXT),
                    redirectURL=TEXT,
                    **MESSAGE,
                ),
                cache={"type": "object", "maxProperties": 0},
                timings=an_object(send=TIME, wait=TIME, receive=TIME),
                comment=TEXT,
            ),
        },
    )
)
"""What HAR 1.2 demands of a file, and what this suite leaves out of one."""


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> tuple[Finished, dict[str, Any]]:
    """A run that conforms, and its HAR document."""
    folder = tmp_path_factory.mktemp("run")
    done = check(folder, f"--har={folder / 'new' / 'run.har'}")
    assert done.code == 0, done.out
    return done, json.loads((folder / "new" / "run.har").read_text("utf-8"))


def test_it_is_a_har_file(saved: tuple[Finished, dict[str, Any]]) -> None:
    done, document = saved
    problems = [f"{error.json_path}: {error.message}" for error in Draft202012Validator(HAR).iter_errors(document)]
    assert not problems
    entries = document["log"]["entries"]
    assert len(entries) == done.results["exchanges"]
    starts = [datetime.fromisoformat(entry["startedDateTime"]) for entry in entries]
    assert starts == sorted(starts)
    assert all(entry["time"] == entry["timings"]["wait"] > 0 for entry in entries)


def test_it_holds_what_was_sent_without_the_secrets(saved: tuple[Finished, dict[str, Any]]) -> None:
    text = json.dumps(saved[1])
    tokens = [
        header["value"]
        for entry in saved[1]["log"]["entries"]
        for header in entry["request"]["headers"]
        if header["name"] == "Authorization" and entry["_conformance"]["valid-credentials"]
    ]
    assert tokens
    assert set(tokens) == {"Bearer $TFE_TOKEN"}
    for label in ("[code]", "[recovery code 1]", "[recovery code 2]", "[wrong code: last-digit]"):
        assert label in text
    assert "otpauth:" not in text


def test_it_is_judged_again_as_it_was_judged(saved: tuple[Finished, dict[str, Any]], tmp_path: Path) -> None:
    done, document = saved
    found = judged(tmp_path, document)
    assert not found.having("violated"), found.details
    assert not found.having("inconclusive"), found.details
    musts = {each["id"] for each in done.results["requirements"] if each["level"] == "MUST"}
    assert not musts - found.having("conforms")


# What makes of a run more than its own requirement is violated, or makes it end early, is in tests/sweep.
FAULTS = {
    "enable-type-case-ignored": {"enable.request.type"},
    "bare-token-accepted": {"credentials.scheme"},
    "get-disables": {"methods.other-than-post"},
    "recovery-codes-repeated": {"verify.response.recovery-codes-distinct"},
}


@pytest.mark.slow
@pytest.mark.parametrize("fault", FAULTS)
def test_what_was_violated_is_violated_again(fault: str, tmp_path: Path) -> None:
    file = tmp_path / "run.har"
    done = check(tmp_path, "-p", "tests.sweep.faulty", f"--har={file}", TFE_CONFORMANCE_FAULT=fault)
    found = judged(tmp_path, json.loads(file.read_text("utf-8")))
    assert found.having("violated") <= done.having("violated"), found.details
    assert FAULTS[fault] <= found.having("violated")


@pytest.mark.slow
def test_a_run_with_several_accounts_is_judged_by_account(tmp_path: Path) -> None:
    file = tmp_path / "run.har"
    done = check(tmp_path, "-n", "2", f"--har={file}")
    assert done.code == 0, done.out
    found = judged(tmp_path, json.loads(file.read_text("utf-8")))
    assert not found.having("violated"), found.details
    assert not found.having("inconclusive"), found.details
    assert {entry["_conformance"]["account"] for entry in json.loads(file.read_text("utf-8"))["log"]["entries"]} == {
        0,
        1,
    }


def test_a_body_keeps_its_types() -> None:
    run = made_run([])
    for secret, label in (("314159", "[code]"), ("s3cr3t-code", "[recovery code 1]")):
        run.redactor.add(secret, label)
    evidence = Evidence(run.redactor)
    body = rb"""{"code": 314159, "a": "\u0033\u0031\u0034\u0031\u0035\u0039", "b": ["s3cr3t-code", 3.5, "x\ud800"]}"""
    clean = masked(body, evidence)
    assert clean == rb"""{"code": 0, "a": "[code]", "b": ["[recovery code 1]", 3.5, "x\ud800"]}"""
    assert masked(b'{"code": 314159', evidence) == b'{"code": [code]'
    assert masked(b"\xff314159", evidence) == b"\xff[code]"
    assert masked(b"", evidence) == b""


def test_bytes_that_are_no_text_and_requests_without_an_answer(tmp_path: Path) -> None:
    run = made_run([])
    url = f"{run.target.base_url}/account/actions/two-factor-enable"
    headers = (("Content-Type", "application/vnd.api+json"),)
    run.asker.exchanges = [
        Exchange(1, "enable", "a try", Request("POST", url, headers, b"\xff\xfe"), Response(418, (), b"\xff"), 0.25)
    ]
    run.asker.unanswered = [Exchange(1, "enable", "lost", Request("POST", url, ()), Response(0, ()))]
    document = har.archive(run, Evidence(run.redactor))
    assert not list(Draft202012Validator(HAR).iter_errors(document))
    answered, lost = document["log"]["entries"]
    assert answered["request"]["postData"] == {"mimeType": headers[0][1], "text": "//4=", "_encoding": "base64"}
    assert answered["response"]["content"] == {"size": 1, "mimeType": "", "text": "/w==", "encoding": "base64"}
    assert answered["time"] == 250.0
    assert lost["response"]["status"] == 0
    file = tmp_path / "x.har"
    file.write_text(json.dumps(document), "utf-8")
    entry = read(str(file)).entries[0]
    assert (entry.request.body, entry.response.body) == (b"\xff\xfe", b"\xff")


def test_a_secret_that_is_left_in_the_file_removes_it(tmp_path: Path) -> None:
    file = tmp_path / "run.har"
    file.write_text(json.dumps({"log": {"entries": [{"comment": "Bearer Tok-AbCdEf1234567890-xyz"}]}}), "utf-8")
    secrets = [Known("Tok-AbCdEf1234567890-xyz", "$TFE_TOKEN")]
    assert files.leaking(tmp_path / "report", secrets, file) == {"run.har": ["$TFE_TOKEN"]}
    assert not file.exists()


def test_a_file_that_cannot_be_written_costs_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = check(tmp_path, f"--har={tmp_path / 'file' / 'run.har'}")
    assert done.code == 2
    assert "--har: " in done.out
    assert len(done.out.strip().splitlines()) == 1
