"""Files that the user names: their paths, and their text in the encodings that editors and shells write."""

from __future__ import annotations

import codecs
from pathlib import Path

from conformance.model import ConfigurationError


def user_path(text: str, option: str) -> Path:
    """The absolute path that the value of an option names; it may begin with `~`, which no shell expands after `=`.

    Raises:
        ConfigurationError: the home folder is unknown, or there is no working folder.
    """
    try:
        return Path(text).expanduser().absolute()
    except RuntimeError as error:
        raise ConfigurationError(f"{option}: {text}: the home folder is unknown; write the whole path") from error


def decode(data: bytes) -> str:
    """The text of a file in UTF-8, or in UTF-16 where a byte order mark says so, as PowerShell writes it.

    Raises:
        UnicodeDecodeError: it is in another encoding.
    """
    return data.decode("utf-16" if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else "utf-8-sig")
