"""Faults of media types: responses under a wrong one, and parameters that are accepted or crash."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from reference.messages import MEDIA_TYPE, Request, Response
from reference.parsing import accepts_json_api
from reference.service import Service
from tests.catalogue import Chapter
from tests.faults.common import HTML, crash

if TYPE_CHECKING:
    from collections.abc import Callable

fault = Chapter()


def labelled(media_type: str | None, which: Callable[[Response], bool]) -> type[Service]:
    """A service that sends some responses under another media type."""

    class Labelled(Service):
        def respond(self, request: Request) -> Response:
            response = super().respond(request)
            return replace(response, media_type=media_type) if which(response) else response

    return Labelled


for name, sentence, service in (
    ("answers-called-html", "Every response is labelled as HTML.", labelled(HTML, lambda _: True)),
    (
        "answers-called-json",
        "Successes are labelled as plain JSON.",
        labelled("application/json", lambda response: response.status < 300),
    ),
    (
        "errors-called-json",
        "Rejections are labelled as plain JSON.",
        labelled("application/json", lambda response: response.status >= 300),
    ),
    ("answers-not-called", "Successes have no content type.", labelled(None, lambda response: response.status < 300)),
):
    fault.add(name, sentence, service, "response.media-type")

fault.add(
    "null-called-text",
    "The null of resend is labelled as text.",
    labelled("text/plain", lambda response: response.body == b"null"),
    undecidable="The null of resend is not a JSON:API document, so it needs no media type.",
)


@fault("content-type-parameters-taken", "media-type.parameters")
class ContentTypeParametersTaken(Service):
    """Parameters of a request's media type are ignored."""

    def check_content_type(self, request: Request) -> None:
        if request.headers.get("content-type", "").partition(";")[0].strip().lower() != MEDIA_TYPE:
            super().check_content_type(request)


@fault("content-type-parameters-crash", "http.no-server-error", "media-type.parameters")
class ContentTypeParametersCrash(Service):
    """A request's media type with parameters returns 500."""

    def check_content_type(self, request: Request) -> None:
        if ";" in request.headers.get("content-type", ""):
            raise crash()
        super().check_content_type(request)


@fault("accept-ignored", "accept.parameters")
class AcceptIgnored(Service):
    """The Accept header is ignored."""

    def check_accept(self, request: Request) -> None:
        pass


@fault("accept-parameters-crash", "http.no-server-error", "accept.parameters")
class AcceptParametersCrash(Service):
    """An Accept header that has JSON:API with parameters only returns 500."""

    def check_accept(self, request: Request) -> None:
        if not accepts_json_api(request.headers.get("accept", "")):
            raise crash()
