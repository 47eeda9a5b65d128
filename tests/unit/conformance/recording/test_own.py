"""A run that was saved as a HAR file is judged again as it was judged."""

from __future__ import annotations

import base64
import json
from contextlib import ExitStack
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from conformance.masking import Masker
from conformance.model import Response
from conformance.recorder import Recorder
from conformance.recording.har import OWN
from conformance.runner.lifecycle import first_contact, public_words, start
from conformance.settings import Settings
from conformance.two_factor.checks import TwoFactorRules
from conformance.two_factor.state import TwoFactorHistory
from conformance.two_factor.steps import Steps
from strategies.credentials import UNKNOWN, credential_probes
from strategies.media_types import form_probes, media_type_probes
from strategies.methods import method_probes, override_probes
from strategies.mutations import body_probes
from strategies.two_factor import app_number_probes, wrong_code_probes
from tests.unit.conformance.recording.hars import CONTRACT, PATHS, judged
from tests.unit.conformance.two_factor.fakes import FakeConsole

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from conformance.model import Exchange
    from conformance.runner.lifecycle import Run

BODY_PROBES, WRONG_CODES = 4, 3
"""The number of probes of each requirement on a body, and of wrong codes."""


def probes() -> Iterator[Any]:
    """Some probes of each kind."""
    operations = list(CONTRACT.operations.values())
    for operation in operations:
        by_requirement: dict[str, int] = {}
        for probe in body_probes(operation):
            by_requirement[probe.requirement] = by_requirement.get(probe.requirement, 0) + 1
            if by_requirement[probe.requirement] <= BODY_PROBES:
                yield probe
        yield from (*method_probes(operation), *override_probes(operation), *form_probes(operation))
    yield from (*credential_probes(operations), *app_number_probes())
    yield from list(wrong_code_probes())[:WRONG_CODES]


def send_requests(run: Run) -> None:
    """First contact, a life of the account, and probes with their controls."""
    first_contact(run)
    steps = Steps(run.subject)
    for delivery in ("app", "sms"):
        run.session.begin(f"life-{delivery}")
        run.subject.account.to_off()
        steps.verify_while_off("000000", "zeros")
        steps.enable(delivery)
        steps.verify_wrong("last-digit")
        steps.resend()
        steps.verify()
        steps.disable_then_verify()
    for probe in probes():
        run.batches.plan(probe)
    for probe in probes():
        run.session.begin(probe.id)
        run.batches.outcome(probe)
    for operation in CONTRACT.operations.values():
        for probe in media_type_probes(operation):
            spec = probe.build(operation.shapes[probe.shape], "")
            assert spec is not None
            run.session.send(spec)


@pytest.fixture(scope="module")
def recorded() -> Iterator[tuple[list[Exchange], Masker]]:
    """The exchanges of a run against the reference server, and its masker."""
    with ExitStack() as stack:
        masker = Masker(public_words(CONTRACT))
        run = start(CONTRACT, Settings(), masker, FakeConsole(), stack)
        send_requests(run)
        yield run.session.recorder.exchanges, masker


def own_har(exchanges: list[Exchange], masker: Masker) -> dict[str, Any]:
    """The HAR document that `check --har` writes of these exchanges."""
    entries = [
        {
            "startedDateTime": f"2026-03-04T10:11:12.{number:06}+00:00",
            "time": exchange.seconds * 1000,
            "request": {
                "method": exchange.request.method,
                "url": masker.value(exchange.request.url),
                "headers": headers(exchange.request.headers, masker),
                **(
                    {}
                    if exchange.request.body is None
                    else {"postData": text(exchange.request.body, masker, "_encoding")}
                ),
            },
            "response": {
                "status": exchange.status,
                "headers": headers(exchange.response.headers, masker) if exchange.response else [],
                "content": text(exchange.response.body if exchange.response else b"", masker, "encoding"),
            },
            "comment": masker.value(exchange.spec.purpose),
            OWN: {
                "requirement": exchange.spec.requirement,
                "case": exchange.case_id,
                "shape": exchange.spec.shape,
                "valid_credentials": exchange.valid_credentials,
            },
        }
        for number, exchange in enumerate(exchanges)
    ]
    creator = {"name": "tfe-conformance", "version": "2"}
    return {"log": {"version": "1.2", "creator": creator, "entries": entries, OWN: {"format": 2}}}


def headers(pairs: Any, masker: Masker) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in masker.headers(pairs)]


def text(body: bytes, masker: Masker, encoding: str) -> dict[str, str]:
    try:
        body.decode()
    except UnicodeDecodeError:
        return {"text": base64.b64encode(body).decode(), encoding: "base64"}
    return {"text": masker.body(body)}


def judged_live(exchanges: list[Exchange]) -> Callable[[str, str], list[bool]]:
    """A function that tells of which exchanges of an operation a live run finds a requirement violated."""
    token = next(iter(exchanges)).request.headers[0][1].removeprefix("Bearer ")
    recorder = Recorder(CONTRACT, TwoFactorHistory(CONTRACT.operations), TwoFactorRules(), token)
    for exchange in exchanges:
        recorder.append(exchange)
    return lambda requirement, operation: [
        bool(judgement.problem) for _, judgement in recorder.judged_by(requirement, operation)
    ]


def changed(exchanges: list[Exchange], change: Callable[[Exchange], bytes | int | None]) -> list[Exchange]:
    """The exchanges with another body or status of the response, where `change` names one."""
    results = []
    for exchange in exchanges:
        value, response = change(exchange), exchange.response
        assert response is not None
        if isinstance(value, int):
            response = Response(value, response.headers, response.body)
        elif value is not None:
            response = Response(response.status, response.headers, value)
        results.append(replace(exchange, response=response))
    return results


def with_member(operation: str, name: str, value: Any) -> Callable[[Exchange], bytes | None]:
    """A change of a member of two-factor in each success of an operation."""

    def change(exchange: Exchange) -> bytes | None:
        if exchange.operation != operation or not exchange.two_factor:
            return None
        document = json.loads(json.dumps(exchange.document))
        document["data"]["attributes"]["two-factor"][name] = value
        return json.dumps(document).encode()

    return change


def repeated_codes(exchange: Exchange) -> bytes | None:
    codes = exchange.two_factor.get("recovery-codes")
    return with_member("verify", "recovery-codes", [*codes, codes[0]])(exchange) if codes else None


CHANGES: dict[str, Callable[[Exchange], bytes | int | None]] = {
    "none": lambda _: None,
    "enabled": with_member("disable", "enabled", True),  # noqa: FBT003 (a JSON value)
    "delivery": with_member("verify", "delivery", "app"),
    "number": with_member("verify", "sms-number", None),
    "repeated-recovery-codes": repeated_codes,
    "no-json": lambda exchange: b"<html>" if exchange.operation == "resend" else None,
    "crash": lambda exchange: 500 if exchange.number % 7 == 0 else None,
    "401": lambda exchange: 401 if exchange.number % 5 == 0 and exchange.rejected else None,
    "empty": lambda exchange: b"" if exchange.rejected else None,
}


@pytest.mark.parametrize("name", CHANGES)
def test_each_response_is_judged_as_it_was(name: str, recorded: Any, tmp_path: Path) -> None:
    exchanges, masker = recorded
    exchanges = changed(exchanges, CHANGES[name])
    verdicts = judged(tmp_path, own_har(exchanges, masker))
    assert bool(verdicts.having("violated")) is (name != "none")
    live, replayed = judged_live(exchanges), verdicts.replay
    for operation in CONTRACT.operations.values():
        for requirement in CONTRACT.judged_by_responses(operation):
            again = [bool(each.judgement.problem) for each in replayed.judged.get((requirement, operation.name), ())]
            before = live(requirement, operation.name)
            if requirement == "response.no-code":  # a file does not tell for which requests the run knew the code
                again, before = [*filter(None, again)], [*filter(None, before)]
            assert sorted(again) == sorted(before), (requirement, operation.name)


def test_a_run_that_conforms_conforms_again(recorded: Any, tmp_path: Path) -> None:
    verdicts = judged(tmp_path, own_har(*recorded))
    assert not verdicts.abort_reason
    assert not verdicts.having("violated") | verdicts.having("inconclusive"), verdicts.details
    requests = {item.id for item in CONTRACT.requirements.values() if item.kind != "response"}
    assert not requests - verdicts.having("conforms"), verdicts.details
    methods = ("methods.other-than-post", "methods.no-override", "methods.rejected")
    assert {verdicts.verdicts[name, operation] for name in methods for operation in PATHS} == {"conforms"}


@pytest.mark.parametrize("status", [200, 302, 500])
@pytest.mark.parametrize(
    "requirement",
    [
        "enable.request.type",
        "verify.request.code",
        "verify.wrong-code",
        "credentials.required",
        "credentials.scheme",
        "credentials.token-alone",
        "enable.request.sms-number-by-app",
        "media-type.form",
        "media-type.parameters",
        "accept.parameters",
    ],
)
def test_a_probe_that_was_not_rejected_is_violated(
    requirement: str, status: int, recorded: Any, tmp_path: Path
) -> None:
    exchanges, masker = recorded

    def change(exchange: Exchange) -> int | None:
        return status if exchange.spec.requirement == requirement else None

    verdicts = judged(tmp_path, own_har(changed(exchanges, change), masker))
    assert requirement in verdicts.having("violated"), verdicts.details


def test_a_method_override_that_is_accepted_without_effect_is_open(recorded: Any, tmp_path: Path) -> None:
    exchanges, masker = recorded

    def change(exchange: Exchange) -> int | None:
        return 200 if exchange.spec.requirement == "methods.no-override" else None

    verdicts = judged(tmp_path, own_har(changed(exchanges, change), masker))
    assert not verdicts.having("violated"), verdicts.details


def test_an_effect_of_a_rejected_request_is_found(recorded: Any, tmp_path: Path) -> None:
    exchanges, masker = recorded
    verify = next(each for each in exchanges if each.operation == "verify" and each.accepted)
    enable = next(each for each in exchanges if each.operation == "enable" and each.accepted)
    wrong = next(each for each in exchanges if each.spec.requirement == "enable.request.type" and each.rejected)
    refused = replace(verify, response=wrong.response)
    steps = [enable, verify, enable, wrong, refused, enable, verify, enable, wrong, refused]
    steps = [replace(exchange, number=number) for number, exchange in enumerate(steps, 1)]
    violated = judged(tmp_path, own_har(steps, masker)).having("violated")
    assert violated == {"enable.rejected-changes-nothing", "account.life"}
    once = judged(tmp_path, own_har(steps[:7], masker))
    assert not once.having("violated") | once.having("inconclusive"), once.details


def test_labels_of_a_run_are_no_secrets(recorded: Any, tmp_path: Path) -> None:
    verdicts = judged(tmp_path, own_har(*recorded))
    texts = {value for each in verdicts.replay.exchanges for _, value in verdicts.masker.headers(each.request.headers)}
    assert {"Bearer $TFE_TOKEN", "Bearer ${TFE_TOKEN%?}", f"Bearer {UNKNOWN}", "$TFE_TOKEN"} <= texts
    assert not [text for text in texts if "[token" in text]


def test_runs_in_several_files_are_several_accounts(recorded: Any, tmp_path: Path) -> None:
    exchanges, masker = recorded
    document = own_har(exchanges, masker)
    other = json.loads(json.dumps(document).replace('"id": "user', '"id": "other').replace("user-2fa", "someone"))
    verdicts = judged(tmp_path, document, other)
    assert not verdicts.having("violated"), verdicts.details


def test_a_body_that_was_withheld_is_unknown(recorded: Any, tmp_path: Path) -> None:
    document = own_har(*recorded)
    for entry in document["log"]["entries"]:
        entry["response"]["content"] = {"text": "[withheld: holds a secret]"}
    verdicts = judged(tmp_path, document)
    assert not verdicts.having("violated"), verdicts.details
    assert "user.document" in verdicts.having("untested")
