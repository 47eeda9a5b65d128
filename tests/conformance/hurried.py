"""A pytest plugin for the tests: the limits of a run, but short ones."""

from __future__ import annotations

from dataclasses import replace
from functools import wraps
from typing import Any

from conformance import options

usual = options.limits


@wraps(usual)
def limits(*given: Any, **named: Any) -> Any:
    return replace(usual(*given, **named), read=0.5, total=1.0, silence=1.2)


options.limits = limits
