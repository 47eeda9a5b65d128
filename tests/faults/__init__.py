"""Faults of the reference server: plausible bugs, one at a time, which the suite must find."""

from __future__ import annotations

from tests.catalogue import by_name
from tests.faults import (
    bodies,
    codes,
    credentials,
    disclosure,
    effects,
    errors,
    frameworks,
    media_types,
    members,
    methods,
    responses,
    routing,
    state,
    timing,
    users,
)

__all__ = ["FAULTS"]

FAULTS = by_name(
    routing.fault,
    methods.fault,
    credentials.fault,
    media_types.fault,
    bodies.fault,
    members.fault,
    codes.fault,
    state.fault,
    effects.fault,
    users.fault,
    responses.fault,
    errors.fault,
    frameworks.fault,
    disclosure.fault,
    timing.fault,
)
