"""Faults of errors: the form of the error document, and the wrong status of a rejection."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from reference.documents import error_document, user_document
from reference.messages import Rejection, Request, Response
from reference.service import Service
from tests.catalogue import Chapter
from tests.faults.common import HTML, plain

if TYPE_CHECKING:
    from collections.abc import Callable

fault = Chapter()


def changing(change: Callable[[Any], Any]) -> type[Service]:
    """A service that changes its error documents."""

    class Changing(Service):
        def reject(self, request: Request, rejection: Rejection) -> Response:
            response = super().reject(request, rejection)
            return replace(response, body=self.encode(change(error_document(rejection))))

    return Changing


def rejecting(statuses: set[int], change: Callable[[Response], Response]) -> type[Service]:
    """A service that changes the rejections with some statuses."""

    class Rejecting(Service):
        def reject(self, request: Request, rejection: Rejection) -> Response:
            response = super().reject(request, rejection)
            return change(response) if response.status in statuses else response

    return Rejecting


def error(**members: Any) -> Callable[[Any], Any]:
    """A change of the error in a document."""
    return lambda document: {"errors": [{**document["errors"][0], **members}]}


for name, sentence, change, expects in (
    ("errors-object", "Errors are an object.", lambda _: {"errors": {"base": ["is invalid"]}}, "errors.array"),
    ("errors-empty", "Errors are an empty list.", lambda _: {"errors": []}, "errors.array"),
    (
        "errors-list-of-text",
        "Errors are a list of strings.",
        lambda document: {"errors": [document["errors"][0]["title"]]},
        "errors.array",
    ),
    (
        "errors-list-at-top",
        "The document is the list of errors.",
        lambda document: document["errors"],
        "errors.document",
    ),
    ("errors-encoded-twice", "Error documents are encoded as JSON twice.", json.dumps, "errors.document"),
    (
        "error-status-number",
        "The status of an error is a number.",
        lambda document: error(status=int(document["errors"][0]["status"]))(document),
        "errors.status-string",
    ),
    ("error-status-other", "The status of every error is 500.", error(status="500"), "errors.status-equal"),
    ("error-title-number", "The title of an error is a number.", error(title=1042), "errors.members"),
    (
        "errors-beside-null-data",
        "Error documents have data of null.",
        lambda document: {**document, "data": None},
        "errors.no-data",
    ),
):
    fault.add(name, sentence, changing(change), expects)

for name, sentence, service, expected in (
    (
        "rejections-in-html",
        "An invalid body or member returns a page of HTML.",
        rejecting({400, 422}, lambda response: plain(response.status, "<h1>Invalid</h1>", HTML)),
        ("errors.document",),
    ),
    (
        "rejections-without-body",
        "An invalid member returns 422 without a body.",
        rejecting({422}, lambda _: Response(422, media_type=None)),
        ("errors.document",),
    ),
    (
        "rejections-redirect",
        "An invalid member redirects to the form.",
        rejecting({422}, lambda _: plain(302, "", location="/account/two-factor")),
        ("enable.request.type", "verify.request.code", "verify.wrong-code"),
    ),
    (
        "rejections-answered-500",
        "An invalid member returns 500 with an error document.",
        rejecting({422}, lambda response: replace(response, status=500)),
        ("http.no-server-error", "enable.request.type", "verify.request.code", "verify.wrong-code"),
    ),
):
    fault.add(name, sentence, service, *expected)


@fault(
    "rejections-answered-200", "enable.request.body", "enable.request.type", "verify.request.code", "verify.wrong-code"
)
class RejectionsAnswered200(Service):
    """Every rejection but that of a token returns 200 with an error document."""

    def reject(self, request: Request, rejection: Rejection) -> Response:
        response = super().reject(request, rejection)
        return response if response.status == 401 else replace(response, status=200)


@fault("wrong-code-answers-user", "errors.document", "errors.array")
class WrongCodeAnswersUser(Service):
    """A wrong code returns 422 with the user."""

    def reject(self, request: Request, rejection: Rejection) -> Response:
        response = super().reject(request, rejection)
        if rejection.pointer == "/data/attributes/code":
            return replace(response, body=self.encode(user_document(self.accounts[0])))
        return response
