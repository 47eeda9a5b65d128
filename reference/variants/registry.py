"""How a variant gets its name: a chapter's list, filled by a decorator on the class that takes the freedom."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from reference.service import Service

Freedom = TypeVar("Freedom", bound="type[Service]")


@dataclass(frozen=True)
class Variant:
    """One freedom: its name, and what the server does otherwise than the plain one."""

    name: str
    sentence: str
    service: type[Service] = field(kw_only=True, repr=False, compare=False)


class Chapter:
    """The variants of one kind, in the order of their registration."""

    def __init__(self) -> None:
        self.variants: list[Variant] = []

    def __call__(self, name: str) -> Callable[[Freedom], Freedom]:
        """Register a class under a name; the sentence is the first line of its docstring."""

        def register(freedom: Freedom) -> Freedom:
            self.add(name, (freedom.__doc__ or "").partition("\n")[0], freedom)
            return freedom

        return register

    def add(self, name: str, sentence: str, freedom: type[Service]) -> None:
        """Register a class that was made by a table."""
        self.variants.append(Variant(name, sentence, service=freedom))

    def __iter__(self) -> Iterator[Variant]:
        return iter(self.variants)
