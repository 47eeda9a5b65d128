"""Codes that a person types, by prepared answers."""

from __future__ import annotations

import math
from contextlib import nullcontext

import pytest

from conformance.model import Inconclusive, Untested
from conformance.two_factor.code_sources.prompt import Prompt
from tests.unit.conformance.two_factor.fakes import APP, NEXT_SMS, SMS, THIRD_SMS, FakeConsole, requests_for_sms


def test_a_person_types_once_for_each_message() -> None:
    person = FakeConsole(" 123 456 ", "222222")
    source = Prompt(person.prompt)
    assert source.code(SMS) == source.peek(SMS) == source.code(SMS) == "123456"
    assert len(person.questions) == 1
    assert "SMS" in person.questions[0]
    assert SMS.number not in person.questions[0]
    assert source.code(NEXT_SMS) == "222222"


def test_a_person_is_asked_again_after_the_code_was_used() -> None:
    person = FakeConsole("111111", "222222", "")
    source = Prompt(person.prompt)
    assert source.code(APP) == "111111"
    source.mark_used()
    assert source.peek(APP) == "111111"
    assert source.code(APP) == source.code(APP) == "222222"
    source.mark_used()
    assert source.code(APP) == "222222"  # the person says that there is no other
    assert ["Another code" in question for question in person.questions] == [False, True, True]


def test_a_used_code_of_an_earlier_message_does_not_change_the_question_for_the_next_one() -> None:
    person = FakeConsole("111111", "222222")
    source = Prompt(person.prompt)
    source.code(SMS)
    source.mark_used()
    assert source.code(NEXT_SMS) == source.code(NEXT_SMS) == "222222"
    assert person.questions[0] == person.questions[1]


def test_a_person_who_has_no_code_is_asked_twice_for_a_delivery_and_still_for_the_other() -> None:
    person = FakeConsole("", "", "123456")
    source = Prompt(person.prompt)
    for request in (SMS, SMS, NEXT_SMS, THIRD_SMS):
        with pytest.raises(Inconclusive, match="no code was typed for sms delivery"):
            source.code(request)
    assert len(person.questions) == 2
    assert source.code(APP) == "123456"


def test_a_code_that_was_typed_makes_the_next_question_worth_while() -> None:
    person = FakeConsole("", "111111", "", "222222")
    source = Prompt(person.prompt)
    for request, code in zip(requests_for_sms(4), person.lines.copy(), strict=True):
        with nullcontext() if code else pytest.raises(Inconclusive):
            assert source.code(request) == code
    assert len(person.questions) == 4


def test_nobody_is_asked_for_a_code_that_must_be_rejected() -> None:
    person = FakeConsole("123456", "")
    source = Prompt(person.prompt)
    with pytest.raises(Untested, match="no code was typed"):
        source.peek(SMS)
    source.code(SMS)
    with pytest.raises(Untested, match="no code was typed"):
        source.peek(NEXT_SMS)
    with pytest.raises(Inconclusive):
        source.code(NEXT_SMS)
    with pytest.raises(Untested, match="no code was typed"):
        source.peek(NEXT_SMS)
    assert len(person.questions) == 2


def test_a_terminal_that_is_gone_gives_no_code() -> None:
    def closed(_: str) -> str:
        raise EOFError

    def gone(_: str) -> str:
        raise OSError(5, "Input/output error")

    with pytest.raises(Inconclusive, match="no code was typed"):
        Prompt(closed).code(APP)
    with pytest.raises(Inconclusive, match="the terminal is gone"):
        Prompt(gone).code(APP)


def test_codes_of_a_person_cost_more_than_any_wait() -> None:
    source = Prompt(FakeConsole().prompt)
    assert source.seconds_per_code == math.inf
    assert source.is_single_use
    assert not source.available_without_setup
    assert not source.is_authoritative
