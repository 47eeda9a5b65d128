"""Bodies and probes from Hypothesis strategies, drawn by a seed: the same ones in every run."""

from __future__ import annotations

import json
import os
import string
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import seed as seeded
from hypothesis import strategies as st
from hypothesis.configuration import set_hypothesis_home_dir

from strategies.json_path import MISSING, replaced, value_at
from strategies.mutations import Mutation, body_probe, broken_by, encode, replacing

if TYPE_CHECKING:
    from hypothesis.strategies import DrawFn, SearchStrategy

    from schemas import Operation
    from strategies.probe import Probe

T = TypeVar("T")
set_hypothesis_home_dir(os.devnull)  # no folder .hypothesis in the working folder of the user
DULL = 10
"""The first examples that Hypothesis draws are the simplest ones. This many more are drawn, and the last are taken."""

# Hypothesis mixes constants of the modules that it takes for the user's own into texts, integers and floats. Those
# differ between a checkout and a wheel, so everything is drawn from short lists: the same seed draws the same values.
CHARACTERS = f"{string.ascii_letters}{string.digits}_-./:'\"\\{{}}[]<>&%$#@!?*+=~ \0\x1f\u2028\ufeff\U0001f512é"
EXOTIC_CHARACTERS = "\0\x1f\u2028\ufeff\U0001f512é"
POWERS = [2**exponent for exponent in (0, 1, 7, 8, 15, 16, 31, 32, 53, 63, 64, 128)]
INTEGERS = [0, 10, 10**30, *(sign * power + offset for power in POWERS for sign in (1, -1) for offset in (-1, 0, 1))]
FLOATS = [0.5, -1.5, 1e-7, 3.141592653589793, 1e21, -1e308, 5e-324]

texts = st.lists(st.sampled_from(CHARACTERS), max_size=40).map("".join) | st.lists(
    st.sampled_from(EXOTIC_CHARACTERS), max_size=8
).map("".join)
"""Strings, with more NUL, separators and astral characters than chance gives."""

integers, floats = st.sampled_from(INTEGERS), st.sampled_from(FLOATS)
scalars = st.none() | st.booleans() | integers | floats | texts

json_values: SearchStrategy[Any] = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4), max_leaves=12
)
"""Any JSON value."""


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


@cache
def drawn_body_probes(operation: Operation, seed: int, count: int) -> tuple[Probe, ...]:
    """Generated probes of an operation's body, named generated-1 and so on; none for an operation without a body."""
    if operation.request is None:
        return ()
    probes = generated(generated_body_probes(operation), seed, count)
    return tuple(replace(probe, name=f"generated-{number}") for number, probe in enumerate(probes, 1))


@st.composite
def one_edit_away(draw: DrawFn, value: str) -> str:
    """Strings at most one edit away from a string: a character is added, removed or replaced."""
    position = draw(st.integers(0, len(value)))
    character = draw(st.sampled_from(CHARACTERS) | st.sampled_from(" \t\0aA0"))
    removed = draw(st.integers(0, 1))
    return value[:position] + draw(st.sampled_from(["", character])) + value[position + removed :]


def generated_body_probes(operation: Operation) -> SearchStrategy[Probe]:
    """Probes beyond the enumerated ones: any JSON value, or a string one edit away, at the place of a rule.

    The name of each holds its value; `drawn_body_probes` numbers them.
    """
    assert operation.request is not None
    rules, shapes = operation.request.rules, operation.shapes

    @st.composite
    def probes(draw: DrawFn) -> Probe:
        rule = draw(st.sampled_from(rules))
        # Where the value is missing or null, as the number under app delivery, a server may not read it.
        has_value = [name for name, body in shapes.items() if value_at(body, rule.path) not in (MISSING, None)]
        shape = draw(st.sampled_from(has_value))
        value = value_at(shapes[shape], rule.path)
        is_documented = "const" in rule.schema or "enum" in rule.schema
        is_text = is_documented and isinstance(value, str)
        wrong = draw(json_values | one_edit_away(value) if is_text else json_values)
        if broken_by(operation, encode(replaced(shapes[shape], rule.path, wrong))) != {rule.id}:
            # Most values are wrong in most places. Where one is right by chance: a boolean is wrong everywhere here.
            wrong = draw(st.booleans())
        mutation = Mutation(f"generated-{json.dumps(wrong)}", shape, replacing(rule.path, lambda _: wrong))
        return body_probe(operation, rule, mutation)

    return probes()
