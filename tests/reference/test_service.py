"""The plain server, asked in process: it does what the page says, and refuses the rest as JSON:API wants it."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import reference
from reference.messages import MEDIA_TYPE
from reference.parsing import MAX_BODY, accepts_json_api
from reference.service import Service
from tests.reference.probe import (
    DISABLE,
    NUMBER,
    RESEND,
    Asked,
    Driver,
    Told,
    body,
    conversation,
    curious,
    enable,
    verify,
)

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def driver() -> Iterator[Driver]:
    made = Driver(Service)
    yield made
    made.close()


def two_factor(told: Told) -> dict[str, object]:
    assert told.status == 200
    found = told.json()["data"]["attributes"]["two-factor"]
    assert isinstance(found, dict)
    return found


@pytest.mark.parametrize("asked", [enable("app"), enable("app", None), enable("app", NUMBER)])
def test_enable_by_app(driver: Driver, asked: Asked) -> None:
    state = two_factor(driver.ask(asked))
    url = state.pop("provisioning-url")
    assert isinstance(url, str)
    assert driver.account.secret in url
    assert state == {"delivery": "app", "enabled": True, "sms-number": None, "verified": False}


@pytest.mark.parametrize("number", [NUMBER, "+1555555555"])
def test_enable_by_sms(driver: Driver, number: str) -> None:
    state = two_factor(driver.ask(enable("sms", number)))
    assert state == {"delivery": "sms", "enabled": True, "sms-number": number, "verified": False}
    assert driver.account.outbox.messages == [(number, driver.code("sms"))]


@pytest.mark.parametrize("delivery", ["app", "sms"])
def test_verify(driver: Driver, delivery: str) -> None:
    number = NUMBER if delivery == "sms" else None
    driver.ask(enable(delivery, number))
    state = two_factor(driver.ask(verify(driver.code(delivery))))
    codes = state.pop("recovery-codes")
    assert isinstance(codes, list)
    assert len(set(codes)) == 10
    assert all(re.fullmatch("[a-z0-9]{10}", code) for code in codes)
    assert state == {
        "delivery": delivery,
        "enabled": True,
        "sms-number": number,
        "used-recovery-codes": [],
        "verified": True,
    }


def test_disable(driver: Driver) -> None:
    driver.ask(enable("app"))
    code = driver.code("app")
    off = {"delivery": None, "enabled": False, "sms-number": None, "verified": False}
    assert two_factor(driver.ask(DISABLE)) == off
    assert two_factor(driver.ask(DISABLE)) == off
    assert driver.ask(verify(code)).status == 409


def test_enable_again_starts_unverified(driver: Driver) -> None:
    driver.ask(enable("app"))
    driver.ask(verify(driver.code("app")))
    assert two_factor(driver.ask(enable("app")))["verified"] is False
    assert driver.ask(verify(driver.code("app"))).status == 200


def test_resend_voids_the_code_before(driver: Driver) -> None:
    driver.ask(enable("sms", NUMBER))
    earlier = driver.code("sms")
    assert driver.ask(RESEND).body == b"null"
    assert driver.ask(verify(earlier)).status == 422
    assert driver.ask(verify(driver.code("sms"))).status == 200


@pytest.mark.parametrize(("step", "status"), [(-2, 422), (-1, 200), (0, 200), (1, 200), (2, 422)])
def test_clock_may_be_one_step_off(driver: Driver, step: int, status: int) -> None:
    driver.ask(enable("app"))
    assert driver.ask(verify(driver.account.totp(step))).status == status


def test_accounts_are_apart(driver: Driver) -> None:
    driver.ask(enable("app"))
    other = {"authorization": f"Bearer {driver.service.accounts[1].person.token}"}
    told = driver.ask(Asked("verify", body(code=driver.code("app")), headers=other))
    assert told.status == 409
    data = driver.ask(Asked("disable", headers=other)).json()["data"]
    assert data["attributes"]["username"] == driver.service.accounts[1].person.username
    assert driver.ask(verify(driver.code("app"))).status == 200


def test_links_name_the_user(driver: Driver) -> None:
    data = driver.ask(DISABLE).json()["data"]
    assert data["links"]["self"] == "/api/v2/users/ada-lovelace"
    related = data["relationships"]["authentication-tokens"]["links"]["related"]
    assert related == "/api/v2/users/ada-lovelace/authentication-tokens"


@pytest.mark.parametrize(
    ("asked", "status", "pointer"),
    [
        (Asked("enable", b"{"), 400, None),
        (Asked("enable", b""), 400, None),
        (Asked("verify", b"\xff"), 400, None),
        (Asked("enable", b"[" * 100_000), 400, None),
        (Asked("enable", b"9" * 5000), 400, None),
        (Asked("enable", b'{"a": NaN}'), 400, None),
        (Asked("enable", b"[]"), 422, ""),
        (Asked("enable", b"{}"), 422, "/data"),
        (Asked("enable", b'{"data": {"type": "user"}}'), 422, "/data/type"),
        (Asked("verify", b'{"data": {"type": "users"}}'), 422, "/data/attributes"),
        (enable("voice"), 422, "/data/attributes/delivery"),
        (enable("sms"), 422, "/data/attributes/sms-number"),
        (enable("sms", "\ud800\0"), 422, "/data/attributes/sms-number"),
        (verify(123456), 422, "/data/attributes/code"),
        (Asked("disable", b" " * (MAX_BODY + 1)), 413, None),
        (Asked("disable", path="/api/v2/account"), 404, None),
        (Asked("disable", method="GET"), 405, None),
        (Asked("disable", headers={"accept": f"{MEDIA_TYPE}; a=b"}), 406, None),
        (Asked("disable", headers={"content-type": "application/json"}), 415, None),
        (Asked("disable", headers={"content-type": f"{MEDIA_TYPE};charset=utf-8"}), 415, None),
        (Asked("disable", headers={"authorization": "-"}), 401, None),
        (Asked("disable", headers={"authorization": "Bearer \xff"}), 401, None),
        (RESEND, 409, None),
        (verify("000000"), 409, None),
    ],
)
def test_refusals(driver: Driver, asked: Asked, status: int, pointer: str | None) -> None:
    told = driver.ask(asked)
    (error,) = told.json()["errors"]
    assert told.status == status
    assert error["status"] == str(status)
    assert error.get("source") == (None if pointer is None else {"pointer": pointer})
    assert (b"content-type", MEDIA_TYPE.encode()) in told.headers
    assert ((b"allow", b"POST") in told.headers) == (status == 405)
    assert ((b"www-authenticate", b"Bearer") in told.headers) == (status == 401)


def test_wrong_codes_of_any_kind_are_refused(driver: Driver) -> None:
    driver.ask(enable("app"))
    right = driver.code("app")
    for code in ("", "\ud800", "\0", "9" * 100_000, f"{right} ", "".join(chr(ord(c) + 0xFEE0) for c in right)):
        told = driver.ask(verify(code))
        assert told.status == 422
        assert told.json()["errors"][0]["source"] == {"pointer": "/data/attributes/code"}
    assert driver.ask(verify(right)).status == 200


def test_unknown_members_are_ignored_however_curious(driver: Driver) -> None:
    statuses = [driver.ask(Asked("enable", spoiled)).status for spoiled in curious(enable("app").body)]
    assert set(statuses) == {200, 400}


def test_every_success_is_json_api(driver: Driver) -> None:
    for asked in conversation(driver):
        told = driver.ask(asked)
        assert (b"content-type", MEDIA_TYPE.encode()) in told.headers
        assert ("errors" in (told.json() or {})) == (told.status >= 400)


@pytest.mark.parametrize(
    ("accept", "welcome"),
    [
        ("", True),
        ("*/*", True),
        ("text/html", True),
        (MEDIA_TYPE, True),
        (f"{MEDIA_TYPE};q=0.5", True),
        (f"{MEDIA_TYPE}; a=1", False),
        (f'{MEDIA_TYPE}; a=",", {MEDIA_TYPE}', True),
        (f'{MEDIA_TYPE}; a="{MEDIA_TYPE}, {MEDIA_TYPE}"', False),
        (f"{MEDIA_TYPE}; a=1; q=1, */*", False),
    ],
)
def test_accept(accept: str, *, welcome: bool) -> None:
    assert accepts_json_api(accept) is welcome


def test_nothing_of_the_suite_is_imported() -> None:
    """The server is a reading of the page of its own."""
    folder = Path(reference.__path__[0])
    for path in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert not {name.partition(".")[0] for name in names} & {"schemas", "strategies", "conformance", "reports"}
