"""Services of careful owners, for whole runs: one code for all tests, counted requests, and a lock-out if wanted."""

from __future__ import annotations

from collections import Counter
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from reference.accounts import Account
from reference.messages import Rejection
from reference.server import serving
from reference.service import Service

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reference.messages import Request, Response

CODE = "271828"
LOOPBACK, OFF_LOOPBACK = "127.0.0.1", "0.0.0.0"  # noqa: S104 (a request to the second reaches the first, too)


class FixedCode(Account):
    """An account whose code is always the same."""

    def totp(self, step: int = 0) -> str:  # noqa: ARG002
        return CODE

    def fresh_code(self) -> str:
        return CODE


class Staging(Service):
    """Counts requests with valid credentials by operation, all requests, and wrong codes.

    After `locks_after` wrong codes in a row no code is accepted any more.
    """

    account_type: type[Account] = FixedCode
    locks_after = 0

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.requests: Counter[str] = Counter()
        self.total = 0
        self.wrong_codes = self.in_a_row = self.most_in_a_row = 0

    def respond(self, request: Request) -> Response:
        self.total += 1
        with suppress(Rejection):
            self.authenticate(request)
            self.requests[request.operation or "elsewhere"] += 1
        return super().respond(request)

    def is_right_code(self, account: Account, code: str) -> bool:
        if self.locks_after and self.in_a_row >= self.locks_after:
            raise Rejection(422, "There were too many wrong codes")
        is_right = super().is_right_code(account, code)
        self.wrong_codes += not is_right
        self.in_a_row = 0 if is_right else self.in_a_row + 1
        self.most_in_a_row = max(self.most_in_a_row, self.in_a_row)
        return is_right

    @property
    def numbers(self) -> list[str | None]:
        """The numbers of all messages."""
        return [number for account in self.accounts for number, _ in account.messages]

    @property
    def is_on(self) -> bool:
        """Whether two-factor authentication of the account under test is on."""
        return self.accounts[0].two_factor.enabled


@contextmanager
def target(service: Service, *, code: str = CODE, host: str = LOOPBACK) -> Iterator[tuple[list[str], dict[str, str]]]:
    """The options (URL, number, code source) and variables of a run against a service; no source for an empty code."""
    with serving(service) as server:
        url = server.base_url.replace(LOOPBACK, host)
        options = [f"--base-url={url}", f"--sms-number={server.sms_number}"]
        yield [*options, *([f"--code-source=static:{code}"] if code else [])], {"TFE_TOKEN": server.token}
