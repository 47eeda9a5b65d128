"""HAR files are read as their tools write them; a mistake costs one line."""

from __future__ import annotations

import gzip
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from conformance.masking import Masker
from conformance.model import ConfigurationError
from conformance.recording import har as har_module
from tests.unit.conformance.recording.hars import (
    PATHS,
    TOOLS,
    Step,
    bare,
    chrome,
    enable,
    firefox,
    har,
    mitmproxy,
    resend,
)

if TYPE_CHECKING:
    from pathlib import Path

    from conformance.recording.har import Entry, Recording


def read(folder: Path, document: Any) -> Recording:
    file = folder / "x.har"
    file.write_bytes(document if isinstance(document, bytes) else json.dumps(document).encode())
    return har_module.read(str(file), list(PATHS.values()), Masker())


def only(folder: Path, entry: dict[str, Any]) -> Entry:
    (only_entry,) = read(folder, {"log": {"version": "1.2", "entries": [entry]}}).entries
    return only_entry


def changed(entry: dict[str, Any], part: str, **members: Any) -> dict[str, Any]:
    """The entry with other members in a part of it; `None` takes one away."""
    place = entry
    for name in part.split("."):
        place = place[name]
    place |= members
    for name in [name for name, value in members.items() if value is None]:
        del place[name]
    return entry


@pytest.mark.parametrize("tool", TOOLS)
def test_each_tool_tells_the_request_and_the_response(tool: str, tmp_path: Path) -> None:
    step = enable("sms")
    (entry,) = read(tmp_path, har(step, tool=TOOLS[tool])).entries
    assert (entry.request.method, entry.request.url, entry.request.body) == ("POST", step.address, step.sent)
    assert entry.response is not None
    assert (entry.response.status, entry.response.body) == (200, step.received)
    assert (entry.is_request_known, entry.is_response_known) == (True, True)
    assert entry.started == pytest.approx(1772619072.345)
    assert entry.seconds == pytest.approx(0.12)
    assert not any(name.startswith(":") for name, _ in entry.request.headers)


@pytest.mark.parametrize("tool", TOOLS)
def test_a_body_of_null_is_whole(tool: str, tmp_path: Path) -> None:
    entry = only(tmp_path, TOOLS[tool](resend()))
    assert entry.response is not None
    assert entry.response.body == b"null"
    assert entry.is_response_known


@pytest.mark.parametrize(
    ("entry", "is_known"),
    [
        # The text was cut, or replaced.
        (changed(chrome(enable()), "request.postData", text='{"data": {"type": "users", "att'), False),
        (changed(chrome(enable()), "request.postData", text="[redacted]"), False),
        (changed(firefox(enable(headers={"Content-Length": None})), "request.postData", text="{}"), False),
        # It was left out.
        (changed(chrome(enable()), "request", postData=None), False),
        (changed(chrome(enable()), "request.postData", text=None), False),
        # Nothing tells its length, or only the tool, which may have counted the text.
        (bare(enable(headers={"Content-Length": None})), False),
        (chrome(enable(headers={"Content-Length": None})), False),
        # It is no text.
        (chrome(enable(body=b'{"data": "\xff\xfe"}')), False),
        # There was none.
        (chrome(resend()), True),
        (chrome(resend(headers={"Content-Length": None})), False),
    ],
)
def test_the_body_of_a_request_is_known_where_its_length_is(
    entry: dict[str, Any], tmp_path: Path, *, is_known: bool
) -> None:
    assert only(tmp_path, entry).is_request_known is is_known


@pytest.mark.parametrize(
    ("entry", "is_known"),
    [
        (changed(chrome(enable()), "response.content", text='{"data": {"id"'), False),
        (changed(chrome(enable()), "response.content", text=None), False),
        (changed(chrome(enable()), "response", content=None), False),
        (changed(chrome(enable()), "response.content", size=0), True),
        (changed(firefox(enable()), "response.content", text='{"data": {"id"'), False),
        (changed(mitmproxy(enable()), "response.content", text="no base64!"), False),
        (changed(mitmproxy(enable()), "response.content", compression=None), True),
        (changed(bare(enable()), "response.content", text="null"), False),
        (changed(bare(enable()), "response.content", text="\ud800"), False),
        (chrome(enable(answer=b"<html>")), True),
        (bare(Step("enable", status=204, answer=b"", answer_headers={"Content-Length": None})), True),
        (bare(Step("enable", answer=b"", answer_headers={"Content-Length": "0"})), True),
        (bare(Step("enable", answer=b"", answer_headers={"Content-Length": None})), False),
    ],
)
def test_the_body_of_a_response_is_known_where_it_is_whole(
    entry: dict[str, Any], tmp_path: Path, *, is_known: bool
) -> None:
    assert only(tmp_path, entry).is_response_known is is_known


@pytest.mark.parametrize(
    ("problem", "status"),
    [
        ("", "200"),
        ("", " 422"),
        ("no response (blocked)", 0),
        ("no response (blocked)", "00"),
        ("no status", ""),
        ("no status", "OK"),
        ("no status", -1),
        ("no status", True),
        ("no status", 2e2),
        ("no status", [200]),
    ],
)
def test_a_status_may_be_a_string(problem: str, status: Any, tmp_path: Path) -> None:
    entry = only(tmp_path, changed(chrome(enable()), "response", status=status))
    assert entry.problem == problem
    assert (entry.response is None) is bool(problem)


def test_the_reason_of_the_browser_is_told(tmp_path: Path) -> None:
    entry = only(tmp_path, changed(chrome(enable(status=0)), "response", _error="net::ERR_FAILED"))
    assert entry.problem == "no response (net::ERR_FAILED)"


@pytest.mark.parametrize("raw", [None, [], {}, {"request": None}, {"request": {"method": "POST", "url": 7}}])
def test_an_entry_without_a_request_can_not_be_read(raw: Any, tmp_path: Path) -> None:
    recording = read(tmp_path, {"log": {"entries": [raw, chrome(enable())]}})
    assert (recording.total, recording.unreadable) == (2, 1)
    assert [entry.purpose for entry in recording.entries] == ["entry 2 of x.har"]


def test_odd_members_do_no_harm(tmp_path: Path) -> None:
    entry = chrome(enable())
    entry["time"] = "long"
    entry["comment"] = 7
    entry["request"]["headers"] += [None, {"name": "X"}, {"name": "Y", "value": 7}, {"value": "z"}]
    entry["request"]["cookies"] = {"a": "b"}
    entry["response"]["headers"] = "none"
    entry["response"]["content"]["encoding"] = ["base64"]
    read_entry = only(tmp_path, entry)
    assert read_entry.seconds == 0.0
    assert read_entry.response is not None
    assert read_entry.response.headers == ()
    assert "Y" not in dict(read_entry.request.headers)


def test_an_entry_without_a_time_keeps_its_place(tmp_path: Path) -> None:
    document = har(enable(), resend())
    document["log"]["entries"][1]["startedDateTime"] = "yesterday"
    first, second = read(tmp_path, document).entries
    assert second.started == first.started


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_byte_order_mark_is_allowed(encoding: str, tmp_path: Path) -> None:
    assert read(tmp_path, json.dumps(har(enable())).encode(encoding)).entries


def test_the_origin_is_told(tmp_path: Path) -> None:
    document = har(enable())
    assert read(tmp_path, document).origin == "recorded 2026-03-04 10:11 UTC with WebInspector 537.36"
    document["log"]["entries"][0]["startedDateTime"] = None
    del document["log"]["creator"]
    assert read(tmp_path, document).origin == "recorded at an unknown time with an unknown tool"


def test_bodies_of_other_requests_are_not_kept(tmp_path: Path) -> None:
    (entry,) = read(tmp_path, har(replace(enable(), url="https://ads.example/"))).entries
    assert entry.response is not None
    assert (entry.request.body, entry.response.body) == (None, b"")


@pytest.mark.parametrize(
    ("data", "line"),
    [
        (b"", "is not a HAR file"),
        (b"<html>", "is not a HAR file"),
        (b"[" * 100_000, "is not a HAR file"),
        (b'{"log": "\xff"}', "is not a HAR file"),
        (b"[]", "has no log.entries"),
        (b'{"log": {"entries": {}}}', "has no log.entries"),
        (b'{"errors": []}', "has no log.entries"),
        (gzip.compress(b"{}", mtime=0), "unpack it first"),
        (b"PK\x03\x04\0\0", "unpack it first"),
    ],
)
def test_another_file_is_a_mistake_of_one_line(data: bytes, line: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=line) as raised:
        read(tmp_path, data)
    assert len(str(raised.value).splitlines()) == 1
    assert str(raised.value).startswith("x.har ")


def test_a_file_that_can_not_be_read_is_a_mistake(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"none\.har can't be read: No such file"):
        har_module.read(str(tmp_path / "none.har"), [], Masker())
    with pytest.raises(ConfigurationError, match="can't be read: Is a directory"):
        har_module.read(str(tmp_path), [], Masker())


def test_a_huge_file_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(har_module, "LARGEST", 1 << 20)
    with pytest.raises(ConfigurationError, match="larger than 1 MiB"):
        read(tmp_path, b" " * (1 << 20) + b"{}")
