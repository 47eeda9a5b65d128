"""Named things in a fixed order, and a helpful word about a name that is not among them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from typing import Protocol, TypeVar


class Named(Protocol):
    """Anything with a name."""

    @property
    def name(self) -> str:
        """The name, which is unique in its catalogue."""


Entry = TypeVar("Entry", bound=Named)


class UnknownNameError(ValueError):
    """A name that a catalogue does not hold."""

    def __init__(self, kind: str, name: str, known: Iterable[str]) -> None:
        self.kind = kind
        self.name = name
        self.known = tuple(known)
        self.near = tuple(get_close_matches(name, self.known, n=3))
        super().__init__(kind, name)

    def __str__(self) -> str:
        hint = f"did you mean {' or '.join(self.near)}?" if self.near else f"the list has {len(self.known)} names."
        return f"unknown {self.kind} {self.name!r}: {hint}"


class Catalogue(Mapping[str, Entry]):
    """Entries by name, in the order given; two of one name are refused."""

    def __init__(self, kind: str, entries: Iterable[Entry]) -> None:
        self.kind = kind
        self._entries: dict[str, Entry] = {}
        for entry in entries:
            if entry.name in self._entries:
                message = f"two {kind}s are named {entry.name}"
                raise ValueError(message)
            self._entries[entry.name] = entry

    def __getitem__(self, name: str) -> Entry:
        return self._entries[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def find(self, name: str) -> Entry:
        """The entry of a name that a user has typed."""
        if name not in self._entries:
            raise UnknownNameError(self.kind, name, self._entries)
        return self._entries[name]
