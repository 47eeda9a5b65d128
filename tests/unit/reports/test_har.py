"""The HAR file of a run."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

import pytest

from conformance.model import ConfigurationError
from reports.build import build_result
from reports.har import check_har, har
from reports.waivers import Waivers
from tests.unit.reports.made import MUST, TOKEN, URL, case, exchange, record

if TYPE_CHECKING:
    from pathlib import Path

    from conformance.model import Exchange


def log(*exchanges: Exchange) -> dict[str, Any]:
    """The log of these exchanges."""
    made = record([case("conforms", MUST)], exchanges=exchanges)
    text = har(build_result(made, Waivers()), made)
    assert TOKEN not in text
    value: dict[str, Any] = json.loads(text)["log"]
    return value


def test_it_has_a_page_to_which_all_entries_belong() -> None:
    made = log(exchange(), exchange(number=2))
    assert made["version"] == "1.2"
    (page,) = made["pages"]
    assert {"id", "title", "startedDateTime", "pageTimings"} <= page.keys()
    assert [entry["pageref"] for entry in made["entries"]] == [page["id"]] * 2
    assert made["_conformance"] == {"format": 2, "contract": "account", "base_url": URL}


def test_an_entry_holds_the_exchange() -> None:
    sent = exchange(
        requirement=MUST, case_id=f"{MUST}-null", purpose="null", shape="app", response_headers=(("Location", "/x"),)
    )
    (entry,) = log(sent)["entries"]
    assert entry["startedDateTime"] == "2026-06-15T11:59:59.987660+00:00"
    assert entry["time"] == entry["timings"]["wait"] == 12.34
    assert entry["request"]["headers"][0] == {"name": "Authorization", "value": "Bearer $TFE_TOKEN"}
    assert entry["request"]["postData"] == {
        "mimeType": "application/vnd.api+json",
        "text": '{"data": {"type": "user"}}',
    }
    assert entry["request"]["bodySize"] == 26
    assert (entry["response"]["status"], entry["response"]["statusText"]) == (200, "OK")
    assert entry["response"]["content"] == {"size": 14, "mimeType": "", "text": '{"data": null}'}
    assert entry["response"]["redirectURL"] == "/x"
    assert entry["comment"] == "null"
    assert entry["_conformance"] == {
        "requirement": MUST,
        "case": f"{MUST}-null",
        "shape": "app",
        "valid_credentials": True,
        "problem": "",
    }


def test_a_missing_body_or_response_is_told_from_an_empty_one() -> None:
    without, empty = log(exchange(body=None, status=0), exchange(number=2, body=b"", response_body=b""))["entries"]
    assert "postData" not in without["request"]
    assert (without["response"]["status"], without["_conformance"]["problem"]) == (0, "the connection was refused")
    assert empty["request"]["postData"]["text"] == empty["response"]["content"]["text"] == ""


def test_bytes_that_are_not_utf_8_are_in_base64_unless_they_hold_the_token() -> None:
    (entry,) = log(exchange(body=b"\xff1", response_body=b"\xff2"))["entries"]
    assert base64.b64decode(entry["request"]["postData"]["text"]) == b"\xff1"
    assert entry["request"]["postData"]["_encoding"] == entry["response"]["content"]["encoding"] == "base64"
    assert entry["response"]["content"]["size"] == 2
    (entry,) = log(exchange(response_body=b"\xff" + TOKEN.encode()))["entries"]
    assert "encoding" not in entry["response"]["content"]
    assert "$TFE_TOKEN" in entry["response"]["content"]["text"]


def test_a_strange_status_has_no_phrase() -> None:
    (entry,) = log(exchange(status=799))["entries"]
    assert (entry["response"]["status"], entry["response"]["statusText"]) == (799, "")


def test_a_file_that_can_not_be_written_is_refused_before_the_run(tmp_path: Path) -> None:
    assert check_har(None) is None
    assert check_har(str(tmp_path / "a.har")) == tmp_path / "a.har"
    for file in (tmp_path / "none" / "a.har", tmp_path):
        with pytest.raises(ConfigurationError, match=r"--har: .* can't be written"):
            check_har(str(file))
