"""The command line, and the plugin that makes a run of pytest's tests."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
"""The folder that holds the suite."""
PYTEST_OPTIONS = (
    f"--config-file={ROOT / 'conformance' / 'pytest.toml'}",
    f"--rootdir={ROOT}",
    "--noconftest",
    "-pno:cacheprovider",
)
"""Pytest runs the suite with its own configuration, and none of the user's."""
