"""Invalid credentials are invalid, and a shell makes the same of the token as the suite does."""

from __future__ import annotations

import os
import subprocess

import pytest

from schemas import load
from strategies.credentials import CREDENTIALS, UNKNOWN, Credential, credential_probes

TOKEN = "Tok-AbCdEf1234567890.v1"
OPERATIONS = load().operations
PROBES = list(credential_probes(OPERATIONS.values()))


@pytest.mark.parametrize("token", [TOKEN, "x", "12345", "~", UNKNOWN, UNKNOWN + "-2"])
def test_no_credentials_are_the_valid_ones(token: str) -> None:
    for probe in PROBES:
        spec = probe.build(None, token)
        if spec is not None:
            assert spec.authorization is not None
            assert f"Bearer {token}" not in spec.authorization


@pytest.mark.parametrize(
    ("token", "name"), [("12345", "other-case"), (UNKNOWN, "unknown-token"), (UNKNOWN + "-2", "two-unknown-tokens")]
)
def test_credentials_that_happen_to_be_valid_are_not_sent(token: str, name: str) -> None:
    specs = [probe.build(None, token) for probe in PROBES if probe.name.endswith(f"-{name}")]
    assert specs
    assert set(specs) == {None}


def test_each_credential_is_presented_somewhere_and_the_common_ones_to_each_operation() -> None:
    presented = {probe.name for probe in PROBES}
    for name in CREDENTIALS:
        assert {f"{operation}-{name}" for operation in OPERATIONS} & presented
    for name in ("none", "cut-short", "bare-token"):
        assert {f"{operation}-{name}" for operation in OPERATIONS} <= presented


@pytest.mark.parametrize("credential", CREDENTIALS.values(), ids=CREDENTIALS)
def test_the_shell_makes_the_same_value(credential: Credential) -> None:
    values = tuple(
        subprocess.run(
            ["bash", "-c", f'printf %s "{shell}"'],
            check=True,
            capture_output=True,
            text=True,
            env={**os.environ, "TFE_TOKEN": TOKEN},
        ).stdout
        for shell in credential.shell
    )
    assert values == credential.values(TOKEN)


def test_masks_hide_every_credential_made_from_the_token() -> None:
    masks = {name: credential.masks(TOKEN) for name, credential in CREDENTIALS.items()}
    assert masks["cut-short"] == ((TOKEN[:-1], "${TFE_TOKEN%?}"),)
    assert masks["bare-token"] == ((TOKEN, "$TFE_TOKEN"),)
    assert masks["basic-scheme"] == (("VG9rLUFiQ2RFZjEyMzQ1Njc4OTAudjE6", "$(printf %s: $TFE_TOKEN | base64 -w0)"),)
    for name in ("none", "empty", "no-token", "unknown-token", "not-ascii", "two-unknown-tokens"):
        assert not masks[name], name
