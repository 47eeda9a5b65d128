"""badge.svg and badge.json: the verdict as a badge, drawn here, and as what shields.io makes one of."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

from reports.terminal import TITLES
from reports.verdicts import gating

if TYPE_CHECKING:
    from reports.results import Report

COLOURS = {"conformant": "#1a7340", "violated": "#b3261e", "configuration": "#8a5a00", "no verdict": "#8a5a00"}
"""White letters are read well on each of them."""
CHARACTER, MARGIN = 6.6, 7.0
"""The width of a letter, on the average, and what is free beside a text, in pixels."""


def label(report: Report) -> str:
    """What the badge is about."""
    return f"{report.run.contract.name.capitalize()} API"


def message(report: Report) -> str:
    """The verdict, in as few words as a badge has room for."""
    outcome = report.outcome
    counts = [outcome.counts[level] for level in gating(strict=report.run.options.strict)]
    violated, waived = (sum(count[verdict] for count in counts) for verdict in ("violated", "waived"))
    if outcome.verdict == "violated":
        return f"{violated} of {sum(sum(count.values()) for count in counts)} violated"
    return TITLES[outcome.verdict].lower() + (f", {waived} waived" if waived else "")


def badge_json(report: Report) -> dict[str, Any]:
    """The badge as an endpoint of shields.io has it."""
    colour = COLOURS[report.outcome.verdict].removeprefix("#")
    return {"schemaVersion": 1, "label": label(report), "message": message(report), "color": colour}


def badge_svg(report: Report) -> str:
    """The badge as a picture."""
    left, right = label(report), message(report)
    widths = [round(len(text) * CHARACTER + 2 * MARGIN, 1) for text in (left, right)]
    texts = "".join(
        f'<text x="{x:.1f}" y="14" textLength="{width - 2 * MARGIN:.1f}">{escape(text)}</text>'
        for text, width, x in ((left, widths[0], widths[0] / 2), (right, widths[1], widths[0] + widths[1] / 2))
    )
    said = escape(f"{left}: {right}")
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{sum(widths):.1f}" height="20" role="img" aria-label="{said}">'
        f'<title>{said}</title><clipPath id="r"><rect width="{sum(widths):.1f}" height="20" rx="3"/></clipPath>'
        f'<g clip-path="url(#r)"><rect width="{widths[0]:.1f}" height="20" fill="#444d56"/>'
        f'<rect x="{widths[0]:.1f}" width="{widths[1]:.1f}" height="20" fill="{COLOURS[report.outcome.verdict]}"/></g>'
        '<g fill="#fff" text-anchor="middle" font-family="Verdana,DejaVu Sans,Geneva,sans-serif" font-size="11">'
        f"{texts}</g></svg>\n"
    )
