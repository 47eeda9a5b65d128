"""The variants: whatever freedom they take, they do what the page says."""

from __future__ import annotations

import gzip
import json
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import pytest

from reference.server import build_service
from reference.service import Service
from reference.variants import VARIANTS
from tests.reference.probe import (
    DISABLE,
    NUMBER,
    RESEND,
    Asked,
    Driver,
    conversation,
    enable,
    verify,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.reference.probe import Told


@pytest.fixture(params=VARIANTS)
def driver(request: pytest.FixtureRequest) -> Iterator[Driver]:
    made = Driver(VARIANTS[request.param].service)
    yield made
    made.close()


def document(told: Told) -> Any:
    content = gzip.decompress(told.body) if (b"content-encoding", b"gzip") in told.headers else told.body
    return json.loads(content)


def accepted(driver: Driver, asked: Asked) -> Any:
    driver.time += 1
    told = driver.ask(asked)
    assert 200 <= told.status < 300, told
    return document(told)


def state(driver: Driver, asked: Asked) -> dict[str, Any]:
    data = accepted(driver, asked)["data"]
    attributes = data["attributes"]
    assert (data["type"], data["id"]) == ("users", driver.account.person.id)
    assert attributes["username"] == driver.account.person.username
    name = unquote(re.sub(r".*/users/", "", data["links"]["self"].rstrip("/")))
    assert name == driver.account.person.username
    related = data["relationships"]["authentication-tokens"]["links"]["related"]
    assert related.rstrip("/") == f"{data['links']['self'].rstrip('/')}/authentication-tokens"
    assert isinstance(attributes["avatar-url"], str)
    assert isinstance(attributes["two-factor"], dict)
    return attributes["two-factor"]


def test_life_of_an_account(driver: Driver) -> None:
    if driver.account.two_factor.enabled:
        state(driver, DISABLE)
    for delivery, *number in (("app",), ("app", None), ("sms", NUMBER)):
        begun = state(driver, enable(delivery, *number))
        assert (begun["delivery"], begun["enabled"], begun["verified"]) == (delivery, True, False)
        assert not {"recovery-codes", "used-recovery-codes"} & set(begun)
        if delivery == "sms":
            assert re.sub(r"\D", "", begun["sms-number"]) in (NUMBER[1:], "")
            assert accepted(driver, RESEND) is None
        wrong = driver.ask(verify("0"))
        assert 400 <= wrong.status < 500
        done = state(driver, verify(driver.code(delivery)))
        assert (done["delivery"], done["enabled"], done["verified"]) == (delivery, True, True)
        assert done["recovery-codes"]
        assert done["used-recovery-codes"] == []
        ended = state(driver, DISABLE)
        for member, value in {"delivery": None, "enabled": False, "sms-number": None, "verified": False}.items():
            assert ended[member] is value
        assert 400 <= driver.ask(verify(driver.code(delivery))).status < 500


def test_no_variant_fails_or_redirects(driver: Driver) -> None:
    for asked in conversation(driver):
        told = driver.ask(asked)
        assert told.status // 100 in {2, 4} or (asked.method, told.status) == ("FOO", 501), asked


def test_intruders_stay_outside(driver: Driver) -> None:
    for header in ("-", "Bearer", "Bearer unknown"):
        assert 400 <= driver.ask(Asked("disable", headers={"authorization": header})).status < 500


def test_codes_by_sms_have_their_form() -> None:
    service = build_service(variant="sms-codes-of-letters")
    assert re.fullmatch("[A-Z2-9]{6}", service.accounts[0].fresh_code())
    service = build_service(variant="sms-codes-of-eight-digits")
    assert re.fullmatch("[0-9]{8}", service.accounts[0].fresh_code())


def test_single_use_codes_need_no_waiting() -> None:
    driver = Driver(VARIANTS["single-use-codes"].service)
    codes = []
    for _ in range(5):
        driver.ask(enable("app"))
        codes.append(driver.code("app"))
        assert driver.ask(verify(codes[-1])).status == 200
        driver.ask(enable("app"))
        assert driver.ask(verify(codes[-1])).status == 422
    driver.close()
    assert len(set(codes)) == 5


def test_lock_out_ends_with_a_new_set_up() -> None:
    driver = Driver(VARIANTS["lock-out-429"].service)
    driver.ask(enable("app"))
    assert [driver.ask(verify("0")).status for _ in range(6)] == [422] * 5 + [429]
    assert driver.ask(verify(driver.code("app"))).status == 429
    driver.ask(enable("app"))
    assert driver.ask(verify(driver.code("app"))).status == 200
    driver.close()


def test_rate_is_limited_by_account() -> None:
    driver = Driver(VARIANTS["rate-30-a-second"].service)
    answers = [driver.ask(DISABLE) for _ in range(31)]
    assert [answer.status for answer in answers] == [200] * 30 + [429]
    assert (b"retry-after", b"1") in answers[-1].headers
    other = driver.service.accounts[1].person.token
    assert driver.ask(Asked("disable", headers={"authorization": f"Bearer {other}"})).status == 200
    driver.time += 1
    assert driver.ask(DISABLE).status == 200
    driver.close()


def test_variants_leave_the_plain_service_alone() -> None:
    assert Service().accounts[0].person.username == "ada-lovelace"
