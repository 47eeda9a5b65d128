"""Data flows schemas -> strategies -> conformance -> reports, without a cycle, and the reference server is apart."""

from __future__ import annotations

import ast
import graphlib
import subprocess
from collections import defaultdict
from typing import TYPE_CHECKING

import pytest

from tests.suite import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

PACKAGES = ("schemas", "strategies", "conformance", "reports", "reference", "tfe_conformance")
MAY_IMPORT = {
    "schemas": {"schemas"},
    "strategies": {"schemas", "strategies"},
    "conformance": {"schemas", "strategies", "conformance"},
    "reports": {"schemas", "strategies", "conformance", "reports"},
    "reference": {"reference"},
    "tfe_conformance": {"tfe_conformance"},
}
RUNNER = "conformance.runner."
"""The command line and the beginning of a run lead to everything."""
SERVERS = {"conformance.two_factor.registry"}
"""Modules that name the type of the embedded server."""


def module_files() -> Mapping[str, Path]:
    """The modules of the product by name; a package is named like its folder."""
    files = {}
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            files[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return files


FILES = module_files()


def imports(name: str) -> set[str]:
    """The modules of the product that a module imports, at any place and also for types only."""
    found = set()
    for node in ast.walk(ast.parse(FILES[name].read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {known_module(alias.name) for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name}: relative imports hide where a name comes from"
            module = node.module or ""
            found |= {known_module(f"{module}.{alias.name}") for alias in node.names}
    return found - {"", name}


def known_module(name: str) -> str:
    """The longest beginning of a dotted name that is a module of the product, or an empty string."""
    while name and name not in FILES:
        name = name.rpartition(".")[0]
    return name


def folder(name: str) -> str:
    """The folder of a module, as a dotted name."""
    return name if FILES[name].name == "__init__.py" else name.rpartition(".")[0]


@pytest.mark.parametrize("name", FILES)
def test_imports_follow_the_arrows(name: str) -> None:
    if name.startswith(RUNNER):
        return
    package = name.partition(".")[0]
    allowed = MAY_IMPORT[package] | ({"reference"} if name in SERVERS else set())
    assert {imported.partition(".")[0] for imported in imports(name)} <= allowed


def test_no_module_imports_itself_over_others() -> None:
    graphlib.TopologicalSorter({name: imports(name) for name in FILES}).prepare()


def test_no_folder_imports_itself_over_others() -> None:
    graph: dict[str, set[str]] = defaultdict(set)
    for name in FILES:
        graph[folder(name)] |= {folder(imported) for imported in imports(name)} - {folder(name)}
    graphlib.TopologicalSorter(graph).prepare()


def test_no_module_assigns_to_attributes_of_foreign_objects() -> None:
    assert [f"{name}:{line}" for name in FILES for line in foreign_assignments(name)] == []


def foreign_assignments(name: str) -> Iterator[int]:
    """The lines on which a module assigns to an attribute of an object other than `self` and `cls`."""
    for node in ast.walk(ast.parse(FILES[name].read_text("utf-8"))):
        if not isinstance(node, ast.Assign | ast.AugAssign | ast.AnnAssign):
            continue
        for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
            is_own = isinstance(target, ast.Attribute) and getattr(target.value, "id", "") in ("self", "cls")
            if isinstance(target, ast.Attribute) and not is_own:
                yield node.lineno


@pytest.mark.parametrize("name", FILES)
def test_every_module_says_why_it_exists(name: str) -> None:
    assert ast.get_docstring(ast.parse(FILES[name].read_text("utf-8")))


def test_no_committed_file_names_a_registry_or_a_path_of_a_machine() -> None:
    listed = subprocess.run(["git", "ls-files"], check=True, capture_output=True, text=True, cwd=ROOT).stdout.split()
    words = ["".join(parts) for parts in (("py", "pi.org"), ("python", "hosted"), ("/wo", "rk/"), ("/ro", "ot/"))]
    for name in listed:
        # A lock file of uv names where each package came from: that is its form.
        if name != "uv.lock" and not name.endswith(".png"):
            text = (ROOT / name).read_text("utf-8")
            assert not [word for word in words if word in text], name
