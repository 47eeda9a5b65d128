"""A requirement is explained by its source, exchanges, cases and mistakes."""

from __future__ import annotations

import pytest

from conformance.runner.cli import run
from conformance.runner.explain import explain
from tests.mistakes import FILE, content
from tests.unit.conformance.fakes import CONTRACT

USAGE = 2


@pytest.mark.parametrize("name", CONTRACT.requirements)
def test_every_requirement_is_explained_by_its_source_its_cases_and_its_mistakes(name: str) -> None:
    text, requirement = explain(CONTRACT, name), CONTRACT.requirements[name]
    assert text.startswith(f"{name} ({requirement.level})\n")
    assert f"  {requirement.url}, read on {requirement.read}\n" in text
    assert "Tested by 0" not in text
    assert "Mistakes that break it\n  - " in text
    assert text.endswith(f"Run only this\n  tfe-conformance check --only {name}")


EXCHANGES = {
    "enable.request.type": ('{"type": "users", "attributes"', '{"data": {"attributes"'),
    "credentials.scheme": ("Authorization: Bearer $TFE_TOKEN", "Authorization: Basic "),
    "methods.other-than-post": ("POST /account", "GET /account"),
    "media-type.parameters": ("POST /account", "Content-Type: application/vnd.api+json;"),
    "user.links.self": ('"self": "/api/v2/users/user-2fa"', "the same, but /data/links/self: missing"),
    "resend.response.body": ("  null\n", "the same, but the body: expected null"),
    "errors.document": ('"errors": [', "the same, but the body: expected an object, got 42"),
}


@pytest.mark.parametrize(("name", "parts"), EXCHANGES.items())
def test_a_right_and_a_wrong_exchange_are_shown(name: str, parts: tuple[str, str]) -> None:
    right, wrong = parts
    text = explain(CONTRACT, name)
    assert 0 < text.index("A right") < text.index(right) < text.rindex(wrong)


def test_a_requirement_that_takes_several_exchanges_shows_its_cases() -> None:
    text = explain(CONTRACT, "verify.while-off")
    assert "A right" not in text
    assert "off verify: While off, no code verifies anything" in text
    assert "off-verify-sample" in text


def test_an_unknown_id_is_a_mistake_of_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["requirements", "explain", "user.idd"]) == USAGE
    assert capsys.readouterr().err == "tfe-conformance: there is no requirement 'user.idd'; did you mean 'user.id'?\n"


def test_the_mistakes_are_the_faults() -> None:
    assert FILE.read_text("utf-8") == content(), "write it anew with `python -m tests.mistakes`"
