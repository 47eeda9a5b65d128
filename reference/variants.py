"""The catalogue of variants: freedoms that a conforming server has, one at a time."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from reference.catalogue import Catalogue

if TYPE_CHECKING:
    from reference.service import Service


@dataclass(frozen=True)
class Variant:
    """One freedom: its name, and what the server does otherwise than the plain one."""

    name: str
    sentence: str
    service: type[Service] = field(kw_only=True, repr=False, compare=False)


VARIANTS: Catalogue[Variant] = Catalogue("variant", [])
