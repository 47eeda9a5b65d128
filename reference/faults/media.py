"""Faults of media types: answers under a wrong name, and parameters that are not refused."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from reference.faults.common import crash
from reference.faults.registry import Area
from reference.messages import MEDIA_TYPE, Answer, Call
from reference.parsing import accepts_json_api
from reference.service import Service

if TYPE_CHECKING:
    from collections.abc import Callable

fault = Area("media types")


def named(media_type: str | None, which: Callable[[Answer], bool]) -> type[Service]:
    """A service that sends certain answers under another media type, or none."""

    class Named(Service):
        def answer(self, call: Call) -> Answer:
            answer = super().answer(call)
            return replace(answer, media_type=media_type) if which(answer) else answer

    return Named


def succeeds(answer: Answer) -> bool:
    """Whether an answer tells a success."""
    return answer.status < 300


for name, sentence, media_type, which in (
    ("answers-called-html", "Every answer is called HTML.", "text/html; charset=utf-8", lambda _: True),
    ("answers-called-json", "Successes are called plain JSON.", "application/json", succeeds),
    ("answers-not-called", "Successes have no content type.", None, succeeds),
    ("errors-called-json", "Refusals are called plain JSON.", "application/json", lambda a: not succeeds(a)),
    ("errors-called-problem", "Refusals are called problems.", "application/problem+json", lambda a: not succeeds(a)),
    ("null-called-text", "The null of resend is called text.", "text/plain", lambda a: a.body == b"null"),
):
    fault.add(name, sentence, named(media_type, which), "response.media-type")


@fault("content-type-parameters-taken", "media-type.parameters")
class ContentTypeParametersTaken(Service):
    """A request of the right media type is taken whatever its parameters."""

    def check_content_type(self, call: Call) -> None:
        """Only the part before the semicolon counts."""
        if call.headers.get("content-type", "").partition(";")[0].strip().lower() != MEDIA_TYPE:
            super().check_content_type(call)


@fault("content-type-parameters-crash", "http.no-server-error", "media-type.parameters")
class ContentTypeParametersCrash(Service):
    """A request of the right media type with parameters ends in a 500."""

    def check_content_type(self, call: Call) -> None:
        """No parser is found for it."""
        if ";" in call.headers.get("content-type", ""):
            raise crash()
        super().check_content_type(call)


@fault("accept-ignored", "accept.parameters")
class AcceptIgnored(Service):
    """The Accept header is not looked at."""

    def check_accept(self, call: Call) -> None:
        """One format for all."""


@fault("accept-parameters-crash", "http.no-server-error", "accept.parameters")
class AcceptParametersCrash(Service):
    """An Accept header that leaves no plain JSON:API ends in a 500."""

    def check_accept(self, call: Call) -> None:
        """No renderer is found for it."""
        if not accepts_json_api(call.headers.get("accept", "")):
            raise crash()
