"""How a fault gets its name: an area's list, filled by a decorator on the class that ships the bug."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from reference.faults.undecidable import UNDECIDABLE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from reference.service import Service

Bug = TypeVar("Bug", bound="type[Service]")


@dataclass(frozen=True)
class Fault:
    """One bug: its name, what the server does wrong, where, and the requirements of which one must notice."""

    name: str
    sentence: str
    area: str
    expects: tuple[str, ...]
    undecidable: str = ""
    service: type[Service] = field(kw_only=True, repr=False, compare=False)


class Area:
    """The faults of one part of the service, in the order of their registration."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.faults: list[Fault] = []

    def __call__(self, name: str, *expects: str) -> Callable[[Bug], Bug]:
        """Register a class under a name; the sentence is the first line of its docstring."""

        def register(bug: Bug) -> Bug:
            self.add(name, (bug.__doc__ or "").partition("\n")[0], bug, *expects)
            return bug

        return register

    def add(self, name: str, sentence: str, bug: type[Service], *expects: str) -> None:
        """Register a class that was made by a table."""
        undecidable = UNDECIDABLE.get(name, "")
        self.faults.append(Fault(name, sentence, self.name, () if undecidable else expects, undecidable, service=bug))

    def __iter__(self) -> Iterator[Fault]:
        return iter(self.faults)
