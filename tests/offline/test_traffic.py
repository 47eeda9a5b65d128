"""What concerns the target is found among all that a browser or a proxy recorded, and whose it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from conformance.offline.traffic import SHORTEST

from conformance.target import ConfigurationError
from tests.offline.made import (
    BASE,
    PATHS,
    Step,
    chrome,
    disable,
    document,
    enable,
    judged,
    problem,
    rejected,
    resend,
    user,
    verify,
    whole,
)
from tests.offline.test_judged import life

if TYPE_CHECKING:
    from pathlib import Path

OTHER = "http://127.0.0.1:8080/x"
OTHER_TOKEN = "Xy7.atlasv1.another-token-of-another"


def at(base: str, operation: str = "enable") -> str:
    return base + PATHS[operation]


@pytest.mark.parametrize(
    "url",
    [
        "https://tfe.example:443/api/v2/account/actions/two-factor-enable",
        "HTTPS://TFE.example/api/v2/account/actions/two-factor-enable#top",
    ],
)
def test_one_url_in_two_spellings_is_one_target(url: str, tmp_path: Path) -> None:
    found = judged(tmp_path, document(enable(), enable(url=url)))
    assert found.run.target.base_url == BASE
    assert len(found.run.exchanges) == 2


def test_several_targets_are_named_and_one_is_picked(tmp_path: Path) -> None:
    har = document(*life(), enable(url=at(OTHER), status=500, answer=b""))
    with pytest.raises(ConfigurationError, match=r"several targets.* \(12 answers\).*give --base-url") as raised:
        judged(tmp_path, har)
    assert BASE in str(raised.value)
    assert OTHER in str(raised.value)
    assert not judged(tmp_path, har, base_url=f"{BASE}/").having("violated")
    assert judged(tmp_path, har, base_url=OTHER).having("violated") == {"http.no-server-error"}
    with pytest.raises(ConfigurationError, match="is no URL"):
        judged(tmp_path, har, base_url="tfe")


def test_a_redirect_to_the_target_is_no_target(tmp_path: Path) -> None:
    moved = enable(url=at("http://tfe.example/api/v2"), status=307, answer=b"", answer_headers={"Location": at(BASE)})
    found = judged(tmp_path, document(moved, enable()))
    assert found.run.target.base_url == BASE
    assert not found.having("violated")


@pytest.mark.parametrize(
    ("steps", "line"),
    [
        ([], "it is empty"),
        ([enable(url="https://ads.example/api/v2/ping")], "its 1 entries are for ads.example"),
        ([enable(url=f"https://{host}.example/") for host in "abcd"], "for a.example, b.example, c.example and 1 more"),
        ([rejected(enable(), 401)], "refuses the token"),
        ([rejected(enable(), 404)], "knows none of the operations"),
        ([enable(answer=b"<html>", answer_headers={"Content-Type": "text/html"})], "answers with HTML"),
        ([enable(status=0)], "holds no request to an operation below"),
    ],
)
def test_a_recording_without_the_api_is_no_evidence(steps: list[Step], line: str, tmp_path: Path) -> None:
    found = judged(tmp_path, document(*steps))
    assert line in found.run.problem


def test_what_is_not_of_the_api_is_passed_over(tmp_path: Path) -> None:
    others = [
        enable(url="https://ads.example/account/actions", status=500),
        enable(url=f"{BASE}/account/details", method="GET", status=200),
        enable(url="data:image/png;base64,AAAA", method="GET"),
        enable(url="wss://tfe.example/cable", method="GET", status=101),
        enable(url="https://[broken", method="GET"),
        Step("enable", method="OPTIONS", status=500, headers={"Access-Control-Request-Method": "POST"}),
    ]
    found = judged(tmp_path, document(*others, *life()))
    assert not found.having("violated"), found.details
    assert len(found.run.exchanges) == len(life())


@pytest.mark.parametrize("status", [502, 503, 504, 520])
def test_what_gateways_answer_is_doubted(status: int, tmp_path: Path) -> None:
    found = judged(tmp_path, document(*life(), enable(status=status, answer=b"<html>down</html>")))
    assert not found.having("violated"), found.details
    assert found.having("inconclusive") == {"http.no-server-error"}


@pytest.mark.parametrize("status", [0, 304, 407, 429])
def test_what_is_no_answer_of_the_target_is_not_judged(status: int, tmp_path: Path) -> None:
    step = enable(status=status, answer=b"slow down", answer_headers={"Content-Type": "text/plain"})
    found = judged(tmp_path, document(*life(), step))
    assert not found.having("violated"), found.details
    assert not found.having("inconclusive"), found.details


def test_what_a_worker_or_a_cache_of_the_browser_answered_is_not_held_against_the_target(tmp_path: Path) -> None:
    har = document(*life(), enable(status=500), enable(status=500))
    har["log"]["entries"][-1]["response"]["_fetchedViaServiceWorker"] = True
    har["log"]["entries"][-2]["_fromCache"] = "disk"
    assert not judged(tmp_path, har).having("violated")


def test_a_header_that_is_not_recorded_is_not_taken_for_one_that_was_not_sent(tmp_path: Path) -> None:
    har = document(*life())
    for entry in har["log"]["entries"]:
        entry["response"]["headers"] = []
    found = judged(tmp_path, har)
    assert not found.having("violated")
    assert "response.media-type" in found.having("untested")


def test_entries_out_of_order_are_brought_into_it(tmp_path: Path) -> None:
    har = document(*life())
    har["log"]["entries"].reverse()
    found = judged(tmp_path, har, complete=True)
    assert not found.having("violated"), found.details
    assert "account.life" in found.having("conforms")


# -- who asked -----------------------------------------------------------------------------------------------------


def of_other_user(step: Step, **changed: Any) -> Step:
    """The step as another user took it."""
    if step.status == 200 and step.operation != "resend":
        two_factor = step.answer["data"]["attributes"]["two-factor"]
        step.answer = user(step.operation, name="another", identity="user_2")
        step.answer["data"]["attributes"]["two-factor"] = two_factor
    for name, value in changed.items():
        setattr(step, name, value)
    return step


def two_users(**changed: Any) -> list[Step]:
    """Two users, whose requests come by turns."""
    theirs = [of_other_user(step, **changed) for step in (enable("app"), rejected(resend()), verify("111111"))]
    mine = [enable("sms"), verify("222222", "sms"), disable()]
    return [step for pair in zip(mine, theirs, strict=True) for step in pair]


def test_each_token_is_an_account(tmp_path: Path) -> None:
    found = judged(tmp_path, document(*two_users(token=OTHER_TOKEN)), complete=True)
    assert not found.having("violated"), found.details
    assert not found.having("inconclusive"), found.details
    assert {"user.same-id", "verify.no-code-used-yet", "verify.keeps-sms-number"} <= found.having("conforms")


@pytest.mark.parametrize("stand_in", ["[REDACTED]", "***", "xxxxxxxxxxxx", "$TOKEN", "redacted-by-the-proxy", "short"])
def test_without_tokens_several_users_are_not_taken_for_one(stand_in: str, tmp_path: Path) -> None:
    steps = two_users(token=stand_in)
    for step in steps:
        step.token = stand_in
    for har in (document(*steps), document(*two_users(), tool=chrome)):
        found = judged(tmp_path, har, complete=True)
        assert not found.having("violated"), found.details
        assert {"user.same-id", "verify.no-code-used-yet", "response.no-token"} <= found.having("untested")


def test_another_id_for_one_token_is_another_id(tmp_path: Path) -> None:
    har = document(enable(), of_other_user(disable()))
    assert judged(tmp_path, har).having("violated") == {"user.same-id"}
    assert judged(tmp_path, har, complete=True).having("violated") == {"user.same-id", "user.same-username"}


def test_two_tokens_of_one_user_are_one_account(tmp_path: Path) -> None:
    har = document(enable("app"), enable("sms", token=OTHER_TOKEN), verify("123456", "sms"))
    found = judged(tmp_path, har, complete=True)
    assert not found.having("violated"), found.details
    assert "verify.response.delivery" in found.having("conforms")


def test_a_token_that_was_accepted_before_and_after_was_valid(tmp_path: Path) -> None:
    har = document(enable(), rejected(resend(), 401), disable())
    assert judged(tmp_path, har).having("violated") == {"credentials.reserved-401"}
    assert not judged(tmp_path, document(enable(), rejected(resend(), 401))).having("violated")
    sanitized = document(enable(), rejected(resend(), 401), disable(), tool=chrome)
    assert not judged(tmp_path, sanitized).having("violated")


def test_a_request_without_token_is_not_taken_for_one_without_credentials(tmp_path: Path) -> None:
    found = judged(tmp_path, document(enable(token=""), disable(token="")))
    assert not found.having("violated")
    assert {"credentials.required", "credentials.status-401"} <= found.having("untested")


def test_the_first_token_gets_the_name_that_a_shell_knows(tmp_path: Path) -> None:
    run = judged(tmp_path, document(*two_users(token=OTHER_TOKEN))).run
    assert run.redactor.clean(f"{enable().token} {OTHER_TOKEN}") == "$TFE_TOKEN [token 2]"
    assert run.redactor.clean("Bearer") == "Bearer"
    assert len("Bearer") < SHORTEST


# -- what may have happened beside it ------------------------------------------------------------------------------


CONTRADICTIONS = {
    "verify.while-off": [disable(), verify()],
    "disable.ends-two-factor": [enable(), verify(), disable(), verify()],
    "verify.response.delivery": [enable("app"), verify(delivery="sms")],
    "verify.no-code-used-yet": [enable("app"), verify()],
    "verify.keeps-sms-number": [enable("sms"), verify(delivery="sms")],
    "verify.response.recovery-codes": [enable("app"), verify()],
    "verify.wrong-code": [enable("app"), verify("")],
}
CONTRADICTIONS["verify.no-code-used-yet"][1].answer["data"]["attributes"]["two-factor"]["used-recovery-codes"] = ["a"]
CONTRADICTIONS["verify.keeps-sms-number"][1].answer["data"]["attributes"]["two-factor"]["sms-number"] = "+12025550199"
CONTRADICTIONS["verify.response.recovery-codes"][1].answer["data"]["attributes"]["two-factor"]["recovery-codes"] = []


@pytest.mark.parametrize("name", CONTRADICTIONS)
def test_what_contradicts_the_state_counts_if_the_recording_is_complete(name: str, tmp_path: Path) -> None:
    har = document(*CONTRADICTIONS[name])
    beside = {"verify.keeps-sms-number"} if name == "verify.response.delivery" else set()
    assert judged(tmp_path, har, complete=True).having("violated") == {name} | beside
    found = judged(tmp_path, har)
    assert not found.having("violated"), found.details
    assert found.having("inconclusive") == {name} | beside


@pytest.mark.parametrize(
    "between",
    [
        Step("enable", url=f"{BASE}/admin/users/user_1/actions/disable_two_factor", status=204),
        Step("enable", status=0),
        Step("disable", status=500),
        rejected(Step("enable", sent=b""), 418),
    ],
)
def test_after_something_unknown_the_state_is_unknown(between: Step, tmp_path: Path) -> None:
    found = judged(tmp_path, document(disable(), between, verify()), complete=True)
    wanted = {"http.no-server-error"} if between.status == 500 else set()
    assert found.having("violated") == wanted, found.details


def test_requests_on_their_way_together_leave_the_state_unknown(tmp_path: Path) -> None:
    steps = [disable(at=1.0), enable("app", at=2.0, seconds=1.5), disable(at=2.5, seconds=2.0), verify(at=5.0)]
    found = judged(tmp_path, document(*steps), complete=True)
    assert not found.having("violated"), found.details
    steps[1].answer = user("enable", delivery="app", enabled=False)  # the other one was carried out before it answered
    assert not judged(tmp_path, document(*steps), complete=True).having("violated")


def test_requests_of_different_users_may_cross(tmp_path: Path) -> None:
    steps = two_users(token=OTHER_TOKEN)
    for at, step in enumerate(steps):
        step.at, step.seconds = 10.0 + at, 1.9
    steps[2].answer = user("verify", verified=False)
    found = judged(tmp_path, document(*steps), complete=True)
    assert "verify.response.verified" in found.having("violated"), found.details
    for step in steps:
        step.seconds = 2.5
    assert not judged(tmp_path, document(*steps), complete=True).having("violated")


def test_a_rejection_without_a_control_right_after_it_decides_nothing(tmp_path: Path) -> None:
    wrong = {"data": {"type": "user", "attributes": {"delivery": "app"}}}
    name = "enable.request.type"

    def verdict(*steps: Step) -> str:
        return judged(tmp_path, document(*steps, tool=whole)).verdicts[name, "enable"]

    assert verdict(rejected(enable(sent=wrong)), enable("app")) == "conforms"
    assert verdict(rejected(enable(sent=wrong)), rejected(enable(sent=b"")), enable("app")) == "conforms"
    assert verdict(rejected(enable(sent=wrong))) == "untested"
    assert verdict(rejected(enable(sent=wrong)), rejected(enable("app"))) == "untested"
    assert verdict(rejected(enable(sent=wrong)), enable("sms")) == "untested"
    assert verdict(rejected(enable(sent=wrong)), disable(), enable("app")) == "untested"
    assert verdict(rejected(enable(sent=wrong), 401), enable("app")) == "untested"
    assert verdict(rejected(enable(sent=wrong), 429), enable("app")) == "untested"
    assert verdict(enable("app", at=5.0), rejected(enable(sent=wrong, at=6.0))) == "untested"


def test_an_error_that_only_a_part_of_is_recorded_is_judged_by_its_status(tmp_path: Path) -> None:
    har = document(Step("resend", status=500, answer=problem(422)), enable())
    har["log"]["entries"][0]["response"]["content"]["text"] = "{"
    assert judged(tmp_path, har).having("violated") == {"http.no-server-error"}
