"""Signals: they stop a run, which then cleans up."""

from __future__ import annotations

import itertools
import signal

SIGNALS = tuple(number for number in signal.Signals if number.name in ("SIGINT", "SIGTERM", "SIGHUP"))
MAX_INTERRUPTS = 2


def interrupt_on_signals() -> None:
    """Treat SIGTERM and SIGHUP as Ctrl-C, so that the account is cleaned up when a CI job is cancelled.

    The first signal stops the run, the second the clean-up; more of them interrupt nothing.
    """
    counts = itertools.count(1)

    def interrupt(*_: object) -> None:
        if next(counts) <= MAX_INTERRUPTS:
            raise KeyboardInterrupt

    for number in SIGNALS:
        # A script that starts a run in the background has SIGINT ignored, but nohup means what it does.
        if number.name != "SIGHUP" or signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, interrupt)


def ignore_signals() -> None:
    """Let nothing stop the run any more: only its report is left to write."""
    for number in SIGNALS:
        signal.signal(number, signal.SIG_IGN)
