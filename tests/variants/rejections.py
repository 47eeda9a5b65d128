"""Variants of rejections: another status, another form of the error."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from reference.documents import error_document
from reference.messages import Rejection, Request, Response
from reference.service import Service
from tests.catalogue import Chapter

if TYPE_CHECKING:
    from collections.abc import Callable

variant = Chapter()


def with_statuses(statuses: dict[int, int]) -> type[Service]:
    """A service with other statuses for some of its rejections."""

    class WithStatuses(Service):
        def reject(self, request: Request, rejection: Rejection) -> Response:
            rejection.status = statuses.get(rejection.status, rejection.status)
            return super().reject(request, rejection)

    return WithStatuses


for status in (403, 404):
    variant.add(
        f"invalid-{status}", f"An invalid member or a wrong code returns {status}.", with_statuses({422: status})
    )
for status in (403, 404, 422):
    variant.add(
        f"wrong-state-{status}",
        f"An operation that the state does not allow returns {status}.",
        with_statuses({409: status}),
    )
variant.add("malformed-422", "A body that is not JSON returns 422.", with_statuses({400: 422}))
variant.add(
    "all-refusals-400",
    "Every rejection but that of a token returns 400.",
    with_statuses(dict.fromkeys((405, 406, 409, 413, 415, 422), 400)),
    *("accept.parameters", "media-type.parameters"),
)
variant.add("wrong-method-404", "Every method but POST returns 404.", with_statuses({405: 404}))


@variant("unknown-methods-501")
class UnknownMethods501(Service):
    """A method that HTTP does not define returns 501, as HTTP says."""

    def check_method(self, request: Request) -> None:
        if request.method not in {"GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"}:
            raise Rejection(501, "This method is not implemented")
        super().check_method(request)


def rejecting(change: Callable[[Response, Rejection], Response]) -> type[Service]:
    """A service that changes its rejections."""

    class Rejecting(Service):
        def reject(self, request: Request, rejection: Rejection) -> Response:
            return change(super().reject(request, rejection), rejection)

    return Rejecting


def with_errors(change: Callable[[dict[str, Any]], Any]) -> type[Service]:
    """A service that changes its error documents; `change` gets the error."""
    return rejecting(
        lambda response, rejection: replace(
            response, body=json.dumps(change(error_document(rejection)["errors"][0])).encode()
        )
    )


variant.add(
    "errors-several",
    "A rejection has several errors.",
    with_errors(lambda error: {"errors": [error, {**error, "title": "Please read the documentation"}]}),
)
DETAILS = {
    "id": "e-481516",
    "code": "2fa",
    "detail": "See the documentation.",
    "links": {"about": "/docs"},
    "meta": {"n": 1},
}
variant.add(
    "errors-detailed",
    "Errors and their document have all members they may have.",
    with_errors(
        lambda error: {"errors": [{**error, **DETAILS}], "jsonapi": {"version": "1.0"}, "meta": {"request": "r-2342"}}
    ),
)
variant.add(
    "errors-numeric",
    "The status of an error is a number, as in the sample of the overview.",
    with_errors(lambda error: {"errors": [{**error, "status": int(error["status"])}]}),
    "errors.status-string",
)
variant.add(
    "errors-titled-only",
    "Errors have only a title.",
    with_errors(lambda error: {"errors": [{"title": error["title"]}]}),
)
variant.add(
    "errors-of-own-form",
    "A rejection is a JSON object of the server's own form.",
    with_errors(lambda error: {"message": error["title"]}),
    "errors.array",
)
variant.add(
    "errors-in-text",
    "A rejection is a line of text.",
    rejecting(lambda response, rejection: replace(response, body=rejection.title.encode(), media_type="text/plain")),
    "errors.document",
)
variant.add(
    "errors-in-html",
    "A rejection is a page of HTML.",
    rejecting(
        lambda response, rejection: replace(
            response, body=f"<h1>{rejection.title}</h1>".encode(), media_type="text/html"
        )
    ),
    "errors.document",
)
variant.add(
    "errors-bodiless",
    "A rejection has no body.",
    rejecting(lambda response, _: replace(response, body=b"", media_type=None)),
    "errors.document",
)
