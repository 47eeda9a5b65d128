"""Nothing is held against a server that conforms, whatever was asked of it, and whatever the recording leaves out."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from reference.variants import VARIANTS

from reference.server import running
from tests.offline.made import CONTRACT, PATHS, TOOLS, Step, document, enabling, judged, verifying

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from reference.server import Server
    from tests.offline.made import Judged

MUSTS = {name for name, requirement in CONTRACT.requirements.items() if requirement.level == "MUST"}
LENGTH = 70
HIDDEN = 0.2
"""The part of the requests that a recording does not hold."""
SOME = (None, "earlier-sms-codes-accepted", "number-hidden", "resend-always-accepted", "verify-again-accepted")


OTHERS = [pytest.param(name, marks=pytest.mark.slow) for name in VARIANTS if name not in SOME]


class Walker:
    """Asks a server at random, for two of its users, and writes down what was said."""

    def __init__(self, server: Server, http: httpx.Client, seed: int) -> None:
        self.server, self.http, self.random = server, http, Random(seed)  # noqa: S311 (the same walk each time)
        self.steps: list[Step] = []

    def walk(self) -> None:
        """Take some steps."""
        for at in range(LENGTH):
            operation, body, headers = self.random.choice(list(self.requests()))
            token = self.server.tokens[self.random.choice((0, 0, 1))]
            method = "POST" if self.random.random() > 0.08 else self.random.choice(("GET", "PUT", "DELETE", "OPTIONS"))
            self.ask(at, Step(operation, sent=body, method=method, token=token, headers=headers))

    def requests(self) -> Iterator[tuple[str, Any, dict[str, str | None]]]:
        """What can be asked: mostly what makes sense."""
        account = self.random.choice((0, 0, 1))
        for delivery in ("app", "sms"):
            yield "enable", enabling(delivery), {}
            right = verifying(self.server.code(delivery, account))
            yield from [("verify", right, {})] * 3
            yield "verify", self.random.choice((verifying("000000"), verifying(""), verifying(123456), {"data": 1})), {}
        yield from (("disable", None, {}), ("resend", None, {}), ("enable", {"data": {"type": "user"}}, {}))
        yield "enable", self.random.choice((b"", b"[", b'{"data": null}', enabling("email"), enabling("Sms"))), {}
        wrong = {"Authorization": self.random.choice((None, "Bearer nobody-knows-this-token", "Basic eDp5"))}
        yield self.random.choice(list(PATHS)), enabling(), wrong
        other = {"Content-Type": self.random.choice(("application/json", "text/plain", None))}
        yield self.random.choice(list(PATHS)), enabling(), other

    def ask(self, at: int, step: Step) -> None:
        """Take a step."""
        sent = {name: value for name, value in step.request_headers().items() if name not in ("Host", "Cookie")}
        # What the client sends of its own accord is recorded, too.
        step.headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.http.cookies.items()) or None
        url, step.at = self.server.base_url + PATHS[step.operation], float(at)
        try:
            answer = self.http.request(step.method, url, content=step.body, headers=sent)
        except httpx.TransportError:
            step.status, step.answer = 0, None
        else:
            step.status, step.answer = answer.status_code, answer.content
            step.answer_headers = {"Content-Type": answer.headers.get("content-type", "")}
        self.steps.append(step)


def wrong(found: Judged) -> dict[str, str]:
    """The MUSTs that are held against the server, with what is said of them."""
    return {
        name: found.details[name, operation]
        for (name, operation), verdict in found.verdicts.items()
        if verdict == "violated" and name in MUSTS
    }


@pytest.mark.parametrize("variant", [*SOME, *OTHERS])
def test_nothing_is_held_against_a_server_that_conforms(variant: str | None, tmp_path: Path) -> None:
    with running(variant=variant) as server, httpx.Client(trust_env=False) as http:
        for seed, tool in enumerate(("chrome", "chrome-sanitized", "mitmproxy")):
            walker = Walker(server, http, seed)
            walker.walk()
            found = judged(tmp_path, document(*walker.steps), complete=True)
            assert not wrong(found), (seed, wrong(found))
            seen = [step for step in walker.steps if walker.random.random() > HIDDEN]
            found = judged(tmp_path, document(*seen, tool=TOOLS[tool]))
            assert not wrong(found), (seed, tool, wrong(found))


def test_the_walks_reach_what_they_are_to_reach(tmp_path: Path) -> None:
    statuses, conforming = set(), set()
    with running() as server, httpx.Client(trust_env=False) as http:
        for seed in range(3):
            walker = Walker(server, http, seed)
            walker.walk()
            statuses |= {(step.operation, step.status // 100) for step in walker.steps}
            conforming |= judged(tmp_path, document(*walker.steps), complete=True).having("conforms")
    assert {(operation, hundred) for operation in PATHS for hundred in (2, 4)} <= statuses
    assert {"enable.response.delivery", "verify.accepted", "resend.accepted", "user.same-id"} <= conforming
    assert {"verify.no-code-used-yet", "verify.while-off", "methods.rejected"} <= conforming
