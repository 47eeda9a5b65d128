"""Requests under another media type: that of JSON:API with a parameter, and that of forms."""

from __future__ import annotations

from typing import TYPE_CHECKING

from strategies.malformed import form_encoded
from strategies.mutations import encode, simple_probe
from strategies.probe import MEDIA_TYPE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from schemas import Operation
    from strategies.probe import Probe

WITH_PARAMETER = f"{MEDIA_TYPE}; version=1"
CONTENT_TYPE, ACCEPT, FORM = "media-type.parameters", "accept.parameters", "media-type.form"
STATUSES = {CONTENT_TYPE: 415, ACCEPT: 406}
"""The statuses with which JSON:API demands that media types with parameters are rejected."""


def media_type_probes(operation: Operation) -> Iterator[Probe]:
    """A request with a parameter in Content-Type, and one with a parameter in Accept, otherwise valid."""
    name, shape = operation.name, operation.first_shape
    yield simple_probe(CONTENT_TYPE, name, name, shape, "content type with a parameter", content_type=WITH_PARAMETER)
    yield simple_probe(ACCEPT, name, name, shape, "accept with a parameter", accept=WITH_PARAMETER)


def form_probes(operation: Operation) -> Iterator[Probe]:
    """The members of a valid body as a form under its own media type, which some frameworks parse by themselves."""
    if operation.request is not None:
        yield simple_probe(
            FORM,
            operation.name,
            operation.name,
            operation.first_shape,
            "a form body under its own media type",
            lambda valid: form_encoded(encode(valid)),
            content_type="application/x-www-form-urlencoded",
        )
