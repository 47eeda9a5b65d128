"""docs/requirements.md, made of the contract; `python -m tests.docs.requirements_doc` writes it."""

from __future__ import annotations

from schemas import catalogue, load
from tests.suite import ROOT

FILE = ROOT / "docs" / "requirements.md"
HEAD = """\
# Requirements

The sentences that a target is held to, made of the contract by `make docs`. Only the page of the API documentation
makes a MUST; its general conventions and JSON:API 1.0 make SHOULDs.

"""


def content() -> str:
    """The content of the file."""
    return f"{HEAD}{catalogue.markdown(load())}\n"


if __name__ == "__main__":
    FILE.write_text(content(), "utf-8")
