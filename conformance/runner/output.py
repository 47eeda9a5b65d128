"""Mask what pytest and libraries print and log during a run; verbose options show more than our own messages."""

from __future__ import annotations

import logging
import sys
from contextlib import ExitStack, contextmanager, redirect_stderr, redirect_stdout
from typing import TYPE_CHECKING, Any, TextIO, cast

from conformance.console import Console, terminal_stream
from conformance.masking import MaskingStream

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.masking import Masker


def masked_console(masker: Masker) -> Console:
    """A console past pytest's capture, on which the secrets of the run are masked."""
    return Console(cast("TextIO", MaskingStream(terminal_stream(), masker, is_drawn=True)))


@contextmanager
def masked_output(masker: Masker) -> Iterator[None]:
    """Mask the standard streams, and the messages of all loggers."""
    make_record = logging.getLogRecordFactory()

    def make_masked(*arguments: Any, **more: Any) -> logging.LogRecord:
        name, level, path, line, _, _, *others = arguments
        message = masker.value(make_record(*arguments, **more).getMessage())
        return make_record(name, level, path, line, message, None, *others, **more)

    logging.setLogRecordFactory(make_masked)
    with ExitStack() as stack:
        stack.callback(logging.setLogRecordFactory, make_record)
        stack.enter_context(redirect_stdout(cast("TextIO", MaskingStream(sys.stdout, masker))))
        stack.enter_context(redirect_stderr(cast("TextIO", MaskingStream(sys.stderr, masker))))
        yield
