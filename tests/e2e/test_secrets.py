"""No secret is in a file of a run or on the terminal, whatever the target answers, and whatever pytest prints."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pytest

from reports.files import NAMES
from tests.e2e.services import Staging, target
from tests.suite import NO_VERDICT, VIOLATED, Finished, check
from tests.unit.conformance.test_masking import FORMS

if TYPE_CHECKING:
    from pathlib import Path

    from reference.accounts import Account
    from reference.messages import Operation, Request, Response

NUMBER = "+13125550199"
PART = "test_documented or every_response or transitions or (defective and type)"
OTHER_NAMES = ("backup_codes", "scratchCodes", "recovery-codes")
TALKATIVE = ("-vv", "--showlocals", "--tb=long", "-s", "-rA", "--log-cli-level=DEBUG")
IN_HEADERS = sorted(
    name for name, form in FORMS.items() if form("a secret").isascii() and form("a secret").isprintable()
)
"""Forms that a header can have."""


class Echo(Staging):
    """Repeats the secrets that it knows, each time in other forms, in headers, documents, pages and other bodies."""

    def __init__(self) -> None:
        super().__init__()
        self.secrets = {self.people[0].token: None, NUMBER: None, self.people[0].secret: None}
        self.responses = 0

    def document(self, operation: Operation, account: Account) -> Any:
        document = super().document(operation, account)
        codes = account.two_factor.recovery_codes
        if document is not None and codes:
            self.secrets |= dict.fromkeys(codes)
            two_factor = document["data"]["attributes"]["two-factor"]
            two_factor[OTHER_NAMES[self.responses % 3]] = two_factor.pop("recovery-codes")
        return document

    def respond(self, request: Request) -> Response:
        response = super().respond(request)
        self.responses += 1
        token, *others = list(self.secrets)
        secrets = [token, *others[:2], others[-1]]
        part = slice(self.responses % 5, None, 5)
        forms = [form(secret) for secret in secrets for form in list(FORMS.values())[part]]
        headers = {f"x-{name}": FORMS[name](secrets[self.responses % 4]) for name in IN_HEADERS[part]}
        headers |= {
            "location": f"/login?token={token}&code={others[-1]}",
            "set-cookie": f"session={token}; Path=/",
            "www-authenticate": f"Bearer realm={token}",
            f"x-{token.replace('.', '-')}": "1",
        }
        return replace(response, body=self.echo(response, secrets, forms), headers={**response.headers, **headers})

    def echo(self, response: Response, secrets: list[str], forms: list[str]) -> bytes:
        """The body of a response with the secrets; of some rejections, a page or other bytes."""
        if response.status >= 400 and self.responses % 3 == 0:
            return f"<!doctype html><title>{secrets[0]}</title><p>{'<p>'.join(forms)}".encode()
        if response.status >= 400 and self.responses % 3 == 1:
            return b"\xff\xfe" + "\n".join(secrets).encode("utf-16-le") + "\r\n".join(forms).encode() + b"\xff"
        document = json.loads(response.body)
        if isinstance(document, dict):
            document["meta"] = {"echo": forms, **dict.fromkeys(forms)}
            for error in document.get("errors", ()):
                error["detail"], error["title"] = "\n".join(forms), f"{error['title']} ({forms[0]})"
        return json.dumps(document).encode()


@dataclass(frozen=True)
class Left:
    """The texts that a run leaves behind, by name, and the secrets that the target knew."""

    finished: Finished
    texts: dict[str, str]
    secrets: list[str]


def run(folder: Path, *arguments: str) -> Left:
    """A run against a target that repeats secrets."""
    service = Echo()
    with target(service) as ((url, _, code_source), variables):
        options = [url, code_source, f"--sms-number={NUMBER}", f"--har={folder / 'run.har'}"]
        done = check(folder, *options, *arguments, TFE_TOKEN=variables["TFE_TOKEN"])
    texts = {path.name: path.read_text("utf-8", "replace") for path in folder.rglob("*") if path.is_file()}
    return Left(done, texts | {"terminal": done.out}, list(service.secrets))


@pytest.fixture(scope="module")
def quiet(tmp_path_factory: pytest.TempPathFactory) -> Left:
    return run(tmp_path_factory.mktemp("quiet"), "-k", PART)


@pytest.fixture(scope="module")
def talkative(tmp_path_factory: pytest.TempPathFactory) -> Left:
    """A run that prints all that pytest can be made to print, with a bug that tells the token."""
    folder = tmp_path_factory.mktemp("talkative")
    log = f"--log-file={folder / 'log.txt'}"
    return run(folder, "-p", "tests.e2e.babbling", "-k", "off_disable or test_documented or no-token", *TALKATIVE, log)


@pytest.mark.parametrize("name", ["quiet", pytest.param("talkative", marks=pytest.mark.slow)])
def test_no_secret_is_left(name: str, request: pytest.FixtureRequest) -> None:
    left: Left = request.getfixturevalue(name)
    assert {*NAMES, "run.har", "terminal"} <= left.texts.keys(), left.finished.out
    assert len(left.secrets) > 10 or name == "talkative"
    leaks = [
        (where, kind, secret)
        for where, text in left.texts.items()
        for secret in (*left.secrets[:5], *left.secrets[-5:])
        for kind, form in (FORMS | {"plain": str.strip, "upper-case": str.upper}).items()
        if form(secret) in text
    ]
    assert leaks == []


def test_labels_take_the_place_of_secrets(quiet: Left) -> None:
    for label in ("$TFE_TOKEN", "[recovery code", "[TOTP secret]", "[SMS number]", "[code]"):
        assert label in quiet.texts["results.json"]
    assert quiet.finished.code == VIOLATED
    assert {"response.no-token", "response.no-recovery-codes"} <= quiet.finished.having("violated")
    assert "withheld, because" not in quiet.finished.out


@pytest.mark.slow
def test_the_talk_is_not_lost(talkative: Left) -> None:
    assert talkative.finished.code in {NO_VERDICT, VIOLATED}
    for line in ("a test prints $TFE_TOKEN", "a test writes $TFE_TOKEN", "LookupError: there is no $TFE_TOKEN in it"):
        assert line in talkative.finished.out
    for text in (talkative.finished.out, talkative.texts["log.txt"]):
        assert "a test logs {'Authorization': 'Bearer $TFE_TOKEN'}" in text
        assert "send_request_headers.started" in text
