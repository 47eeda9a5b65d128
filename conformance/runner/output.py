"""The output of a run: whatever prints or logs, no secret and no control character of the target gets through."""

from __future__ import annotations

import contextlib
import logging
import sys
from typing import TYPE_CHECKING, Any, TextIO, cast

from conformance.masking import MaskingStream

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.masking import Masker


@contextlib.contextmanager
def masked_output(masker: Masker) -> Iterator[None]:
    """Mask standard output, standard error and the messages of all loggers."""
    out, err = (cast("TextIO", MaskingStream(stream, masker)) for stream in (sys.stdout, sys.stderr))
    make_record = logging.getLogRecordFactory()

    def make_masked_record(  # noqa: PLR0913, PLR0917 (as logging calls it)
        name: str, level: int, path: str, line: int, message: object, arguments: Any, _: object, *others: Any
    ) -> logging.LogRecord:
        record = logging.LogRecord(name, level, path, line, message, arguments, None)
        # Without the exception: its message may hold what this one was masked for.
        return make_record(name, level, path, line, masker.value(record.getMessage()), (), None, *others)

    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        logging.setLogRecordFactory(make_masked_record)
        try:
            yield
        finally:
            logging.setLogRecordFactory(make_record)
