"""Variants of the reference server: other conforming behaviour, one at a time, which the suite must accept."""

from __future__ import annotations

from tests.catalogue import by_name
from tests.variants import codes, rejections, responses, rules, wire

__all__ = ["VARIANTS"]

VARIANTS = by_name(rules.variant, rejections.variant, responses.variant, codes.variant, wire.variant)
