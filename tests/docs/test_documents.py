"""What the documents say of options, messages, requirements and files is what there is."""

from __future__ import annotations

import ast
import re
import tomllib
from typing import TYPE_CHECKING

import pytest

from conformance.runner.cli import make_parser
from conformance.settings import Settings, parse_budget
from conformance.target import check_base_url
from reports.files import NAMES
from reports.waivers import read_waivers
from schemas import load
from tests.docs import requirements_doc
from tests.docs.documents import DOCUMENTS, LINK, anchors, blocks, prose, words_of
from tests.suite import ROOT, command_here

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Iterator
    from pathlib import Path

REFERENCE = DOCUMENTS["docs/reference.md"]
TROUBLESHOOTING = DOCUMENTS["docs/troubleshooting.md"]
MAX_README = 150
REASONS = {"ConfigurationError", "Inconclusive", "Untested", "CheckError", "AppError"}
"""The exceptions whose message a user meets."""
OF_PYTEST = {"-x", "-k", "-v", "-q"}
PLACEHOLDER = "…"


COMMANDS = re.findall(r"^    ([a-z]+)", make_parser().format_help(), re.MULTILINE)
every_document = pytest.mark.parametrize("name", DOCUMENTS)


def test_the_readme_is_short() -> None:
    assert len(DOCUMENTS["README.md"].read_text("utf-8").splitlines()) <= MAX_README


@every_document
def test_links_lead_somewhere(name: str) -> None:
    path = DOCUMENTS[name]
    for target in LINK.findall(prose(path)):
        if target.startswith("https:"):
            continue
        file, _, anchor = target.partition("#")
        linked = (path.parent / file).resolve() if file else path
        assert linked.exists(), target
        assert not anchor or anchor in anchors(linked), target


def test_each_document_can_be_reached_from_the_readme() -> None:
    linked, waiting = set(), [DOCUMENTS["README.md"]]
    while waiting:
        path = waiting.pop()
        linked.add(path)
        files = {(path.parent / target.partition("#")[0]).resolve() for target in LINK.findall(prose(path))}
        waiting += (files & set(DOCUMENTS.values())) - linked
    assert linked == set(DOCUMENTS.values())


# -- options -----------------------------------------------------------------------------------------------------------


def section(name: str) -> str:
    """The section of the reference about a command."""
    return re.split(rf"^## {name}$", REFERENCE.read_text("utf-8"), flags=re.MULTILINE)[1].partition("\n## ")[0]


def test_the_reference_lists_the_commands() -> None:
    listed = re.findall(r"^\| \[`([a-z]+)`\]", REFERENCE.read_text("utf-8"), re.MULTILINE)
    assert listed == COMMANDS


@pytest.mark.parametrize("command", COMMANDS)
def test_the_reference_has_exactly_the_options_of_each_command(command: str) -> None:
    documented = re.findall(r"^\| `(--[a-z-]+)", section(command), re.MULTILINE)
    code, help_text = command_here(command, "--help")
    assert code == 0
    options = re.findall(r"^  (--[a-z-]+)", help_text, re.MULTILINE)
    assert sorted(documented) == sorted(options)


def test_the_reference_has_the_defaults_of_the_options() -> None:
    rows = dict(re.findall(r"^\| `(--[a-z-]+)[^`]*` \| ([^|]*?) \|", section("check"), re.MULTILINE))
    for option in ("--app-path", "--token-env", "--code-timeout", "--max-wait", "--examples", "--seed", "--report-dir"):
        default = getattr(Settings, option[2:].replace("-", "_"))
        assert rows[option].strip("`") == (f"{default:g}" if isinstance(default, float) else str(default)), option


@every_document
def test_commands_have_no_mistake(name: str) -> None:
    """The options of a command go together, and what is left is for pytest."""
    for block in blocks(DOCUMENTS[name]):
        for command in block.commands:
            if not command.startswith("tfe-conformance "):
                continue
            options, rest = make_parser().parse_known_args(words_of(command)[1:])
            if options.command == "check":
                assert {word for word in rest if word.startswith("-")} <= OF_PYTEST, command
                check_settings(options)
            else:
                assert rest == [], command


def check_settings(options: Namespace) -> None:
    """Check what a run checks before it sends anything."""
    settings, contract = Settings.from_options(options), load()
    if settings.base_url is not None:
        check_base_url(settings.base_url, disposable=settings.disposable_account, production=False)
    parse_budget(settings.budget, ["exchanges", "enable", "sms", "verify-wrong"], {})
    for pattern in settings.only:
        assert contract.matching(pattern)


def test_the_limits_are_those_of_the_code() -> None:
    from conformance.settings import MAX_EXCHANGES  # noqa: PLC0415
    from conformance.two_factor.registry import DEFAULT_LIMITS  # noqa: PLC0415

    rows = re.findall(r"^\| `([a-z-]+)` \| (\d+) \|", DOCUMENTS["docs/staging.md"].read_text("utf-8"), re.MULTILINE)
    assert {kind: int(limit) for kind, limit in rows} == {**DEFAULT_LIMITS, "exchanges": MAX_EXCHANGES}


def test_the_files_of_a_report_are_listed() -> None:
    listed = re.findall(r"^\| `([\w.]+)` \|", section("Files of the report"), re.MULTILINE)
    assert listed == list(NAMES)


def test_the_make_targets_are_listed() -> None:
    targets = set(re.findall(r"^([a-z]+):.*##", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    text = DOCUMENTS["CONTRIBUTING.md"].read_text("utf-8")
    assert targets - {"help", "setup"} == set(re.findall(r"^\| `make ([a-z]+)", text, re.MULTILINE))
    mentioned = {word for path in DOCUMENTS.values() for word in re.findall(r"`make ([a-z]+)", path.read_text("utf-8"))}
    assert mentioned - {"siege"} <= targets  # the changelog names what is gone


# -- requirements and waivers ------------------------------------------------------------------------------------------


def test_the_list_of_requirements_is_that_of_the_contract() -> None:
    problem = f"run `make docs`: {requirements_doc.FILE.name} is out of date"
    assert requirements_doc.FILE.read_text("utf-8") == requirements_doc.content(), problem


@pytest.mark.parametrize("name", [name for name in DOCUMENTS if name != "docs/results.md"])  # which names members
def test_ids_of_requirements_exist(name: str) -> None:
    names = load().requirements
    beginnings = {requirement.partition(".")[0] for requirement in names}
    for word in re.findall(r"`([a-z-]+\.[a-z.-]+)`", prose(DOCUMENTS[name])):
        is_case = any(word.startswith(f"{requirement}-") for requirement in names)
        assert word.partition(".")[0] not in beginnings or word in names or is_case, word


def test_waivers_in_documents_are_valid(tmp_path: Path) -> None:
    tables = [block.text for path in DOCUMENTS.values() for block in blocks(path) if block.language == "toml"]
    assert tables
    for number, text in enumerate(tables):
        file = tmp_path / f"{number}.toml"
        file.write_text(text, "utf-8")
        assert tomllib.loads(text).keys() == {"waiver"}
        assert read_waivers(str(file), load()).entries


def test_the_files_for_ci_are_shown_as_they_are() -> None:
    shown = [block.text for block in blocks(DOCUMENTS["docs/ci.md"]) if block.language == "yaml"]
    files = [(ROOT / "ci" / name).read_text("utf-8") for name in ("github.yml", "gitlab.yml")]
    assert shown == [re.sub(r"\A(#.*\n)+", "", text) for text in files]


# -- messages ----------------------------------------------------------------------------------------------------------


def text_of(node: ast.AST) -> str:
    """A string in the code, with an ellipsis for each part that varies; empty for anything else."""
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else PLACEHOLDER for part in node.values)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return text_of(node.left) + text_of(node.right)
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def nodes() -> Iterator[ast.AST]:
    """All nodes of the code that a user's messages come from."""
    for folder in ("conformance", "reports", "reference", "tfe_conformance"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            yield from ast.walk(ast.parse(path.read_text("utf-8")))


def documented_messages() -> list[str]:
    """The messages in the first columns of the tables, and in code spans of the second."""
    rows = re.findall(r"^\| (`.*?`) \| (.*) \|$", TROUBLESHOOTING.read_text("utf-8"), re.MULTILINE)
    return [row[0].strip("`") for row in rows] + re.findall(
        r"the message is `([^`]+)`", TROUBLESHOOTING.read_text("utf-8")
    )


def pattern(message: str) -> re.Pattern[str]:
    """A pattern for the texts that a documented message stands for."""
    parts = [re.escape(part) for part in message.split(PLACEHOLDER)]
    return re.compile(".*".join(parts), re.DOTALL)


def test_each_message_of_an_exception_is_explained() -> None:
    patterns = [pattern(message) for message in documented_messages()]
    calls = (node for node in nodes() if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.args)
    messages = {text_of(call.args[0]) for call in calls if call.func.id in REASONS}  # type: ignore[attr-defined]
    worded = {message for message in messages if re.search(r"[a-z]{3,} [a-z]", message)}
    assert len(worded) > 50
    missing = [message for message in worded if not any(each.search(message) for each in patterns)]
    assert not missing, f"explain in {TROUBLESHOOTING.name}: {missing}"


def test_each_explained_message_exists() -> None:
    texts = "\0".join({text for node in nodes() if (text := text_of(node))})
    for message in documented_messages():
        parts = [part.strip() for part in message.split(PLACEHOLDER) if part.strip()]
        assert all(part in texts for part in parts), message
