"""Freedoms of refusing: another status than ours, another body, another form of error."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from reference.documents import error_document
from reference.messages import Answer, Call, Rejection
from reference.service import Service
from reference.variants.registry import Chapter

if TYPE_CHECKING:
    from collections.abc import Callable

variant = Chapter()

STANDARD = {"GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"}


def restated(change: dict[int, int]) -> type[Service]:
    """A service with other statuses for some of its refusals."""

    class Restated(Service):
        def refuse(self, call: Call, rejection: Rejection) -> Answer:
            rejection.status = change.get(rejection.status, rejection.status)
            return super().refuse(call, rejection)

    return Restated


for status in (400, 403, 404, 409):
    variant.add(
        f"invalid-{status}", f"An invalid member or a wrong code is answered by {status}.", restated({422: status})
    )
for status in (400, 403, 404, 422):
    variant.add(
        f"wrong-state-{status}", f"An action at the wrong time is answered by {status}.", restated({409: status})
    )
variant.add("malformed-422", "A body that cannot be parsed is answered by 422.", restated({400: 422}))
variant.add(
    "all-refusals-400",
    "Everything but a missing token is refused by 400.",
    restated(dict.fromkeys((405, 406, 409, 413, 415, 422), 400)),
)
variant.add("wrong-method-404", "Another method than POST finds nothing.", restated({405: 404}))


def told(tell: Callable[[Service, Answer, Rejection], Answer]) -> type[Service]:
    """A service that words its refusals in its own way."""

    class Told(Service):
        def refuse(self, call: Call, rejection: Rejection) -> Answer:
            return tell(self, super().refuse(call, rejection), rejection)

    return Told


def with_errors(change: Callable[[dict[str, Any]], Any]) -> type[Service]:
    """A service whose error documents have another form."""
    return told(
        lambda service, answer, rejection: replace(answer, body=service.encode(change(error_document(rejection))))
    )


def doubled(document: dict[str, Any]) -> Any:
    """The same error, and one more."""
    (error,) = document["errors"]
    return {"errors": [error, {**error, "title": "Please read the documentation"}]}


def detailed(document: dict[str, Any]) -> Any:
    """All members that an error may have."""
    (error,) = document["errors"]
    more = {
        "id": "e-481516",
        "code": "2fa",
        "detail": "See the documentation.",
        "links": {"about": "/docs"},
        "meta": {"n": 1},
    }
    return {"errors": [{**error, **more}], "jsonapi": {"version": "1.0"}, "meta": {"request": "r-2342"}}


def numbered(document: dict[str, Any]) -> Any:
    """The status as a number."""
    (error,) = document["errors"]
    return {"errors": [{**error, "status": int(error["status"])}]}


variant.add("errors-several", "A refusal lists several errors.", with_errors(doubled))
variant.add(
    "errors-detailed", "Errors have all the members they may have, and the document, too.", with_errors(detailed)
)
variant.add("errors-numeric", "The status of an error is a number, as in the overview's sample.", with_errors(numbered))
variant.add(
    "errors-titled-only",
    "Errors have a title and nothing else.",
    with_errors(lambda document: {"errors": [{"title": document["errors"][0]["title"]}]}),
)
variant.add(
    "errors-of-own-form",
    "A refusal is a JSON object of the server's own form.",
    with_errors(lambda document: {"message": document["errors"][0]["title"]}),
)
variant.add(
    "errors-in-text",
    "A refusal is a line of text.",
    told(lambda _, answer, rejection: replace(answer, body=rejection.title.encode(), media_type="text/plain")),
)
variant.add(
    "errors-in-html",
    "A refusal is a page of HTML.",
    told(
        lambda _, answer, rejection: replace(
            answer, body=f"<h1>{rejection.title}</h1>".encode(), media_type="text/html"
        )
    ),
)
variant.add(
    "errors-bodiless", "A refusal has no body.", told(lambda _, answer, __: replace(answer, body=b"", media_type=None))
)


@variant("unknown-methods-501")
class UnknownMethods501(Service):
    """A method that HTTP does not define is answered by 501, as HTTP says."""

    def check_method(self, call: Call) -> None:
        """Not allowed is one thing, not known another."""
        if call.method not in STANDARD:
            raise Rejection(501, "This method is not implemented")
        super().check_method(call)
