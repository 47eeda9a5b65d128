"""Each command line in the documents is run, in the order and in the place in which a reader runs it."""

from __future__ import annotations

import os
import re
import shutil
import sys
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from tests.docs.documents import DOCUMENTS, blocks
from tests.docs.reader import SERVE, TUTORIAL, Reader, tutorial_server
from tests.suite import CONFORMANT, ROOT, VIOLATED

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

GIVEN = {"TFE_TOKEN": "my-test-token", "CODE_SOURCE": "static:123456"}
"""The values that the documents leave to their readers; they are those of the tutorial's server."""
NOT_RUN = {
    "docker build -t tfe-conformance .": "tests/project looks at the Dockerfile; an image is not built",
    'docker run --rm --read-only -v "$PWD/report:/report" -e TFE_TOKEN tfe-conformance check '
    '--base-url "$STAGING_URL" --disposable-account': "there is no image",
    "tfe-conformance check --app server:app --code-source static:123456": "examples/ has tests of its own",
    "tfe-conformance serve": "the servers of all other documents are started by this command",
}
"""Commands that no test here runs, and the reasons."""
OATHTOOL = """\
#!{python}
# Stands in for oathtool: the code of each of three steps that a server accepts in turn, so that nobody waits.
import pathlib, sys, time, pyotp
file = pathlib.Path(__file__).with_name("uses")
uses = int(file.read_text()) if file.exists() else 0
file.write_text(str(uses + 1))
print(pyotp.TOTP(sys.argv[-1]).at(int(time.time()), counter_offset=uses % 3 - 1))
"""


@pytest.fixture
def reader(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Reader]:
    """A reader in an empty folder, with an oathtool that does not wait."""
    tools = tmp_path / "tools"
    tools.mkdir()
    (tools / "oathtool").write_text(OATHTOOL.format(python=sys.executable), "utf-8")
    (tools / "oathtool").chmod(0o755)
    folder = tmp_path / "work"
    folder.mkdir()
    monkeypatch.chdir(folder)
    with ExitStack() as stack:
        yield Reader(folder, stack, {**GIVEN, "PATH": f"{tools}{os.pathsep}{os.environ['PATH']}"})


def deploy(reader: Reader, *, is_fixed: bool) -> None:
    """Start the tutorial's server as the deployment that the documents name."""
    folder = reader.folder / "deployment"
    folder.mkdir()
    (folder / "server.py").write_text(tutorial_server(is_fixed=is_fixed), "utf-8")
    reader.staging = f"http://{reader.serve(folder / 'server.py')}"


@pytest.mark.slow
def test_the_tutorial_leads_from_a_server_with_bugs_to_a_green_report(reader: Reader) -> None:
    reader.follow(TUTORIAL, in_full=1)
    assert reader.codes == [VIOLATED, *[CONFORMANT] * 5]


def test_the_readme_shows_what_the_tutorial_finds(reader: Reader) -> None:
    tutorial = [block.text for block in blocks(DOCUMENTS[TUTORIAL]) if block.language == "console"]
    reader.output = "".join(tutorial)
    for block in blocks(DOCUMENTS["README.md"]):
        if block.language == "console":
            reader.compare(block.text)


@pytest.mark.skipif(shutil.which("curl") is None, reason="the document uses curl")
def test_the_commands_for_authors_of_clients(reader: Reader) -> None:
    reader.follow("docs/clients.md")
    assert reader.codes == [CONFORMANT] * 3


@pytest.mark.slow
def test_the_commands_for_owners_of_a_deployment(reader: Reader) -> None:
    deploy(reader, is_fixed=True)
    reader.follow("docs/staging.md")
    assert reader.codes == [CONFORMANT] * len(reader.codes)
    assert len(reader.codes) > 5


@pytest.mark.slow
def test_the_commands_for_ci(reader: Reader) -> None:
    deploy(reader, is_fixed=False)
    waivers = reader.folder / "waivers.toml"
    for block in blocks(DOCUMENTS["docs/ci.md"]):
        for command in block.commands:
            if command in NOT_RUN:
                continue
            if "--waivers" in command:  # someone has filled in the reasons
                waivers.write_text(re.sub('"TODO[^"]*"', '"known"', waivers.read_text("utf-8")), "utf-8")
            if "compare" in command:
                for name in ("before", "after"):
                    shutil.copytree("reports/latest", f"reports/{name}")
            reader.run(command.replace("http://127.0.0.1:8080", "https://tfe.staging.example"))
    assert reader.codes == [VIOLATED, CONFORMANT, CONFORMANT]
    assert (reader.folder / "comparison.html").exists()


@pytest.mark.slow
def test_the_commands_of_the_reference(reader: Reader) -> None:
    deploy(reader, is_fixed=True)
    reader.run("tfe-conformance check --har recorded.har --report-dir reports/before")
    reader.run("tfe-conformance check --report-dir reports/after")
    assert reader.codes == [CONFORMANT, CONFORMANT]
    reader.codes.clear()
    for block in blocks(DOCUMENTS["docs/reference.md"]):
        for command in block.commands:
            if command not in NOT_RUN:
                reader.run(command.replace("http://127.0.0.1:8080", "https://tfe.staging.example"))
    assert reader.codes == [CONFORMANT] * 7


def test_no_other_document_has_commands_that_are_not_run() -> None:
    followed = {TUTORIAL, *(f"docs/{name}.md" for name in ("clients", "staging", "ci", "reference"))}
    run = {command for name in followed for block in blocks(DOCUMENTS[name]) for command in block.commands}
    for name, path in DOCUMENTS.items():
        for command in (command for block in blocks(path) for command in block.commands):
            is_target = (
                re.fullmatch(r"make [a-z]+", command) and f"\n{command.split()[1]}:" in (ROOT / "Makefile").read_text()
            )
            is_of_generated = name == "docs/results.md"  # an example of jq
            assert command in run or is_target or is_of_generated or command.startswith(SERVE), f"{name}: {command}"
