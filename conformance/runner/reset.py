"""The command `reset`: two-factor authentication of an account is switched off, whatever its state is."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from typing import TYPE_CHECKING

from conformance.masking import Masker
from conformance.model import AccountEnd, CleanupResult, ConfigurationError, ExitCode
from conformance.runner.lifecycle import public_words, start
from conformance.runner.output import masked_console
from conformance.settings import Settings
from schemas import load

if TYPE_CHECKING:
    import argparse


def reset(options: argparse.Namespace) -> int:
    """Switch two-factor authentication off; the exit code is 0 only if a response proves that it is.

    Raises:
        ConfigurationError: the options do not allow it.
    """
    settings = Settings.from_options(options)
    if settings.base_url is None:
        raise ConfigurationError("reset: name the target with --base-url")
    with ExitStack() as stack:
        contract = load()
        masker = Masker(public_words(contract))
        run = start(contract, settings, masker, masked_console(masker), stack)
        run.session.begin("reset")
        result = run.subject.clean_up()
        if result.end is AccountEnd.UNTOUCHED:  # by this command, but it may have been on before
            status = run.session.recorder.exchanges[-1].status
            result = CleanupResult(
                AccountEnd.MAYBE_ON, f"two-factor authentication of the account may still be on: disable got {status}"
            )
        sys.stdout.write(run.session.masker.text(result.sentence) + "\n")
    return ExitCode.CONFORMANT if result.end is AccountEnd.OFF else ExitCode.NO_VERDICT
