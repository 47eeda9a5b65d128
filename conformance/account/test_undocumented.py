"""What the page leaves open of numbers and codes: any answer but a 5xx, and a 2xx in its documented shape."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from conformance.account.account import NUMBER
from conformance.judging import require
from conformance.subject import encoded
from strategies.account import FICTIONAL_NUMBERS, ODD_NUMBERS
from strategies.places import MISSING, replaced

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.account.subject import AccountSubject
    from conformance.asker import Asker

NUMBERS = {
    "sms-without-number": ("sms", MISSING),
    "sms-null-number": ("sms", None),
    **{f"sms-{name}-number": ("sms", number) for name, number in ODD_NUMBERS.items()},
    "app-number": ("app", FICTIONAL_NUMBERS[0]),
}
CODES: dict[str, Callable[[str], str]] = {
    "code-blanks": lambda code: f" {code[:3]} {code[3:]} ",
    "code-full-width": lambda code: "".join(chr(ord(c) + 0xFEE0) if c.isdecimal() else c for c in code),
    "code-and-nul": lambda code: code + "\0",
    "code-and-surrogate": lambda code: code + "\ud800",
    "code-astral": lambda code: code + "\U0001f512",
    "code-long": lambda code: code + "0" * 5_000,
    "code-negative": lambda code: f"-{code}",
}


@pytest.mark.requirement("http.no-server-error", operation="enable")
@pytest.mark.parametrize("name", NUMBERS)
def test_number_is_answered(name: str, asker: Asker) -> None:
    """Numbers that nobody said are valid, or not; none that could reach a person."""
    delivery, number = NUMBERS[name]
    body: Any = replaced(asker.contract.operations["enable"].shapes[delivery], NUMBER, number)
    require(asker.send("enable", encoded(body), purpose=f"undocumented: {name}"), "http.no-server-error")


@pytest.mark.requirement("http.no-server-error", operation="verify")
@pytest.mark.parametrize("name", CODES)
def test_code_is_answered(name: str, asker: Asker) -> None:
    """Codes that a server may or may not take for the right one."""
    account: AccountSubject = asker.subject  # type: ignore[assignment]
    account.spare()
    account.to_pending(account.delivery)
    code = CODES[name](account.near_code(account.delivery))
    # In groups it is the same code to the redactor, which would take the one name for the other.
    asker.redactor.add(code, "[code]" if name == "code-blanks" else f"[{name}]")
    require(account.verify(code, f"undocumented: {name}"), "http.no-server-error")
