"""A recording is judged by what it holds, whichever tool wrote it; what it does not hold is held against nobody."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from conformance.model import ConfigurationError
from tests.unit.conformance.recording.hars import (
    BASE,
    JSON_API,
    NUMBER,
    PATHS,
    RECOVERY_CODES,
    TOKEN,
    TOOLS,
    Step,
    disable,
    enable,
    enabling,
    errors,
    har,
    judged,
    life,
    rejected,
    resend,
    user,
    verify,
    verifying,
)

if TYPE_CHECKING:
    from pathlib import Path

OTHER_BASE = "http://127.0.0.1:8080/x"
OTHER_TOKEN = "Xy7.atlasv1.another-token-of-another"
WRONG_TYPE = {"data": {"type": "user", "attributes": {"delivery": "app"}}}


def at(base: str, operation: str = "enable") -> str:
    return base + PATHS[operation]


def with_two_factor(step: Step, **members: Any) -> Step:
    """The step with other members in two-factor of the response."""
    document = json.loads(json.dumps(step.answer))
    document["data"]["attributes"]["two-factor"] |= {key.replace("_", "-"): value for key, value in members.items()}
    return replace(step, answer=document)


@pytest.mark.parametrize("complete", [True, False])
@pytest.mark.parametrize("tool", TOOLS)
def test_a_life_that_conforms_violates_nothing_as_any_tool_writes_it(
    tool: str, tmp_path: Path, *, complete: bool
) -> None:
    verdicts = judged(tmp_path, har(*life(), tool=TOOLS[tool]), complete=complete)
    assert not verdicts.having("violated"), verdicts.details
    assert not verdicts.having("inconclusive"), verdicts.details
    assert {
        "enable.accepted",
        "resend.accepted",
        "verify.accepted",
        "disable.accepted",
        "enable.request.type",
        "methods.rejected",
        "user.self-names-user",
        "errors.status-equal",
    } <= verdicts.having("conforms") | ({"enable.request.type"} if tool == "bare" else set())
    by_account = {
        "verify.wrong-code",
        "verify.while-off",
        "disable.ends-two-factor",
        "resend.changes-nothing",
        "resend.rejected-changes-nothing",
        "methods.other-than-post",
        "user.same-id",
        "account.life",
        "response.no-code",
        "response.no-token",
        "credentials.reserved-401",
    }
    if tool == "chrome-sanitized":  # without a token, an account can't be told from others
        assert not (by_account - {"user.same-id"}) & verdicts.having("conforms")
    else:
        assert by_account <= verdicts.having("conforms")
    assert {"credentials.required", "credentials.scheme", "credentials.status-401"} <= verdicts.having("untested")


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
    "verified": (enable("sms", answer=user("enable", sms_number=NUMBER, verified=True)), {"enable.response.verified"}),
    "still-enabled": (disable(answer=user("disable", enabled=True)), {"disable.response.enabled"}),
    "codes": (
        disable(answer=user("disable", recovery_codes=list(RECOVERY_CODES))),
        {"disable.response.recovery-codes", "disable.response.four-members"},
    ),
    "no-null": (resend(answer={}), {"resend.response.body"}),
    "no-body": (resend(answer=b"", answer_headers={"Content-Length": "0"}), {"resend.response.body"}),
    "html": (enable(answer=b"<p>moved</p>"), {"user.document"}),
    "list": (enable(answer={"data": [], "meta": {}}), {"user.data"}),
    "encoded-twice": (enable(answer={"data": json.dumps(user("enable")["data"])}), {"user.data"}),
    "crash": (enable(status=500, answer=errors(500)), {"http.no-server-error"}),
    "other-media-type": (disable(answer_headers={"Content-Type": "application/json"}), {"response.media-type"}),
    "token": (disable(answer_headers={"X-Seen": f"Bearer {TOKEN}"}), {"response.no-token"}),
    "other-status": (Step("resend", status=422, answer=errors(400)), {"errors.status-equal"}),
    "no-errors": (Step("resend", status=422, answer={"errors": []}), {"errors.array"}),
    "text": (Step("resend", status=422, answer=b"no"), {"errors.document"}),
    "get": (
        Step("enable", method="GET", answer=user("enable")),
        {"methods.other-than-post", "methods.rejected"},
    ),
    "delete": (Step("enable", method="DELETE", answer={"meta": {}}), {"methods.rejected"}),
    "media-type": (resend(headers={"Content-Type": f"{JSON_API}; version=1"}), {"media-type.parameters"}),
    "accept": (resend(headers={"Accept": f"{JSON_API}; version=1"}), {"accept.parameters"}),
}


@pytest.mark.parametrize("tool", TOOLS)
@pytest.mark.parametrize("name", WRONG_ANSWERS)
def test_a_wrong_response_is_violated(name: str, tool: str, tmp_path: Path) -> None:
    step, requirements = WRONG_ANSWERS[name]
    if tool == "firefox" and name in ("html", "text", "no-body"):
        requirements = set()  # the file has the size of the packed body: nothing says that it is whole
    verdicts = judged(tmp_path, har(step, tool=TOOLS[tool]))
    unknown = {"response.no-token"} if tool == "chrome-sanitized" else set()
    assert verdicts.having("violated") == requirements - unknown, verdicts.details


@pytest.mark.parametrize("tool", [name for name in TOOLS if name != "bare"])
@pytest.mark.parametrize(
    ("step", "requirement"),
    [
        (enable(body=WRONG_TYPE), "enable.request.type"),
        (enable(body={"data": {"type": "users", "attributes": {}}}), "enable.request.delivery"),
        (enable("sms", body=enabling("sms", **{"sms-number": 12025550123})), "enable.request.sms-number"),
        (enable(body=[]), "enable.request.body"),
        (enable(body={"data": "users"}), "enable.request.data"),
        (verify(body=verifying(123456)), "verify.request.code"),
    ],
)
def test_a_request_that_breaks_one_requirement_must_not_be_accepted(
    step: Step, requirement: str, tool: str, tmp_path: Path
) -> None:
    verdicts = judged(tmp_path, har(step, tool=TOOLS[tool]))
    assert verdicts.having("violated") == {requirement}, verdicts.details


def test_a_malformed_body_counts_only_if_its_length_was_sent(tmp_path: Path) -> None:
    step = enable(body=b'{"data": {"type": "users", "attributes": {"delivery": "app"}}')
    assert judged(tmp_path, har(step)).having("violated") == {"enable.request.body"}
    assert not judged(tmp_path, har(replace(step, headers={"Content-Length": None}))).having("violated")
    assert not judged(tmp_path, har(replace(step, body=b"\xef\xbb\xbf{}"), tool=TOOLS["mitmproxy"])).having("violated")


@pytest.mark.parametrize(
    "changes",
    [
        {"headers": {"Content-Type": "application/json"}},
        {"headers": {"Content-Type": f"{JSON_API};"}},
        {"headers": {"Content-Encoding": "gzip"}},
        {"headers": {"X-HTTP-Method-Override": "PUT"}},
        {"headers": {"Content-Length": "9"}},
        {"url": f"{BASE}{PATHS['enable']}?dry-run=1"},
        {"body": {"data": {"type": "user", "attributes": {}}}},
        {"body": {"data": {"type": "[REDACTED]", "attributes": {"delivery": "app"}}}},
        {"status": 503},
    ],
)
def test_a_request_that_may_have_more_than_one_departure_is_held_against_nobody(changes: Any, tmp_path: Path) -> None:
    verdicts = judged(tmp_path, har(enable(**{"body": WRONG_TYPE, **changes})))
    assert not verdicts.having("violated"), verdicts.details


def test_a_crash_at_a_request_that_breaks_a_requirement_is_a_crash_only(tmp_path: Path) -> None:
    verdicts = judged(tmp_path, har(enable(body=WRONG_TYPE, status=500, answer=errors(500))))
    assert verdicts.having("violated") == {"http.no-server-error"}


def test_a_rejection_counts_where_a_documented_request_of_the_account_is_accepted(tmp_path: Path) -> None:
    def verdict(*steps: Step) -> str:
        return judged(tmp_path, har(*steps)).verdicts["enable.request.type", "enable"]

    wrong = rejected(enable(body=WRONG_TYPE))
    assert verdict(wrong, enable()) == "conforms"
    assert verdict(enable(), wrong) == "conforms"
    assert verdict(wrong, disable(), enable("sms")) == "conforms"
    assert verdict(wrong) == "untested"
    assert verdict(wrong, enable(url=f"{enable().address}?dry-run=1")) == "untested"
    assert verdict(wrong, disable()) == "untested"
    assert verdict(wrong, rejected(enable())) == "untested"
    assert verdict(wrong, enable(token=OTHER_TOKEN)) == "untested"
    assert verdict(rejected(wrong, 401), enable()) == "untested"
    assert verdict(rejected(wrong, 429), enable()) == "untested"


@pytest.mark.parametrize(
    "base", ["https://tfe.example:443/api/v2", "HTTPS://TFE.example/api/v2", "https://a:b@tfe.example/api/v2"]
)
def test_one_url_in_two_spellings_is_one_target(base: str, tmp_path: Path) -> None:
    verdicts = judged(tmp_path, har(enable(), enable(url=at(base) + "#top")))
    assert verdicts.replay.base_url == BASE
    assert len(verdicts.replay.exchanges) == 2


def test_of_several_targets_one_has_to_be_named(tmp_path: Path) -> None:
    document = har(*life(), enable(url=at(OTHER_BASE), status=500, answer=b""))
    with pytest.raises(ConfigurationError, match=rf"several targets, {BASE}, {OTHER_BASE}: .*--base-url"):
        judged(tmp_path, document)
    assert not judged(tmp_path, document, base_url=f"{BASE}/").having("violated")
    assert judged(tmp_path, document, base_url=OTHER_BASE).having("violated") == {"http.no-server-error"}
    with pytest.raises(ConfigurationError, match="is not a URL"):
        judged(tmp_path, document, base_url="tfe")


def test_a_redirect_to_the_target_is_no_target(tmp_path: Path) -> None:
    moved = enable(url=at("http://tfe.example/api/v2"), status=307, answer=b"", answer_headers={"Location": at(BASE)})
    verdicts = judged(tmp_path, har(moved, enable()))
    assert verdicts.replay.base_url == BASE
    assert not verdicts.having("violated")


@pytest.mark.parametrize(
    ("steps", "reason"),
    [
        ([], "recorded.har is empty: it has no entries"),
        (
            [enable(url="https://ads.example/ping")],
            "no request to an operation of this API: its 1 entries are for ads",
        ),
        (
            [enable(url=f"https://{host}.example/") for host in "abcd"],
            "its 4 entries are for a.example, b.example, c.example, …",
        ),
        ([rejected(enable(), 401)], "refuses the token"),
        ([rejected(enable(), 404)], "has none of the operations"),
        ([enable(answer=b"<html>", answer_headers={"Content-Type": "text/html"})], "answers with HTML"),
        ([enable(status=0)], "none of the 1 requests to the operations has a response: no response (blocked)"),
    ],
)
def test_a_recording_without_the_api_says_what_it_lacks(steps: list[Step], reason: str, tmp_path: Path) -> None:
    assert reason in judged(tmp_path, har(*steps)).abort_reason


def test_requests_to_others_are_passed_over(tmp_path: Path) -> None:
    others = [
        enable(url="https://ads.example/account/actions", status=500),
        enable(url=f"{BASE}/account/details", method="GET"),
        enable(url="data:image/png;base64,AAAA", method="GET"),
        enable(url="wss://tfe.example/cable", method="GET", status=101),
        enable(url="https://[broken", method="GET"),
        Step("enable", method="OPTIONS", status=500, headers={"Access-Control-Request-Method": "POST"}),
    ]
    verdicts = judged(tmp_path, har(*others, *life()))
    assert not verdicts.having("violated"), verdicts.details
    assert len(verdicts.replay.exchanges) == len(life())


@pytest.mark.parametrize("status", [502, 503, 504, 520, 530])
def test_a_status_of_gateways_is_inconclusive(status: int, tmp_path: Path) -> None:
    verdicts = judged(tmp_path, har(*life(), enable(status=status, answer=b"<html>down</html>")), complete=True)
    assert not verdicts.having("violated"), verdicts.details
    assert verdicts.having("inconclusive") == {"http.no-server-error"}


@pytest.mark.parametrize("status", [0, 304, 407, 429, 511])
def test_a_response_that_is_not_the_targets_is_not_judged(status: int, tmp_path: Path) -> None:
    step = enable(status=status, answer=b"slow down", answer_headers={"Content-Type": "text/plain"})
    verdicts = judged(tmp_path, har(*life(), step), complete=True)
    assert not verdicts.having("violated") | verdicts.having("inconclusive"), verdicts.details


def test_a_response_of_the_browser_is_not_the_targets(tmp_path: Path) -> None:
    document = har(*life(), enable(status=500), enable(status=500))
    document["log"]["entries"][-1]["response"]["_fetchedViaServiceWorker"] = True
    document["log"]["entries"][-2]["_fromCache"] = "disk"
    assert not judged(tmp_path, document).having("violated")


def test_a_file_without_bodies_says_how_to_export_them(tmp_path: Path) -> None:
    document = har(*life())
    for entry in document["log"]["entries"]:
        del entry["response"]["content"]["text"]
    verdicts = judged(tmp_path, document, complete=True)
    advice = "the recording holds no response bodies (export with content)"
    assert not verdicts.abort_reason
    assert not verdicts.having("violated"), verdicts.details
    assert "enable.accepted" in verdicts.having("conforms")
    assert verdicts.details["enable.response.enabled", "enable"] == advice
    assert f"recorded.har: {advice}" in verdicts.notes


def test_an_error_that_was_cut_is_judged_by_its_status(tmp_path: Path) -> None:
    document = har(Step("resend", status=500, answer=errors(422)), enable())
    document["log"]["entries"][0]["response"]["content"]["text"] = "{"
    assert judged(tmp_path, document).having("violated") == {"http.no-server-error"}


def test_a_header_that_is_not_recorded_may_have_been_sent(tmp_path: Path) -> None:
    document = har(*life())
    for entry in document["log"]["entries"]:
        entry["response"]["headers"] = []
    verdicts = judged(tmp_path, document)
    assert not verdicts.having("violated")
    assert "response.media-type" in verdicts.having("untested")


def test_a_request_without_token_may_have_had_one(tmp_path: Path) -> None:
    verdicts = judged(tmp_path, har(enable(token=""), disable(token="")))
    assert not verdicts.having("violated")
    assert {"credentials.required", "credentials.status-401"} <= verdicts.having("untested")


@pytest.mark.parametrize("label", ["[REDACTED]", "********", "XXXXXXXXXX", "redacted-by-a-proxy", "<removed>"])
def test_labels_of_sanitizers_are_no_values(label: str, tmp_path: Path) -> None:
    masked_user = user("disable")
    masked_user["data"]["id"] = masked_user["data"]["attributes"]["username"] = label
    steps = [
        with_two_factor(enable("sms"), sms_number=label),
        with_two_factor(verify("123456", "sms"), recovery_codes=[label] * 3, sms_number=label),
        disable(answer_headers={"Content-Type": label}, headers={"Content-Type": label}),
        disable(answer=masked_user),
        disable(token=label),
    ]
    verdicts = judged(tmp_path, har(*steps), complete=True)
    assert not verdicts.having("violated"), verdicts.details
    for requirement in ("verify.response.recovery-codes-distinct", "verify.keeps-sms-number"):
        assert requirement in verdicts.having("untested")


def test_several_files_are_one_recording_in_the_order_of_time(tmp_path: Path) -> None:
    steps = [replace(step, at=float(number)) for number, step in enumerate(life())]
    verdicts = judged(tmp_path, har(*steps[5:]), har(*reversed(steps[:5])), complete=True)
    assert not verdicts.having("violated"), verdicts.details
    assert "account.life" in verdicts.having("conforms")
    first = verdicts.replay.exchanges[0]
    assert (first.number, first.operation, first.spec.purpose) == (1, "enable", "entry 5 of recorded-1.har")
    assert [note.partition(":")[0] for note in verdicts.notes] == ["recorded.har", "recorded-1.har"]


def test_the_notes_tell_the_source_and_what_was_not_judged(tmp_path: Path) -> None:
    document = har(*life(), enable(url="https://ads.example/", method="GET"))
    entries = document["log"]["entries"]
    entries.append({"request": {"method": "GET"}})
    entries += [json.loads(json.dumps(entries[0])) for _ in range(2)]
    del entries[-1]["response"]
    entries[-2]["response"]["status"] = None
    verdicts = judged(tmp_path, document)
    assert verdicts.notes == (
        (
            "recorded.har: recorded 2026-03-04 10:11 UTC with WebInspector 537.36; "
            "14 of 16 entries are requests to the operations"
        ),
        "recorded.har: 2 entries cannot be read: no status",
        "recorded.har: 1 entry cannot be read: no method or no URL",
        "recorded.har: other requests may have reached the account (--complete: none did)",
    )
