"""The commands of the command line."""

from __future__ import annotations

import argparse
import importlib
import io
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from conformance import options as run_options
from conformance.account import add_options as add_account_options
from conformance.tool import TOOL, tool_version
from schemas import catalogue, load
from schemas.openapi import document

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

USAGE, NO_VERDICT = 2, 3
EXIT_CODES = "exit codes: 0 conformant, 1 violated, 2 usage or configuration, 3 no verdict"
FORMATS: dict[str, Callable[..., str]] = {
    "table": catalogue.table,
    "json": catalogue.as_json,
    "markdown": catalogue.markdown,
}


def run(arguments: Sequence[str], root: Path) -> int:
    """Run the command that the arguments name; `root` is the folder that holds the suite."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # a terminal of few characters is no reason to fail
    parser = _parser()
    known, rest = parser.parse_known_args(arguments)
    if known.command == "check":
        at = arguments.index("check")
        return check([*arguments[:at], *arguments[at + 1 :]], root)
    if rest:
        parser.error(f"{known.command} does not know {' '.join(rest)}")
    if known.command == "judge":
        return judge(known, root)
    try:
        return int(known.does(known))
    except BrokenPipeError:  # the reader, such as `head`, has seen enough
        leave()
        return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="tfe-conformance",
        description="Contract and conformance tests for the Account API of Terraform Enterprise.",
        epilog=EXIT_CODES,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"{TOOL} {tool_version()}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    checked = commands.add_parser(
        "check",
        help="test a target, and leave reports",
        description="Ask a target for every requirement. What is not an option here goes to pytest (-k, -x, -v, …).",
        epilog=EXIT_CODES,
        allow_abbrev=False,
    )
    run_options.add_options(checked.add_argument)
    add_account_options(checked.add_argument)

    judged = commands.add_parser(
        "judge",
        help="judge what was recorded in a HAR file, without sending anything",
        description="Judge the traffic in a HAR file, of a browser, of a proxy or of check --har, by every requirement "
        "that it can decide; nothing is sent.",
        epilog=EXIT_CODES,
        allow_abbrev=False,
    )
    judged.add_argument("file", metavar="FILE.har", help="the HAR file")
    judged.add_argument("--base-url", metavar="URL", help="which target in the file to judge, if there are several")
    run_options.add_verdict_options(judged.add_argument)
    run_options.add_recording_options(judged.add_argument)

    served = commands.add_parser("serve", help="run the reference server, to write clients against")
    served.add_argument("--port", type=int, default=8080, metavar="N", help="the port on loopback (8080; 0: any)")
    served.add_argument("--fault", metavar="NAME", help="a bug for the server to have")
    served.add_argument("--list-faults", action="store_true", help="say which faults there are")
    served.add_argument("--variant", metavar="NAME", help="a freedom for the server to take")
    served.add_argument("--list-variants", action="store_true", help="say which variants there are")
    served.set_defaults(does=serve)

    listed = commands.add_parser("requirements", help="say what is required")
    listed.add_argument("--format", choices=FORMATS, default="table", help="how to write it (table)")
    listed.set_defaults(does=lambda known: _print(FORMATS[known.format](load())))

    compared = commands.add_parser(
        "compare",
        help="set the results of several runs side by side",
        epilog="exit codes: 0 nothing that counts is worse in the last than before, 1 something is, 2 usage",
    )
    compared.add_argument("files", nargs="+", metavar="results.json", help="the results.json of a run")
    compared.add_argument("--html", metavar="FILE", help="write the comparison as a page, too")
    compared.set_defaults(
        does=lambda known: importlib.import_module("reports.compare").command(known.files, known.html)
    )

    recovered = commands.add_parser(
        "recover",
        help="finish the clean-up of runs that could not do it themselves",
        description="Turn two-factor authentication off for each account that a run may have left on: after a crash, a "
        "lost network, or a clean-up that was stopped.",
    )
    recovered.add_argument("--list", action="store_true", help="say which there are, and send nothing")
    recovered.add_argument("--force", action="store_true", help="also where the run may still go on")
    recovered.add_argument("--token-env", metavar="NAME", help="the variable that holds the token now")
    recovered.add_argument("--token-file", metavar="FILE", help="the file that holds the token now")
    recovered.set_defaults(
        does=lambda known: importlib.import_module("conformance.recover").recover(known, checked.parse_args([]))
    )

    described = commands.add_parser("openapi", help="write the contract as an OpenAPI document")
    described.set_defaults(does=lambda _: _print(document(load(), tool_version())))
    return parser


def _print(text: str) -> int:
    sys.stdout.write(text if text.endswith("\n") else text + "\n")
    sys.stdout.flush()
    return 0


def leave() -> None:
    """Write what is still to be written. Where the reader is gone, Python would complain by an exit code of its own."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def check(arguments: list[str], root: Path) -> int:
    """Run the suite by pytest, with its own configuration and none of the user's."""
    for name in ("PYTEST_ADDOPTS", "PYTEST_PLUGINS", "PYTEST_DEBUG", "PYTEST_THEME"):
        os.environ.pop(name, None)
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "tfe-conformance" / "pytest"
    code = pytest.main(
        [
            f"--config-file={root / 'pyproject.toml'}",
            f"--rootdir={root}",
            "--noconftest",
            f"--override-ini=cache_dir={cache}",
            *arguments,
            str(root / "conformance"),
        ]
    )
    leave()
    return USAGE if code == pytest.ExitCode.USAGE_ERROR else int(code)


def judge(known: argparse.Namespace, root: Path) -> int:
    """Judge a recording, by pytest as well."""
    options = ["-p", "conformance.offline.plugin", f"--recording={known.file}"]
    for name, value in vars(known).items():
        if name not in ("command", "file") and value not in (None, False):
            option = f"--{name.replace('_', '-')}"
            options.append(option if value is True else f"{option}={value}")
    return check(options, root)


def serve(known: argparse.Namespace) -> int:
    """Run the reference server until Ctrl-C, or list what it can be given."""
    from reference.catalogue import UnknownNameError  # noqa: PLC0415 (a server, which other commands do without)
    from reference.faults import FAULTS  # noqa: PLC0415
    from reference.server import PortError, serve  # noqa: PLC0415
    from reference.variants import VARIANTS  # noqa: PLC0415

    if known.list_faults:
        return _print("\n".join(f"{fault.name:34} {fault.sentence}" for fault in FAULTS.values()))
    if known.list_variants:
        return _print("\n".join(f"{variant.name:34} {variant.sentence}" for variant in VARIANTS.values()))
    try:
        serve(port=known.port, fault=known.fault, variant=known.variant)
    except (UnknownNameError, PortError) as error:
        sys.stderr.write(f"tfe-conformance: {error}\n")
        return USAGE
    return 0
