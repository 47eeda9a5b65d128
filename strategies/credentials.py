"""Authorization headers that hold no valid bearer token, made from one that is valid."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

SCHEME = "credentials.scheme"
"""The page shows no other scheme than Bearer, and forbids none: frameworks have some that serve as well."""
UNKNOWN = "unknown-token-of-a-conformance-run"


@dataclass(frozen=True)
class Credential:
    """A way of presenting invalid credentials.

    `values` makes the values of the Authorization headers from the valid token, one value a header. `shell` is what a
    shell makes of `$TFE_TOKEN` to say the same: it stands where the token would, in evidence and in curl lines.
    `requirement` is what accepting them would break.
    """

    values: Callable[[str], tuple[str, ...]]
    shell: tuple[str, ...]
    requirement: str = "credentials.required"


def basic(token: str) -> str:
    """The token as the user name of Basic authentication (RFC 7617)."""
    return base64.b64encode(f"{token}:".encode()).decode()


def _other(character: str) -> str:
    return "~" if character != "~" else "-"


CREDENTIALS: Mapping[str, Credential] = {
    "none": Credential(lambda _: (), ()),
    "empty": Credential(lambda _: ("",), ("",)),
    "no-token": Credential(lambda _: ("Bearer",), ("Bearer",)),
    "unknown-token": Credential(lambda _: (f"Bearer {UNKNOWN}",), (f"Bearer {UNKNOWN}",)),
    "not-ascii": Credential(lambda _: (f"Bearer {UNKNOWN}\xfc",), (f"Bearer {UNKNOWN}\xfc",)),
    "cut-short": Credential(lambda token: (f"Bearer {token[:-1]}",), ("Bearer ${TFE_TOKEN%?}",)),
    "other-end": Credential(lambda token: (f"Bearer {token[:-1]}{_other(token[-1])}",), ("Bearer ${TFE_TOKEN%?}~",)),
    "extended": Credential(lambda token: (f"Bearer {token}x",), ("Bearer ${TFE_TOKEN}x",)),
    "other-case": Credential(
        lambda token: (f"Bearer {token.swapcase()}",), ("Bearer $(tr a-zA-Z A-Za-z <<<$TFE_TOKEN)",)
    ),
    "basic-scheme": Credential(
        lambda token: (f"Basic {basic(token)}",), ("Basic $(printf %s: $TFE_TOKEN | base64 -w0)",), SCHEME
    ),
    "token-scheme": Credential(lambda token: (f"Token {token}",), ("Token $TFE_TOKEN",), SCHEME),
    "bare-token": Credential(lambda token: (token,), ("$TFE_TOKEN",), SCHEME),
    "two-unknown-tokens": Credential(
        lambda _: (f"Bearer {UNKNOWN}", f"Bearer {UNKNOWN}-2"), (f"Bearer {UNKNOWN}", f"Bearer {UNKNOWN}-2")
    ),
}


EVERYWHERE = ("none", "unknown-token", "cut-short", "other-end", "extended", "other-case", "basic-scheme", "bare-token")
"""Those that are presented to each operation; the others concern the reading of a header, and take turns."""
