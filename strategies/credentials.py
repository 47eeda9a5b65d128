"""Authorization headers without a valid bearer token, made from a valid one."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from strategies.mutations import encode_body
from strategies.probe import Probe, RequestSpec

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping

    from schemas import Operation

REQUIRED = "credentials.required"
SCHEME = "credentials.scheme"
"""The page shows no scheme but Bearer, and forbids none: some frameworks accept others as well."""
ALONE = "credentials.token-alone"
SPECIAL_TOKENS: Mapping[str, str] = {
    "sql": "' OR '1'='1",
    "like-pattern": "%",
    "glob": "*",
    "object-member": "constructor",
    "object-prototype": "__proto__",
    "null-word": "null",
    "regular-expression": ".*",
    "nul-byte": "%00",
}
"""Tokens that mean something to SQL, to patterns, and to JavaScript objects that are used as tables of tokens."""
UNKNOWN = "unknown-token-of-a-conformance-run"


@dataclass(frozen=True)
class Credential:
    """A way to present invalid credentials.

    Attributes:
        values: makes the values of the Authorization headers from the valid token, one value a header.
        shell: the same values as a shell makes them from `$TFE_TOKEN`, for evidence and curl command lines.
        requirement: the ID of the requirement that a server breaks which accepts them.
    """

    values: Callable[[str], tuple[str, ...]]
    shell: tuple[str, ...]
    requirement: str = REQUIRED

    @property
    def purpose(self) -> str:
        """The credentials in words: their headers, or that there is none."""
        return " and ".join(f"Authorization: {text}".rstrip() for text in self.shell) or "without Authorization"

    def masks(self, token: str) -> tuple[tuple[str, str], ...]:
        """Pairs of a credential made from the token and its shell text."""
        pairs = zip(map(_credential, self.values(token)), map(_credential, self.shell), strict=True)
        return tuple((secret, shell) for secret, shell in pairs if secret != shell)


def _credential(value: str) -> str:
    """The part of an Authorization header behind the scheme; all of it where there is none."""
    return value.partition(" ")[2] or value


def _fixed(*values: str) -> Credential:
    """A credential that does not depend on the valid token."""
    return Credential(lambda _: values, values)


def _made(change: Callable[[str], str], shell: str, requirement: str = REQUIRED) -> Credential:
    """A credential of one header, made from the valid token."""
    return Credential(lambda token: (change(token),), (shell,), requirement)


def _basic(token: str) -> str:
    """The token as the user name of Basic authentication (RFC 7617)."""
    return f"Basic {base64.b64encode(f'{token}:'.encode()).decode()}"


def _other_end(token: str) -> str:
    return f"Bearer {token[:-1]}{'-' if token.endswith('~') else '~'}"


CREDENTIALS: Mapping[str, Credential] = {
    "none": _fixed(),
    "empty": _fixed(""),
    "no-token": _fixed("Bearer"),
    "unknown-token": _fixed(f"Bearer {UNKNOWN}"),
    "not-ascii": _fixed(f"Bearer {UNKNOWN}\xfc"),
    "cut-short": _made(lambda token: f"Bearer {token[:-1]}", "Bearer ${TFE_TOKEN%?}"),
    "other-end": _made(_other_end, "Bearer ${TFE_TOKEN%?}~"),
    "extended": _made(lambda token: f"Bearer {token}x", "Bearer ${TFE_TOKEN}x"),
    "other-case": _made(lambda token: f"Bearer {token.swapcase()}", "Bearer $(tr a-zA-Z A-Za-z <<<$TFE_TOKEN)"),
    "basic-scheme": _made(_basic, "Basic $(printf %s: $TFE_TOKEN | base64 -w0)", SCHEME),
    "token-scheme": _made(lambda token: f"Token {token}", "Token $TFE_TOKEN", SCHEME),
    "bare-token": _made(lambda token: token, "$TFE_TOKEN", SCHEME),
    "word-behind": _made(lambda token: f"Bearer {token} x", "Bearer $TFE_TOKEN x", ALONE),
    **{name: _fixed(f"Bearer {token}") for name, token in SPECIAL_TOKENS.items()},
    "two-unknown-tokens": _fixed(f"Bearer {UNKNOWN}", f"Bearer {UNKNOWN}-2"),
}

EVERYWHERE = ("none", "unknown-token", "cut-short", "other-end", "extended", "other-case", "basic-scheme", "bare-token")
"""Credentials that are presented to each operation. The others concern the parsing of a header, which operations
share: each is presented to one operation."""


def credential_probes(operations: Collection[Operation]) -> Iterator[Probe]:
    """Requests with invalid credentials to each operation."""
    for turn, operation in enumerate(operations):
        for number, (name, credential) in enumerate(CREDENTIALS.items()):
            if name in EVERYWHERE or number % len(operations) == turn:
                probe_name, build = f"{operation.name}-{name}", presenting(operation.name, name)
                yield Probe(credential.requirement, operation.name, probe_name, operation.first_shape, build)


def presenting(operation: str, name: str) -> Callable[[Any, str], RequestSpec | None]:
    """The `build` of a probe that presents the credentials of this name, with a body that is otherwise valid."""
    credential = CREDENTIALS[name]

    def build(valid: Any, token: str) -> RequestSpec | None:
        values = credential.values(token)
        if f"Bearer {token}" in values:
            return None
        return RequestSpec(
            operation,
            encode_body(valid),
            credential.purpose,
            credential.requirement,
            authorization=values,
            masks=credential.masks(token),
        )

    return build
