"""What each worker of a run has to itself: the token of an account, and where the codes of that account come from."""

from __future__ import annotations

import argparse
from contextlib import ExitStack, contextmanager
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from conformance.run import knowledge_of, start
from conformance.target import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pytest

    from conformance.run import Run
    from conformance.voice import Voice
    from schemas import Contract


def count_of(config: pytest.Config) -> int:
    """The number of workers that a run starts; 0 where it asks by itself, or is a worker.

    Raises:
        ConfigurationError: they are not to be processes of this machine, or there are fewer tokens than workers.
    """
    option = config.option
    if is_worker(config) or option.dist == "no" or not option.tx:
        return 0
    if not option.numprocesses or option.px:
        raise ConfigurationError("workers are processes on this machine: say how many with -n, and not --tx or --px")
    return len(option.tx)


def is_worker(config: pytest.Config) -> bool:
    """Whether this process is a worker of a run."""
    return hasattr(config, "workerinput")


def names(options: Any) -> list[str]:
    """The variables that hold the tokens, one for each account."""
    return [name.strip() for name in options.token_env.split(",")]


def label(options: Any, number: int) -> str:
    """What the account of a worker is called: the variable that holds its token."""
    return names(options)[number] if options.base_url is not None else f"account {number + 1}"


def taken(options: Any, contract: Contract, number: int, count: int) -> None:
    """Make the options of a run those of one of its workers.

    Raises:
        ConfigurationError: there is no account for it.
    """
    if options.base_url is not None:
        if count > 1 and options.token_file is not None:
            raise ConfigurationError(f"-n {count}: each worker needs an account of its own: name them by --token-env")
        if count > len(names(options)):
            raise ConfigurationError(
                f"-n {count}: each worker needs an account of its own; name {count} variables, as in --token-env A,B"
            )
        options.token_env = names(options)[number]
    knowledge = knowledge_of(contract)
    if knowledge is not None:
        knowledge.share(options, number, count)


def prepared(contract: Contract, options: Any, count: int, stack: ExitStack, voice: Voice) -> Run:
    """The run of the controller: it asks nothing, knows the secrets of all workers, and has found their mistakes.

    Raises:
        ConfigurationError: the options don't allow it, for one of the workers.
    """
    runs: list[Run] = []
    for number in range(count):
        share = argparse.Namespace(**vars(options))
        taken(share, contract, number, count)
        runs.append(start(contract, share, stack, voice, elsewhere))
    tokens = [run.target.token.reveal() for run in runs]
    for number, token in enumerate(tokens):
        if token and token in tokens[:number]:
            pair = f"{label(options, tokens.index(token))} and {label(options, number)}"
            raise ConfigurationError(f"{pair} hold the same token: each worker needs an account of its own")
    for run in runs[1:]:
        runs[0].redactor.learn(run.redactor.known.values())
    runs[0].options = argparse.Namespace(**vars(options))
    if options.base_url is not None:
        runs[0].options.token_env = ",".join(names(options)[:count])
    return runs[0]


@contextmanager
def elsewhere() -> Iterator[Any]:
    """Stands for the embedded servers of the workers, each of which has its own."""
    yield SimpleNamespace(base_url="http://127.0.0.1", token="", sms_number="")
