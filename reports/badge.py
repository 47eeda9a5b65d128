"""badge.json: the verdict as an endpoint of shields.io."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from reports.run_result import TITLES

if TYPE_CHECKING:
    from reports.run_result import RunResult

COLOURS = {"conformant": "1a7340", "violated": "b3261e", "configuration": "8a5a00", "no verdict": "8a5a00"}


def badge(result: RunResult) -> str:
    """The content of badge.json."""
    counts = [result.counts[level] for level in result.levels]
    violated, waived = (sum(count[verdict] for count in counts) for verdict in ("violated", "waived"))
    message = TITLES[result.verdict].lower() + (f", {waived} waived" if waived else "")
    if result.verdict == "violated":
        message = f"{violated} of {sum(sum(count.values()) for count in counts)} violated"
    label = f"{result.contract.name.capitalize()} API"
    return json.dumps({"schemaVersion": 1, "label": label, "message": message, "color": COLOURS[result.verdict]})
