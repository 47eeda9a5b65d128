"""The documents, and the parts of them that a test can check: blocks of code, commands, links and tables."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.suite import ROOT

if TYPE_CHECKING:
    from pathlib import Path

DOCUMENTS = {
    path.relative_to(ROOT).as_posix(): path
    for path in [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").glob("*.md"))]
}
BLOCK = re.compile(r"^( *)```(\w*)\n(.*?)^\1```$", re.DOTALL | re.MULTILINE)
SAVED = re.compile(r"[Ss]ave this as\s+`([\w.-]+)`")
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")


@dataclass(frozen=True)
class Block:
    """A fenced block: its language, its text, and the name of the file that a reader saves it as, or empty."""

    language: str
    text: str
    file: str = ""

    @property
    def commands(self) -> list[str]:
        """The command lines of a `shell` block."""
        return self.text.replace("\\\n", " ").splitlines() if self.language == "shell" else []


def blocks(path: Path) -> list[Block]:
    """The blocks of a document in their order."""
    text, end, found = path.read_text("utf-8"), 0, []
    for match in BLOCK.finditer(text):
        saved = SAVED.findall(text[end : match.start()].strip().rpartition("\n\n")[2])
        indent = match[1]
        content = "".join(line.removeprefix(indent) for line in match[3].splitlines(keepends=True))
        found.append(Block(match[2], content, saved[-1] if saved else ""))
        end = match.end()
    return found


def prose(path: Path) -> str:
    """A document without its blocks."""
    return BLOCK.sub("", path.read_text("utf-8"))


def anchors(path: Path) -> set[str]:
    """The anchors of the headings of a document."""
    headings = re.findall(r"^#+ (.+)$", prose(path), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def words_of(command: str) -> list[str]:
    """The words of a command, without redirections and the final ampersand."""
    return shlex.split(re.sub(r"\s[>|&].*$", "", command))


def patched(text: str, diff: str) -> str:
    """The text with the hunks of a diff applied."""
    for hunk in re.split(r"^@@.*\n", diff, flags=re.MULTILINE)[1:]:
        lines = hunk.splitlines(keepends=True)
        before = "".join(line[1:] for line in lines if line[0] in " -")
        after = "".join(line[1:] for line in lines if line[0] in " +")
        assert text.count(before) == 1, f"the document's diff does not fit:\n{before}"
        text = text.replace(before, after)
    return text
