"""Settings of Hypothesis for the project's own tests: the same examples each time, no clock, and no folder."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("project", database=None, deadline=None, derandomize=True)
settings.load_profile("project")
