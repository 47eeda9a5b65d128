"""The words that reports are made of: a target that calls one of them a code is not to have it masked everywhere."""

from __future__ import annotations

import re
from importlib.resources import files

SUFFIXES = (".py", ".json", ".jinja", ".js", ".css")
WORD = re.compile(r"[a-z]+")
NAME = re.compile(r"[\w.-]*[a-z][\w.-]*")


def words_of_reports() -> set[str]:
    """Words, and names of several words, in lower case: all that stand in the files of this package."""
    texts = [path.read_text("utf-8") for path in files(__package__).iterdir() if path.name.endswith(SUFFIXES)]
    text = "\n".join(texts).lower()
    return {*WORD.findall(text), *NAME.findall(text)}
