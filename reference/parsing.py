"""From bytes to values: JSON bodies and media type headers, whatever arrives."""

from __future__ import annotations

import json
import re
from typing import Any, NoReturn

from reference.messages import MEDIA_TYPE, Rejection

MAX_BODY = 1024 * 1024
"""Bytes of a request body that are read at most."""

_PART = re.compile(r"""(?:[^,"]|"(?:[^"\\]|\\.)*"?)+""")
_WEIGHT = re.compile(r";\s*q\s*=.*", re.IGNORECASE | re.DOTALL)


def _no_constant(name: str) -> NoReturn:
    message = f"{name} is no JSON"
    raise ValueError(message)


def parse_json(body: bytes) -> Any:
    """The value of a JSON text in UTF-8; a 400 for everything else, however long, deep or large."""
    try:
        return json.loads(body.decode(), parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise Rejection(400, "The request body is not well-formed JSON") from None


def is_bare(media_type: str) -> bool:
    """Whether a media type is JSON:API's, without parameters."""
    return media_type.strip(" \t").lower() == MEDIA_TYPE


def accepts_json_api(accept: str) -> bool:
    """Whether an Accept header leaves JSON:API bare at least once, or does not name it at all.

    A weight is no parameter of the media type.
    """
    entries = [_WEIGHT.sub("", part) for part in _PART.findall(accept)]
    named = [entry for entry in entries if entry.partition(";")[0].strip(" \t").lower() == MEDIA_TYPE]
    return not named or any(is_bare(entry) for entry in named)
