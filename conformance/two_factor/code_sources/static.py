"""Codes without a cost: a fixed one, and those of the embedded reference server."""

from __future__ import annotations

from typing import Protocol

from conformance.two_factor.code_sources.base import CodeRequest, CodeSource


class Static(CodeSource):
    """A fixed code, as test servers have it."""

    available_without_setup = True

    def __init__(self, code: str) -> None:
        self._code = code

    def code(self, request: CodeRequest) -> str:  # noqa: ARG002 (the same for all requests)
        """The fixed code."""
        return self._code

    peek = code

    def mark_used(self) -> None:
        """Nothing changes: there is no other code."""


class CodeServer(Protocol):
    """A server that tells its own codes."""

    def code(self, delivery: str) -> str:
        """The code that the server accepts now."""


class EmbeddedCodes(CodeSource):
    """The codes of the embedded reference server."""

    available_without_setup = True
    is_authoritative = True

    def __init__(self, server: CodeServer) -> None:
        self._server = server

    def code(self, request: CodeRequest) -> str:
        """The code that the server accepts now."""
        return self._server.code(request.delivery)

    peek = code

    def mark_used(self) -> None:
        """Nothing changes: the server accepts a code again."""
