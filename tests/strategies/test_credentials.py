"""Invalid credentials are invalid, and a shell makes the same of the token as the suite does."""

from __future__ import annotations

import os
import subprocess

import pytest

from strategies.credentials import CREDENTIALS, Credential

TOKEN = "Tok-AbCdEf1234567890.v1"


@pytest.mark.parametrize("name", CREDENTIALS)
def test_credentials_are_invalid(name: str) -> None:
    assert CREDENTIALS[name].values(TOKEN) != (f"Bearer {TOKEN}",)


@pytest.mark.parametrize("credential", CREDENTIALS.values(), ids=CREDENTIALS)
def test_the_shell_makes_the_same_value(credential: Credential) -> None:
    said = tuple(
        subprocess.run(
            ["bash", "-c", f'printf %s "{shell}"'],
            check=True,
            capture_output=True,
            text=True,
            env={**os.environ, "TFE_TOKEN": TOKEN},
        ).stdout
        for shell in credential.shell
    )
    assert said == credential.values(TOKEN)
