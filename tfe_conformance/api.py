"""`check` and its result: the command line is run as a process, and its results.json is read.

This module imports nothing else of the suite, whose folders may have the names of packages of the user.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Option = str | float | bool | Sequence[str] | None
Verdict = Literal["conforms", "violated", "inconclusive", "untested", "waived"]
Overall = Literal["conformant", "violated", "configuration", "no verdict"]


class CheckError(Exception):
    """The run could not start, or ended without a result; the message is what it printed."""


@dataclass(frozen=True)
class Finding:
    """A requirement and its verdict.

    Attributes:
        id: the ID of the requirement, such as "enable.request.type".
        level: "MUST" or "SHOULD".
        operation: "enable", "disable", "verify", "resend", or "all".
        sentence: the requirement.
        source: the place in the documentation that states it.
        url: the URL of that place.
        verdict: the verdict.
        detail: the reason for the verdict; empty where the requirement conforms.
        expected: the demand that was not met; empty where nothing was violated.
        actual: the observation; empty where nothing was violated.
        curl: the command line that repeats the decisive request, or empty.
    """

    id: str
    level: Literal["MUST", "SHOULD"]
    operation: str
    sentence: str
    source: str
    url: str
    verdict: Verdict
    detail: str
    expected: str
    actual: str
    curl: str

    def __str__(self) -> str:
        return f"{self.id}: {self.actual or self.detail or self.verdict}"


@dataclass(frozen=True)
class RunResult:
    """The result of a run.

    Attributes:
        verdict: the verdict on the target; "configuration" is a mistake of the options, such as a stale waiver.
        why: the reason for the verdict, in a line.
        exit_code: the exit code of the command line: 0 conformant, 1 violated, 2 configuration, 3 no verdict.
        requirements: all requirements in the order of the contract.
        report_dir: the folder that holds report.html, results.json, junit.xml, summary.md and badge.json.
        output: the text that the run printed: causes, verdict and files.
        data: the content of results.json.
    """

    verdict: Overall
    why: str
    exit_code: int
    requirements: tuple[Finding, ...]
    report_dir: Path
    output: str = field(repr=False)
    data: Mapping[str, Any] = field(repr=False)

    @property
    def conformant(self) -> bool:
        """Whether every requirement that counts conforms, or is waived."""
        return self.exit_code == 0

    @property
    def findings(self) -> tuple[Finding, ...]:
        """The violated requirements, MUSTs first."""
        violated = (finding for finding in self.requirements if finding.verdict == "violated")
        return tuple(sorted(violated, key=lambda finding: finding.level))

    def summary(self) -> str:
        """The causes, the verdict and the files, as the command line prints them."""
        return self.output


def check(  # noqa: PLR0913 (all but the first by name)
    base_url: str | None = None,
    *,
    app: Callable[..., Any] | str | None = None,
    app_path: str = "/api/v2",
    token: str | None = None,
    code_source: str | None = None,
    report_dir: str | os.PathLike[str] = "reports/latest",
    **options: Option,
) -> RunResult:
    """Test a server, or an application, against every requirement.

    Args:
        base_url: the target, such as "http://127.0.0.1:8080/api/v2"; without it and `app`, the reference server.
        app: an ASGI or WSGI application, which is served on a free loopback port for the run; or its name,
            "package.module:app", to serve it in a process of its own.
        app_path: the path of the API in the application.
        token: the bearer token of an account that is made for tests; by default it is in the variable TFE_TOKEN.
        code_source: the source of right codes, such as "static:123456".
        report_dir: the folder for the reports.
        **options: other options of `tfe-conformance check`, with `_` for `-`: `strict=True`, `waivers="waivers.toml"`,
            `only=["enable.*"]`.

    Raises:
        CheckError: the run could not start, as with a wrong option, or it ended without a result.
        tfe_conformance.serving.AppError: the application did not start.
    """
    if app is not None and base_url is not None:
        raise CheckError("give base_url or app, not both")
    # The test run that calls this speaks to CI itself.
    variables = {"PYTHONIOENCODING": "utf-8", "GITHUB_ACTIONS": ""}
    if token is not None:
        variables["TFE_TOKEN"] = token
    if code_source is not None:
        variables["TFE_CODE_SOURCE"] = code_source
        options["code_source"] = "env:TFE_CODE_SOURCE"
    results = Path(report_dir) / "results.json"
    results.unlink(missing_ok=True)
    with ExitStack() as stack:
        if isinstance(app, str):
            options |= {"app": app, "app_path": app_path}
        elif app is not None:
            from tfe_conformance.serving import serving  # noqa: PLC0415 (imports a server)

            base_url = stack.enter_context(serving(app)) + app_path
        options |= {"base_url": base_url, "report_dir": str(report_dir)}
        code, output, errors = _run(_arguments(options), variables)
    if not results.exists():
        raise CheckError(errors.strip() or output.strip() or f"the run ended with exit code {code}")
    return _result(code, json.loads(results.read_text("utf-8")), Path(report_dir), output)


def _arguments(options: Mapping[str, Option]) -> list[str]:
    """The options of the command line."""
    arguments = []
    for name, value in options.items():
        option = f"--{name.replace('_', '-')}"
        if value is True:
            arguments.append(option)
        elif value is not None and value is not False:
            values = [value] if isinstance(value, str | int | float) else value
            arguments += [f"{option}={item}" for item in values]
    return arguments


def _run(arguments: Sequence[str], variables: Mapping[str, str]) -> tuple[int, str, str]:
    """Run `check`: its exit code, its output, and its errors."""
    with subprocess.Popen(  # noqa: S603 (our own program)
        [sys.executable, str(Path(__file__).with_name("__main__.py")), "check", *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, **variables},
        encoding="utf-8",
        errors="replace",
    ) as process:
        try:
            output, errors = process.communicate()
        except BaseException as error:
            # The run cleans the account up before it ends. Ctrl-C in a terminal has reached it already.
            if not isinstance(error, KeyboardInterrupt):
                process.terminate()
            process.communicate()
            raise
    return process.returncode, output, errors


def _result(code: int, data: Mapping[str, Any], folder: Path, output: str) -> RunResult:
    return RunResult(
        data["verdict"], data["why"], code, tuple(map(_finding, data["requirements"])), folder, output.strip(), data
    )


def _finding(requirement: Mapping[str, Any]) -> Finding:
    """The finding, with the decisive case: of the violated ones one that was reproducible, if there is one."""
    cases = [case for case in requirement["cases"] if case["verdict"] == requirement["verdict"]]
    case: Mapping[str, Any] = min(cases, key=lambda case: case["reproducible"] is not True, default={})
    exchanges = case.get("exchanges") or [{"curl": ""}]
    names = ("id", "level", "operation", "sentence", "source", "url", "verdict", "detail")
    return Finding(
        **{name: requirement[name] for name in names},
        expected=case.get("expected", ""),
        actual=case.get("actual", ""),
        curl=exchanges[-1]["curl"],
    )
