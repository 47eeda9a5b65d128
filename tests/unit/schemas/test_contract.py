"""The contract states each requirement once, and its documents are sound."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, get_args

import pytest
from jsonschema import Draft202012Validator

from schemas import SHARED, BodySchema, Contract, ContractError, load
from schemas.contract import KEYWORD, Kind, anchored

SNAPSHOT = Path(__file__).with_name("requirements.json")
PAGE = ("enable", "disable", "verify", "resend")


@pytest.fixture(scope="module")
def contract() -> Contract:
    return load()


def test_operations_are_those_of_the_page(contract: Contract) -> None:
    assert tuple(contract.operations) == PAGE
    for name, operation in contract.operations.items():
        assert operation.method == "POST"
        assert operation.path.startswith("/account/actions/two-factor-")
        assert (operation.request is None) == (name in {"disable", "resend"})


def test_ids_and_sentences_are_frozen(contract: Contract) -> None:
    """An ID is never used again for something else. After a deliberate change, write the snapshot anew."""
    sentences = {name: requirement.sentence for name, requirement in contract.requirements.items()}
    assert sentences == json.loads(SNAPSHOT.read_text("utf-8"))


def test_each_requirement_is_stated_once_by_a_sentence_with_one_keyword(contract: Contract) -> None:
    ids = [schema["$anchor"] for document in contract.documents.values() for schema in anchored(document)]
    assert ids == list(contract.requirements)
    for requirement in contract.requirements.values():
        assert len(set(KEYWORD.findall(requirement.sentence))) == 1, requirement
        assert requirement.kind in get_args(Kind), requirement


def test_a_contract_is_read_once() -> None:
    assert load() is load()


def test_each_requirement_names_a_source_that_can_be_opened_and_the_day_it_was_read(contract: Contract) -> None:
    for requirement in contract.requirements.values():
        assert requirement.url.startswith("https://"), requirement
        assert date.fromisoformat(requirement.read) <= datetime.now(UTC).date()


URLS = {
    "enable.request.type": "/account.md#enable-two-factor-authentication",
    "resend.accepted": "/account.md#resend-two-factor-authentication-verification-code",
    "user.id": "/account.md#enable-two-factor-authentication",
    "account.life": "/account.md",
    "credentials.status-401": "/index.html.md#authentication",
    "accept.parameters": "https://jsonapi.org/format/1.0/#content-negotiation-servers",
    "errors.status-string": "https://jsonapi.org/format/1.0/#error-objects",
}


@pytest.mark.parametrize(("name", "end"), URLS.items())
def test_the_url_is_that_of_the_section(contract: Contract, name: str, end: str) -> None:
    assert contract.requirements[name].url.endswith(end)


KINDS = {
    "enable.request.body": "request",
    "verify.request.code": "request",
    "verify.wrong-code": "request",
    "credentials.required": "request",
    "media-type.parameters": "request",
    "user.data": "response",
    "resend.response.body": "response",
    "errors.status-string": "response",
    "http.no-server-error": "response",
    "enable.starts-unverified": "response",
    "methods.other-than-post": "state",
    "verify.while-off": "state",
    "account.life": "state",
    "resend.rejected-changes-nothing": "rejection-has-no-effect",
}


@pytest.mark.parametrize(("name", "kind"), KINDS.items())
def test_a_requirement_has_a_kind(contract: Contract, name: str, kind: str) -> None:
    assert contract.requirement(name).kind == kind


def test_the_rules_of_request_bodies_are_of_kind_request_and_those_of_responses_of_kind_response(
    contract: Contract,
) -> None:
    for operation in contract.operations.values():
        for rule in operation.request.rules if operation.request else ():
            assert contract.requirements[rule.id].kind == "request"
        for name in contract.judged_by_responses(operation):
            assert contract.requirements[name].kind == "response"


def test_each_operation_has_a_requirement_that_a_rejection_has_no_effect(contract: Contract) -> None:
    for name in PAGE:
        assert contract.no_effect_requirement(name) == f"{name}.rejected-changes-nothing"
    assert contract.no_effect_requirement("rename") is None


def test_responses_are_judged_by_their_schema_the_schema_of_errors_and_what_names_them(contract: Contract) -> None:
    judged = contract.judged_by_responses(contract.operations["verify"])
    assert {"user.data", "verify.response.verified", "errors.document", "http.no-server-error"} <= set(judged)
    assert "verify.no-code-used-yet" in judged
    assert "enable.starts-unverified" not in judged
    assert "verify.wrong-code" not in judged
    assert len(judged) == len(set(judged))


def test_documents_are_json_schema(contract: Contract) -> None:
    for document in contract.documents.values():
        Draft202012Validator.check_schema(document)


def test_only_the_page_makes_a_must(contract: Contract) -> None:
    for requirement in contract.requirements.values():
        if requirement.level == "MUST":
            assert requirement.source.startswith("page: "), requirement
        assert requirement.source.startswith(("page: ", "conventions: ", "JSON:API 1.0: ")), requirement


def test_ids_follow_the_place(contract: Contract) -> None:
    for name, requirement in contract.requirements.items():
        assert requirement.operation == (name.split(".")[0] if name.split(".")[0] in PAGE else SHARED)


def samples() -> list[Any]:
    contract = load()
    return [
        pytest.param(schema, sample, id=f"{operation.name}-{part}")
        for operation in contract.operations.values()
        for part, schema in (("request", operation.request), ("response", operation.response))
        if schema is not None
        for sample in schema.schema["examples"]
    ]


@pytest.mark.parametrize(("schema", "sample"), samples())
def test_samples_of_the_page_conform(schema: BodySchema, sample: Any) -> None:
    assert schema.broken_by(sample) == {}


def test_each_body_has_a_sample(contract: Contract) -> None:
    for operation in contract.operations.values():
        for schema in (operation.request, operation.response):
            assert schema is None or schema.schema["examples"]


def test_shapes_are_valid(contract: Contract) -> None:
    for operation in contract.operations.values():
        for body in operation.shapes.values():
            assert body is None if operation.request is None else operation.request.broken_by(body) == {}


def test_every_schema_requirement_can_be_broken_alone(contract: Contract) -> None:
    """Each rule of a response is broken by some change of the sample that breaks no other."""
    for operation in contract.operations.values():
        sample = operation.response.schema["examples"][0]
        broken: set[str] = set()
        for changed in changes(sample):
            requirements = operation.response.broken_by(changed)
            if len(requirements) == 1:
                broken |= requirements.keys()
        rules = {rule.id for rule in operation.response.rules}
        # The requirement that the two members are left out forbids everything that their own ones forbid.
        pair = {f"{operation.name}.response.{name}" for name in ("recovery-codes", "used-recovery-codes")}
        assert rules - broken <= (pair if operation.name != "verify" else set()), operation.name


def changes(value: Any) -> list[Any]:
    """The value with one member changed, at any depth: left out, or replaced by each of some other values."""
    changed: list[Any] = [None, True, False, 7, "other", [], {}, [7], ["x"], ""]
    if isinstance(value, dict):
        for name, member in value.items():
            changed.append({key: kept for key, kept in value.items() if key != name})
            changed += [value | {name: other} for other in changes(member)]
        changed += [value | {name: []} for name in ("recovery-codes", "used-recovery-codes") if name not in value]
    return changed


def test_the_error_of_an_unknown_id_names_a_similar_one(contract: Contract) -> None:
    with pytest.raises(ContractError, match=r"did you mean 'enable\.accepted'\?"):
        contract.requirement("enable.acepted")


def test_a_requirement_that_follows_from_another_names_it() -> None:
    requirements = load().requirements
    follows = {item.id: item.follows for item in requirements.values() if item.follows}
    assert follows == {"disable.ends-two-factor": "verify.while-off"}
    assert set(follows.values()) <= set(requirements)
