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
from conformance.settings import (
    add_check_options,
    add_recording_options,
    add_target_options,
    add_verdict_options,
    non_negative,
)
from conformance.version import TOOL, tool_version

if TYPE_CHECKING:
    from collections.abc import Sequence

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
FORMATS = ("table", "json", "markdown")


def run(arguments: Sequence[str], root: Path) -> int:
    """Run the command that the arguments name; `root` is the folder that holds the suite."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # a terminal with few characters is no reason to fail
    parser = make_parser()
    options, rest = parser.parse_known_args(arguments)
    if rest and options.command != "check":
        parser.error(f"{options.command} has no option {' '.join(rest)}")
    try:
        if options.command == "check":
            check_pytest_options(rest)
            at = arguments.index("check")
            return run_pytest([*arguments[:at], *arguments[at + 1 :]], root)
        if options.command == "judge":
            return judge(options, root)
        return int(options.run(options))
    except ConfigurationError as error:
        sys.stderr.write(f"tfe-conformance: {error}\n")
        return ExitCode.USAGE
    except BrokenPipeError:  # the reader, such as `head`, has seen enough
        return ExitCode.CONFORMANT


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

    check = commands.add_parser(
        "check",
        help="test a target, and write reports",
        description="Test a target against every requirement. Other options go to pytest (-k, -x, -v, …).",
        epilog=EXIT_CODES,
        allow_abbrev=False,
    )
    add_check_options(check.add_argument)

    recorded = commands.add_parser(
        "judge",
        help="judge the traffic of a HAR file, without sending anything",
        description="Judge the traffic of a HAR file (of a browser, of a proxy or of check --har) by every requirement "
        "that it can decide.",
        epilog=EXIT_CODES,
        allow_abbrev=False,
    )
    recorded.add_argument("recordings", nargs="+", metavar="FILE.har", help="a HAR file")
    recorded.add_argument("--base-url", metavar="URL", help="the target to judge, if the file holds several")
    add_verdict_options(recorded.add_argument)
    add_recording_options(recorded.add_argument)

    reset = commands.add_parser(
        "reset",
        help="switch two-factor authentication of an account off",
        description="Switch two-factor authentication of the account off, after a run that could not do so.",
        epilog="exit codes: 0 it is off, 2 usage or configuration, 3 it may be on",
    )
    add_target_options(reset.add_argument, base_url="the target, including /api/v2")
    reset.set_defaults(run=reset_account)

    serve = commands.add_parser("serve", help="run the reference server, to write clients against")
    serve.add_argument(
        "--port", type=non_negative(int), default=8080, metavar="N", help="the loopback port (8080; 0: any)"
    )
    serve.add_argument("--host", default="127.0.0.1", metavar="ADDRESS", help="the address to listen on (127.0.0.1)")
    serve.add_argument("--code", metavar="CODE", help="a code that is always right, for both deliveries")
    serve.add_argument(
        "--account",
        action="append",
        metavar="NAME",
        help="the user name of an account, of which its token is made; repeatable (two accounts)",
    )
    serve.set_defaults(run=serve_reference)

    requirements = commands.add_parser("requirements", help="list the requirements")
    requirements.add_argument("--format", choices=FORMATS, default="table", help="the format (table)")
    requirements.set_defaults(run=list_requirements)
    actions = requirements.add_subparsers(dest="action", metavar="[ACTION]", title="actions")
    explain = actions.add_parser("explain", help="explain a requirement: its source, exchanges, cases, and mistakes")
    explain.add_argument("id", metavar="ID", help="the ID of the requirement")
    explain.set_defaults(run=explain_requirement)

    compare = commands.add_parser(
        "compare",
        help="compare the results of several runs",
        epilog="exit codes: 0 nothing that counts is worse in the last run than before, 1 something is, 2 usage",
    )
    compare.add_argument("files", nargs="+", metavar="results.json", help="the results.json of a run")
    compare.add_argument("--html", metavar="FILE", help="write the comparison as a page, too")
    compare.add_argument("--markdown", metavar="FILE", help="write the comparison as Markdown, too")
    compare.set_defaults(run=compare_results)

    openapi = commands.add_parser("openapi", help="write the contract as an OpenAPI document")
    openapi.set_defaults(run=write_openapi)
    return parser


def write(text: str) -> int:
    """Write a text to standard output.

    Raises:
        ConfigurationError: it can't be written, as to a full disk.
    """
    try:
        sys.stdout.write(text if text.endswith("\n") else text + "\n")
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        raise ConfigurationError(f"standard output can't be written: {error.strerror}") from error
    return ExitCode.CONFORMANT


def check_pytest_options(arguments: Sequence[str]) -> None:
    """Check the options that are for pytest.

    Raises:
        ConfigurationError: one would keep the run from a verdict, or pytest would ignore it.
    """
    for argument in arguments:
        for pattern, reason in REFUSED.items():
            if re.fullmatch(pattern, argument):
                raise ConfigurationError(f"{argument}: {reason}")


def run_pytest(arguments: list[str], root: Path) -> int:
    """Run the suite with its own pytest configuration, and none of the user's.

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
    code = pytest.main(
        [
            f"--config-file={root / 'conformance' / 'pytest.toml'}",
            f"--rootdir={root}",
            "--noconftest",
            "-pno:cacheprovider",
            *arguments,
            str(root / "conformance"),
        ]
    )
    return ExitCode.USAGE if code == pytest.ExitCode.USAGE_ERROR else int(code)


def judge(options: argparse.Namespace, root: Path) -> int:
    """Judge recordings: pytest runs the tests of recorded traffic."""
    arguments = ["-p", "conformance.recording.plugin", *(f"--recording={file}" for file in options.recordings)]
    for name, value in vars(options).items():
        if name not in ("command", "recordings") and value not in (None, False):
            option = f"--{name.replace('_', '-')}"
            arguments.append(option if value is True else f"{option}={value}")
    return run_pytest(arguments, root)


def reset_account(options: argparse.Namespace) -> int:
    """Switch two-factor authentication of an account off."""
    from conformance.runner.reset import reset  # noqa: PLC0415 (imports what only a run needs)

    return reset(options)


def serve_reference(options: argparse.Namespace) -> int:
    """Run the reference server until Ctrl-C."""
    from reference.server import PortError, serve  # noqa: PLC0415 (a server, which other commands do without)

    try:
        serve(options.port, host=options.host, code=options.code, names=options.account or ())
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
