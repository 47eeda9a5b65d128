"""The secrets of every entry are masked, whatever became of the entry."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from conformance.model import Response
from tests.unit.conformance.recording.hars import (
    NUMBER,
    TOKEN,
    Step,
    chrome,
    disable,
    enable,
    har,
    judged,
    mitmproxy,
    rejected,
    user,
    verify,
    verifying,
)
from tests.unit.conformance.recording.test_replay import OTHER_TOKEN

if TYPE_CHECKING:
    from pathlib import Path

    from tests.unit.conformance.recording.hars import Verdicts

CODE, RECOVERY_CODE, COOKIE = "483920", "inv3nted01", "S3ss10nV4lu3ofTheUser"
OWN_NUMBER = "+436601234567"
TOTP_SECRET = "INV3NTEDSECRET234567ABCDEF"
URL = f"otpauth://totp/TFE:ada?secret={TOTP_SECRET}&issuer=TFE"


def entry(step: Step, tool: Any = chrome, *, without: str = "", **response: Any) -> dict[str, Any]:
    """The entry of a step with other members in the response, and without one."""
    document: dict[str, Any] = tool(replace(step, at=60.0))
    document["response"] |= response
    if without:
        part, _, name = without.rpartition(".")
        place = document
        for member in part.split(".") if part else ():
            place = place[member]
        del place[name]
    return document


SPELLED_OTHERWISE = user("verify", recovery_codes=None)
SPELLED_OTHERWISE["data"]["attributes"]["two-factor"]["recovery_codes"] = [RECOVERY_CODE]
CODES = json.dumps(user("verify", recovery_codes=[RECOVERY_CODE]))

ENTRIES: dict[str, tuple[dict[str, Any], str]] = {
    "crash-without-body": (entry(verify(CODE, status=500), without="response.content.text"), CODE),
    "no-content": (entry(verify(CODE), without="response.content"), CODE),
    "no-response": (entry(verify(CODE), without="response"), CODE),
    "no-status": (entry(verify(CODE), status=None), CODE),
    "blocked": (entry(verify(CODE, status=0)), CODE),
    "no-method": (entry(verify(CODE), without="request.method"), CODE),
    "throttled": (entry(rejected(verify(CODE), 429)), CODE),
    "of-a-gateway": (entry(verify(CODE, status=503, answer=b"<html>")), CODE),
    "number-as-code": (entry(verify(body=verifying(int(CODE)))), CODE),
    "form": (entry(verify(body=f"code={CODE}&x=1".encode())), CODE),
    "at-another-path": (entry(replace(verify(CODE), url="https://tfe.example/session")), CODE),
    "other-member": (entry(verify(answer=SPELLED_OTHERWISE)), RECOVERY_CODE),
    "encoded-twice": (entry(verify(answer={"data": CODES})), RECOVERY_CODE),
    "cut": (entry(verify(answer=CODES[: CODES.index(RECOVERY_CODE) + 14].encode())), RECOVERY_CODE),
    "base64": (entry(verify(answer=CODES.encode()), mitmproxy), RECOVERY_CODE),
    "broken-base64": (entry(verify(), content={"encoding": "base64", "text": CODES}), RECOVERY_CODE),
    "number": (entry(enable("sms", answer=user("enable", sms_number=OWN_NUMBER))), OWN_NUMBER),
    "provisioning-url": (entry(enable(answer=user("enable", provisioning_url=URL))), TOTP_SECRET),
    "joined-cookies": (
        entry(enable(answer_headers={"set-cookie": f"a=1; path=/\nsession={COOKIE}; path=/; HttpOnly"})),
        COOKIE,
    ),
    "cookies-with-commas": (
        entry(enable(answer_headers={"Set-Cookie": f"a=1; expires=Wed, 21 Oct 2026 07:28:00 GMT, b={COOKIE}"})),
        COOKIE,
    ),
    "sent-cookie": (entry(enable(headers={"Cookie": f"theme=dark; session={COOKIE}"})), COOKIE),
    "listed-cookie": (entry(enable(), cookies=[{"name": "session", "value": COOKIE}]), COOKIE),
    "csrf-token": (entry(enable(headers={"X-Csrf-Token": COOKIE})), COOKIE),
    "api-key": (entry(enable(answer_headers={"X-Api-Key": COOKIE})), COOKIE),
    "location": (
        entry(enable(status=302, answer_headers={"Location": f"https://login.example/?access_token={COOKIE}&x=1"})),
        COOKIE,
    ),
    "redirect-url": (entry(enable(status=302), redirectURL=f"https://login.example/?token={COOKIE}"), COOKIE),
    "query": (entry(replace(enable(), url=f"{enable().address}?token={COOKIE}")), COOKIE),
    "other-token": (entry(rejected(disable(token=OTHER_TOKEN), 401)), OTHER_TOKEN),
    "basic": (
        entry(rejected(disable(headers={"Authorization": "Basic " + base64.b64encode(b"ada:passw0rd").decode()}), 401)),
        base64.b64encode(b"ada:passw0rd").decode(),
    ),
    "proxy": (entry(enable(headers={"Proxy-Authorization": f"Bearer {COOKIE}"})), COOKIE),
}


def shown(verdicts: Verdicts) -> list[str]:
    """All texts that a report may show."""
    masker, texts = verdicts.masker, [verdicts.abort_reason, *verdicts.notes, *verdicts.details.values()]
    shown_texts = [masker.value(text) for text in texts]
    for exchange in verdicts.replay.exchanges:
        request, response = exchange.request, exchange.response or Response(0, ())
        shown_texts += [value for _, value in masker.headers(request.headers + response.headers)]
        shown_texts += [masker.body(request.body or b""), masker.body(response.body)]
        shown_texts += [masker.value(request.url), masker.value(exchange.problem)]
    return shown_texts


@pytest.mark.parametrize("name", ENTRIES)
def test_a_secret_of_any_entry_is_masked_wherever_it_is_shown(name: str, tmp_path: Path) -> None:
    secret_entry, secret = ENTRIES[name]
    echo = chrome(enable(answer_headers={"X-Echo": f"it was {secret}"}))
    document = har()
    document["log"]["entries"] = [echo, secret_entry]
    verdicts = judged(tmp_path, document)
    texts = shown(verdicts)
    assert not [text for text in texts if secret in text]
    assert not [text for text in texts if TOKEN in text]
    assert any("it was [" in text for text in texts)


def test_what_is_no_secret_is_shown(tmp_path: Path) -> None:
    cookies = {"Set-Cookie": "a=1; path=/account/actions; domain=tfe.example; Max-Age=31536000; SameSite=strict-mode"}
    document = har(enable(answer_headers=cookies), rejected(verify("[REDACTED]")), disable(token="[REDACTED]"))
    masker = judged(tmp_path, document).masker
    for text in ("/account/actions", "https://tfe.example/api/v2", "31536000", "strict-mode", "[REDACTED]", NUMBER):
        assert masker.value(f"see {text} there") == f"see {text} there"


def test_tokens_are_told_apart(tmp_path: Path) -> None:
    verdicts = judged(tmp_path, har(enable()), har(rejected(disable(token=OTHER_TOKEN), 401), enable(at=9.0)))
    assert verdicts.masker.value(f"{TOKEN} {OTHER_TOKEN}") == "$TFE_TOKEN [token 2]"
