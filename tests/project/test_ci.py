"""The files for CI are valid, and the steps of the action do what they say."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from ruamel.yaml import YAML

from conformance.runner.cli import make_parser
from tests.suite import ROOT

if TYPE_CHECKING:
    from collections.abc import Mapping

BIN = Path(sys.executable).parent
SCHEMAS = {
    "action.yml": "vendor.github-actions",
    "ci/github.yml": "vendor.github-workflows",
    "ci/gitlab.yml": "vendor.gitlab-ci",
}
STAND_IN = """#!/bin/sh
echo "$TFE_TOKEN $TFE_CODE_SOURCE" > "$RUNNER_TEMP/variables"
for argument; do echo "$argument"; done > "$RUNNER_TEMP/arguments"
exit 3
"""


def read(name: str) -> Any:
    return YAML(typ="safe").load((ROOT / name).read_text("utf-8"))


def lint(*command: str, text: str | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, check=False, capture_output=True, text=True, cwd=ROOT, input=text)


@pytest.mark.parametrize(("name", "schema"), SCHEMAS.items())
def test_a_file_for_ci_has_the_form_of_its_service(name: str, schema: str) -> None:
    done = lint(str(BIN / "check-jsonschema"), "--builtin-schema", schema, name)
    assert done.returncode == 0, done.stdout


def test_the_container_is_built_by_the_rules_and_runs_as_nobody() -> None:
    done = lint(str(BIN / "hadolint"), "Dockerfile")
    assert done.returncode == 0, done.stdout
    assert lint(str(BIN / "hadolint"), "-", text="FROM python\nRUN apt-get install git\n").returncode == 1
    assert "\nUSER 10001:10001\n" in (ROOT / "Dockerfile").read_text("utf-8")


def test_the_container_gets_the_files_that_the_wheel_is_made_of() -> None:
    ignored = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    kept = {line.removeprefix("!") for line in ignored if line.startswith("!")}
    folders = {"conformance", "reference", "reports", "schemas", "strategies", "tfe_conformance"}
    assert kept == folders | {"LICENSE", "README.md", "pyproject.toml"}


@pytest.mark.parametrize(
    ("code_source", "options", "more"),
    [
        ("static:1 2", "--disposable-account", ["--disposable-account", "--code-source", "env:TFE_CODE_SOURCE"]),
        ("", "", []),
        ("", "--strict  --only enable.*", ["--strict", "--only", "enable.*"]),
    ],
)
def test_the_action_runs_the_suite_and_keeps_its_exit_code(
    tmp_path: Path, code_source: str, options: str, more: list[str]
) -> None:
    program = tmp_path / "tfe-conformance" / "bin" / "tfe-conformance"
    program.parent.mkdir(parents=True)
    program.write_text(STAND_IN)
    program.chmod(0o755)
    inputs = {
        "token": "tok",
        "code-source": code_source,
        "base-url": "https://host/api v2",
        "options": options,
        "report-dir": "a folder",
    }
    step = next(step for step in read("action.yml")["runs"]["steps"] if step.get("id") == "check")
    done = subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
        check=False,
        cwd=tmp_path,
        env=variables(step["env"], inputs)
        | {"PATH": os.environ["PATH"], "RUNNER_TEMP": str(tmp_path), "GITHUB_OUTPUT": str(tmp_path / "output")},
    )
    assert done.returncode == 3
    assert (tmp_path / "output").read_text() == "exit-code=3\n"
    assert (tmp_path / "variables").read_text() == f"tok {code_source}\n"
    arguments = (tmp_path / "arguments").read_text().splitlines()
    assert arguments == ["check", "--base-url", "https://host/api v2", "--report-dir", "a folder", *more]
    make_parser().parse_args(arguments)


def variables(env: Mapping[str, str], inputs: Mapping[str, str]) -> dict[str, str]:
    """The variables of a step with the values of the inputs."""
    names = {name: text.removeprefix("${{ inputs.").removesuffix(" }}") for name, text in env.items()}
    return {name: inputs[value] for name, value in names.items()}


def test_no_script_of_the_action_has_an_input_in_its_text() -> None:
    for step in read("action.yml")["runs"]["steps"]:
        assert "${{" not in step.get("run", ""), "a value of an input could be a command"


def test_the_job_of_gitlab_runs_a_command_that_exists() -> None:
    job = read("ci/gitlab.yml")["conformance"]
    (command,) = job["script"]
    program, *arguments = command.split()
    assert program.endswith("/tfe-conformance")
    make_parser().parse_args(arguments)
    assert job["artifacts"]["reports"]["junit"] == f"{job['artifacts']['paths'][0]}/junit.xml"


def test_the_workflow_gives_the_action_inputs_that_it_has() -> None:
    (step,) = read("ci/github.yml")["jobs"]["conformance"]["steps"]
    inputs = read("action.yml")["inputs"]
    assert set(step["with"]) <= set(inputs)
    assert {name for name, item in inputs.items() if item.get("required")} <= set(step["with"])
