"""Parse bytes as strict JSON (RFC 8259), and tell what is not JSON from what is beyond the limits of this parser."""

from __future__ import annotations

import json
from typing import Any, NoReturn

MAX_DEPTH = 100
"""Levels of nested arrays and objects. Code that walks a value recurses once a level."""
MAX_SHOWN = 80
"""Characters of a value in a message."""


class NotJSON(ValueError):  # noqa: N818 (it names the body)
    """The body is not a JSON text in UTF-8."""


class BeyondParser(NotJSON):
    """The body exceeds the limits of this parser: whether it is a JSON text is unknown."""


def parse(body: bytes) -> Any:
    """The value of a JSON text.

    Raises:
        NotJSON: the body is not UTF-8, or not JSON. NaN and Infinity, which Python accepts, are not JSON.
        BeyondParser: the body is nested too deeply, or an integer has more digits than Python converts.
    """
    try:
        value = json.loads(body.decode("utf-8"), parse_constant=_reject_constant)
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        raise NotJSON(f"not JSON: {error}") from error
    except NotJSON:
        raise
    except ValueError as error:
        raise BeyondParser("an integer has too many digits for this parser") from error
    except RecursionError as error:
        raise BeyondParser("nested too deeply for this parser") from error
    if body.count(b"[") + body.count(b"{") > MAX_DEPTH and _is_deeper(value, MAX_DEPTH):
        raise BeyondParser("nested too deeply for this parser")
    return value


def _reject_constant(constant: str) -> NoReturn:
    raise NotJSON(f"not JSON: {constant} is not a JSON value")


def _is_deeper(value: Any, levels: int) -> bool:
    """Whether arrays and objects are nested in more levels."""
    containers = [value] if isinstance(value, list | dict) else []
    for _ in range(levels):
        members = (item.values() if isinstance(item, dict) else item for item in containers)
        containers = [member for group in members for member in group if isinstance(member, list | dict)]
    return bool(containers)


def as_json_text(value: Any) -> str:
    """A value as JSON that UTF-8 can encode, cut short where it is long."""
    text = json.dumps(value, ensure_ascii=False).encode(errors="backslashreplace").decode()
    return text if len(text) <= MAX_SHOWN else f"{text[:MAX_SHOWN]} …"
