"""A recording is judged by what it decides, whoever recorded it; the rest is held against nobody."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.offline.made import (
    BASE,
    CODES,
    JSON_API,
    NUMBER,
    TOKEN,
    TOOLS,
    Step,
    disable,
    document,
    enable,
    enabling,
    judged,
    problem,
    rejected,
    resend,
    user,
    verify,
    verifying,
)

if TYPE_CHECKING:
    from pathlib import Path

SILENT = {"response.no-token"}
"""What can't be judged where the token is left out."""


def life() -> list[Step]:
    """What a person does who tries all of it, with a mistyped code."""
    return [
        enable("sms"),
        resend(),
        rejected(verify("654321", "sms")),
        verify("123456", "sms"),
        disable(),
        rejected(verify("123456", "sms")),
        rejected(Step(sent={"data": {"type": "user", "attributes": {"delivery": "app"}}})),
        enable("app"),
        rejected(Step("enable", method="GET", url="", sent=None), 405),
        rejected(resend()),
        verify("777777"),
        disable(),
    ]


@pytest.mark.parametrize("tool", TOOLS)
def test_a_life_that_conforms_violates_nothing_as_any_tool_has_it(tool: str, tmp_path: Path) -> None:
    found = judged(tmp_path, document(*life(), tool=TOOLS[tool]))
    assert not found.having("violated"), found.details
    assert not found.having("inconclusive"), found.details
    conforming = found.having("conforms")
    assert {
        "enable.accepted",
        "resend.accepted",
        "verify.accepted",
        "disable.accepted",
        "enable.request.type",
        "verify.wrong-code",
        "verify.while-off",
        "disable.ends-two-factor",
        "resend.changes-nothing",
        "resend.rejected-changes-nothing",
        "methods.rejected",
        "methods.other-than-post",
        "user.same-id",
        "user.self-names-user",
        "errors.status-equal",
        "account.life",
        "response.no-code",
    } <= conforming
    assert (tool == "chrome-sanitized") is ("response.no-token" not in conforming)
    assert not {name for name in conforming if name.startswith("credentials.") and name != "credentials.reserved-401"}


WRONG_ANSWERS: dict[str, tuple[Step, set[str]]] = {
    "not-enabled": (
        enable("sms", answer=user("enable", sms_number=NUMBER, enabled=False)),
        {"enable.response.enabled"},
    ),
    "other-delivery": (enable(answer=user("enable", sms_number=None)), {"enable.response.delivery"}),
    "other-number": (
        enable("sms", answer=user("enable", sms_number="+12025550199")),
        {"enable.response.sms-number-echo"},
    ),
    "no-number": (enable("sms", answer=user("enable", sms_number=None)), {"enable.response.sms-number"}),
    "verified": (
        enable("sms", answer=user("enable", sms_number=NUMBER, verified=True)),
        {"enable.response.verified"},
    ),
    "still-enabled": (disable(answer=user("disable", enabled=True)), {"disable.response.enabled"}),
    "codes": (
        disable(answer=user("disable", recovery_codes=list(CODES))),
        {"disable.response.recovery-codes", "disable.response.four-members"},
    ),
    "no-null": (resend(answer={}), {"resend.response.body"}),
    "no-body": (resend(answer=b"", answer_headers={"Content-Length": "0"}), {"resend.response.body"}),
    "html": (enable(answer=b"<p>moved</p>"), {"user.document"}),
    "list": (enable(answer={"data": [], "meta": {}}), {"user.data"}),
    "crash": (enable(status=500, answer=problem(500)), {"http.no-server-error"}),
    "charset": (disable(answer_headers={"Content-Type": f"{JSON_API}; charset=utf-8"}), {"response.media-type"}),
    "token": (disable(answer_headers={"X-Seen": f"Bearer {TOKEN}"}), {"response.no-token"}),
    "other-link": (disable(answer=user("disable", name="a", identity="1")), set()),
    "other-status": (Step("resend", status=422, answer=problem(400)), {"errors.status-equal"}),
    "no-errors": (Step("resend", status=422, answer={"errors": []}), {"errors.array"}),
    "text": (Step("resend", status=422, answer=b"no"), {"errors.document"}),
    "get": (
        Step("enable", status=200, method="GET", answer=user("enable")),
        {"methods.other-than-post", "methods.rejected"},
    ),
    "delete": (Step("enable", status=200, method="DELETE", answer={"meta": {}}), {"methods.rejected"}),
    "media-type": (resend(headers={"Content-Type": f"{JSON_API}; version=1"}), {"media-type.parameters"}),
    "accept": (resend(headers={"Accept": f"{JSON_API}; version=1"}), {"accept.parameters"}),
}


@pytest.mark.parametrize("tool", TOOLS)
@pytest.mark.parametrize("name", WRONG_ANSWERS)
def test_what_an_answer_does_wrong_is_found(name: str, tool: str, tmp_path: Path) -> None:
    step, names = WRONG_ANSWERS[name]
    found = judged(tmp_path, document(step, tool=TOOLS[tool]))
    assert found.having("violated") == names - (SILENT if tool == "chrome-sanitized" else set()), found.details


@pytest.mark.parametrize("tool", TOOLS)
@pytest.mark.parametrize(
    ("operation", "sent", "name"),
    [
        ("enable", {"data": {"type": "user", "attributes": {"delivery": "app"}}}, "enable.request.type"),
        ("enable", {"data": {"type": "users", "attributes": {}}}, "enable.request.delivery"),
        ("enable", enabling("sms", **{"sms-number": 12025550123}), "enable.request.sms-number"),
        ("enable", [], "enable.request.body"),
        ("enable", {"data": "users"}, "enable.request.data"),
        ("verify", verifying(123456), "verify.request.code"),
    ],
)
def test_a_request_that_breaks_one_requirement_is_not_to_be_accepted(
    operation: str, sent: Any, name: str, tool: str, tmp_path: Path
) -> None:
    made = enable("app") if operation == "enable" else verify()
    made.sent = sent
    if name == "enable.request.sms-number":
        made.answer = user("enable", sms_number=NUMBER)
    found = judged(tmp_path, document(made, tool=TOOLS[tool]))
    assert found.having("violated") == {name}, found.details


def test_a_malformed_body_is_held_against_nobody_unless_each_byte_is_known(tmp_path: Path) -> None:
    step = enable(sent=b'{"data": {"type": "users", "attributes": {"delivery": "app"}}')
    assert judged(tmp_path, document(step)).having("violated") == {"enable.request.body"}
    step.headers["Content-Length"] = None
    assert not judged(tmp_path, document(step)).having("violated")


AMBIGUOUS = {
    "twice": b'{"data": {"type": "users", "attributes": {"delivery": "app"}}, "data": null}',
    "deep": b'{"data": {"type": "users", "attributes": {"delivery": "app"}}, "x": '
    + b"[" * 9_000
    + b"]" * 9_000
    + b"}",
    "long": b'{"data": {"type": "users", "attributes": {"delivery": "app"}}, "x": ' + b"9" * 9_000 + b"}",
    "mark": b"\xef\xbb\xbf" + b'{"data": {"type": "users", "attributes": {"delivery": "app"}}}',
    "wide": '{"data": {"type": "users", "attributes": {"delivery": "app"}}}'.encode("utf-16-le"),
}


@pytest.mark.parametrize("name", AMBIGUOUS)
def test_what_parsers_read_in_two_ways_is_held_against_nobody(name: str, tmp_path: Path) -> None:
    found = judged(tmp_path, document(enable(sent=AMBIGUOUS[name]), tool=TOOLS["mitmproxy"]))
    assert not found.having("violated"), found.details


@pytest.mark.parametrize(
    "changed",
    [
        {"headers": {"Content-Type": "application/json"}},
        {"headers": {"Content-Type": f"{JSON_API};"}},
        {"headers": {"Content-Type": None}},
        {"headers": {"Content-Encoding": "gzip"}},
        {"headers": {"X-HTTP-Method-Override": "PUT"}},
        {"url": f"{BASE}/account/actions/two-factor-enable?dry-run=1"},
        {"sent": {"data": {"type": "user", "attributes": {}}}},
    ],
)
def test_a_request_with_more_than_one_departure_is_held_against_nobody(changed: Any, tmp_path: Path) -> None:
    step = enable(**{"sent": {"data": {"type": "user", "attributes": {"delivery": "app"}}}, **changed})
    assert not judged(tmp_path, document(step)).having("violated")
