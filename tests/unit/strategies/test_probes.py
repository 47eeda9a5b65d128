"""All probes: each breaks its requirement and no other, has an ID of its own, and sends no message to a stranger."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from schemas import Contract, load
from strategies.credentials import credential_probes
from strategies.generation import drawn_body_probes
from strategies.json_path import replaced, value_at
from strategies.media_types import STATUSES, media_type_probes
from strategies.methods import method_probes
from strategies.mutations import body_probes, broken_by, encode_body
from strategies.probe import ANY_MEDIA_TYPE, MEDIA_TYPE, Probe, RequestSpec
from strategies.two_factor import (
    CODE_PATH,
    NUMBER_PATH,
    numbers_of_others,
    sms_code_probes,
    undocumented_code_probes,
    undocumented_number_probes,
    while_pending_probes,
    wrong_code_probes,
)
from strategies.undocumented import undocumented_probes

if TYPE_CHECKING:
    from collections.abc import Iterator

CASE_IDS = Path(__file__).with_name("case_ids.txt")
CONTRACT: Contract = load()
OPERATIONS = CONTRACT.operations.values()
TOKEN = "Tok-AbCdEf1234567890.v1"
CODE, NUMBER = "271828", "+491711234567"


def enumerated_body_probes() -> Iterator[Probe]:
    for operation in OPERATIONS:
        yield from body_probes(operation)


def all_probes() -> Iterator[Probe]:
    """Every probe of a run but the generated ones."""
    yield from enumerated_body_probes()
    yield from credential_probes(OPERATIONS)
    for operation in OPERATIONS:
        yield from method_probes(operation)
        yield from undocumented_probes(operation)
        yield from media_type_probes(operation)
    yield from wrong_code_probes()
    yield from sms_code_probes()
    yield from while_pending_probes()
    yield from undocumented_number_probes()
    yield from undocumented_code_probes()


PROBES = list(all_probes())


def valid_body(probe: Probe) -> Any:
    """The body that the suite sends in the shape of a probe: with the number of the run and the right code."""
    body = CONTRACT.operations[probe.operation].shapes[probe.shape]
    if probe.operation == "verify":
        return replaced(body, CODE_PATH, CODE)
    return replaced(body, NUMBER_PATH, NUMBER) if isinstance(value_at(body, NUMBER_PATH), str) else body


def spec_of(probe: Probe) -> RequestSpec:
    spec = probe.build(valid_body(probe), TOKEN)
    assert spec is not None
    return spec


def test_case_ids_are_those_of_the_list() -> None:
    """After a deliberate change, write the list anew: waivers name these IDs."""
    assert sorted(probe.id for probe in PROBES) == CASE_IDS.read_text("utf-8").split()


def test_the_ids_of_probes_are_unique_generated_ones_included() -> None:
    generated = [probe for operation in OPERATIONS for probe in drawn_body_probes(operation, 0, 20)]
    ids = [probe.id for probe in (*PROBES, *generated)]
    assert len(ids) == len(set(ids))


def test_a_probe_names_what_it_sends() -> None:
    for probe in PROBES:
        spec = spec_of(probe)
        assert spec.operation == probe.operation, probe.id
        assert spec.requirement == probe.requirement, probe.id
        assert spec.purpose, probe.id
        assert probe.requirement in CONTRACT.requirements, probe.id
        assert probe.shape in CONTRACT.operations[probe.operation].shapes, probe.id
        assert probe.group[0] in CONTRACT.operations, probe.id


def test_a_body_probe_breaks_its_requirement_alone() -> None:
    for probe in enumerated_body_probes():
        spec = spec_of(probe)
        assert spec.is_as_sampled, probe.id
        assert spec.body is not None, probe.id
        assert broken_by(CONTRACT.operations[probe.operation], spec.body) == {probe.requirement}, probe.id


def test_a_probe_differs_from_the_valid_request_in_one_respect() -> None:
    """In its method, its credentials, its headers, or its body."""
    for probe in PROBES:
        spec = spec_of(probe)
        differences = [
            spec.method is not None,
            spec.authorization is not None,
            (spec.content_type, spec.accept, spec.headers, spec.query) != (MEDIA_TYPE, ANY_MEDIA_TYPE, (), ""),
            spec.method is None and spec.body != encode_body(valid_body(probe)),
        ]
        assert sum(differences) == 1, probe.id


def test_no_message_can_go_to_a_number_that_nobody_gave() -> None:
    for probe in PROBES:
        if probe.operation == "enable":
            assert numbers_of_others(spec_of(probe).body, (NUMBER,)) == set(), probe.id


def test_credentials_are_never_the_valid_ones() -> None:
    for probe in credential_probes(OPERATIONS):
        spec = spec_of(probe)
        assert not spec.has_valid_credentials, probe.id
        assert f"Bearer {TOKEN}" not in (spec.authorization or ()), probe.id


def test_a_request_by_another_method_has_a_body_only_where_the_method_takes_one() -> None:
    for operation in OPERATIONS:
        for probe in method_probes(operation):
            spec = spec_of(probe)
            assert spec.method == probe.name.removeprefix(f"{operation.name}-")
            assert spec.method != operation.method
            has_body = spec.method in ("PUT", "PATCH") and operation.request is not None
            assert (spec.body is not None) == has_body
            assert probe.may_be_accepted == (spec.method in ("HEAD", "OPTIONS"))


def test_guesses_are_all_verifications_with_another_value_in_the_place_of_the_code() -> None:
    guesses = {probe.id for probe in PROBES if probe.is_guess}
    with_other_code = {
        probe.id
        for probe in PROBES
        if probe.requirement in ("verify.wrong-code", "verify.request.code") or probe.name.startswith("code-")
    }
    assert guesses == with_other_code


def test_probes_that_may_be_accepted_are_those_that_the_page_leaves_open() -> None:
    requirements = {probe.requirement for probe in PROBES if probe.may_be_accepted}
    no_effect = {CONTRACT.no_effect_requirement(name) for name in ("enable", "disable", "verify")}
    assert requirements == {"http.no-server-error", "methods.other-than-post", *no_effect}


def test_media_types_with_parameters_are_rejected_with_a_status_of_their_own() -> None:
    for operation in OPERATIONS:
        statuses = {probe.requirement: STATUSES[probe.requirement] for probe in media_type_probes(operation)}
        assert statuses == {"media-type.parameters": 415, "accept.parameters": 406}


def test_requests_while_pending_are_controlled_by_a_verification() -> None:
    assert {probe.group for probe in while_pending_probes()} == {("verify", "code")}
    assert {probe.group for probe in sms_code_probes()} == {("verify", "sms")}
    assert {probe.group for probe in wrong_code_probes()} == {("verify", "code")}
