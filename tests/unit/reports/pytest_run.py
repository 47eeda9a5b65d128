"""A run of pytest in this process, with the plugin of the reports and a record made by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from conformance.keys import CONTRACT, RECORD, SETTINGS
from conformance.settings import Settings
from tests.unit.reports import made

if TYPE_CHECKING:
    from pathlib import Path

TESTS = "def test_passes():\n    pass\n\n\ndef test_fails():\n    raise AssertionError\n"
OPTIONS = "--assert=plain --import-mode=importlib --disable-plugin-autoload"
PLUGINS = ("no:cacheprovider", "pytest_metadata.plugin", "pytest_html.plugin", "reports.plugin")


def run(folder: Path, cases: Any, *arguments: str, tests: str = TESTS, plugin: Any = None, **changes: Any) -> int:
    """The exit code of a run whose record has these cases; `changes` are settings."""
    file = folder / f"test_{folder.name}.py"  # a name of its own, as modules are cached by name
    file.write_text(tests)
    (folder / "pytest.toml").write_text('[pytest]\nfilterwarnings = ["error"]\n')
    settings = Settings(report_dir=str(folder / "reports"), **changes)

    def make_record(_: pytest.Session, status: int) -> Any:
        assert status in list(pytest.ExitCode)
        return made.record(cases() if callable(cases) else cases)

    class Engine:
        """Takes the place of conformance.runner.plugin."""

        @pytest.hookimpl(tryfirst=True)
        def pytest_cmdline_main(self, config: pytest.Config) -> None:
            config.stash[CONTRACT] = made.CONTRACT
            config.stash[SETTINGS] = settings
            config.stash[RECORD] = make_record

    options = [*OPTIONS.split(), *(word for name in PLUGINS for word in ("-p", name))]
    # A plugin had to have a hash in pytest 9.0, and a namespace has none.
    hooks = type("Hooks", (), {name: staticmethod(hook) for name, hook in vars(plugin).items()}) if plugin else None
    plugins = [Engine(), *([hooks()] if hooks else [])]
    return int(pytest.main(["-c", str(folder / "pytest.toml"), *options, *arguments, str(file)], plugins))
