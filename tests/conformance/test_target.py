"""A target is checked before anything is sent, and a mistake is one line that says what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from conformance.target import ConfigurationError, checked_base_url, on_loopback, read_token

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    "text",
    [
        "",
        "localhost:8080",
        "ftp://127.0.0.1/",
        "http://",
        "http:///api",
        "https://[::1",
        "http://h ost/",
        "http://127.0.0.1:99999/",
    ],
)
def test_what_is_no_url_is_refused(text: str) -> None:
    with pytest.raises(ConfigurationError, match="is no URL"):
        checked_base_url(text, disposable=True)


@pytest.mark.parametrize("text", ["http://user:secret@127.0.0.1/", "http://127.0.0.1/?a=1", "http://127.0.0.1/#a"])
def test_what_does_not_belong_into_a_base_url_is_refused_without_repeating_it(text: str) -> None:
    with pytest.raises(ConfigurationError, match="leave") as caught:
        checked_base_url(text, disposable=True)
    assert "secret" not in str(caught.value)


def test_a_target_elsewhere_needs_a_disposable_account() -> None:
    with pytest.raises(ConfigurationError, match="--disposable-account"):
        checked_base_url("https://tfe.example/api/v2", disposable=False)
    assert checked_base_url("https://tfe.example/api/v2/", disposable=True) == "https://tfe.example/api/v2"


@pytest.mark.parametrize(
    ("host", "expected"),
    [("localhost", True), ("127.0.0.9", True), ("::1", True), ("a.localhost", True), ("10.0.0.1", False), ("x", False)],
)
def test_loopback(host: str, *, expected: bool) -> None:
    assert on_loopback(host) is expected


@pytest.mark.parametrize(
    ("value", "problem"),
    [(None, "no token"), ("", "is empty"), (" \n", "is empty"), ("a\nb", "newline"), ("tok\u00e9n", "character")],
)
def test_a_token_that_is_none(value: str | None, problem: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TFE_TOKEN", raising=False)
    if value is not None:
        monkeypatch.setenv("TFE_TOKEN", value)
    with pytest.raises(ConfigurationError, match=problem):
        read_token("TFE_TOKEN", None)


def test_a_token_file_may_end_in_a_newline(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_bytes(b"abc\r\n")
    token = read_token("TFE_TOKEN", str(file))
    assert token.reveal() == "abc"
    assert "abc" not in repr(token)
    with pytest.raises(ConfigurationError, match="can't be read"):
        read_token("TFE_TOKEN", str(tmp_path / "none"))
