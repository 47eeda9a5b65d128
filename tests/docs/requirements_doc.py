"""docs/requirements.md, made of the contract and the cases; `python -m tests.docs.requirements_doc` writes it."""

from __future__ import annotations

from conformance.runner.explain import explain
from schemas import catalogue, load
from tests.suite import ROOT

FILE = ROOT / "docs" / "requirements.md"
HEAD = """\
# Requirements

The sentences that a target is held to, made of the contract by `make docs`. Only the page of the API documentation
makes a MUST; its general conventions and JSON:API 1.0 make SHOULDs. Below the table, each requirement has a section,
the text of `tfe-conformance requirements explain ID`.

"""


def content() -> str:
    """The content of the file."""
    contract = load()
    sections = [f"## {name}\n\n```text\n{explain(contract, name)}\n```" for name in contract.requirements]
    return "\n\n".join([f"{HEAD}{catalogue.markdown(contract)}", *sections]) + "\n"


if __name__ == "__main__":
    FILE.write_text(content(), "utf-8")
