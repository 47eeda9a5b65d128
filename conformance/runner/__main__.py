"""The entry point, `tfe-conformance`.

In a wheel the folders of this project are in one package. Its code imports them by their names in a checkout, so the
root comes first on the path.
"""

from __future__ import annotations

import os
import sys
import traceback
import warnings
from contextlib import suppress
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TOOL = "tfe-conformance"
USAGE, NO_VERDICT = 2, 3
STREAMS = (("stdin", "r"), ("stdout", "w"), ("stderr", "w"))
"""The standard streams, by their descriptors."""


def main(arguments: list[str] | None = None) -> int:
    """Run a command; the exit code is 0 (conformant), 1 (violated), 2 (usage) or 3 (no verdict)."""
    arguments = sys.argv[1:] if arguments is None else arguments
    try:
        open_standard_streams()
        sys.path.insert(0, str(ROOT))
        from conformance.runner.signals import interrupt_on_signals  # noqa: PLC0415 (the path has to be set first)

        interrupt_on_signals()
        warnings.simplefilter("ignore")  # a warning is no verdict, whatever PYTHONWARNINGS says
        from conformance.runner.cli import run  # noqa: PLC0415 (it takes a while, in which a signal may come)

        return run(arguments)
    except KeyboardInterrupt:
        return fail("stopped before anything was sent")
    except ModuleNotFoundError as error:
        return fail(f"the package {error.name} is missing: install {TOOL} again, with its dependencies", USAGE)
    except Exception as error:  # noqa: BLE001 (an exception of ours is never a verdict)
        if any(argument == "--verbose" or argument.startswith("-v") for argument in arguments):
            with suppress(OSError):
                traceback.print_exception(error)
        return fail(f"the suite itself failed: {type(error).__name__}: {error} (-v for more)")
    finally:
        flush_streams()


def fail(problem: str, code: int = NO_VERDICT) -> int:
    """The exit code, after a line about the problem."""
    with suppress(OSError):
        sys.stderr.write(f"{TOOL}: {' '.join(problem.split())}\n")
    return code


def open_standard_streams() -> None:
    """Open those of the three standard streams that are closed: a file or socket would take the place of one."""
    while (descriptor := os.open(os.devnull, os.O_RDWR)) < len(STREAMS):
        pass
    os.close(descriptor)
    is_closed = sys.stdout is None
    for number, (name, mode) in enumerate(STREAMS):
        if getattr(sys, name) is None:
            setattr(sys, name, open(number, mode, encoding="utf-8", closefd=False))  # noqa: SIM115 (for the process)
    if is_closed:
        fail("standard output is closed, so only the exit code and the reports tell the verdict")


def flush_streams() -> None:
    """Write what is buffered. If that can't be written, Python would exit with a code of its own."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):
            with suppress(OSError, ValueError):
                os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


if __name__ == "__main__":
    if not sys.flags.safe_path:
        del sys.path[0]  # the working folder, with `python -m`, or the folder of this file: neither holds dependencies
    raise SystemExit(main())
