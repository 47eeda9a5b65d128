"""Data flows schemas → strategies → conformance → reports, and the reference server stands apart."""

from __future__ import annotations

import ast
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.suite import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PACKAGES = ("schemas", "strategies", "conformance", "reports", "reference")
MAY_IMPORT = {
    "schemas": {"schemas"},
    "strategies": {"schemas", "strategies"},
    "conformance": {"schemas", "strategies", "conformance", "reference"},
    "reports": {"schemas", "strategies", "conformance", "reports"},
    "reference": {"reference"},
}
KNOWS_TWO_FACTOR = ("schemas/account/", "strategies/account.py", "conformance/account/", "reference/", "tests/")
COMMAND_LINE = ROOT / "conformance" / "commands.py"
"""It leads to everything."""
LONGEST = 310
FACTORS = ("two-factor", "two_factor", "sms", "totp", "recovery")


def modules(*folders: str) -> Iterator[Path]:
    for folder in folders:
        yield from sorted((ROOT / folder).rglob("*.py"))


def imported(module: Path) -> set[str]:
    """The names of this project's packages that a module imports, also by `import_module` with a literal."""
    found = set()
    for node in ast.walk(ast.parse(module.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {name.name.split(".")[0] for name in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module}: relative imports hide where a name comes from"
            found.add((node.module or "").split(".")[0])
        elif isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "import_module":
            found |= {str(name.value).split(".")[0] for name in node.args if isinstance(name, ast.Constant)}
    return found & set(PACKAGES)


@pytest.mark.parametrize("package", PACKAGES)
def test_imports_follow_the_arrows(package: str) -> None:
    for module in modules(package):
        allowed = set(PACKAGES) if module == COMMAND_LINE else MAY_IMPORT[package]
        assert imported(module) <= allowed, module


def test_only_the_account_knows_what_two_factor_is() -> None:
    for module in modules(*PACKAGES):
        name = module.relative_to(ROOT).as_posix()
        if name.startswith(KNOWS_TWO_FACTOR):
            continue
        code = ast.parse(module.read_text("utf-8"))
        names = {node.id for node in ast.walk(code) if isinstance(node, ast.Name)}
        names |= {node.attr for node in ast.walk(code) if isinstance(node, ast.Attribute)}
        for factor in FACTORS:
            assert not [found for found in names if factor in found.lower()], (name, factor)


def test_every_module_says_why_it_is_there() -> None:
    for module in modules(*PACKAGES, "tests"):
        text = module.read_text("utf-8")
        if text.strip():
            assert ast.get_docstring(ast.parse(text)), module


def test_no_module_is_long() -> None:
    for module in modules(*PACKAGES):
        assert len(module.read_text("utf-8").splitlines()) <= LONGEST, module


def test_what_is_committed_names_no_registry_and_no_path_of_a_machine() -> None:
    listed = subprocess.run(["git", "ls-files"], check=True, capture_output=True, text=True, cwd=ROOT).stdout.split()
    words = ["".join(parts) for parts in (("py", "pi.org"), ("python", "hosted"), ("/wo", "rk/"), ("/ro", "ot/"))]
    for name in listed:
        # A lock file of uv names where each package came from: that is its form.
        if name != "uv.lock" and not name.endswith(".png"):
            text = (ROOT / name).read_text("utf-8")
            assert not [word for word in words if word in text], name
