"""Send requests to the target, one at a time, with limits on time and size.

The transport is httpcore, as in httpx: its network backend can be replaced, and there the limits hold for every byte.
A client of httpx has no limit on a whole response, and loses a redirect whose Location is not a URL. Without it, there
are no redirects, cookies, proxies or .netrc that could take the token elsewhere.
"""

from __future__ import annotations

import os
import re
import ssl
import time
import zlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Self

import httpcore
import httpx

from conformance.model import ConfigurationError, Inconclusive, Response
from conformance.rate_limit import is_throttled

if TYPE_CHECKING:
    from conformance.model import Request
    from conformance.rate_limit import RateLimit

DEFAULT_HEADERS = (
    (b"User-Agent", b"tfe-conformance"),
    (b"Accept-Encoding", b"gzip, deflate"),
    (b"Connection", b"close"),
)
WINDOW_BITS = {"gzip": (31,), "x-gzip": (31,), "deflate": (zlib.MAX_WBITS, -zlib.MAX_WBITS)}
"""The formats of an encoding, in zlib's numbers. Some servers send "deflate" without the header of zlib."""
MAX_PROBLEM = 300


@dataclass(frozen=True)
class HttpLimits:
    """Limits in seconds and bytes.

    Attributes:
        connect: the time for a TCP connection, and again for its TLS handshake.
        total: the time from a request to the last byte of its response; silence is not cut earlier.
        size: the bytes of a response as it is received, and of its body when it is decoded.
        headers: the number of headers of a response.
        silence: the time that a run may spend on requests without a response.
        waiting: the time that a run may wait for responses in all.
        received: the bytes of all responses of a run.
    """

    connect: float = 5.0
    total: float = 30.0
    size: int = 512 * 1024
    headers: int = 250
    silence: float = 60.0
    waiting: float = 1800.0
    received: int = 16 * 1024 * 1024

    @classmethod
    def for_responses_within(cls, seconds: float) -> Self:
        """The limits of a run, of which one response may take this long."""
        return cls(connect=min(cls.connect, seconds), total=seconds, silence=2 * seconds, waiting=60 * seconds)


@dataclass(frozen=True)
class Result:
    """The result of sending a request.

    Attributes:
        response: the response, or `None`.
        problem: why there is no response, in at most 300 printable characters.
        seconds: the time from the last sending to the end of the response.
        throttled: the number of responses that asked to retry later; where it is `sent`, nothing was carried out.
        sent: how often the request was handed to the transport.
    """

    response: Response | None = None
    problem: str = ""
    seconds: float = 0.0
    throttled: int = 0
    sent: int = 0


class UnusableResponse(Exception):  # noqa: N818 (it names the thing)
    """A response that is too large, or that can't be decoded."""


class HttpClient:
    """The client of a run. Each request has a connection of its own, so no response is taken for another one.

    Raises:
        ConfigurationError: SSL_CERT_FILE or SSLKEYLOGFILE can't be used.
    """

    def __init__(self, rate_limit: RateLimit, limits: HttpLimits = HttpLimits()) -> None:
        self._rate_limit = rate_limit
        self._limits = limits
        self._ssl_context = _ssl_context()
        self.reset_limits()

    def reset_limits(self) -> None:
        """Forget how long the target kept the run waiting and how much it sent: the clean-up is worth a try."""
        self._silence = self._waiting = 0.0
        self._received = 0

    def send(self, request: Request) -> Result:
        """Send a request, and again where the target throttles and the rate limit allows to wait.

        Its headers are sent as they are, after Host, User-Agent, Accept-Encoding and Connection.
        """
        result = Result()
        try:
            while True:
                self._check_limits()
                self._rate_limit.wait(request.url)
                result = self._attempt(request, result)
                response = result.response
                if response is None:
                    return result
                if not is_throttled(response):
                    self._rate_limit.apply_headers(response)
                    return result
                result = replace(result, throttled=result.throttled + 1)
                self._rate_limit.back_off(request.url, response, result.throttled - 1)
        except Inconclusive as reason:
            return replace(result, response=None, problem=str(reason))

    def _check_limits(self) -> None:
        if self._silence > self._limits.silence:
            raise Inconclusive(f"given up: requests without a response took {self._silence:.0f} s; is the target up?")
        if self._waiting > self._limits.waiting:
            raise Inconclusive(f"given up: the target kept this run waiting for {self._waiting:.0f} s; run it later")
        if self._received > self._limits.received:
            raise Inconclusive(f"given up: the responses to this run had {self._received:,} bytes, too many for one")

    def _attempt(self, request: Request, before: Result) -> Result:
        started, network = time.monotonic(), _Network(self._limits)
        response, problem = None, ""
        try:
            response = self._exchange(request, network)
        except (httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError, UnusableResponse) as error:
            problem = _describe(error, self._limits)
        seconds = time.monotonic() - started
        self._waiting += seconds
        self._silence += 0.0 if response else seconds
        self._received += max(network.received, len(response.body) if response else 0)
        return Result(response, problem, seconds, before.throttled, before.sent + 1)

    def _exchange(self, request: Request, network: _Network) -> Response:
        url = httpx.URL(request.url)
        headers = [(name.encode(), value.encode("latin-1")) for name, value in request.headers]
        names = {name.lower() for name, _ in headers}
        defaults = [header for header in ((b"Host", url.netloc), *DEFAULT_HEADERS) if header[0].lower() not in names]
        # A POST without a body has a Content-Length all the same (RFC 9110, 8.6).
        content = b"" if request.body is None and request.method in {"POST", "PUT", "PATCH"} else request.body
        with (
            httpcore.ConnectionPool(ssl_context=self._ssl_context, network_backend=network) as pool,
            pool.stream(
                request.method,
                httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
                headers=defaults + headers,
                content=content,
                extensions={"timeout": {"connect": self._limits.connect}},
            ) as stream,
        ):
            if len(stream.headers) > self._limits.headers:
                raise UnusableResponse(f"the response has more than {self._limits.headers} headers")
            body = stream.read()
        received = tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in stream.headers)
        encodings = [value for name, value in received if name.lower() == "content-encoding"]
        return Response(stream.status, received, _decode(body, ",".join(encodings), self._limits.size))


class _Network(httpcore.SyncBackend):
    """The network as one exchange sees it: the time and the size of request and response are limited together.

    `received` is the number of bytes of the response so far.
    """

    def __init__(self, limits: HttpLimits) -> None:
        self._limits = limits
        self._deadline = time.monotonic() + limits.total
        self.received = 0

    def connect_tcp(self, *args: Any, **options: Any) -> httpcore.NetworkStream:
        return _Stream(super().connect_tcp(*args, **options), self)

    def seconds_left(self) -> float:
        seconds = self._deadline - time.monotonic()
        if seconds <= 0:
            raise httpcore.ReadTimeout
        return seconds

    def count(self, data: bytes) -> None:
        self.received += len(data)
        if self.received > self._limits.size:
            raise UnusableResponse(f"the response is larger than {self._limits.size:,} bytes")


@dataclass(eq=False)
class _Stream(httpcore.NetworkStream):
    """A connection that keeps to the limits of its network."""

    stream: httpcore.NetworkStream
    network: _Network

    def read(self, max_bytes: int, *_: Any, **__: Any) -> bytes:
        data = self.stream.read(max_bytes, self.network.seconds_left())
        self.network.count(data)
        return data

    def write(self, buffer: bytes, *_: Any, **__: Any) -> None:
        self.stream.write(buffer, self.network.seconds_left())

    def close(self) -> None:
        self.stream.close()

    def start_tls(self, *args: Any, **options: Any) -> httpcore.NetworkStream:
        return _Stream(self.stream.start_tls(*args, **options), self.network)

    def get_extra_info(self, info: str) -> Any:
        return self.stream.get_extra_info(info)


def _decode(body: bytes, content_encoding: str, max_size: int) -> bytes:
    encoding = ", ".join(name for name in re.split(r"[\s,]+", content_encoding.lower()) if name not in {"", "identity"})
    if not encoding or not body:
        return body
    for window_bits in WINDOW_BITS.get(encoding, ()):
        decompressor = zlib.decompressobj(window_bits)
        try:
            plain = decompressor.decompress(body, max_size + 1)
        except zlib.error:
            continue
        if len(plain) > max_size:
            raise UnusableResponse(f"the response is larger than {max_size:,} bytes when it is decoded")
        if decompressor.eof and not decompressor.unused_data:
            return plain
    raise UnusableResponse(
        f"the body can't be decoded by its Content-Encoding, {encoding[:40]!r}: gzip or deflate work"
    )


def _describe(error: Exception, limits: HttpLimits) -> str:
    problem = str(error)
    match error:
        case httpcore.ConnectTimeout():
            problem = f"no connection within {limits.connect:g} s"
        case httpcore.TimeoutException():
            problem = f"no complete response within {limits.total:g} s"
        case httpcore.ConnectError():
            problem = f"TLS failed: {problem}" if "ssl" in problem.lower() else f"no connection: {problem}"
            if "self-signed" in problem or "local issuer" in problem:
                problem += "; if the authority is your own, name the file with its certificate in SSL_CERT_FILE"
        case httpcore.NetworkError():
            problem = "the connection was reset before the response was complete"
        case httpcore.LocalProtocolError():
            problem = f"the request can't be sent: {problem}"
        case httpcore.RemoteProtocolError() if "disconnected" in problem or problem.startswith("peer "):
            problem = "the target closed the connection before the response was complete"
        case httpcore.RemoteProtocolError():
            problem = f"the response is not HTTP: {problem}"
    return problem if len(problem) <= MAX_PROBLEM else f"{problem[: MAX_PROBLEM - 1]}…"  # the target has a say in it


def _ssl_context() -> ssl.SSLContext:
    variable = "SSLKEYLOGFILE"
    try:
        context = ssl.create_default_context()
        variable = "SSL_CERT_FILE"
        if variable in os.environ:  # OpenSSL passes over a file that it can't read
            context.load_verify_locations(os.environ[variable])
    except OSError as error:
        raise ConfigurationError(
            f"{variable}: the file can't be used ({error}); correct or unset the variable"
        ) from error
    return context
