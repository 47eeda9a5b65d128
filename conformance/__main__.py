"""The command line, `tfe-conformance`.

In a wheel the folders of this project sit under one package. Its code imports them by their names in a checkout, so
the first thing to do is to put their root before anything else on the path.
"""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def main(arguments: list[str] | None = None) -> int:
    """Run a command; the exit code is 0 (conformant), 1 (violated), 2 (usage) or 3 (no verdict)."""
    sys.path.insert(0, str(ROOT))
    from conformance.commands import run  # noqa: PLC0415 (the path has to be set first)

    return run(sys.argv[1:] if arguments is None else arguments, ROOT)


if __name__ == "__main__":
    raise SystemExit(main())
