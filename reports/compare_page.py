"""The comparison as a page: what became worse and better, and every requirement in every file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reports.evidence import printable
from reports.stored import ABSENT
from reports.templates import rendered, style
from reports.terminal import TITLES

if TYPE_CHECKING:
    from reports.changes import Comparison

SAID = {
    "worse": "What got worse",
    "unclear": "What can't be told any more",
    "new": "What is new",
    "gone": "What is gone",
    "waived": "What is waived now",
    "better": "What got better",
    "between": "What was different in between",
}
UNFOLDED = 10
"""Changes of one kind; more are folded, unless they are for the worse."""


def compare_page(compared: Comparison) -> str:
    """One file of HTML, which needs nothing from elsewhere, not even scripts."""
    changes = compared.changes
    by_operation: dict[str, list[str]] = {}
    for name in compared.names:
        by_operation.setdefault(compared.known(name)["operation"], []).append(name)
    return rendered(
        "compare.html.jinja",
        compared=compared,
        runs=[_about(run.document) | {"label": run.label or "1", "file": run.file} for run in compared.runs],
        groups=[(mark, said, [each for each in changes if each.mark == mark]) for mark, said in SAID.items()],
        unfolded=UNFOLDED,
        marks={change.id: change.mark for change in changes},
        by_operation=by_operation,
        several=len(compared.runs) > 1,
        absent=ABSENT,
        clean=printable,
        style=style(),
    )


def _about(document: dict[str, Any]) -> dict[str, str]:
    """What a file is about, in words."""
    tool, target, contract = document["tool"], document["target"], document.get("contract", {})
    return {
        "verdict": TITLES[document["verdict"]].capitalize(),
        "kind": document["verdict"].replace(" ", "-"),
        "why": document["why"],
        "target": target["base_url"] + (" (embedded)" if target["embedded"] else ""),
        "when": document["finished"].replace("T", " ").replace("+00:00", " UTC"),
        "how": f"{document['exchanges']} exchanges in {document['seconds']} s, seed {tool['seed']}"
        + (", strict" if tool["strict"] else ""),
        "version": f"version {tool['version']}" + (f", contract {contract['version']}" if contract else ""),
    }
