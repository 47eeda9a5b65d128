"""A conforming server violates nothing, whatever it was sent and whatever the recording leaves out."""

from __future__ import annotations

from dataclasses import replace
from random import Random
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from reference.server import serving
from reference.service import Service
from tests.unit.conformance.recording.hars import CONTRACT, PATHS, TOOLS, Step, enabling, har, judged, verifying
from tests.variants import VARIANTS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from reference.server import Server
    from tests.unit.conformance.recording.hars import Verdicts

MUSTS = {name for name, requirement in CONTRACT.requirements.items() if requirement.level == "MUST"}
LENGTH = 70
HIDDEN = 0.2
"""The part of the requests that a recording does not hold."""
WALKS = ("chrome", "chrome-sanitized", "mitmproxy")
SOME = ("", "earlier-sms-codes-accepted", "number-hidden", "resend-always-accepted", "verify-again-accepted")
OTHERS = [pytest.param(name, marks=pytest.mark.slow) for name in VARIANTS if name not in SOME]


def possible_requests(server: Server, random: Random) -> Iterator[tuple[str, Any, dict[str, str | None]]]:
    """Operations with bodies and headers, most of which make sense."""
    account = random.choice((0, 0, 1))
    for delivery in ("app", "sms"):
        yield "enable", enabling(delivery), {}
        yield from [("verify", verifying(server.code(delivery, account)), {})] * 3
        yield "verify", random.choice((verifying("000000"), verifying(""), verifying(123456), {"data": 1})), {}
    yield from (("disable", None, {}), ("resend", None, {}), ("enable", {"data": {"type": "user"}}, {}))
    yield "enable", random.choice((b"", b"[", b'{"data": null}', enabling("email"), enabling("Sms"))), {}
    unknown = random.choice((None, "Bearer nobody-knows-this-token", "Basic eDp5"))
    yield random.choice(list(PATHS)), enabling(), {"Authorization": unknown}
    other = random.choice(("application/json", "text/plain", None))
    yield random.choice(list(PATHS)), enabling(), {"Content-Type": other}


def walk(server: Server, client: httpx.Client, random: Random) -> Iterator[Step]:
    """Requests of two users at random, with the responses of the server."""
    for number in range(LENGTH):
        operation, body, headers = random.choice(list(possible_requests(server, random)))
        token = server.tokens[random.choice((0, 0, 1))]
        method = "POST" if random.random() > 0.08 else random.choice(("GET", "PUT", "DELETE", "OPTIONS"))
        # The cookies that the client sends of its own accord are recorded, too.
        cookies = "; ".join(f"{name}={value}" for name, value in client.cookies.items()) or None
        headers = headers | {"Cookie": cookies, "Host": None}
        step = Step(operation, body, method=method, token=token, headers=headers, at=float(number))
        url = server.base_url + PATHS[operation]
        sent = {name: value for name, value in step.request_headers.items() if name != "Cookie"}
        try:
            response = client.request(method, url, content=step.sent, headers=sent)
        except httpx.TransportError:
            yield replace(step, status=0)
        else:
            media_type = {"Content-Type": response.headers.get("content-type")}
            yield replace(step, status=response.status_code, answer=response.content, answer_headers=media_type)


def violated_musts(verdicts: Verdicts) -> dict[str, str]:
    """The MUSTs that are violated, with the reasons."""
    violated = (case for case, verdict in verdicts.verdicts.items() if verdict == "violated" and case[0] in MUSTS)
    return {
        f"{requirement} ({operation})": verdicts.details[requirement, operation] for requirement, operation in violated
    }


@pytest.mark.parametrize("variant", [*SOME, *OTHERS])
def test_a_conforming_server_violates_nothing(variant: str, tmp_path: Path) -> None:
    service = VARIANTS[variant].service() if variant else Service()
    with serving(service) as server, httpx.Client(trust_env=False) as client:
        for seed, tool in enumerate(WALKS):
            random = Random(seed)  # noqa: S311 (the same walk each time)
            steps = list(walk(server, client, random))
            assert not violated_musts(judged(tmp_path, har(*steps), complete=True)), seed
            recorded = [step for step in steps if random.random() > HIDDEN]
            assert not violated_musts(judged(tmp_path, har(*recorded, tool=TOOLS[tool]))), (seed, tool)


def test_the_walks_reach_most_requirements(tmp_path: Path) -> None:
    statuses, conforming = set(), set()
    with serving(Service()) as server, httpx.Client(trust_env=False) as client:
        for seed in range(len(WALKS)):
            steps = list(walk(server, client, Random(seed)))  # noqa: S311 (the same walk each time)
            statuses |= {(step.operation, step.status // 100) for step in steps}
            conforming |= judged(tmp_path, har(*steps), complete=True).having("conforms")
    assert {(operation, hundreds) for operation in PATHS for hundreds in (2, 4)} <= statuses
    assert {"enable.response.delivery", "verify.accepted", "resend.accepted", "user.same-id"} <= conforming
    assert {"verify.no-code-used-yet", "verify.while-off", "methods.rejected", "account.life"} <= conforming
