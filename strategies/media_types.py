"""Requests that name the media type of JSON:API with a parameter, in Content-Type or in Accept."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from strategies.mutations import encode_body
from strategies.probe import MEDIA_TYPE, Probe, RequestSpec

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from schemas import Operation

WITH_PARAMETER = f"{MEDIA_TYPE}; version=1"


@dataclass(frozen=True)
class MediaTypeProbe:
    """A probe, and the status with which JSON:API demands that it is rejected."""

    probe: Probe
    status: int


def media_type_probes(operation: Operation) -> Iterator[MediaTypeProbe]:
    """A request with a parameter in Content-Type, and one with a parameter in Accept, otherwise valid."""
    shape = next(iter(operation.shapes))
    for requirement, field, status in (
        ("media-type.parameters", "content_type", 415),
        ("accept.parameters", "accept", 406),
    ):
        build = _with_parameter(operation.name, requirement, field)
        yield MediaTypeProbe(Probe(requirement, operation.name, operation.name, shape, build), status)


def _with_parameter(operation: str, requirement: str, field: str) -> Callable[[Any, str], RequestSpec]:
    purpose = f"{field.replace('_', ' ')} with a parameter"

    def build(valid: Any, _: str) -> RequestSpec:
        spec = RequestSpec(operation, encode_body(valid), purpose, requirement)
        return replace(spec, **dict[str, Any]({field: WITH_PARAMETER}))

    return build
