"""The catalogue of variants: freedoms that a conforming server has, one at a time."""

from __future__ import annotations

from itertools import chain

from reference.catalogue import Catalogue
from reference.variants import answers, codes, refusals, rules, wire
from reference.variants.registry import Variant

__all__ = ["VARIANTS", "Variant"]

VARIANTS: Catalogue[Variant] = Catalogue(
    "variant",
    chain(rules.variant, refusals.variant, answers.variant, codes.variant, wire.variant),
)
