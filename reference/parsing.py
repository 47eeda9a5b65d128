"""Parsers of JSON bodies and of media type headers."""

from __future__ import annotations

import json
import re
from enum import Enum
from typing import Any, Final, Literal, NoReturn

from reference.messages import MEDIA_TYPE, Rejection

MAX_BODY = 1024 * 1024
"""Bytes of a request body that are read at most."""

_ENTRY = re.compile(r"""(?:[^,"]|"(?:[^"\\]|\\.)*"?)+""")
_WEIGHT = re.compile(r";\s*q\s*=.*", re.IGNORECASE | re.DOTALL)


class Absent(Enum):
    """The type of `ABSENT`."""

    ABSENT = "absent"


ABSENT: Final[Literal[Absent.ABSENT]] = Absent.ABSENT
"""The value of a member that is not there; null is another."""


def _reject_constant(name: str) -> NoReturn:
    raise ValueError(name)


def parse_json(body: bytes) -> Any:
    """The value of a JSON text in UTF-8.

    Raises:
        Rejection: a 400, for any other body, however long or deeply nested.
    """
    try:
        return json.loads(body.decode(), parse_constant=_reject_constant)
    except (ValueError, RecursionError):
        raise Rejection(400, "The request body is not well-formed JSON") from None


def is_json_api(media_type: str) -> bool:
    """True for JSON:API's media type without parameters."""
    return media_type.strip(" \t").lower() == MEDIA_TYPE


def accepts_json_api(accept: str) -> bool:
    """True for an Accept header that has JSON:API without parameters at least once, or not at all.

    A weight is no parameter of the media type.
    """
    entries = [_WEIGHT.sub("", entry) for entry in _ENTRY.findall(accept)]
    json_api = [entry for entry in entries if is_json_api(entry.partition(";")[0])]
    return not json_api or any(is_json_api(entry) for entry in json_api)
