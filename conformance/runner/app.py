"""The application that `--app` names, served by a process of its own.

Its packages may have the names of folders of this suite, such as `schemas`.
"""

from __future__ import annotations

import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from conformance.model import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parent.parent.parent
TIMEOUT = 10.0
"""Seconds that the process may take to end."""


@contextmanager
def served_app(name: str) -> Iterator[str]:
    """Serve an application on a free loopback port; the value is its URL, without a path.

    Raises:
        ConfigurationError: it can't be imported, or does not start; its traceback was printed.
    """
    script = ROOT / "serving.py"  # in a wheel; in a checkout it is in a folder of its own
    script = script if script.is_file() else ROOT / "tfe_conformance" / "serving.py"
    with subprocess.Popen(  # noqa: S603 (our own program)
        [sys.executable, str(script), name], stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8"
    ) as process:
        try:
            url = process.stdout.readline().strip() if process.stdout else ""
            if not url:
                raise ConfigurationError(f"--app: {name} could not be served; the reason is above")
            yield url
        finally:
            if process.stdin:
                process.stdin.close()  # which ends the server
            try:
                process.wait(TIMEOUT)
            except subprocess.TimeoutExpired:
                process.kill()
