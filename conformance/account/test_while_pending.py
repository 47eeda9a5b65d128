"""Requests to the other operations that are rejected while a verification is awaited leave it awaited."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from conformance.probes import Probe
from strategies.credentials import CREDENTIALS
from strategies.defects import encode
from strategies.places import MISSING, replaced

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.asker import Asker
    from conformance.rejections import Rejections

UNKNOWN = CREDENTIALS["unknown-token"]


def _body(change: Callable[[Any], bytes]) -> Any:
    return lambda valid, _: {"body": change(valid)}


def _unauthenticated(valid: Any, asker: Asker) -> dict[str, Any]:
    body = None if valid is None else encode(valid)
    return {"body": body, "authorization": UNKNOWN.values(asker.target.token.reveal())}


def _as_text(valid: Any, _: Asker) -> dict[str, Any]:
    return {"body": None if valid is None else encode(valid), "content_type": "text/plain"}


def _probe(  # noqa: PLR0913 (as a probe has them)
    requirement: str, operation: str, name: str, shape: str, apply: Any, *, open_ended: bool = False
) -> Any:
    name = f"{name}-while-pending"
    return Probe(
        requirement, operation, name, shape, apply, control="verify", control_shape="code", open_ended=open_ended
    ).parameter()


REJECTED = [
    *(
        _probe(
            "enable.request.type",
            "enable",
            f"{shape}-wrong-type",
            shape,
            _body(lambda valid: encode(replaced(valid, ("data", "type"), "user"))),
        )
        for shape in ("app", "sms")
    ),
    _probe(
        "enable.request.delivery",
        "enable",
        "no-delivery",
        "sms",
        _body(lambda valid: encode(replaced(valid, ("data", "attributes", "delivery"), MISSING))),
    ),
    _probe(
        "enable.request.delivery",
        "enable",
        "unknown-delivery",
        "sms",
        _body(lambda valid: encode(replaced(valid, ("data", "attributes", "delivery"), "email"))),
    ),
    _probe(
        "enable.request.sms-number",
        "enable",
        "number-as-array",
        "sms",
        _body(lambda valid: encode(replaced(valid, ("data", "attributes", "sms-number"), []))),
    ),
    _probe("enable.request.body", "enable", "truncated", "sms", _body(lambda valid: encode(valid)[:-1])),
    _probe("enable.request.body", "enable", "empty", "sms", _body(lambda _: b"")),
    *(
        _probe("credentials.required", operation, f"{operation}-{shape}-unknown-token", shape, _unauthenticated)
        for operation, shape in (("enable", "sms"), ("disable", "no-body"), ("resend", "no-body"))
    ),
    *(
        _probe(f"{name}.rejected-changes-nothing", name, "media-type-text", shape, _as_text, open_ended=True)
        for name, shape in (("enable", "sms"), ("disable", "no-body"), ("verify", "code"))
    ),
]


@pytest.mark.parametrize("probe", REJECTED)
def test_rejected_while_pending(probe: Probe, rejections: Rejections) -> None:
    """A careless server clears the old set-up before it looks at the new one."""
    rejections.judge(probe)
