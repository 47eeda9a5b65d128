"""Draw examples from Hypothesis strategies by a seed: the same ones in every run."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import seed as seeded
from hypothesis.configuration import set_hypothesis_home_dir

from strategies.mutations import generated_body_probes

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

    from schemas import Operation
    from strategies.probe import Probe

T = TypeVar("T")
set_hypothesis_home_dir(os.devnull)  # no folder .hypothesis in the working folder of the user
DULL = 10
"""The first examples that Hypothesis draws are the simplest ones. This many more are drawn, and the last are taken."""


def deterministic_settings(count: int, **more: Any) -> settings:
    """Settings for `count` examples, under which Hypothesis uses no clock, no database and no earlier run."""
    return settings(
        **more,
        max_examples=count,
        database=None,
        deadline=None,
        print_blob=False,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )


def generated(strategy: SearchStrategy[T], seed: int, count: int) -> list[T]:
    """`count` different examples, or fewer where the strategy has no more."""
    examples: list[T] = []

    @seeded(seed)
    @deterministic_settings(count + DULL)
    @given(strategy)
    def collect(value: T) -> None:
        if value not in examples:
            examples.append(value)

    collect()
    return examples[-count:] if count else []


def drawn_body_probes(operation: Operation, seed: int, count: int) -> list[Probe]:
    """Generated probes of an operation's body, named generated-1 and so on; none for an operation without a body."""
    if operation.request is None:
        return []
    probes = generated(generated_body_probes(operation), seed, count)
    return [replace(probe, name=f"generated-{number}") for number, probe in enumerate(probes, 1)]
