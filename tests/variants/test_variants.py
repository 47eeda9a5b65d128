"""Each variant is described, shows in the conversation, and does what the page says."""

from __future__ import annotations

import gzip
import json
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import pytest

from reference.service import Service
from schemas import load
from tests.reference.conversation import conforming_exchanges, shows
from tests.reference.driver import DISABLE, NUMBER, RESEND, Driver, RequestSpec, enable, verify
from tests.variants import VARIANTS

if TYPE_CHECKING:
    from tests.reference.driver import Reply

UNSEEN = {"connection-dropped", "sms-codes-of-letters"}
"""Variants that show on the connection, or in an SMS, only."""


@pytest.fixture(params=VARIANTS)
def driver(request: pytest.FixtureRequest) -> Driver:
    return Driver(VARIANTS[request.param].service)


@pytest.mark.parametrize("name", sorted(VARIANTS.keys() - UNSEEN))
def test_variant_shows(name: str) -> None:
    assert shows(VARIANTS[name].service)


def test_variants_are_described() -> None:
    requirements = load().requirements
    for name, variant in VARIANTS.items():
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name)
        assert re.fullmatch(r"[A-Z][^\n]{10,}\.", variant.sentence), name
        assert {requirements[expected].level for expected in variant.expects} <= {"SHOULD"}, name


def sent_document(reply: Reply) -> Any:
    compressed = (b"content-encoding", b"gzip") in reply.headers
    return json.loads(gzip.decompress(reply.body) if compressed else reply.body)


def accepted(driver: Driver, spec: RequestSpec) -> Any:
    driver.time += 1
    reply = driver.send(spec)
    assert 200 <= reply.status < 300, reply
    return sent_document(reply)


def two_factor(driver: Driver, spec: RequestSpec) -> dict[str, Any]:
    data = accepted(driver, spec)["data"]
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


def test_set_up_verification_and_end(driver: Driver) -> None:
    if driver.account.two_factor.enabled:
        two_factor(driver, DISABLE)
    for delivery, *number in (("app",), ("app", None), ("sms", NUMBER)):
        begun = two_factor(driver, enable(delivery, *number))
        assert (begun["delivery"], begun["enabled"], begun["verified"]) == (delivery, True, False)
        assert "recovery-codes" not in begun
        if delivery == "sms":
            assert accepted(driver, RESEND) is None
        assert 400 <= driver.send(verify("0")).status < 500
        done = two_factor(driver, verify(driver.code(delivery)))
        assert (done["delivery"], done["enabled"], done["verified"]) == (delivery, True, True)
        assert done["recovery-codes"]
        assert done["used-recovery-codes"] == []
        ended = two_factor(driver, DISABLE)
        for member, value in {"delivery": None, "enabled": False, "sms-number": None, "verified": False}.items():
            assert ended[member] is value
        assert 400 <= driver.send(verify(driver.code(delivery))).status < 500


def test_no_server_error_and_no_redirect(driver: Driver) -> None:
    for spec, _ in conforming_exchanges()[::9]:
        status = driver.send(spec).status
        assert status // 100 in {2, 4} or (spec.method, status) == ("FOO", 501), spec


def test_a_token_is_required(driver: Driver) -> None:
    for header in (None, "Bearer", "Bearer unknown"):
        assert 400 <= driver.send(RequestSpec("disable", headers={"authorization": header})).status < 500


@pytest.mark.parametrize(
    ("name", "pattern"), [("sms-codes-of-letters", "[A-Z2-9]{6}"), ("sms-codes-of-eight-digits", "[0-9]{8}")]
)
def test_form_of_codes_by_sms(name: str, pattern: str) -> None:
    assert re.fullmatch(pattern, VARIANTS[name].service().accounts[0].fresh_code())


def test_single_use_codes_need_no_waiting() -> None:
    driver = Driver(VARIANTS["single-use-codes"].service)
    codes = []
    for _ in range(5):
        driver.send(enable("app"))
        codes.append(driver.code("app"))
        assert driver.send(verify(codes[-1])).status == 200
        driver.send(enable("app"))
        assert driver.send(verify(codes[-1])).status == 422
    assert len(set(codes)) == 5


def test_lock_out_ends_with_the_next_set_up() -> None:
    driver = Driver(VARIANTS["lock-out-429"].service)
    driver.send(enable("app"))
    assert [driver.send(verify("0")).status for _ in range(6)] == [422] * 5 + [429]
    assert driver.send(verify(driver.code("app"))).status == 429
    driver.send(enable("app"))
    assert driver.send(verify(driver.code("app"))).status == 200


def test_rate_limit_is_of_one_account() -> None:
    driver = Driver(VARIANTS["rate-30-a-second"].service)
    limited = [driver.send(DISABLE) for _ in range(31)]
    assert [reply.status for reply in limited] == [200] * 30 + [429]
    assert (b"retry-after", b"1") in limited[-1].headers
    other = driver.service.accounts[1].person.token
    assert driver.send(RequestSpec("disable", headers={"authorization": f"Bearer {other}"})).status == 200
    driver.time += 1
    assert driver.send(DISABLE).status == 200


@pytest.mark.parametrize(
    "body",
    [
        b'{"data": {"type": "users", "attributes": {"delivery": "app"}}} // a comment',
        b'{"data": {"type": "users", "attributes": {"delivery": "app"}, "x": NaN}}',
        b'{"data": {"type": "users", "attributes": {"delivery": "app"}, "x": "\n\xff"}}',
        enable("app").body.decode().encode("utf-16"),
    ],
)
def test_json_is_read_leniently(body: bytes) -> None:
    assert Driver(VARIANTS["json-read-leniently"].service).send(RequestSpec("enable", body)).status == 200


def test_variants_do_not_change_the_plain_service() -> None:
    assert Service().accounts[0].person.username == "ada-lovelace"
