"""A target in this process: the reference service behind the client of a session, and changes of its responses."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Literal, cast
from urllib.parse import urlsplit

from conformance.batches import Batches
from conformance.http_client import Result
from conformance.limits import Limits
from conformance.model import Exchange, NoVerdict, Request, Response, Untested
from conformance.recorder import Recorder
from conformance.session import Session
from conformance.target import Secret, Target
from conformance.two_factor.account import Account, cost_of
from conformance.two_factor.checks import TwoFactorRules
from conformance.two_factor.code_sources import CodeRequest, CodeSource, EmbeddedCodes
from conformance.two_factor.state import TwoFactorHistory
from conformance.two_factor.subject import TwoFactorSubject
from reference.app import build_app
from reference.service import PREFIX, Service
from schemas import load
from strategies.mutations import encode
from strategies.probe import RequestSpec

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Mapping

    from conformance.http_client import HttpClient
    from conformance.masking import Masker
    from reference.accounts import TwoFactor

    Respond = Callable[[Request], Response | Result]
    Change = Callable[[Request, Respond], Response | Result]

CONTRACT = load()
JSON_API = (("Content-Type", "application/vnd.api+json"),)
BASE_URL = f"http://127.0.0.1:1{PREFIX}"
TOKEN = Service.people[0].token
NO_RESPONSE = Result(problem="no response", sent=1)
SAMPLES: Mapping[str, Any] = {
    name: operation.response.schema["examples"][0]
    for name, operation in CONTRACT.operations.items()
    if "examples" in operation.response.schema
}
"""The sampled response documents by operation."""

# -- exchanges ---------------------------------------------------------------------------------------------------------


def response(status: int, document: Any = None, headers: tuple[tuple[str, str], ...] = JSON_API) -> Response:
    """A response; `document` is a JSON value, or the bytes of the body."""
    return Response(status, headers, document if isinstance(document, bytes) else json.dumps(document).encode())


def rejection(status: int = 422) -> Response:
    """A rejection with an error document."""
    return response(status, {"errors": [{"status": str(status), "title": "rejected"}]})


def exchange(  # noqa: PLR0913 (the members of an exchange)
    operation: str,
    answer: Response | None,
    body: Any = None,
    *,
    method: str = "POST",
    number: int = 1,
    ended: float = 1000.0,
    valid_credentials: bool | None = True,
    known_code: str = "",
    shape: str = "",
) -> Exchange:
    """An exchange with a JSON body."""
    content = None if body is None else encode(body)
    spec = RequestSpec(operation, content, known_code=known_code, shape=shape)
    request = Request(method, f"{BASE_URL}{CONTRACT.operations[operation].path}", (), content)
    return Exchange(number, spec, request, answer, valid_credentials=valid_credentials, ended=ended)


def enable_body(delivery: str, number: str | None = None) -> dict[str, Any]:
    """A documented request to enable."""
    attributes = {"delivery": delivery} | ({} if number is None else {"sms-number": number})
    return {"data": {"type": "users", "attributes": attributes}}


def verify_body(code: Any) -> dict[str, Any]:
    """A request to verify."""
    return {"data": {"type": "users", "attributes": {"code": code}}}


def user(**two_factor: Any) -> dict[str, Any]:
    """A user document with these members of two-factor, in place of those of the sample."""
    document = json.loads(json.dumps(SAMPLES["enable"]))
    document["data"]["attributes"]["two-factor"] |= {key.replace("_", "-"): two_factor[key] for key in two_factor}
    return cast("dict[str, Any]", document)


# -- a target ----------------------------------------------------------------------------------------------------------


def in_memory(service: Service) -> Respond:
    """The responses of a service that nobody waits for."""
    app = build_app(service)

    def respond(request: Request) -> Response:
        parts = urlsplit(request.url)
        body = request.body or b""
        headers = [*request.headers, ("Host", parts.netloc), ("Content-Length", str(len(body)))]
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "scheme": "http",
            "method": request.method,
            "path": parts.path,
            "raw_path": parts.path.encode(),
            "query_string": parts.query.encode(),
            "root_path": "",
            "headers": [(name.lower().encode(), value.encode("latin-1")) for name, value in headers],
        }
        messages: list[dict[str, Any]] = []

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: dict[str, Any]) -> None:
            messages.append(message)

        _finish(app(scope, receive, send))  # type: ignore[arg-type]
        content = b"".join(message.get("body", b"") for message in messages[1:])
        received = tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in messages[0]["headers"])
        return Response(messages[0]["status"], received, b"" if request.method == "HEAD" else content)

    return respond


def _finish(coroutine: Coroutine[Any, Any, None]) -> None:
    try:
        coroutine.send(None)
    except StopIteration:
        return
    raise RuntimeError("the service waits")


class NoNumberAfterVerification(Service):
    """A service that answers null for the number of a verified set-up."""

    def document(self, operation: Any, account: Any) -> Any:
        document = super().document(operation, account)
        if operation == "verify":
            document["data"]["attributes"]["two-factor"]["sms-number"] = None
        return document


class FakeClient:
    """A client that gets its responses from a function, and keeps the requests."""

    def __init__(self, respond: Respond) -> None:
        self.respond = respond
        self.requests: list[Request] = []
        self.resets = 0

    def send(self, request: Request) -> Result:
        """The result of a request."""
        self.requests.append(request)
        answer = self.respond(request)
        return Result(answer, sent=1) if isinstance(answer, Response) else answer

    def reset_limits(self) -> None:
        """Count the calls."""
        self.resets += 1


class FakeMasker:
    """A masker that masks raw values only, and keeps what it learnt."""

    def __init__(self) -> None:
        self.labels: dict[str, str] = {}
        self.learnt: list[bytes] = []

    def add(self, value: str, label: str) -> None:
        """Mask a value by a label."""
        self.labels[value] = label

    def learn(self, source: bytes) -> None:
        """Keep a body."""
        self.learnt.append(source)

    def text(self, text: str) -> str:
        """The text without the values."""
        for value, label in self.labels.items():
            text = text.replace(value, label) if value else text
        return text


class FakeServer:
    """The embedded server, as far as a run knows it."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.base_url = BASE_URL
        self.token = TOKEN
        self.sms_number = service.sms_number

    def code(self, delivery: str) -> str:
        """The code that the server accepts now."""
        return self.service.current_code(self.service.accounts[0], delivery)


class FakeSource(CodeSource):
    """A source of prepared codes, the last of them for ever; an exception among them is raised.

    `used` counts the codes that were marked used.
    """

    def __init__(
        self,
        *codes: str | NoVerdict,
        deliveries: tuple[str, ...] = ("app", "sms"),
        is_single_use: bool = False,
        available_without_setup: bool = False,
        is_authoritative: bool = False,
        seconds_per_code: float = 0.0,
    ) -> None:
        self.codes = codes
        self.deliveries = deliveries
        self.is_single_use = is_single_use
        self.available_without_setup = available_without_setup
        self.is_authoritative = is_authoritative
        self.seconds_per_code = seconds_per_code
        self.requests: list[CodeRequest] = []
        self.used = 0

    def code(self, request: CodeRequest) -> str:
        """The next code."""
        self.requests.append(request)
        code = self.codes[min(self.used, len(self.codes) - 1)]
        if isinstance(code, NoVerdict):
            raise code
        return code

    def peek(self, request: CodeRequest) -> str:
        """The next code, where it takes no set-up."""
        if not self.available_without_setup:
            raise Untested("it would take a message")
        return self.code(request)

    def mark_used(self) -> None:
        """Go on to the next code."""
        self.used += 1


class ServiceCodes(FakeSource):
    """The codes of a service, with the facts of another source; `wrong` of them are wrong at first."""

    def __init__(self, service: Service, *, wrong: int = 0, **facts: Any) -> None:
        super().__init__("000000", **facts)
        self.wrong = wrong
        self._service = service

    def code(self, request: CodeRequest) -> str:
        """The code that the service accepts now."""
        self.requests.append(request)
        right = self._service.current_code(self._service.accounts[0], request.delivery)
        return f"{(int(right) + 1 + self.used) % 1_000_000:06}" if self.used < self.wrong else right


class FakeSession(Session[TwoFactorHistory]):
    """A session that keeps its pauses instead of waiting; `pauses` are their seconds."""

    pauses: list[float]

    def pause(self, seconds: float) -> None:
        """Wait for nothing."""
        self.pauses.append(seconds)


@dataclass(frozen=True)
class Rig:
    """The parts of a run against a target in this process."""

    service: Service
    client: FakeClient
    masker: FakeMasker
    session: FakeSession
    subject: TwoFactorSubject
    batches: Batches

    @property
    def account(self) -> Account:
        """The account under test."""
        return self.subject.account

    @property
    def exchanges(self) -> list[Exchange]:
        """The exchanges so far."""
        return self.session.recorder.exchanges

    @property
    def sent(self) -> list[str]:
        """The exchanges so far as texts: operation and status."""
        return [f"{item.operation} {item.status}" for item in self.exchanges]

    @property
    def two_factor(self) -> TwoFactor:
        """The state of the account as the service has it."""
        return self.service.accounts[0].two_factor


def rig(  # noqa: PLR0913 (each with a default)
    change: Change | None = None,
    *,
    service: Service | None = None,
    source: CodeSource | Literal["embedded"] | None = "embedded",
    budget: dict[str, int] | None = None,
    number: str = Service.sms_number,
    is_own_number: bool = True,
) -> Rig:
    """A run against the reference service.

    Args:
        change: makes a response from a request and the function that asks the service.
        service: another service.
        source: the code source; by default that of the embedded server.
        budget: the limits by kind.
        number: the number that SMS go to.
        is_own_number: the user gave it.
    """
    service = service or Service()
    forward = in_memory(service)
    client = FakeClient(forward if change is None else lambda request: change(request, forward))
    codes = EmbeddedCodes(FakeServer(service).code) if source == "embedded" else source
    masker = FakeMasker()
    session = FakeSession(
        CONTRACT,
        Target(BASE_URL, Secret(TOKEN)),
        cast("HttpClient", client),
        Limits(budget),
        cast("Masker", masker),
        Recorder(CONTRACT, TwoFactorHistory(CONTRACT.operations), TwoFactorRules(), TOKEN),
        partial(cost_of, number=number, source=codes),
    )
    session.pauses = []
    subject = TwoFactorSubject(Account(session, codes, number, is_own_number=is_own_number))
    return Rig(service, client, masker, session, subject, Batches(session, subject))


def operation_of(request: Request) -> str:
    """The operation that a request is sent to."""
    return next(name for name, item in CONTRACT.operations.items() if urlsplit(request.url).path.endswith(item.path))
