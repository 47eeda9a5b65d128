"""Files of users have a byte order mark or none, and paths may begin with a tilde."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.model import ConfigurationError
from conformance.user_files import decode, user_path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_byte_order_mark_is_no_part_of_the_text(encoding: str) -> None:
    assert decode("\u00e9 = 1\n".encode(encoding)) == "\u00e9 = 1\n"


def test_another_encoding_is_an_error() -> None:
    with pytest.raises(UnicodeDecodeError):
        decode(b"\xe9")


def test_a_tilde_is_the_home_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/ada")
    assert user_path("~/a.har", "--har") == Path("/home/ada/a.har")
    assert user_path("a.har", "--har") == Path.cwd() / "a.har"


def test_without_a_home_folder_a_tilde_is_a_mistake(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ConfigurationError, match=r"--har: ~nobody-of-this-name/a\.har: the home folder is unknown"):
        user_path("~nobody-of-this-name/a.har", "--har")
    monkeypatch.delenv("HOME")
    monkeypatch.setattr("os.getuid", lambda: 4_000_000)
    with pytest.raises(ConfigurationError, match="write the whole path"):
        user_path("~/a.har", "--har")
