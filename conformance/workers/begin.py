"""Begin a run in the role that this process has: alone, as the controller of workers, or as one of them."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from conformance.run import Run, start
from conformance.voice import SCREEN
from conformance.workers.crew import Crew
from conformance.workers.shares import count_of, is_worker, prepared, taken
from conformance.workers.worker import Worker

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager, ExitStack

    from conformance.voice import Voice
    from reference.server import Server
    from schemas import Contract

CREW = pytest.StashKey[Crew]()
WORKER = pytest.StashKey[Worker]()


def begin(
    config: pytest.Config,
    contract: Contract,
    stack: ExitStack,
    voice: Voice,
    embedded: Callable[[], AbstractContextManager[Server]] | None,
) -> Run:
    """Make a run ready, as `conformance.run.start` does; the plugin of its role is in the stash then.

    Raises:
        ConfigurationError: the options don't allow it.
    """
    count = count_of(config)
    if count:
        run = prepared(contract, config.option, count, stack, voice)
        config.stash[CREW] = crew = Crew(run, count, voice)
        config.pluginmanager.register(crew, "crew")
        config.option.maxworkerrestart = "0"  # another one could not know how the account was left
        return run
    if is_worker(config):
        given = config.workerinput  # type: ignore[attr-defined]
        taken(config.option, contract, given["number"], given["workercount"])
    run = start(contract, config.option, stack, voice, embedded)
    if not run.target.embedded and config.option.token_file is None:
        os.environ["TFE_TOKEN_ENV"] = config.option.token_env  # for a command that tells codes of several accounts
    if is_worker(config):
        config.stash[WORKER] = config.stash[SCREEN] = worker = Worker(config, run)
        config.pluginmanager.register(worker, "worker")
    return run
