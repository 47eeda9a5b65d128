"""Faults of validating structure and type: what is taken, or ends in a 500, above the attributes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from reference.faults.common import crash
from reference.faults.registry import Area
from reference.service import Service
from reference.validation import ABSENT

if TYPE_CHECKING:
    from collections.abc import Callable

    from reference.messages import Operation

fault = Area("validation")

APP = {"delivery": "app"}


def picking(take: Callable[[Any], Any], operation: Operation, pointer: str) -> type[Service]:
    """A service that makes something else of one member before it looks at it."""

    class Picking(Service):
        def pick(self, now: Operation, where: str, container: dict[str, Any]) -> Any:
            value = super().pick(now, where, container)
            return take(value) if (now, where) == (operation, pointer) else value

    return Picking


def crashing(sees: Callable[[Any], bool], operation: Operation, pointer: str) -> type[Service]:
    """A service that ends in a 500 at the sight of one member."""

    def take(value: Any) -> Any:
        if sees(value):
            raise crash()
        return value

    return picking(take, operation, pointer)


def flattened(operation: Operation, pointer: str) -> type[Service]:
    """A service that looks for the members of an object in the one around it, where the object is absent."""

    class Flattened(Service):
        def pick(self, now: Operation, where: str, container: dict[str, Any]) -> Any:
            value = super().pick(now, where, container)
            return container if value is ABSENT and (now, where) == (operation, pointer) else value

    return Flattened


def instead(sees: Callable[[Any], bool], value: Any) -> Callable[[Any], Any]:
    """Put a value in the place of certain others."""
    return lambda given: value if sees(given) else given


def for_text(take: Callable[[str], Any]) -> Callable[[Any], Any]:
    """Do something to strings only."""
    return lambda given: take(given) if isinstance(given, str) else given


def first(value: Any) -> Any:
    """The first element, where a list stands for its only one."""
    return value[0] if isinstance(value, list) and value else value


def decoded(value: Any) -> Any:
    """The value of a JSON text inside a string."""
    try:
        return json.loads(value) if isinstance(value, str) else value
    except (ValueError, RecursionError):
        return value


def is_absent(value: Any) -> bool:
    """Whether the member is not there."""
    return value is ABSENT


def is_null(value: Any) -> bool:
    """Whether the member is null."""
    return value is None


def is_no_string(value: Any) -> bool:
    """Whether the member is there, not null and no string."""
    return value is not ABSENT and value is not None and not isinstance(value, str)


def is_no_object(value: Any) -> bool:
    """Whether the member is there, not null and no object."""
    return value is not ABSENT and value is not None and not isinstance(value, dict)


TYPE, DATA, ATTRIBUTES = "/data/type", "/data", "/data/attributes"

BOTH: tuple[Operation, ...] = ("enable", "verify")

for operation in BOTH:
    for name, sentence, take in (
        ("unchecked", "does not look at the type", lambda _: "users"),
        ("absent-accepted", "does without a type", instead(is_absent, "users")),
        ("null-accepted", "takes null for a type", instead(is_null, "users")),
        ("case-ignored", "compares the type without regard to case", for_text(str.lower)),
    ):
        fault.add(
            f"{operation}-type-{name}",
            f"The {operation} action {sentence}.",
            picking(take, operation, TYPE),
            f"{operation}.request.type",
        )

BOTH_WAYS: tuple[tuple[Operation, str, str, Callable[[Any], Any]], ...] = (
    ("enable", "type-trimmed", "trims blanks around the type", for_text(str.strip)),
    ("verify", "type-singular-accepted", "takes the singular for the type", instead(lambda v: v == "user", "users")),
    (
        "enable",
        "type-longer-accepted",
        "compares only the beginning of the type",
        instead(lambda v: isinstance(v, str) and v.startswith("users"), "users"),
    ),
    (
        "verify",
        "type-shorter-accepted",
        "takes the beginning of the type for the whole",
        instead(lambda v: isinstance(v, str) and "users".startswith(v), "users"),
    ),
    (
        "enable",
        "type-any-string-accepted",
        "takes every string for a type",
        for_text(lambda _: "users"),
    ),
    ("verify", "type-no-string-accepted", "looks at the type only if it is a string", instead(is_no_string, "users")),
    ("enable", "type-list-accepted", "takes a list that begins with the type", first),
)
for operation, name, sentence, take in BOTH_WAYS:
    fault.add(
        f"{operation}-{name}",
        f"The {operation} action {sentence}.",
        picking(take, operation, TYPE),
        f"{operation}.request.type",
    )

STRUCTURES: tuple[tuple[Operation, str, str, str, Callable[[Any], Any]], ...] = (
    ("enable", DATA, "data-list-accepted", "takes the first element of a list for its data", first),
    ("verify", DATA, "data-list-accepted", "takes the first element of a list for its data", first),
    ("verify", DATA, "data-string-accepted", "decodes data that is a string of JSON", decoded),
    ("enable", ATTRIBUTES, "attributes-list-accepted", "takes the first element of a list for its attributes", first),
    ("enable", ATTRIBUTES, "attributes-string-accepted", "decodes attributes that are a string of JSON", decoded),
    (
        "enable",
        ATTRIBUTES,
        "attributes-absent-accepted",
        "takes absent attributes for delivery by application",
        instead(is_absent, APP),
    ),
    (
        "enable",
        ATTRIBUTES,
        "attributes-null-accepted",
        "takes null attributes for delivery by application",
        instead(is_null, APP),
    ),
    (
        "enable",
        ATTRIBUTES,
        "attributes-no-object-accepted",
        "takes attributes of a wrong type for delivery by application",
        instead(is_no_object, APP),
    ),
)
for operation, pointer, name, sentence, take in STRUCTURES:
    fault.add(
        f"{operation}-{name}",
        f"The {operation} action {sentence}.",
        picking(take, operation, pointer),
        f"{operation}.request.{pointer.rpartition('/')[2]}",
    )

for operation in BOTH:
    fault.add(
        f"{operation}-attributes-flat",
        f"The {operation} action finds its members in data, where attributes are absent.",
        flattened(operation, ATTRIBUTES),
        f"{operation}.request.attributes",
    )
    fault.add(
        f"{operation}-data-flat",
        f"The {operation} action finds type and attributes at the top, where data is absent.",
        flattened(operation, DATA),
        f"{operation}.request.data",
    )

CRASHES: tuple[tuple[Operation, str, str, str, Callable[[Any], bool]], ...] = (
    ("enable", TYPE, "absent", "an absent type", is_absent),
    ("verify", TYPE, "null", "a type of null", is_null),
    ("verify", TYPE, "no-string", "a type that is no string", is_no_string),
    ("enable", DATA, "absent", "absent data", is_absent),
    ("enable", DATA, "null", "data of null", is_null),
    ("verify", DATA, "no-object", "data that is no object", is_no_object),
    ("enable", ATTRIBUTES, "null", "attributes of null", is_null),
    ("enable", ATTRIBUTES, "no-object", "attributes that are no object", is_no_object),
    ("verify", ATTRIBUTES, "absent", "absent attributes", is_absent),
)
for operation, pointer, name, sentence, sees in CRASHES:
    member = pointer.rpartition("/")[2]
    fault.add(
        f"{operation}-{member}-{name}-crashes",
        f"The {operation} action ends in a 500 on {sentence}.",
        crashing(sees, operation, pointer),
        "http.no-server-error",
        f"{operation}.request.{member}",
    )
