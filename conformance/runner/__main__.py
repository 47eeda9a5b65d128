"""The entry point, `tfe-conformance`.

In a wheel the folders of this project are in one package. Its code imports them by their names in a checkout, so the
root comes first on the path.
"""

from __future__ import annotations

import sys
import traceback
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
NO_VERDICT = 3


def main(arguments: list[str] | None = None) -> int:
    """Run a command; the exit code is 0 (conformant), 1 (violated), 2 (usage) or 3 (no verdict)."""
    arguments = sys.argv[1:] if arguments is None else arguments
    try:
        sys.path.insert(0, str(ROOT))
        from conformance.runner.cli import run  # noqa: PLC0415 (the path has to be set first)

        return run(arguments, ROOT)
    except Exception as error:  # noqa: BLE001 (an exception of ours is never a verdict)
        if "-v" in arguments or "--verbose" in arguments:
            traceback.print_exception(error)
        sys.stderr.write(f"tfe-conformance: the suite itself failed: {type(error).__name__}: {error} (-v for more)\n")
        return NO_VERDICT


if __name__ == "__main__":
    raise SystemExit(main())
