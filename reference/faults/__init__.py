"""The catalogue of faults: bugs that a real implementer plausibly ships, one at a time, by area."""

from __future__ import annotations

from reference.catalogue import Catalogue
from reference.faults.registry import Fault

__all__ = ["FAULTS", "Fault"]

FAULTS: Catalogue[Fault] = Catalogue("fault", [])
