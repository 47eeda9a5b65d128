"""A server with several accounts whose codes stay as they are, for runs with workers; it may take its time."""

from __future__ import annotations

import asyncio
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

from reference.accounts import PEOPLE, Account
from reference.server import Server, running
from reference.service import Service

if TYPE_CHECKING:
    from collections.abc import Iterator

CODE = "27182818"
NAMES = ("ONE", "TWO", "THREE", "FOUR")


class Standing(Account):
    """An account of a test server: one code is right, always."""

    def fresh_code(self) -> str:
        return CODE

    def right_codes(self) -> tuple[str, ...]:
        return (CODE,)


@contextmanager
def several(count: int, *, latency: float = 0.0, same: bool = False, fault: str | None = None) -> Iterator[Server]:
    """A server with so many accounts.

    Args:
        count: how many accounts.
        latency: seconds that each answer takes longer.
        same: whether the tokens are those of one user, whose accounts have one id.
        fault: a bug for it to have.
    """
    person = PEOPLE[0]
    people = tuple(
        replace(
            person,
            id=person.id if same else f"{person.id}-{number}",
            username=f"{person.username}-{number}",
            token=f"{person.token}-{number}",
        )
        for number in range(count)
    )
    deliver = Service.deliver

    async def late(self: Service, *arguments: Any) -> None:
        await asyncio.sleep(latency)
        await deliver(self, *arguments)

    with ExitStack() as stack:
        stack.enter_context(patch.multiple(Service, people=people, account_type=Standing))
        if latency:
            stack.enter_context(patch.object(Service, "deliver", late))
        yield stack.enter_context(running(fault))


def target(server: Server) -> list[str]:
    """The arguments that name a server and all its accounts, but for the number of workers."""
    names = NAMES[: len(server.tokens)]
    return [
        f"--base-url={server.base_url}",
        f"--token-env={','.join(names)}",
        f"--code-source=static:{CODE}",
        f"--sms-number={server.sms_number}",
    ]


def tokens(server: Server) -> dict[str, str]:
    """The variables that hold the tokens."""
    return dict(zip(NAMES, server.tokens, strict=False))
