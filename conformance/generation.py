"""Draw examples from a Hypothesis strategy by a seed: the same ones in every run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from hypothesis import HealthCheck, Phase, given, seed, settings

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

T = TypeVar("T")


def quiet(examples: int, **more: Any) -> settings:
    """Settings under which Hypothesis neither times, nor stores, nor depends on the run before."""
    return settings(
        **more,
        max_examples=examples,
        database=None,
        deadline=None,
        print_blob=False,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )


def generated(strategy: SearchStrategy[T], number: int, examples: int) -> list[T]:
    """So many different examples, or fewer where the strategy has no more; `number` is the seed."""
    found: list[T] = []

    # The first examples that Hypothesis draws are the simplest ones: draw more, and take the last.
    @seed(number)
    @quiet(examples + 10)
    @given(strategy)
    def collect(value: T) -> None:
        if value not in found:
            found.append(value)

    collect()
    return found[-examples:] if examples else []
