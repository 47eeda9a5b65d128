"""What is written to a stream is clean when it arrives, and arrives when it would without."""

from __future__ import annotations

import io
import logging
from typing import TYPE_CHECKING, cast

import pytest
from conformance.discretion import Discreet, without_answer
from conformance.redaction import Redactor

if TYPE_CHECKING:
    from typing import TextIO

TOKEN = "Tok-AbCdEf1234567890.xyz"


@pytest.fixture
def seen() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def stream(seen: io.StringIO) -> TextIO:
    redactor = Redactor()
    redactor.add(TOKEN, "[masked]")
    return cast("TextIO", Discreet(seen, redactor.clean))


def test_a_line_arrives_when_it_ends(stream: TextIO, seen: io.StringIO) -> None:
    print("the token:", TOKEN[:9], file=stream, end="")
    assert not seen.getvalue()
    print(TOKEN[9:], file=stream)
    assert seen.getvalue() == "the token: [masked]\n"


def test_what_is_printed_at_once_is_looked_at_at_once(stream: TextIO, seen: io.StringIO) -> None:
    print(f"{TOKEN[:9]}\n  {TOKEN[9:]}", "and more", file=stream)
    stream.writelines(["a\n", "b"])
    assert seen.getvalue() == "[masked] and more\n"
    stream.flush()
    assert seen.getvalue() == "[masked] and more\na\nb"


def test_a_point_of_progress_arrives_when_it_is_flushed(stream: TextIO, seen: io.StringIO) -> None:
    for count in range(1, 20):
        stream.write(".")
        stream.flush()
        assert seen.getvalue() == "." * count


def test_all_else_is_as_the_stream_has_it(stream: TextIO) -> None:
    assert not stream.isatty()
    assert not stream.closed


def record(name: str, message: str, *values: object) -> logging.LogRecord:
    return logging.LogRecord(name, logging.INFO, "", 1, message, values, None)


def test_what_an_answer_says_first_is_not_logged() -> None:
    request = record("httpx", 'HTTP Request: %s %s "%s %d %s"', "POST", "http://x", "HTTP/1.1", 200, f"OK {TOKEN}")
    assert without_answer(request)
    assert request.getMessage() == 'HTTP Request: POST http://x "HTTP/1.1 200 "'
    head = "receive_response_headers.complete return_value=(b'HTTP/1.1', 200, b'OK', [(b'x-code', b'271828')])"
    assert not without_answer(record("httpcore.http11", head))
    assert without_answer(record("httpcore.http11", "receive_response_headers.started request=<Request [b'POST']>"))
