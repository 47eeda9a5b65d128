"""The commands of the command line."""

from __future__ import annotations

import argparse
import io
import os
import re
import sys
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from conformance.model import ConfigurationError, ExitCode
from conformance.runner import PYTEST_OPTIONS, ROOT
from conformance.settings import add_options, non_negative
from conformance.version import TOOL, tool_version

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

EXIT_CODES = "exit codes: 0 conformant, 1 violated, 2 usage or configuration, 3 no verdict"
PLUGINS = ("pytest_metadata.plugin", "pytest_html.plugin", "conformance.runner.plugin", "reports.plugin")
"""Those of the configuration."""
REFUSED = {
    r"-n.*|--numprocesses.*|(-p)?xdist.*": "an account has one state at a time, so cases run one after the other",
    rf"(-p)?no:({'|'.join(PLUGINS)})": "the suite needs it",
    r"--html(=.*)?": "the page is report.html, in the folder of --report-dir",
    r"--pastebin(=.*)?": "a report is not for the public",
}
"""Options of pytest that a run can't have, and the reasons."""


def run(arguments: Sequence[str]) -> int:
    """Run the command that the arguments name."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # a terminal with few characters is no reason to fail
    parser = make_parser()
    options, others = parser.parse_known_args(arguments, argparse.Namespace(arguments=list(arguments)))
    if others and options.run is not check:
        parser.error(f"{options.command} has no option {' '.join(others)}")
    try:
        return int(options.run(options))
    except ConfigurationError as error:
        sys.stderr.write(f"{TOOL}: {error}\n")
        return ExitCode.USAGE


def make_parser() -> argparse.ArgumentParser:
    """The parser of all commands."""
    parser = argparse.ArgumentParser(
        prog=TOOL,
        description="Contract and conformance tests for the Account API of Terraform Enterprise.",
        epilog=EXIT_CODES,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"{TOOL} {tool_version()}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def add_command(
        name: str, function: Callable[[argparse.Namespace], int], summary: str, codes: str | None = None
    ) -> argparse.ArgumentParser:
        command = commands.add_parser(name, help=summary, description=summary, epilog=codes, allow_abbrev=False)
        command.set_defaults(run=function)
        return command

    summary = "test a target, and write reports; other options go to pytest (-k, -x, -v, …)"
    add_options("check", add_command("check", check, summary, EXIT_CODES).add_argument)

    add = add_command(
        "judge", judge, "judge the traffic of HAR files, without sending anything", EXIT_CODES
    ).add_argument
    add("recordings", nargs="+", metavar="FILE.har", help="a HAR file of a browser, of a proxy, or of check --har")
    add("--base-url", metavar="URL", help="the target to judge, if the file holds several")
    add_options("judge", add)
    add_options("recording", add)

    summary = "switch two-factor authentication of an account off, after a run that could not do so"
    codes = "exit codes: 0 it is off, 2 usage or configuration, 3 it may be on"
    add_options("reset", add_command("reset", reset_account, summary, codes).add_argument)

    add = add_command("serve", serve_reference, "run the reference server, to write clients against").add_argument
    add("--port", type=non_negative(int), default=8080, metavar="N", help="the loopback port (8080; 0: any)")
    add("--host", default="127.0.0.1", metavar="ADDRESS", help="the address to listen on (127.0.0.1)")
    add("--code", metavar="CODE", help="a code that is always right, for both deliveries")
    account = "the user name of an account, of which its token is made; repeatable (two accounts)"
    add("--account", action="append", default=[], metavar="NAME", help=account)

    requirements = add_command("requirements", list_requirements, "list the requirements, or explain one")
    requirements.add_argument(
        "--format", choices=("table", "json", "markdown"), default="table", help="the format (table)"
    )
    actions = requirements.add_subparsers(metavar="[ACTION]", title="actions")
    explain = actions.add_parser("explain", help="explain a requirement: its source, exchanges, cases, and mistakes")
    explain.add_argument("id", metavar="ID", help="the ID of the requirement")
    explain.set_defaults(run=explain_requirement)

    codes = "exit codes: 0 nothing that counts is worse in the last run than before, 1 something is, 2 usage"
    add = add_command("compare", compare_results, "compare the results of several runs", codes).add_argument
    add("files", nargs="+", metavar="results.json", help="the results.json of a run")
    add("--html", metavar="FILE", help="write the comparison as a page, too")
    add("--markdown", metavar="FILE", help="write the comparison as Markdown, too")

    add_command("openapi", write_openapi, "write the contract as an OpenAPI document")
    return parser


def check(options: argparse.Namespace) -> int:
    """Test a target.

    Raises:
        ConfigurationError: an option of pytest would keep the run from a verdict, or pytest would ignore it.
    """
    arguments: list[str] = options.arguments
    arguments.remove("check")
    for argument in arguments:
        for pattern, reason in REFUSED.items():
            if re.fullmatch(pattern, argument):
                raise ConfigurationError(f"{argument}: {reason}")
    return run_pytest(arguments)


def judge(options: argparse.Namespace) -> int:
    """Judge recordings: pytest runs the tests of recorded traffic."""
    arguments = ["-p", "conformance.recording.plugin", *(f"--recording={file}" for file in options.recordings)]
    names = ("base_url", "strict", "allow_untested", "waivers", "write_waivers", "report_dir", "complete")
    for name in names:
        value, option = getattr(options, name), f"--{name.replace('_', '-')}"
        if value:
            arguments.append(option if value is True else f"{option}={value}")
    return run_pytest(arguments)


def run_pytest(arguments: Sequence[str]) -> int:
    """Run the suite.

    Raises:
        ConfigurationError: the working folder was deleted.
    """
    try:
        Path.cwd()
    except FileNotFoundError as error:
        raise ConfigurationError("the working folder does not exist any more: change to another one") from error
    import pytest  # noqa: PLC0415 (other commands start faster without it)

    for name in PLUGINS:  # pytest would print a traceback where one can't be imported
        import_module(name)
    for name in ("PYTEST_ADDOPTS", "PYTEST_PLUGINS", "PYTEST_DEBUG", "PYTEST_THEME"):
        os.environ.pop(name, None)
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    # The folder comes first, or an option whose value the user forgot would take it.
    code = pytest.main([*PYTEST_OPTIONS, str(ROOT / "conformance"), *arguments])
    return ExitCode.USAGE if code == pytest.ExitCode.USAGE_ERROR else int(code)


def reset_account(options: argparse.Namespace) -> int:
    """Switch two-factor authentication of an account off."""
    from conformance.runner.lifecycle import reset  # noqa: PLC0415 (imports what only a run needs)

    return reset(options)


def serve_reference(options: argparse.Namespace) -> int:
    """Run the reference server until Ctrl-C."""
    from reference.server import PortError, serve  # noqa: PLC0415 (a server, which other commands do without)

    try:
        serve(options.port, host=options.host, code=options.code, names=options.account)
    except PortError as error:
        raise ConfigurationError(str(error)) from error
    return ExitCode.CONFORMANT


def list_requirements(options: argparse.Namespace) -> int:
    """Write the requirements."""
    from schemas import catalogue, load  # noqa: PLC0415 (only where needed)

    formats = {"table": catalogue.table, "json": catalogue.as_json, "markdown": catalogue.markdown}
    return write(formats[options.format](load()))


def explain_requirement(options: argparse.Namespace) -> int:
    """Write the explanation of a requirement."""
    from conformance.runner.explain import explain  # noqa: PLC0415 (imports pytest)
    from schemas import ContractError, load  # noqa: PLC0415 (only where needed)

    try:
        return write(explain(load(), options.id))
    except ContractError as error:
        raise ConfigurationError(str(error)) from error


def compare_results(options: argparse.Namespace) -> int:
    """Compare the results of several runs."""
    from reports.compare import compare_files  # noqa: PLC0415 (only where needed)

    return compare_files(options.files, html=options.html, markdown=options.markdown)


def write_openapi(_: argparse.Namespace) -> int:
    """Write the contract as an OpenAPI document."""
    from schemas import load, openapi  # noqa: PLC0415 (only where needed)

    return write(openapi.document(load(), tool_version()))


def write(text: str) -> int:
    """Write a text to standard output.

    Raises:
        ConfigurationError: it can't be written, as to a full disk.
    """
    try:
        sys.stdout.write(text.rstrip("\n") + "\n")
        sys.stdout.flush()
    except BrokenPipeError:  # the reader, such as `head`, has seen enough
        return ExitCode.CONFORMANT
    except OSError as error:
        raise ConfigurationError(f"standard output can't be written: {error.strerror}") from error
    return ExitCode.CONFORMANT
