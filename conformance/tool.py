"""What this tool is called, and which version of it is installed."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version

TOOL = "tfe-conformance"


def tool_version() -> str:
    """The version, as it was installed."""
    try:
        return version(TOOL)
    except PackageNotFoundError:
        return "unknown"
