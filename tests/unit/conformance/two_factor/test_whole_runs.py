"""Whole runs with the limits of a target that is not on loopback."""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING

import pytest

from conformance.two_factor import code_sources
from conformance.two_factor.code_sources import Totp
from conformance.two_factor.registry import DEFAULT_LIMITS
from reference.service import Service
from tests.unit.conformance.in_process import run_suite
from tests.unit.conformance.two_factor.fakes import Clock

if TYPE_CHECKING:
    from tests.unit.conformance.in_process import Outcome

BUDGET = ",".join(f"{kind}={limit}" for kind, limit in {**DEFAULT_LIMITS, "exchanges": 300}.items())


def is_every_must_tested(run: Outcome) -> bool:
    """Whether each MUST was tested, with no more requests to enable than the default limits allow."""
    conforming = {name for case in run.record.cases if case.verdict == "conforms" for name in case.requirements}
    musts = {name for name, item in run.record.contract.requirements.items() if item.level == "MUST"}
    counted = [made.operation for made in run.record.exchanges if made.valid_credentials]
    is_within = counted.count("enable") <= DEFAULT_LIMITS["enable"]
    return run.code == pytest.ExitCode.OK and musts <= conforming and is_within


def test_with_totp_and_the_default_limits_every_must_is_tested(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(time.time())
    monkeypatch.setattr(code_sources, "Totp", partial(Totp, clock=clock, sleep=clock.sleep))
    service = Service(clock=clock)
    secret = service.accounts[0].secret
    run = run_suite(None, f"--code-source=totp:{secret}", f"--budget={BUDGET}", service=service)
    assert is_every_must_tested(run), run.output


def test_with_free_codes_and_the_default_limits_every_must_is_tested() -> None:
    run = run_suite(None, "--code-source=static:271828", f"--budget={BUDGET}", service=Service(code="271828"))
    assert is_every_must_tested(run), run.output
