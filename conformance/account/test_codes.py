"""Wrong codes verify nothing, and no code does while two-factor authentication is off."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from conformance.account.account import CODE
from conformance.probes import Probe, Rejections
from conformance.verdicts import Untested
from strategies.account import WRONG_CODES, wrong_codes
from strategies.defects import encode
from strategies.places import replaced, value_at

if TYPE_CHECKING:
    from conformance.asker import Asker


def _saying(name: str) -> Any:
    def arguments(valid: Any, asker: Asker) -> dict[str, Any]:
        code = wrong_codes(value_at(valid, CODE)).get(name)
        if code is None:
            raise Untested("it is the right code")
        asker.redactor.add(code, f"[wrong code: {name}]")
        return {"body": encode(replaced(valid, CODE, code))}

    return arguments


WRONG = [
    Probe("verify.wrong-code", "verify", name, "code", _saying(name), attempt=True).parameter() for name in WRONG_CODES
]


@pytest.mark.parametrize("probe", WRONG)
def test_wrong_code_is_rejected(probe: Probe, rejections: Rejections) -> None:
    """A careless server compares a part of the code, takes a default for it, or forgets to compare."""
    rejections.judge(probe)
