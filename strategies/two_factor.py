"""Probes of two-factor authentication beyond its schemas: wrong codes, and telephone numbers that reach nobody."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from schemas import NotJSON, parse
from strategies.credentials import REQUIRED, presenting
from strategies.json_path import MISSING, replaced, value_at
from strategies.mutations import as_number, encode, full_width, replacing, simple_probe
from strategies.probe import Probe, RequestSpec
from strategies.undocumented import ATTRIBUTES, FORGED, NO_SERVER_ERROR

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping

    from schemas import Path

TYPE_PATH = ("data", "type")
CODE_PATH = (*ATTRIBUTES, "code")
NUMBER_PATH = (*ATTRIBUTES, "sms-number")
DELIVERY_PATH = (*ATTRIBUTES, "delivery")
WRONG_CODE = "verify.wrong-code"
BY_APP = ("verify", "app")
"""The control of probes of a code that an application shows."""
BY_SMS = ("verify", "sms")
"""The control of probes of a code that was sent by SMS."""
WHILE_PENDING = ("verify", "code")
"""The control of probes that must leave a verification pending."""

FICTIONAL_NUMBERS = ("+12025550123", "+447700900123")
"""Numbers that are reserved for fiction, in the USA and in the UK: a server may accept them, and they reach nobody."""
SAMPLE_NUMBER = "+1555555555"
"""The number of the page. It reaches nobody either: numbers in +1 have a digit more, and no area has the code 555."""
SHORTEST_NUMBER = 3
"""Digits. Short numbers exist to which messages cost money."""
ODD_NUMBERS: Mapping[str, Any] = {
    "empty": "",
    "sample": SAMPLE_NUMBER,
    "letter": "x",
    "nul": f"{FICTIONAL_NUMBERS[0]}\0",
    "lone-surrogate": f"{FICTIONAL_NUMBERS[0]}\ud800",
    "full-width": full_width(FICTIONAL_NUMBERS[0]),
    "astral": f"{FICTIONAL_NUMBERS[0]}\U0001f512",
    "long": FICTIONAL_NUMBERS[0] + "0" * 5_000,
}
"""Numbers that are neither documented as valid nor as invalid. However a lenient server reads one, it reaches nobody:
it is reserved for fiction, with something behind it or in other characters, or it has too few digits."""


def numbers_of_others(body: bytes | None, known: Collection[str]) -> set[str]:
    """The telephone numbers, as digits, that a lenient server may read in a request body, other than the known ones.

    A number with more digits behind those of a known one counts as the known one, as it does in telephone networks.
    """
    try:
        document = parse(body or b"")
    except NotJSON:
        return set()
    own = tuple(_digits(number) for number in (*known, *FICTIONAL_NUMBERS, SAMPLE_NUMBER))
    numbers = {_digits(value) for value in _number_values(document)}
    return {number for number in numbers if len(number) >= SHORTEST_NUMBER and not number.startswith(own)}


def _number_values(value: Any, *, is_number: bool = False) -> Iterator[Any]:
    """All scalars, at any depth, below a member with a name like sms-number."""
    if isinstance(value, dict):
        for name, member in value.items():
            yield from _number_values(member, is_number=is_number or re.sub(r"\W|_", "", name).lower() == "smsnumber")
    elif isinstance(value, list):
        for item in value:
            yield from _number_values(item, is_number=is_number)
    elif is_number:
        yield value


def _digits(value: Any) -> str:
    text = unicodedata.normalize("NFKC", str(value))
    return "".join(str(int(character)) for character in text if character.isdecimal())


def undocumented_number_probes() -> Iterator[Probe]:
    """Enabling with numbers whose validity the documentation leaves open; none can reach a person."""
    numbers: Mapping[str, tuple[str, Any]] = {
        "sms-without-number": ("sms", MISSING),
        "sms-null-number": ("sms", None),
        **{f"sms-{name}-number": ("sms", number) for name, number in ODD_NUMBERS.items()},
        "app-number": ("app", FICTIONAL_NUMBERS[0]),
    }
    for name, (shape, number) in numbers.items():
        purpose, body = f"undocumented: {name}", _with_value(NUMBER_PATH, number)
        yield replace(simple_probe(NO_SERVER_ERROR, "enable", name, shape, purpose, body), may_be_accepted=True)


def app_number_probes() -> Iterator[Probe]:
    """Enabling by app with an sms-number of a wrong type, which the page documents for either delivery."""
    requirement = "enable.request.sms-number-by-app"
    for name, value in (("number", 42), ("array", []), ("boolean", True)):
        purpose, body = f"sms-number {name} under app", _with_value(NUMBER_PATH, value)
        yield simple_probe(requirement, "enable", name, "app", purpose, body)


def _with_value(path: Path, value: Any) -> Callable[[Any], bytes]:
    return replacing(path, lambda _: value)


def _swapped(code: str) -> str:
    """The code with the first two neighbours that differ exchanged."""
    at = next((at for at in range(len(code) - 1) if code[at] != code[at + 1]), 0)
    return code[:at] + code[at : at + 2][::-1] + code[at + 2 :]


def _next(digit: str) -> str:
    return str((int(digit) + 1) % 10) if digit.isdecimal() else "0"


def _other_digit(code: str, at: int) -> str:
    """The code with another digit at a position."""
    return code[:at] + _next(code[at : at + 1]) + code[at + 1 :]


def _other_last_digit(code: str) -> str:
    return code[:-1] + _next(code[-1:])


WRONG_CODES: Mapping[str, Callable[[str], str]] = {
    "last-digit": _other_last_digit,
    "extended": lambda code: code + "0",
    "cut-short": lambda code: code[:-1],
    "leading-zero": lambda code: "0" + code,
    "zeros": lambda code: "0" * len(code),
    "sample": lambda _: "123456",
    "empty": lambda _: "",
    "letters-behind": lambda code: code + "abc",
    "plus-sign": lambda code: "+" + code,
    "fraction": lambda code: code + ".0",
    "first-digit": lambda code: _other_digit(code, 0),
    "middle-digit": lambda code: _other_digit(code, len(code) // 2),
    "cut-first": lambda code: code[1:],
    "swapped": _swapped,
    "wildcard": lambda code: "%" * len(code),
    "pattern": lambda code: "." * len(code),
    "wrong-and-nul": lambda code: _other_last_digit(code) + "\0",
    "wrong-and-surrogate": lambda code: _other_last_digit(code) + "\ud800",
}
"""Changes of the right code, and codes that a careless server accepts always. The most likely bugs come first."""
NEAR = frozenset(WRONG_CODES) - {"zeros", "sample", "empty", "wildcard", "pattern"}
"""Wrong codes that disclose the right one, or most of it."""
MALFORMED_CODES = frozenset({"empty", "wildcard", "pattern"})
"""Wrong codes that no right one can look like."""
UNLIKELY_CODE = "314159"
"""The code that wrong ones are made from where the right one is not known."""
TEST_SERVER_CODES = ("000000", "123456")
"""Codes that many a test server always accepts: wrong only where another one is known to be right."""


def wrong_codes(right: str, also_right: Collection[str] = ()) -> Mapping[str, str]:
    """Wrong codes by name, without those that are the right one or another that the server may still accept."""
    accepted = {right, *also_right}
    codes = {name: change(right) for name, change in WRONG_CODES.items()}
    return {name: code for name, code in codes.items() if code not in accepted}


def wrong_code_probes() -> Iterator[Probe]:
    """Verifications with wrong codes, while a verification is pending."""
    for name in WRONG_CODES:
        yield _wrong_code_probe(name)


def sms_code_probes() -> Iterator[Probe]:
    """The crudest wrong codes again under SMS delivery: a server may check those codes in another way."""
    for name in ("empty", "zeros", "sample"):
        yield replace(_wrong_code_probe(name), name=f"{name}-by-sms", control=BY_SMS)


def _wrong_code_probe(name: str) -> Probe:
    purpose = f"wrong code: {name.replace('-', ' ')}"
    mask = f"[wrong code: {name}]" if name in NEAR else ""
    probe = _code_probe(WRONG_CODE, name, purpose, WRONG_CODES[name], mask)
    return replace(probe, is_malformed=name in MALFORMED_CODES)


def forged_code_probes() -> Iterator[Probe]:
    """A wrong code with members of the response beside it: obeying them would verify."""
    purpose, mask = "wrong code, with verified: true beside it", "[wrong code: last-digit]"
    yield _code_probe(WRONG_CODE, "forged-members", purpose, _other_last_digit, mask, FORGED)


def undocumented_code_probes() -> Iterator[Probe]:
    """Verifications with texts that may be taken for the right code, and with members of the response beside it."""
    changes: Mapping[str, Callable[[str], str]] = {
        "code-blanks": lambda code: f" {code[:3]} {code[3:]} ",
        "code-full-width": full_width,
        "code-and-nul": lambda code: code + "\0",
        "code-and-surrogate": lambda code: code + "\ud800",
        "code-astral": lambda code: code + "\U0001f512",
        "code-long": lambda code: code + "0" * 5_000,
        "code-negative": lambda code: f"-{code}",
    }
    for name, change in changes.items():
        # In groups it is still the code itself, and masked by the same name.
        mask = "[code]" if name == "code-blanks" else f"[{name}]"
        probe = _code_probe(NO_SERVER_ERROR, name, f"undocumented: {name}", change, mask)
        yield replace(probe, may_be_accepted=True)
    forged = {**FORGED, "verified": False, "two-factor": {"verified": False, "enabled": False}}
    mistyped = {"recovery-codes": [0], "used-recovery-codes": [0]}
    for name, beside in (("forged", forged), ("mistyped", mistyped)):
        purpose = f"undocumented: right code and {name} members"
        probe = _code_probe(NO_SERVER_ERROR, f"code-and-{name}-members", purpose, str, "[code]", beside)
        yield replace(probe, may_be_accepted=True)


def _code_probe(  # noqa: PLR0913, PLR0917 (what a probe of a code differs in)
    requirement: str,
    name: str,
    purpose: str,
    change: Callable[[str], str],
    mask: str,
    beside: Mapping[str, Any] = MappingProxyType({}),
) -> Probe:
    """A verification with another code than the right one, and further attributes beside it."""

    def build(valid: Any, _: str) -> RequestSpec | None:
        right = value_at(valid, CODE_PATH)
        code = change(right)
        if code == right and not beside:
            return None
        body = encode(replaced(valid, ATTRIBUTES, {**beside, "code": code}))
        masks = ((code, mask),) if mask else ()
        return RequestSpec("verify", body, purpose, requirement, known_code=right, masks=masks)

    return Probe(requirement, "verify", name, "code", build, is_guess=True)


def malformed_code_probes() -> Iterator[Probe]:
    """Values that are no code at all, under each delivery; they need no right code to be a violation if accepted."""
    changes: Mapping[str, Callable[[Any], Any]] = {
        "number": as_number,
        "array": lambda code: [code],
        "missing": lambda _: MISSING,
        "null": lambda _: None,
    }
    requirement = "verify.request.code"
    for delivery, control in (("app", BY_APP), ("sms", BY_SMS)):
        for name, change in changes.items():
            purpose, body = f"code {name}, by {delivery}", replacing(CODE_PATH, change)
            probe = simple_probe(requirement, "verify", f"{name}-by-{delivery}", "code", purpose, body)
            yield replace(probe, control=control, is_guess=True, is_malformed=True)


def while_pending_probes() -> Iterator[Probe]:
    """Requests that are rejected while a verification is pending, and leave it pending: the control verifies."""
    bodies: tuple[tuple[str, str, str, Callable[[Any], bytes]], ...] = (
        ("enable.request.type", "app-wrong-type", "app", _with_value(TYPE_PATH, "user")),
        ("enable.request.type", "sms-wrong-type", "sms", _with_value(TYPE_PATH, "user")),
        ("enable.request.delivery", "no-delivery", "sms", _with_value(DELIVERY_PATH, MISSING)),
        ("enable.request.delivery", "unknown-delivery", "sms", _with_value(DELIVERY_PATH, "email")),
        ("enable.request.sms-number", "number-as-array", "sms", _with_value(NUMBER_PATH, [])),
        ("enable.request.body", "truncated", "sms", lambda valid: encode(valid)[:-1]),
        ("enable.request.body", "empty", "sms", lambda _: b""),
    )
    for requirement, name, shape, body in bodies:
        purpose = f"{name.replace('-', ' ')}, while pending"
        yield _while_pending(simple_probe(requirement, "enable", name, shape, purpose, body))
    for operation, shape in (("enable", "sms"), ("disable", "no-body"), ("resend", "no-body")):
        name, build = f"{operation}-{shape}-unknown-token", presenting(operation, "unknown-token")
        yield _while_pending(Probe(REQUIRED, operation, name, shape, build))
    for operation, shape in (("enable", "sms"), ("disable", "no-body"), ("verify", "code")):
        requirement, purpose = f"{operation}.rejected-changes-nothing", "Content-Type text/plain, while pending"
        probe = simple_probe(requirement, operation, "media-type-text", shape, purpose, content_type="text/plain")
        yield replace(_while_pending(probe), may_be_accepted=True)


def _while_pending(probe: Probe) -> Probe:
    return replace(probe, name=f"{probe.name}-while-pending", control=WHILE_PENDING)
