"""Services that deviate from the conforming one, by name; faults and variants are catalogues of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

    from reference.service import Service

ServiceType = TypeVar("ServiceType", bound="type[Service]")


@dataclass(frozen=True)
class Deviation:
    """A service that deviates from the conforming one in one way.

    Attributes:
        name: the name, unique in its catalogue.
        sentence: the difference that a client can see.
        expects: requirement IDs of which one must go red; none where nothing may.
        undecidable: the reason why a suite cannot call a fault a violation, or an empty string.
        service: the service.
    """

    name: str
    sentence: str
    expects: tuple[str, ...]
    undecidable: str = ""
    service: type[Service] = field(kw_only=True, repr=False, compare=False)


class Chapter:
    """The deviations of one module, in the order of their definition."""

    def __init__(self) -> None:
        self.deviations: list[Deviation] = []

    def __call__(self, name: str, *expects: str, undecidable: str = "") -> Callable[[ServiceType], ServiceType]:
        """Add the decorated service; its docstring is the sentence."""

        def decorate(service: ServiceType) -> ServiceType:
            self.add(name, service.__doc__ or "", service, *expects, undecidable=undecidable)
            return service

        return decorate

    def add(self, name: str, sentence: str, service: type[Service], *expects: str, undecidable: str = "") -> None:
        """Add a service."""
        self.deviations.append(Deviation(name, sentence, expects, undecidable, service=service))


def by_name(*chapters: Chapter) -> dict[str, Deviation]:
    """A catalogue of all deviations of some chapters, in order."""
    catalogue: dict[str, Deviation] = {}
    for chapter in chapters:
        for deviation in chapter.deviations:
            if deviation.name in catalogue:
                message = f"two deviations are named {deviation.name}"
                raise ValueError(message)
            catalogue[deviation.name] = deviation
    return catalogue
