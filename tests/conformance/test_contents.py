"""Whatever an answer holds, it is judged, followed, redacted and shown, and that in little time."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import pytest
from conformance.account.subject import AccountSubject
from conformance.asker import Asker
from conformance.client import Answer, Limits
from conformance.exchange import Response
from conformance.redaction import Redactor, Secret
from conformance.run import public

from conformance.subject import encoded
from conformance.target import Target
from reports.evidence import Evidence, printable
from schemas import NotJSON, load, parse
from tests.conformance.contents import CONTENTS, DEEP
from tests.conformance.relay import Honest
from tests.suite import TOKEN

if TYPE_CHECKING:
    from conformance.exchange import Request

CONTRACT = load()
ANSWERS = [CONTRACT.operations[name].response.schema["examples"][0] for name in ("enable", "verify", "disable")]
HONEST = [
    *(Honest("200 OK", ("Content-Type: application/vnd.api+json",), json.dumps(answer).encode()) for answer in ANSWERS),
    Honest("200 OK", (), b"null"),
    Honest("422 Unprocessable Content", (), b'{"errors": [{"status": "422", "title": "invalid"}]}'),
]


def received(message: bytes) -> Response:
    """An answer as the client hands it over."""
    head, _, body = message.partition(b"\r\n\r\n")
    status, *lines = head.decode("latin-1").split("\r\n")
    headers = tuple((name, value) for name, _, value in (line.partition(": ") for line in lines))
    return Response(int(status.split(" ")[1]), headers, body)


class Told:
    """A client that is told what to answer."""

    def __init__(self) -> None:
        self.answer = Response(200, ())

    def send(self, request: Request) -> Answer:  # noqa: ARG002
        return Answer(self.answer, 0.0, 0, 0)


@pytest.mark.parametrize("name", CONTENTS)
def test_every_content_is_judged_and_shown(name: str) -> None:
    client: Any = Told()
    redactor = Redactor(public(CONTRACT))
    redactor.add(TOKEN, "$TFE_TOKEN")
    asker = Asker(CONTRACT, Target("http://127.0.0.1:1/api/v2", Secret(TOKEN)), client, redactor)
    asker.subject = AccountSubject(asker, None, "+12025550123", own_number=True)
    started = time.monotonic()
    for honest in HONEST:
        client.answer = received(CONTENTS[name](honest))
        assert len(client.answer.body) <= Limits.size, "the client would not take it"
        for operation in CONTRACT.operations.values():
            asker.send(operation.name, encoded(next(iter(operation.shapes.values()))), purpose="a try")
    assert len(asker.exchanges) == len(HONEST) * len(CONTRACT.operations)
    assert all(exchange.judged for exchange in asker.exchanges)
    evidence = Evidence(redactor)
    for exchange in asker.exchanges[:: len(CONTRACT.operations)]:
        shown = evidence.of(exchange)
        assert shown.response_headers or not exchange.response.headers
        assert printable(shown.response_body).replace("\n", "").isprintable()
    assert time.monotonic() - started < 60


@pytest.mark.parametrize(
    "body",
    [b"[" * DEEP + b"]" * DEEP, b'{"a":' * 101 + b"1" + b"}" * 101, b"[" * 101 + b"]" * 101, b"9" * 5_000],
    ids=["deep", "objects", "arrays", "digits"],
)
def test_what_is_no_value_to_work_with_is_not_read(body: bytes) -> None:
    with pytest.raises(NotJSON):
        parse(body)


def test_what_is_as_deep_as_it_may_be_is_read() -> None:
    assert parse(b"[" * 100 + b"]" * 100) is not None
    assert parse(b"[" + b"{}," * 1_000 + b"[]]") is not None
