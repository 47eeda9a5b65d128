"""Wrong codes verify nothing, and no code does while two-factor authentication is off."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from conformance.account.account import CODE
from conformance.probes import Probe
from conformance.verdicts import Untested
from strategies.account import NEAR, WRONG_CODES, wrong_codes
from strategies.defects import encode
from strategies.places import MISSING, replaced, value_at

if TYPE_CHECKING:
    from conformance.asker import Asker
    from conformance.rejections import Rejections


def _of_type(change: Any) -> Any:
    return lambda valid, _: {"body": encode(replaced(valid, CODE, change(value_at(valid, CODE))))}


def _saying(name: str) -> Any:
    def arguments(valid: Any, asker: Asker) -> dict[str, Any]:
        code = wrong_codes(value_at(valid, CODE)).get(name)
        if code is None:
            raise Untested("it is the right code")
        if name in NEAR:
            asker.redactor.add(code, f"[wrong code: {name}]")
        return {"body": encode(replaced(valid, CODE, code))}

    return arguments


WRONG = [
    Probe("verify.wrong-code", "verify", name, "code", _saying(name), attempt=True).parameter() for name in WRONG_CODES
]


# A server may look at the codes of messages by another way than at those of applications: the crudest bugs, once more.
BY_SMS = [
    *(
        Probe(
            "verify.wrong-code", "verify", f"{name}-by-sms", "code", _saying(name), control_shape="sms", attempt=True
        ).parameter()
        for name in ("empty", "zeros", "sample")
    ),
    *(
        Probe(
            "verify.request.code", "verify", f"{name}-by-sms", "code", _of_type(change), control_shape="sms"
        ).parameter()
        for name, change in (("missing", lambda _: MISSING), ("null", lambda _: None), ("array", lambda code: [code]))
    ),
]


@pytest.mark.parametrize("probe", [*WRONG, *BY_SMS])
def test_wrong_code_is_rejected(probe: Probe, rejections: Rejections) -> None:
    """A careless server compares a part of the code, takes a default for it, or forgets to compare."""
    rejections.judge(probe)
