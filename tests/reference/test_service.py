"""The service in process: it does what the page says, and rejects the rest with JSON:API errors."""

from __future__ import annotations

import ast
import re
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

import reference
from reference.messages import MEDIA_TYPE
from reference.parsing import MAX_BODY, accepts_json_api
from reference.service import Service
from tests.reference.conversation import conforming_exchanges, shows, unusual_bodies, with_bodies
from tests.reference.driver import DISABLE, NUMBER, RESEND, Driver, Reply, RequestSpec, document, enable, verify


@pytest.fixture
def driver() -> Driver:
    return Driver(Service)


def two_factor(reply: Reply) -> dict[str, object]:
    assert reply.status == 200
    state = reply.json()["data"]["attributes"]["two-factor"]
    assert isinstance(state, dict)
    return state


@pytest.mark.parametrize("spec", [enable("app"), enable("app", None), enable("app", NUMBER)])
def test_enable_by_app(driver: Driver, spec: RequestSpec) -> None:
    state = two_factor(driver.send(spec))
    url = state.pop("provisioning-url")
    assert isinstance(url, str)
    assert driver.account.secret in url
    assert state == {"delivery": "app", "enabled": True, "sms-number": None, "verified": False}


@pytest.mark.parametrize("number", [NUMBER, "+1555555555"])
def test_enable_by_sms(driver: Driver, number: str) -> None:
    state = two_factor(driver.send(enable("sms", number)))
    assert state == {"delivery": "sms", "enabled": True, "sms-number": number, "verified": False}
    assert driver.account.messages == [(number, driver.code("sms"))]


@pytest.mark.parametrize("delivery", ["app", "sms"])
def test_verify(driver: Driver, delivery: str) -> None:
    number = NUMBER if delivery == "sms" else None
    driver.send(enable(delivery, number))
    state = two_factor(driver.send(verify(driver.code(delivery))))
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
    driver.send(enable("app"))
    code = driver.code("app")
    off = {"delivery": None, "enabled": False, "sms-number": None, "verified": False}
    assert two_factor(driver.send(DISABLE)) == off
    assert two_factor(driver.send(DISABLE)) == off
    assert driver.send(verify(code)).status == 409


def test_enable_again_starts_unverified(driver: Driver) -> None:
    driver.send(enable("app"))
    driver.send(verify(driver.code("app")))
    assert two_factor(driver.send(enable("app")))["verified"] is False
    assert driver.send(verify(driver.code("app"))).status == 200


def test_resend_voids_the_code_before(driver: Driver) -> None:
    driver.send(enable("sms", NUMBER))
    earlier = driver.code("sms")
    assert driver.send(RESEND).body == b"null"
    assert driver.send(verify(earlier)).status == 422
    assert driver.send(verify(driver.code("sms"))).status == 200


@pytest.mark.parametrize(("step", "status"), [(-2, 422), (-1, 200), (0, 200), (1, 200), (2, 422)])
def test_clock_may_be_one_step_off(driver: Driver, step: int, status: int) -> None:
    driver.send(enable("app"))
    assert driver.send(verify(driver.account.totp(step))).status == status


def test_accounts_are_separate(driver: Driver) -> None:
    driver.send(enable("app"))
    other = {"authorization": f"Bearer {driver.service.accounts[1].person.token}"}
    reply = driver.send(RequestSpec("verify", document(code=driver.code("app")), headers=other))
    assert reply.status == 409
    data = driver.send(RequestSpec("disable", headers=other)).json()["data"]
    assert data["attributes"]["username"] == driver.service.accounts[1].person.username
    assert driver.send(verify(driver.code("app"))).status == 200


def test_links_name_the_user(driver: Driver) -> None:
    data = driver.send(DISABLE).json()["data"]
    assert data["links"]["self"] == "/api/v2/users/ada-lovelace"
    related = data["relationships"]["authentication-tokens"]["links"]["related"]
    assert related == "/api/v2/users/ada-lovelace/authentication-tokens"


@pytest.mark.parametrize(
    ("spec", "status", "pointer"),
    [
        (RequestSpec("enable", b"{"), 400, None),
        (RequestSpec("enable", b""), 400, None),
        (RequestSpec("verify", b"\xff"), 400, None),
        (RequestSpec("enable", b"[" * 100_000), 400, None),
        (RequestSpec("enable", b"9" * 5000), 400, None),
        (RequestSpec("enable", b'{"a": NaN}'), 400, None),
        (RequestSpec("enable", b"[]"), 422, ""),
        (RequestSpec("enable", b"{}"), 422, "/data"),
        (RequestSpec("enable", b'{"data": {"type": "user"}}'), 422, "/data/type"),
        (RequestSpec("verify", b'{"data": {"type": "users"}}'), 422, "/data/attributes"),
        (enable("voice"), 422, "/data/attributes/delivery"),
        (enable("sms"), 422, "/data/attributes/sms-number"),
        (enable("sms", "\ud800\0"), 422, "/data/attributes/sms-number"),
        (verify(123456), 422, "/data/attributes/code"),
        (RequestSpec("disable", b" " * (MAX_BODY + 1)), 413, None),
        (RequestSpec("disable", path="/api/v2/account"), 404, None),
        (RequestSpec("disable", method="GET"), 405, None),
        (RequestSpec("disable", headers={"accept": f"{MEDIA_TYPE}; a=b"}), 406, None),
        (RequestSpec("disable", headers={"content-type": "application/json"}), 415, None),
        (RequestSpec("disable", headers={"content-type": f"{MEDIA_TYPE};charset=utf-8"}), 415, None),
        (RequestSpec("disable", headers={"authorization": None}), 401, None),
        (RequestSpec("disable", headers={"authorization": "Bearer \xff"}), 401, None),
        (RESEND, 409, None),
        (verify("000000"), 409, None),
    ],
)
def test_rejections(driver: Driver, spec: RequestSpec, status: int, pointer: str | None) -> None:
    reply = driver.send(spec)
    (error,) = reply.json()["errors"]
    assert reply.status == status
    assert error["status"] == str(status)
    assert error.get("source") == (None if pointer is None else {"pointer": pointer})
    assert (b"content-type", MEDIA_TYPE.encode()) in reply.headers
    assert ((b"allow", b"POST") in reply.headers) == (status == 405)
    assert ((b"www-authenticate", b"Bearer") in reply.headers) == (status == 401)


def test_wrong_codes_of_any_kind_are_rejected(driver: Driver) -> None:
    driver.send(enable("app"))
    right = driver.code("app")
    for code in ("", "\ud800", "\0", "9" * 100_000, f"{right} ", "".join(chr(ord(c) + 0xFEE0) for c in right)):
        reply = driver.send(verify(code))
        assert reply.status == 422
        assert reply.json()["errors"][0]["source"] == {"pointer": "/data/attributes/code"}
    assert driver.send(verify(right)).status == 200


def test_unknown_members_are_ignored(driver: Driver) -> None:
    specs = with_bodies("enable", unusual_bodies(enable("app").body))
    assert {driver.send(spec).status for spec in specs} == {200, 400}


def test_every_response_is_json_api() -> None:
    for _, reply in conforming_exchanges():
        assert reply.status // 100 in {2, 4}
        assert (b"content-type", MEDIA_TYPE.encode()) in reply.headers
        assert ("errors" in (reply.json() or {})) == (reply.status >= 400)


def test_the_conversation_repeats() -> None:
    assert not shows(Service)


@pytest.mark.parametrize(
    ("accept", "accepted"),
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
def test_accept(accept: str, *, accepted: bool) -> None:
    assert accepts_json_api(accept) is accepted


def imports_of(path: Path) -> set[str]:
    nodes = list(ast.walk(ast.parse(path.read_text("utf-8"))))
    modules = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    return modules | {node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)}


def test_imports_are_of_the_folder_and_without_a_cycle() -> None:
    """The server is a second reading of the page."""
    imports = {f"reference.{path.stem}": imports_of(path) for path in Path(reference.__path__[0]).glob("*.py")}
    folders = {module.partition(".")[0] for modules in imports.values() for module in modules}
    assert not folders & {"schemas", "strategies", "conformance", "reports", "tests"}
    TopologicalSorter({module: modules & imports.keys() for module, modules in imports.items()}).prepare()
