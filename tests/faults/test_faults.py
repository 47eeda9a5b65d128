"""Each fault is described, and shows in the conversation."""

from __future__ import annotations

import re

import pytest

from reference.service import Service
from schemas import load
from tests.catalogue import Chapter, by_name
from tests.faults import FAULTS
from tests.reference.conversation import shows
from tests.reference.driver import DISABLE, Driver, enable, verify


@pytest.mark.parametrize("name", FAULTS)
def test_fault_shows(name: str) -> None:
    assert shows(FAULTS[name].service)


def test_faults_are_described() -> None:
    requirements = load().requirements
    for name, fault in FAULTS.items():
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name)
        assert re.fullmatch(r"[A-Z][^\n]{10,}\.", fault.sentence), name
        assert bool(fault.expects) != bool(fault.undecidable), name
        assert set(fault.expects) <= set(requirements), name
    assert len({fault.sentence for fault in FAULTS.values()}) == len(FAULTS)


def test_two_faults_of_one_name_are_an_error() -> None:
    chapter = Chapter()
    chapter.add("code-unchecked", "Every code is right.", Service, "verify.wrong-code")
    with pytest.raises(ValueError, match="two deviations are named code-unchecked"):
        by_name(chapter, chapter)


def test_a_wrong_code_has_an_effect() -> None:
    driver = Driver(FAULTS["wrong-code-ends"].service)
    driver.send(enable("app"))
    assert driver.send(verify("0")).status == 422
    assert not driver.account.two_factor.enabled


def test_a_rolled_back_disable_looks_right() -> None:
    driver = Driver(FAULTS["disable-only-says-so"].service)
    driver.send(enable("app"))
    two_factor = driver.send(DISABLE).json()["data"]["attributes"]["two-factor"]
    assert two_factor == {"delivery": None, "enabled": False, "sms-number": None, "verified": False}
    assert driver.account.two_factor.enabled


def test_a_response_is_missing_now_and_then() -> None:
    driver = Driver(FAULTS["answers-never"].service)
    slept = [driver.send(DISABLE).slept for _ in range(20)]
    assert [place for place, seconds in enumerate(slept, 1) if seconds] == [10, 20]
