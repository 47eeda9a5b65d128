"""What a single answer of a run does wrong is asked for again, as it was asked for."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from reference.server import serving
from reference.service import Service
from tests.suite import check

if TYPE_CHECKING:
    from pathlib import Path

    from reference.messages import Answer, Call, Rejection


class Telltale(Service):
    """Repeats the token in the refusal of one body, and of no other; once only, or each time."""

    def __init__(self, times: int) -> None:
        super().__init__()
        self.left = times

    def refuse(self, call: Call, rejection: Rejection) -> Answer:
        answer = super().refuse(call, rejection)
        if call.operation != "enable" or call.body != b"[]" or not self.left:
            return answer
        self.left -= 1
        return replace(answer, headers={"x-token": call.headers["authorization"]})


@pytest.mark.parametrize(("times", "reproducible"), [(1, False), (9, True)])
def test_what_one_rejection_does_wrong_is_asked_for_again(times: int, reproducible: bool, tmp_path: Path) -> None:  # noqa: FBT001
    with serving(Telltale(times)) as server:
        selected = ("-k", "defective_body_is_rejected or every_answer", "--examples=1")
        done = check(tmp_path, f"--base-url={server.base_url}", *selected, TFE_TOKEN=server.token)
    found = next(each for each in done.results["requirements"] if each["id"] == "response.no-token")
    stamps = [case["reproducible"] for case in found["cases"] if case["verdict"] == "violated"]
    assert stamps == [reproducible], done.out
