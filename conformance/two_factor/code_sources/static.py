"""Codes without a cost: a fixed one, and those of the embedded reference server."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.two_factor.code_sources.base import CodeRequest, CodeSource

if TYPE_CHECKING:
    from collections.abc import Callable


class Static(CodeSource):
    """A fixed code, as test servers have it."""

    available_without_setup = True

    def __init__(self, code: str) -> None:
        self._code = code

    def code(self, request: CodeRequest) -> str:  # noqa: ARG002 (the same for all requests)
        """The fixed code."""
        return self._code


class EmbeddedCodes(CodeSource):
    """The codes of the embedded reference server: `code_by` gives the one that it accepts now, by delivery."""

    available_without_setup = True
    is_authoritative = True

    def __init__(self, code_by: Callable[[str], str]) -> None:
        self._code_by = code_by

    def code(self, request: CodeRequest) -> str:
        """The code that the server accepts now."""
        return self._code_by(request.delivery)
