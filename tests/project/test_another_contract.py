"""An operation of another page needs a schema document, and no change to the generic code."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.suite import check

if TYPE_CHECKING:
    from pathlib import Path

PLUGIN = ("-p", "tests.project.another")
SHOULDS = {"media-type.parameters", "accept.parameters"}


def test_a_server_that_conforms_to_it_passes(tmp_path: Path) -> None:
    done = check(tmp_path, *PLUGIN)
    assert done.code == 0, done.out
    assert done.having("violated") == SHOULDS
    assert "rename.request.size" in done.having("conforms")
    assert not any(found["id"].startswith("enable") for found in done.results["requirements"])


def test_its_requirements_go_red_each_at_its_place(tmp_path: Path) -> None:
    for bug, found in (
        ("size", {"rename.request.size"}),
        ("credentials", {"credentials.required", "credentials.scheme"}),
    ):
        done = check(tmp_path / bug, *PLUGIN, WIDGET_BUG=bug)
        assert done.code == 1
        assert done.having("violated") == SHOULDS | found
