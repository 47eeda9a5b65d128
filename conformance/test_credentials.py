"""Requests without valid credentials are rejected, by every operation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.plugin import CONTRACT
from conformance.probes import Probe
from conformance.verdicts import Untested
from strategies.credentials import CREDENTIALS, EVERYWHERE, Credential
from strategies.defects import encode

if TYPE_CHECKING:
    import pytest

    from conformance.asker import Asker
    from conformance.rejections import Rejections


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A case for each operation and each way of presenting no valid credentials."""
    operations = metafunc.config.stash[CONTRACT].operations.values()
    metafunc.parametrize(
        "probe",
        [
            Probe(
                credential.requirement,
                operation.name,
                f"{operation.name}-{name}",
                next(iter(operation.shapes)),
                _presenting(credential),
            ).parameter()
            for turn, operation in enumerate(operations)
            for number, (name, credential) in enumerate(CREDENTIALS.items())
            if name in EVERYWHERE or number % len(operations) == turn
        ],
    )


def _presenting(credential: Credential) -> Any:
    def arguments(valid: Any, asker: Asker) -> dict[str, Any]:
        token = asker.target.token.reveal()
        values = credential.values(token)
        if values == (f"Bearer {token}",):
            raise Untested("of this token, it is the same")
        for value, shell in zip(values, credential.shell, strict=True):
            asker.redactor.add(value.partition(" ")[2], shell.partition(" ")[2])
        return {"body": None if valid is None else encode(valid), "authorization": values}

    return arguments


def test_request_without_valid_credentials_is_rejected(probe: Probe, rejections: Rejections) -> None:
    """A careless server forgets the check for one action, or compares a part of the token."""
    rejections.judge(probe)
