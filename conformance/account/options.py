"""The options of a run that concern the account: where codes come from, and which number SMS may go to."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from conformance.account.careful import SMS, WRONG_CODE
from conformance.account.command import SECONDS
from conformance.account.sources import FORMS, code_source
from conformance.account.subject import AccountSubject
from conformance.account.totp import Totp
from conformance.options import positive
from conformance.target import ConfigurationError
from strategies.account import FICTIONAL_NUMBERS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from conformance.account.codes import CodeSource, Wanted
    from conformance.asker import Asker
    from conformance.voice import Voice
    from reference.server import Server


BUDGET = {"enable": 10, "resend": 5, WRONG_CODE: 4, SMS: 2}
"""What a run may cost where nothing else is said: live services allow so many of the first two within an hour."""


WALK = (
    "off-verify",
    "enable:app",
    "verify:code",
    "verified-disable",
    "disable:no-body",
    "enable:sms",
    "resend:no-body",
    "pending-resend",
    "media-type-with-parameters-is-rejected",
    "rejected-request-changes-nothing",
)
"""Tests, and groups of probes, in an order in which each leaves the account as the next one needs it."""


LATE = ("any-sequence-of-requests-agrees-with-the-model",)
"""Tests that judge all that was asked, where not everything may be."""
EXPECTED = {
    "code-is-answered": 4.0,
    "documented-request-is-accepted": 2.3,
    "media-type-with-parameters-is-rejected": 1.5,
    "number-is-answered": 1.0,
    "off-disable": 1.0,
    "off-verify": 1.0,
    "other-spelling-is-accepted": 2.2,
    "pending-resend": 4.0,
    "pending-verify": 4.0,
    "undocumented-request-is-answered": 1.0,
    "verified-disable": 6.0,
    "verified-enable": 6.0,
}
"""The exchanges of a case, by the name of its test, where they are not two."""
OF_A_LIFE = 8.0


def walk(account: AccountSubject) -> Sequence[str]:
    """The walk of a run.

    Where only enabling tells the secret, a right code can't be tried before that. Where a code can be had at any time,
    it is tried before wrong ones are sent: with a mistyped secret they would all be wrong in a row.
    """
    source = account.source
    if isinstance(source, Totp) and not source.standing:
        return _moved("off-verify", before="enable:sms")
    return _moved("verified-disable", before="verify:code") if source is not None and source.standing else WALK


def _moved(name: str, before: str) -> Sequence[str]:
    others = [other for other in WALK if other != name]
    place = others.index(before)
    return (*others[:place], name, *others[place:])


def expected(options: Any) -> dict[str, float]:
    """The exchanges of a case, by the name of its test, as far as they are known before."""
    return {**EXPECTED, LATE[0]: OF_A_LIFE * (options.examples // 2 + 1)}


def share(options: Any, number: int, count: int) -> None:
    """Make the options those of one of several workers, each of which has an account of its own.

    Raises:
        ConfigurationError: the source of codes is that of another account.
    """
    if not options.code_source or not count:
        return
    kind, _, names = options.code_source.partition(":")
    listed = [name.strip() for name in names.split(",")]
    if kind == "env" and len(listed) > 1:
        if count > len(listed):
            raise ConfigurationError(f"--code-source: -n {count} takes {count} variables, and there are {len(listed)}")
        options.code_source = f"env:{listed[number]}"
        return
    said = os.environ.get(names, "") if kind == "env" else options.code_source
    if said.strip() == "prompt":
        raise ConfigurationError("--code-source: prompt: workers have no terminal to type codes at")
    if count > 1 and said.startswith(("totp:", "otpauth:")):
        raise ConfigurationError(
            "--code-source: a secret is that of one account: name a variable for each, as in env:X,Y"
        )


def add_options(add: Callable[..., Any]) -> None:
    """Declare the options; `add` takes the arguments of `argparse.ArgumentParser.add_argument`."""
    add(
        "--code-source",
        metavar="SOURCE",
        help=f"where right verification codes come from: {FORMS}; without it, what needs a right code is untested",
    )
    add(
        "--code-timeout",
        metavar="SECONDS",
        type=positive(float),
        default=SECONDS,
        help=f"how long command: is waited for, with each code ({SECONDS:.0f})",
    )
    add(
        "--sms-number",
        metavar="N",
        help="the number that SMS may be sent to, such as +12025550123; without it, one that is reserved for fiction",
    )


class Embedded:
    """The codes of the embedded reference server, from the server itself."""

    standing = True
    scarce = False
    trusted = True
    fallible = False

    deliveries: tuple[str, ...] = ("app", "sms")

    def __init__(self, server: Server) -> None:
        self._server = server

    def code(self, wanted: Wanted) -> str:
        """The code that the server takes now."""
        return self._server.code(wanted.delivery)

    glance = code

    def spend(self) -> None:
        """Codes of the embedded server cost nothing."""

    def refuse(self) -> None:
        """There is none that would be more right."""

    def effort(self, needed: Mapping[str, int]) -> str:  # noqa: ARG002
        """Nothing."""
        return "from the server itself"


def configured(asker: Asker, options: Any, server: Server | None, voice: Voice) -> AccountSubject:
    """The account under test by the options of the run; `server` is the embedded one, if it is the target.

    Raises:
        ConfigurationError: an option is not what it has to be.
    """
    number = options.sms_number
    if number is not None and (len([c for c in number if c.isdigit()]) < 5 or not number.isascii()):
        raise ConfigurationError("--sms-number: give a telephone number such as +12025550123")
    if number is not None:
        asker.redactor.add_number(number, "[SMS number]")
    source: CodeSource | None = None
    if options.code_source is not None:
        source = code_source(options.code_source, asker.redactor, voice, options.code_timeout)
    if server is not None:
        source = source or Embedded(server)
        number = number or server.sms_number
    return AccountSubject(asker, source, number or FICTIONAL_NUMBERS[0], own_number=number is not None)
