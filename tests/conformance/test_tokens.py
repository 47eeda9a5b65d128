"""What a run says of an account whose token is refused: from the start, or from some time on."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from starlette.datastructures import Headers

from reference.server import serving
from tests.conformance.staging import CODE, Staging
from tests.suite import check

if TYPE_CHECKING:
    from pathlib import Path

    from reference.messages import Answer, Call

NO_VERDICT = 3


class Expiring(Staging):
    """Knows the token no more once two-factor authentication was enabled, after some requests."""

    lasts = 60

    def answer(self, call: Call) -> Answer:
        expired = self.calls.total() > self.lasts and (self.gone or self.accounts[0].two_factor.enabled)
        self.gone |= expired
        return super().answer(replace(call, headers=Headers({})) if expired else call)

    gone = False


def test_a_token_that_expires_is_told_and_the_account_is_not_called_off(tmp_path: Path) -> None:
    staging = Expiring()
    with serving(staging) as server:
        arguments = (f"--base-url={server.base_url}", f"--code-source=static:{CODE}", "--profile=frugal", "--strict")
        staging.lasts = 10
        done = check(tmp_path, *arguments, TFE_TOKEN=server.token)
    assert staging.gone
    assert staging.accounts[0].two_factor.enabled
    assert "may still be on" in done.out.splitlines()[-1], done.out
    assert "on the target refused the token: has it expired?" in done.out
    assert done.verdict("credentials.reserved-401") == "inconclusive"
    assert done.code == NO_VERDICT, done.out


def test_a_token_that_is_refused_changes_nothing_that_would_have_to_be_recovered(tmp_path: Path) -> None:
    with serving(Staging()) as server:
        done = check(tmp_path, f"--base-url={server.base_url}", TFE_TOKEN="another-token-0123")
    assert done.code == NO_VERDICT
    assert "rejected all that was asked, so nothing was changed" in done.out
    assert not list((tmp_path / "state").rglob("*.json"))
