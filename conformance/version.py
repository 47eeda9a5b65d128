"""The name and the version of the tool."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version

TOOL = "tfe-conformance"


def tool_version() -> str:
    """The version that is installed, or "unknown"."""
    try:
        return version(TOOL)
    except PackageNotFoundError:
        return "unknown"
