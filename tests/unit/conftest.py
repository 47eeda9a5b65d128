"""Hypothesis keeps no examples between runs: the suite gives it no folder to keep them in."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("unit", database=None, deadline=None)
settings.load_profile("unit")
