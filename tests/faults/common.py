"""Parts that several modules of faults use: crashes, and changes of documents."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from reference.messages import ImmediateResponse, Operation, Response
from reference.service import Service

if TYPE_CHECKING:
    from reference.accounts import Account

Change = Callable[[Any, str], Any]
"""A change of a document at a path; it returns the document."""

ALL_ACCEPTED = ("enable.accepted", "disable.accepted", "verify.accepted", "resend.accepted")
USER_OPERATIONS: tuple[Operation, ...] = ("enable", "disable", "verify")
HTML = "text/html; charset=utf-8"


def plain(status: int, text: str, media_type: str = "text/plain; charset=utf-8", **headers: str) -> Response:
    """A response with a text for a body."""
    return Response(status, text.encode(), media_type, headers)


def crash() -> ImmediateResponse:
    """An exception that becomes a framework's response to an uncaught one."""
    return ImmediateResponse(plain(500, "Internal Server Error"))


def changing(change: Callable[[Any], Any], *operations: Operation) -> type[Service]:
    """A service that changes the documents of some operations."""

    class Changing(Service):
        def document(self, operation: Operation, account: Account) -> Any:
            document = super().document(operation, account)
            return change(document) if operation in operations else document

    return Changing


def at(path: str, change: Change) -> Callable[[Any], Any]:
    """A change at a path, whose names are separated by slashes."""
    return lambda document: change(document, path)


def find(document: Any, path: str) -> tuple[dict[str, Any], str]:
    """The object that has the member at a path, and the member's name."""
    *parents, name = path.split("/")
    holder = document
    for parent in parents:
        holder = holder[parent]
    return holder, name


def drop(document: Any, path: str) -> Any:
    """Remove a member."""
    holder, name = find(document, path)
    holder.pop(name, None)
    return document


def put(value: Any) -> Change:
    """A change that sets a member."""
    return made(lambda _: value)


def made(make: Callable[[Any], Any]) -> Change:
    """A change that sets a member to something made of its value."""

    def change(document: Any, path: str) -> Any:
        holder, name = find(document, path)
        holder[name] = make(holder.get(name))
        return document

    return change
