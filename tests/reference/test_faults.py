"""The catalogues: every entry is well described, and shows on the wire."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from reference.catalogue import Catalogue, UnknownNameError
from reference.faults import FAULTS
from reference.faults.undecidable import UNDECIDABLE
from reference.server import build_service, running
from reference.service import Service
from reference.variants import VARIANTS
from tests.reference.probe import Driver, Told, conversation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reference.faults import Fault
    from reference.variants import Variant

UNSEEN = {"connection-dropped", "sms-codes-of-letters"}
"""What shows on the connection, or on a phone, only."""


def told(kind: type[Service]) -> Iterator[Told]:
    """All answers of a service, as they come."""
    driver = Driver(kind)
    try:
        for asked in conversation(driver):
            yield driver.ask(asked)
    finally:
        driver.close()


@pytest.fixture(scope="module")
def plain() -> list[Told]:
    return list(told(Service))


def first_difference(kind: type[Service], plain: list[Told]) -> int | None:
    """After how many answers a service is told apart from the plain one."""
    answers = told(kind)
    try:
        for place, expected in enumerate(plain):
            if next(answers, None) != expected:
                return place
    finally:
        answers.close()  # type: ignore[attr-defined]
    return None


def test_plain_conversation_repeats(plain: list[Told]) -> None:
    assert first_difference(Service, plain) is None


def test_plain_conversation_has_no_server_error_and_no_redirect(plain: list[Told]) -> None:
    assert {answer.status // 100 for answer in plain} == {2, 4}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_fault_shows(fault: Fault, plain: list[Told]) -> None:
    assert first_difference(fault.service, plain) is not None


@pytest.mark.parametrize("variant", [v for v in VARIANTS.values() if v.name not in UNSEEN], ids=lambda v: v.name)
def test_variant_shows(variant: Variant, plain: list[Told]) -> None:
    assert first_difference(variant.service, plain) is not None


def test_faults_are_many_and_described() -> None:
    assert len(FAULTS) >= 130
    for fault in FAULTS.values():
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", fault.name)
        assert re.fullmatch(r"[A-Z][^\n]{10,}\.", fault.sentence), fault.name
        assert bool(fault.expects) != bool(fault.undecidable), fault.name
        assert len(set(fault.expects)) == len(fault.expects), fault.name
    assert {name for name, fault in FAULTS.items() if fault.undecidable} == set(UNDECIDABLE)


def test_fault_sentences_differ() -> None:
    assert len({fault.sentence for fault in FAULTS.values()}) == len(FAULTS)


def test_faults_stand_by_area() -> None:
    areas = [fault.area for fault in FAULTS.values()]
    assert len(list(dict.fromkeys(areas))) == 1 + sum(a != b for a, b in pairwise(areas))


def test_variants_are_many_and_described() -> None:
    assert len(VARIANTS) >= 35
    for variant in VARIANTS.values():
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", variant.name)
        assert re.fullmatch(r"[A-Z][^\n]{10,}\.", variant.sentence), variant.name


def test_no_name_is_a_fault_and_a_variant() -> None:
    assert not set(FAULTS) & set(VARIANTS)


@pytest.mark.parametrize(
    ("fault", "variant", "message"),
    [
        ("token-uncheckd", None, "unknown fault 'token-uncheckd': did you mean token-unchecked"),
        (None, "compresed", "unknown variant 'compresed': did you mean compressed?"),
        ("???", None, f"unknown fault '???': the list has {len(FAULTS)} names."),
    ],
)
def test_unknown_name_is_answered_helpfully(fault: str | None, variant: str | None, message: str) -> None:
    with pytest.raises(UnknownNameError) as caught:
        build_service(fault, variant)
    assert isinstance(caught.value, ValueError)
    assert str(caught.value).startswith(message)
    with pytest.raises(UnknownNameError), running(fault, variant):
        pass


def test_two_entries_of_one_name_are_refused() -> None:
    entry = FAULTS["token-unchecked"]
    with pytest.raises(ValueError, match="two faults are named token-unchecked"):
        Catalogue("fault", [entry, entry])


def test_fault_and_variant_go_together() -> None:
    service = build_service("token-unchecked", "starts-verified")
    assert service.owner("anything") is service.accounts[0]
    assert service.accounts[0].two_factor.verified
