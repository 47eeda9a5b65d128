"""Messages go to the number that the user gave, else to nobody: by a server that keeps all that it is sent."""

from __future__ import annotations

import json
import unicodedata
from typing import TYPE_CHECKING, Any

import pytest

from reference.messages import Rejection
from reference.server import serving
from reference.service import Service
from tests.suite import check

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from reference.validation import Order

    from reference.messages import Operation

NOBODY = ("12025550123", "447700900123", "1555555555")


class Keeping(Service):
    """Keeps every body to enable, and takes any string for a number."""

    def __init__(self) -> None:
        super().__init__()
        self.kept: list[Any] = []

    def is_number(self, value: str) -> bool:
        return value.isprintable()

    def validate(self, operation: Operation, document: Any) -> Order:
        if operation == "enable":
            self.kept.append(document)
        return super().validate(operation, document)


def leaves(value: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """All values that hold no others, with the name above each."""
    if isinstance(value, dict):
        for member, inner in value.items():
            yield from leaves(inner, member if name != "sms-number" else name)
    elif isinstance(value, list):
        for inner in value:
            yield from leaves(inner, name)
    else:
        yield name, value


def digits(value: Any) -> str:
    return "".join(c for c in unicodedata.normalize("NFKC", str(value)) if c in "0123456789")


@pytest.mark.parametrize(
    ("arguments", "allowed"), [([], NOBODY), (["--sms-number=+33 6 39 98 12 34"], ("33639981234", *NOBODY))]
)
def test_nothing_that_is_sent_could_reach_anyone_else(
    arguments: list[str], allowed: tuple[str, ...], tmp_path: Path
) -> None:
    service = Keeping()
    with serving(service) as server:
        url = f"--base-url={server.base_url}"
        done = check(tmp_path, url, "--examples=60", "--seed=9", *arguments, TFE_TOKEN=server.token)
        sent = {number for number, _ in server.service.accounts[0].outbox.messages}
    assert not done.having("violated"), done.out
    assert len(service.kept) > 150
    numbers = [value for body in service.kept for name, value in leaves(body) if name == "sms-number"]
    assert len({json.dumps(number) for number in numbers}) > 10
    for number in [*numbers, *sent]:
        assert len(digits(number)) < 3 or digits(number).startswith(allowed), number
    left_out = [
        case for found in done.results["requirements"] for case in found["cases"] if "nobody gave" in case["detail"]
    ]
    assert left_out, "nothing was drawn that had to be left out: the test tells nothing"


@pytest.mark.parametrize(
    ("taken", "arguments", "said"),
    [
        ("+44", [], ""),
        ("+49", [], "numbers that are reserved for fiction: give one of yours with --sms-number"),
        ("+44", ["--sms-number=+12025550199"], "the number of --sms-number: give one that it takes"),
    ],
)
def test_where_no_number_is_taken_there_is_no_verdict_and_what_to_give(
    taken: str, arguments: list[str], said: str, tmp_path: Path
) -> None:
    class Picky(Service):
        """Takes the numbers of one country."""

        def is_number(self, value: str) -> bool:
            return value.startswith(taken)

    with serving(Picky()) as server:
        source = f"--code-source=totp:{server.service.accounts[0].secret}"
        url = f"--base-url={server.base_url}"
        done = check(
            tmp_path, url, "--profile=frugal", "-k", "accepted or resend", source, *arguments, TFE_TOKEN=server.token
        )
        sent = {number for number, _ in server.service.accounts[0].outbox.messages}
    assert not done.having("violated"), done.out
    assert done.verdict("resend.accepted") == ("inconclusive" if said else "conforms"), done.out
    assert said in done.out
    assert sent == (set() if said else {"+447700900123"})


def test_a_number_that_was_taken_once_and_is_refused_then_is_a_violation(tmp_path: Path) -> None:
    class Once(Service):
        """Takes a number once, and is then out of order."""

        def enable(self, account: Any, order: Order) -> None:
            if order.delivery == "sms" and account.outbox.messages:
                raise Rejection(422, "Not today")
            super().enable(account, order)

    with serving(Once()) as server:
        done = check(tmp_path, f"--base-url={server.base_url}", "-k", "enable", TFE_TOKEN=server.token)
    assert done.verdict("enable.accepted") == "violated", done.out
