"""Requests under another media type: that of JSON:API with a parameter, and that of forms."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from strategies.malformed import form_encoded
from strategies.mutations import encode, encode_body
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


def form_probes(operation: Operation) -> Iterator[Probe]:
    """The members of a valid body as a form under its own media type, which some frameworks parse by themselves."""
    if operation.request is None:
        return

    def build(valid: Any, _: str) -> RequestSpec:
        body, media_type = form_encoded(encode(valid)), "application/x-www-form-urlencoded"
        purpose = "a form body under its own media type"
        return RequestSpec(operation.name, body, purpose, "media-type.form", content_type=media_type)

    yield Probe("media-type.form", operation.name, operation.name, next(iter(operation.shapes)), build)


def _with_parameter(operation: str, requirement: str, field: str) -> Callable[[Any, str], RequestSpec]:
    purpose = f"{field.replace('_', ' ')} with a parameter"

    def build(valid: Any, _: str) -> RequestSpec:
        spec = RequestSpec(operation, encode_body(valid), purpose, requirement)
        return replace(spec, **dict[str, Any]({field: WITH_PARAMETER}))

    return build
