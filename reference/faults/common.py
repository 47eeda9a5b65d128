"""What several areas need: a crash as clients see it, and families of bugs made from one function."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from reference.messages import Answer, Interruption
from reference.service import Service

if TYPE_CHECKING:
    from reference.accounts import Account
    from reference.messages import Operation

Change = Callable[[Any, str], Any]
"""Changes a document at a path and hands it back."""

ALL_ACCEPTED = ("enable.accepted", "disable.accepted", "verify.accepted", "resend.accepted")
USER_ANSWERS: tuple[Operation, ...] = ("enable", "disable", "verify")


def plain(status: int, text: str, media_type: str = "text/plain; charset=utf-8", **headers: str) -> Answer:
    """An answer that is no JSON."""
    return Answer(status, text.encode(), media_type, headers)


def crash() -> Interruption:
    """An exception that nobody caught, as a framework tells it."""
    return Interruption(plain(500, "Internal Server Error"))


def changing(change: Callable[[Any], Any], *operations: Operation) -> type[Service]:
    """A service whose documents are changed on the way out."""

    class Changing(Service):
        def document(self, operation: Operation, account: Account) -> Any:
            document = super().document(operation, account)
            return change(document) if operation in operations else document

    return Changing


def find(document: Any, path: str) -> tuple[dict[str, Any], str]:
    """The object that a member is in, and its name there; the path is written with slashes."""
    *parents, name = path.split("/")
    holder = document
    for parent in parents:
        holder = holder[parent]
    return holder, name


def drop(document: Any, path: str) -> Any:
    """Leave out a member."""
    holder, name = find(document, path)
    holder.pop(name, None)
    return document


def put(value: Any) -> Change:
    """Give a member another value."""

    def change(document: Any, path: str) -> Any:
        holder, name = find(document, path)
        holder[name] = value
        return document

    return change


def on(path: str, change: Change) -> Callable[[Any], Any]:
    """A change at one path."""
    return lambda document: change(document, path)
