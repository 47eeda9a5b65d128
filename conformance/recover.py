"""`tfe-conformance recover`: finish the clean-up of runs that could not do it themselves."""

from __future__ import annotations

import argparse
import sys
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from conformance import journal
from conformance.run import start
from conformance.target import ConfigurationError, read_token
from conformance.voice import Voice, waiting
from schemas import load

if TYPE_CHECKING:
    from pathlib import Path

    from conformance.journal import Entry

DONE, CONFIGURATION, NOT_DONE = 0, 2, 3


def recover(known: argparse.Namespace, defaults: argparse.Namespace) -> int:
    """Bring every account of the journal to rest, and say how each was left.

    Args:
        known: the options of the command: `list`, `force`, `token_env`, `token_file`.
        defaults: the options of a run where nothing is said.

    Returns:
        0 if nothing is left to be done, 2 if a token is lacking, 3 if an account may still be changed.
    """
    try:
        found = journal.entries()
    except ConfigurationError as error:
        return _fail(str(error))
    if not found:
        _say("no run left anything to be cleaned up")
    codes = [DONE]
    for path, entry in found:
        what = f"{entry.base_url}, begun {entry.started}, token from {source(entry)}"
        if known.list:
            _say(what)
        elif entry.running and not known.force:
            _say(f"{what}: the run goes on in process {entry.pid}; end that first, or say --force")
            codes.append(NOT_DONE)
        else:
            codes.append(_recovered(path, entry, known, defaults, what))
    return max(codes)


def source(entry: Entry) -> str:
    """Where the token of an entry was read from."""
    return f"the file {entry.token_file}" if entry.token_file else f"${entry.token_env}"


def _recovered(path: Path, entry: Entry, known: argparse.Namespace, defaults: Any, what: str) -> int:
    options = argparse.Namespace(**vars(defaults))
    options.base_url, options.allow_production, options.disposable_account = entry.base_url, entry.production, True
    options.token_env, options.token_file = entry.token_env, entry.token_file
    if known.token_env or known.token_file:
        options.token_env, options.token_file = known.token_env or defaults.token_env, known.token_file
    with ExitStack() as stack:
        try:
            if not entry.is_of(read_token(options.token_env, options.token_file).reveal()):
                return _fail(f"{what}: that is another token now; name where the former is with --token-env")
            run = start(load(), options, stack, Voice(_say, input, lambda seconds, why: _say(waiting(seconds, why))))
        except ConfigurationError as error:
            return _fail(f"{what}: {error}")
        run.asker.journal = None
        left = run.asker.subject.finish()
        _say(run.redactor.clean(f"{entry.base_url}: {left.sentence}"))
        if left.at_rest:
            path.unlink(missing_ok=True)
        return DONE if left.at_rest else NOT_DONE


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def _fail(text: str) -> int:
    sys.stderr.write(f"tfe-conformance: {text}\n")
    return CONFIGURATION
