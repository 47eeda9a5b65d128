"""The keys under which the parts of a run are found in pytest's stash."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from conformance.masking import Masker
from conformance.run_record import RunRecord
from conformance.settings import Settings
from schemas import Contract

CONTRACT = pytest.StashKey[Contract]()
"""The contract that the target is held to."""
MASKER = pytest.StashKey[Masker]()
"""Masks the secrets of the run."""
SETTINGS = pytest.StashKey[Settings]()
"""The options of the run."""
RECORD = pytest.StashKey[Callable[[pytest.Session, int], RunRecord]]()
"""Makes the record of the run at its end, from pytest's session and exit status."""
