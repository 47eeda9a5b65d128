"""HAR files are read as their tools write them, and what can't be known of them is not taken for known."""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING, Any

import pytest
from conformance.offline import har

from conformance.target import ConfigurationError
from tests.offline.made import TOOLS, Step, bare, chrome, document, enable, firefox, mitmproxy, problem, resend, whole

if TYPE_CHECKING:
    from pathlib import Path


def read(folder: Path, made: Any) -> har.Archive:
    file = folder / "x.har"
    file.write_bytes(made if isinstance(made, bytes) else json.dumps(made).encode())
    return har.read(str(file))


@pytest.mark.parametrize("tool", TOOLS)
def test_each_tool_tells_what_was_sent_and_received(tool: str, tmp_path: Path) -> None:
    step = enable("sms")
    (entry,) = read(tmp_path, document(step, tool=TOOLS[tool])).entries
    assert entry.request.body == step.body
    assert entry.response.body == step.answer_body
    assert (entry.sent_known, entry.sent_exactly, entry.received_known) == (True, True, True)
    assert entry.started == pytest.approx(1772619072.345)
    assert entry.seconds == pytest.approx(0.12)
    assert not any(name.startswith(":") for name, _ in entry.request.headers)


@pytest.mark.parametrize("tool", TOOLS)
def test_an_answer_of_null_is_no_empty_one(tool: str, tmp_path: Path) -> None:
    (entry,) = read(tmp_path, document(resend(), tool=TOOLS[tool])).entries
    assert entry.response.body == b"null"
    assert entry.received_known


def changed(made: dict[str, Any], part: str, **members: Any) -> dict[str, Any]:
    """An entry with other members in a part of it; `None` takes one away."""
    place = made
    for name in part.split("."):
        place = place[name]
    for name, value in members.items():
        place[name] = value
        if value is None:
            del place[name]
    return made


def one(folder: Path, entry: dict[str, Any]) -> har.Entry:
    (found,) = read(folder, {"log": {"version": "1.2", "entries": [entry]}}).entries
    return found


def without_length(step: Step) -> Step:
    step.headers["Content-Length"] = None
    return step


@pytest.mark.parametrize(
    ("entry", "sent", "exactly"),
    [
        # The text was cut, or something was put in its place.
        (changed(whole(enable()), "request.postData", text='{"data": {"type": "users", "att'), False, False),
        (changed(whole(enable()), "request.postData", text="[redacted]"), False, False),
        (changed(firefox(without_length(enable())), "request.postData", text="[redacted]"), False, False),
        (changed(mitmproxy(enable()), "request.postData", text="{}"), False, False),
        # It was left out.
        (changed(chrome(enable()), "request", postData=None), False, False),
        (changed(chrome(enable()), "request.postData", text=None), False, False),
        # Nothing says how long it was.
        (bare(without_length(enable())), False, False),
        # Only the tool says it, which may have made it from the text.
        (whole(without_length(enable())), True, False),
        # It was packed, or is no text.
        (whole(enable(headers={"Content-Encoding": "gzip"})), False, False),
        (whole(enable(sent=b'{"data": "\xff\xfe"}')), False, False),
        # There was none.
        (whole(resend()), True, True),
        (whole(without_length(resend())), False, False),
    ],
)
def test_what_was_sent_is_known_only_where_its_size_is(
    entry: dict[str, Any], tmp_path: Path, *, sent: bool, exactly: bool
) -> None:
    found = one(tmp_path, entry)
    assert (found.sent_known, found.sent_exactly) == (sent, exactly)


@pytest.mark.parametrize(
    ("entry", "known"),
    [
        (changed(whole(enable()), "response.content", text='{"data": {"id"'), False),
        (changed(whole(enable()), "response.content", text=None), False),
        (changed(whole(enable()), "response", content=None), False),
        (changed(whole(enable()), "response.content", size=0), True),
        (changed(whole(enable()), "response.content", size=0, text='{"data": {"id"'), False),
        (changed(mitmproxy(enable()), "response.content", text="no base64!"), False),
        (changed(mitmproxy(enable()), "response.content", compression=None), False),
        (changed(bare(enable()), "response.content", text=None), False),
        (changed(bare(enable()), "response.content", text="null"), False),
        (changed(bare(enable(answer_headers={"Content-Encoding": "br"})), "response.content", text="null"), False),
        (bare(enable(answer_headers={"Content-Encoding": "br"})), True),
        (bare(Step(status=204, answer_headers={"Content-Length": ""})), True),
        (bare(Step(status=200, answer_headers={"Content-Length": "0"})), True),
    ],
)
def test_what_was_received_is_known_only_where_it_is_whole(
    entry: dict[str, Any], tmp_path: Path, *, known: bool
) -> None:
    assert one(tmp_path, entry).received_known is known


def test_entries_that_lack_what_every_entry_has_are_counted(tmp_path: Path) -> None:
    good = whole(enable())
    broken: list[Any] = [
        None,
        [],
        {},
        changed(whole(enable()), "request", url=7),
        changed(whole(enable()), "response", status="200"),
        good | {"startedDateTime": "yesterday"},
        good | {"request": None},
    ]
    found = read(tmp_path, {"log": {"entries": [*broken, good]}})
    assert found.unreadable == len(broken)
    assert [entry.number for entry in found.entries] == [len(broken) + 1]


def test_odd_members_do_no_harm(tmp_path: Path) -> None:
    entry = whole(enable())
    entry["time"] = 1e300
    entry["request"]["headers"] += [None, {"name": "X"}, {"name": "Y", "value": 7}, {"value": "z"}]
    entry["response"]["headers"] = "none"
    entry["startedDateTime"] = "2026-03-04T10:11:12"
    found = one(tmp_path, entry)
    assert found.seconds == 0.0
    assert found.response.headers == ()
    assert "Y" not in dict(found.request.headers)


def test_a_byte_order_mark_is_allowed(tmp_path: Path) -> None:
    assert read(tmp_path, b"\xef\xbb\xbf" + json.dumps(document(enable())).encode()).entries


@pytest.mark.parametrize(
    ("data", "line"),
    [
        (b"", "is no HAR file"),
        (b"<html>", "is no HAR file"),
        (b"[" * 100_000, "is no HAR file"),
        (b'{"log": "\xff"}', "is no HAR file"),
        (b"[]", "holds no log.entries"),
        (b'{"log": {"entries": {}}}', "holds no log.entries"),
        (json.dumps(problem()).encode(), "holds no log.entries"),
        (gzip.compress(b"{}", mtime=0), "is a gzip file"),
        (b"PK\x03\x04\0\0", "is a ZIP file"),
    ],
)
def test_what_is_no_har_file_is_one_line(data: bytes, line: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=line) as raised:
        read(tmp_path, data)
    assert len(str(raised.value).splitlines()) == 1
    assert str(raised.value).startswith("x.har ")


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="can't be read: No such file"):
        har.read(str(tmp_path / "none.har"))
    with pytest.raises(ConfigurationError, match="can't be read: Is a directory"):
        har.read(str(tmp_path))


def test_a_huge_file_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(har, "LARGEST", 1 << 20)
    with pytest.raises(ConfigurationError, match="larger than 1 MiB"):
        read(tmp_path, b" " * (1 << 20) + b"{}")
