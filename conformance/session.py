"""The session with a target: it sends requests, counts them, and has each exchange masked, judged and recorded."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Generic

from conformance.http_client import Result
from conformance.limits import Cost
from conformance.model import Exchange, Inconclusive, Request
from conformance.recorder import H
from conformance.settings import EXCHANGES

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.http_client import HttpClient
    from conformance.limits import Limits
    from conformance.masking import Masker
    from conformance.recorder import Recorder
    from conformance.target import Target
    from schemas import Contract
    from strategies.probe import RequestSpec


class Session(Generic[H]):
    """The one way in which requests reach the target.

    Attributes:
        is_repeating: the present case is run for the second time, as it was violated.
        was_interrupted: the run was stopped while a request was on its way, so its effect is unknown.
    """

    def __init__(  # noqa: PLR0913, PLR0917 (its parts, each once)
        self,
        contract: Contract,
        target: Target,
        client: HttpClient,
        limits: Limits,
        masker: Masker,
        recorder: Recorder[H],
        cost: Callable[[H, RequestSpec], Cost],
    ) -> None:
        self.contract = contract
        self.target = target
        self.limits = limits
        self.masker = masker
        self.recorder = recorder
        self._client = client
        self._cost = cost
        self._case_id = ""
        self.is_repeating = False
        self.was_interrupted = False

    def begin(self, case_id: str, *, repeating: bool = False) -> None:
        """Send the following requests for this case."""
        self._case_id, self.is_repeating = case_id, repeating

    def send(self, spec: RequestSpec, reserve: tuple[str, ...] = ()) -> Exchange:
        """Send a request; `reserve` names the kinds that must be left of the limits after it.

        Raises:
            LimitReached: the request would exceed a limit.
            Inconclusive: there is no response, or the target throttles for too long.
        """
        cost = self._cost_of(spec)
        self.limits.check((*cost.always, *cost.if_accepted), reserve)
        for secret, label in spec.masks:
            self.masker.add(secret, label)
        request = self.to_request(spec)
        try:
            result = self._client.send(request)
        except BaseException:
            self.was_interrupted = True
            self._record(spec, request, Result(problem="the run was stopped"))
            raise
        if not result.sent:
            raise Inconclusive(f"{spec.operation}: {result.problem}")
        self.limits.count([EXCHANGES] * (result.sent - 1))
        is_only_throttled = result.response is None and result.throttled == result.sent
        self.limits.count(kind for kind in cost.always if not (is_only_throttled and kind == spec.operation))
        exchange = self._record(spec, request, result)
        if exchange.response is None:
            raise Inconclusive(f"{spec.operation}: {result.problem}", (exchange,))
        if exchange.accepted:
            self.limits.count(cost.if_accepted)
        return exchange

    def _cost_of(self, spec: RequestSpec) -> Cost:
        operation = self.contract.operations[spec.operation]
        cost = self._cost(self.recorder.history, spec)
        if not spec.has_valid_credentials:
            return Cost(always=(EXCHANGES,))  # A server counts requests by account.
        if spec.method not in (None, operation.method):
            return Cost(always=(EXCHANGES, spec.operation))
        return cost._replace(always=(EXCHANGES, spec.operation, *cost.always))

    def _record(self, spec: RequestSpec, request: Request, result: Result) -> Exchange:
        for message in (request, result.response):
            if message is not None and message.body is not None:
                self.masker.learn(message.body)
        exchange = Exchange(
            len(self.recorder) + 1,
            spec,
            request,
            result.response,
            case_id=spec.case_id or self._case_id,
            seconds=result.seconds,
            valid_credentials=spec.has_valid_credentials,
            problem=result.problem,
        )
        self.recorder.append(exchange)
        return exchange

    def to_request(self, spec: RequestSpec) -> Request:
        """The request to the target that a spec describes."""
        operation = self.contract.operations[spec.operation]
        authorization = (f"Bearer {self.target.token.reveal()}",) if spec.authorization is None else spec.authorization
        headers = [("Authorization", value) for value in authorization]
        if spec.content_type is not None:
            headers.append(("Content-Type", spec.content_type))
        headers += [("Accept", spec.accept), *spec.headers]
        url = self.target.base_url + operation.path + (f"?{spec.query}" if spec.query else "")
        return Request(spec.method or operation.method, url, tuple(headers), spec.body)

    def pause(self, seconds: float) -> None:
        """Wait, without counting as the target's time."""
        time.sleep(seconds)

    def reset_patience(self) -> None:
        """Forget how long the target kept the run waiting: the clean-up is worth a try all the same."""
        self._client.reset_limits()
