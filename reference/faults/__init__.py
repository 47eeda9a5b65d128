"""The catalogue of faults: bugs that a real implementer plausibly ships, one at a time, by area."""

from __future__ import annotations

from itertools import chain

from reference.catalogue import Catalogue
from reference.faults import (
    attributes,
    codes,
    crashes,
    credentials,
    disclosure,
    envelopes,
    errors,
    media,
    parsing,
    refusals,
    resource,
    routing,
    sideeffects,
    state,
    timing,
    twofactor,
    unforeseen,
    validation,
)
from reference.faults.registry import Fault

__all__ = ["FAULTS", "Fault"]

FAULTS: Catalogue[Fault] = Catalogue(
    "fault",
    chain(
        routing.fault,
        credentials.fault,
        refusals.fault,
        crashes.fault,
        parsing.fault,
        validation.fault,
        attributes.fault,
        resource.fault,
        twofactor.fault,
        envelopes.fault,
        errors.fault,
        state.fault,
        unforeseen.fault,
        codes.fault,
        sideeffects.fault,
        timing.fault,
        disclosure.fault,
        media.fault,
    ),
)
