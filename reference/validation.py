"""From a parsed body to an order: every documented member checked, one method each; others are ignored."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any, Final, Literal, NoReturn

from reference.messages import Rejection

if TYPE_CHECKING:
    from reference.messages import Operation


class Missing(Enum):
    """The type of a member that is not there, which is not the same as null."""

    ABSENT = "absent"


ABSENT: Final[Literal[Missing.ABSENT]] = Missing.ABSENT

NUMBER = re.compile(r"\+?[0-9(][0-9 ().-]{4,30}")
"""A phone number in the forms that people write; digits are ASCII."""


@dataclass(frozen=True)
class Order:
    """What a valid request asks for; what its operation does not take keeps its default."""

    delivery: str = ""
    number: str | None = None
    code: str = ""


class Validation:
    """The rules of the two request tables."""

    def validate(self, operation: Operation, document: Any) -> Order:
        """The order that a body holds, or a 422 that points at the first member that is wrong."""
        data = self.structure(operation, "/data", self.root(operation, document))
        self.resource_type(operation, data)
        attributes = self.structure(operation, "/data/attributes", data)
        if operation == "verify":
            return Order(code=self.code(attributes))
        delivery = self.delivery(attributes)
        return Order(delivery=delivery, number=self.number(attributes, delivery))

    def pick(self, operation: Operation, pointer: str, container: dict[str, Any]) -> Any:  # noqa: ARG002
        """The member that a pointer ends in, unchecked; ABSENT where there is none."""
        return container.get(pointer.rpartition("/")[2], ABSENT)

    def root(self, operation: Operation, document: Any) -> dict[str, Any]:  # noqa: ARG002
        """The body itself: an object."""
        if not isinstance(document, dict):
            self.refuse_member("", "The request document must be an object")
        return document

    def structure(self, operation: Operation, pointer: str, container: dict[str, Any]) -> dict[str, Any]:
        """A member that holds others: an object."""
        value = self.pick(operation, pointer, container)
        if not isinstance(value, dict):
            self.refuse_member(pointer, "An object is required here")
        return value

    def resource_type(self, operation: Operation, data: dict[str, Any]) -> None:
        """The type: users, and nothing else."""
        if self.pick(operation, "/data/type", data) != "users":
            self.refuse_member("/data/type", "The type must be users")

    def delivery(self, attributes: dict[str, Any]) -> str:
        """The delivery: app or sms, to the letter."""
        value = self.pick("enable", "/data/attributes/delivery", attributes)
        if not isinstance(value, str) or value not in {"app", "sms"}:
            self.refuse_member("/data/attributes/delivery", "The delivery must be app or sms")
        return value

    def number(self, attributes: dict[str, Any], delivery: str) -> str | None:
        """The number: needed for sms, kept for sms only, and a string in any case unless it is null."""
        value = self.pick("enable", "/data/attributes/sms-number", attributes)
        if value is ABSENT or value is None:
            self.check_no_number(delivery)
            return None
        if not isinstance(value, str) or not self.is_number(value):
            self.refuse_member("/data/attributes/sms-number", "The SMS number must be a phone number or null")
        return value if delivery == "sms" else None

    def check_no_number(self, delivery: str) -> None:
        """A number may be missing, unless messages go there."""
        if delivery == "sms":
            self.refuse_member("/data/attributes/sms-number", "Delivery by SMS needs an SMS number")

    def is_number(self, value: str) -> bool:
        """Whether a message could be sent to it."""
        return NUMBER.fullmatch(value) is not None

    def code(self, attributes: dict[str, Any]) -> str:
        """The code: a string; whether it is the right one is another question."""
        value = self.pick("verify", "/data/attributes/code", attributes)
        if not isinstance(value, str):
            self.refuse_member("/data/attributes/code", "The code must be a string")
        return value

    def refuse_member(self, pointer: str, title: str) -> NoReturn:
        """Refuse the request for one of its members."""
        raise Rejection(422, title, pointer=pointer)
