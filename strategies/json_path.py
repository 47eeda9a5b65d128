"""Read and replace the value at a path of member names in a JSON instance."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from schemas import Path


class Missing:
    """The type of `MISSING`."""

    def __repr__(self) -> str:
        return "MISSING"


MISSING: Final = Missing()
"""Stands for a member that is absent, as opposed to one that is null."""


def value_at(instance: Any, path: Path) -> Any:
    """The value at `path`, or `MISSING`."""
    for member in path:
        if not isinstance(instance, dict) or member not in instance:
            return MISSING
        instance = instance[member]
    return instance


def replaced(instance: Any, path: Path, value: Any) -> Any:
    """A copy of the instance with another value at `path`, or without the member where the value is `MISSING`.

    All members of the path but the last must exist.
    """
    if not path:
        return value
    changed = copy.deepcopy(instance)
    holder = value_at(changed, path[:-1])
    if value is MISSING:
        holder.pop(path[-1], None)
    else:
        holder[path[-1]] = value
    return changed
