"""Faults of error documents: what a refused call is told, and in which form."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from reference.documents import error_document, user_document
from reference.faults.common import plain
from reference.faults.registry import Area
from reference.messages import Answer
from reference.service import Service

if TYPE_CHECKING:
    from collections.abc import Callable

    from reference.messages import Call, Rejection

fault = Area("errors")


def telling(change: Callable[[Any], Any]) -> type[Service]:
    """A service whose error documents are changed on the way out."""

    class Telling(Service):
        def refuse(self, call: Call, rejection: Rejection) -> Answer:
            return replace(super().refuse(call, rejection), body=self.encode(change(error_document(rejection))))

    return Telling


def first_error(**members: Any) -> Callable[[Any], Any]:
    """A change of the only error."""
    return lambda document: {"errors": [{**document["errors"][0], **members}]}


for name, sentence, change, expects in (
    (
        "errors-object",
        "Errors are an object by member.",
        lambda _: {"errors": {"base": ["is invalid"]}},
        ("errors.array",),
    ),
    ("errors-string", "Errors are one string.", lambda d: {"errors": d["errors"][0]["title"]}, ("errors.array",)),
    ("errors-empty", "The list of errors is empty.", lambda _: {"errors": []}, ("errors.array",)),
    ("errors-null", "Errors are null.", lambda _: {"errors": None}, ("errors.array",)),
    (
        "errors-list-of-text",
        "Errors are a list of strings.",
        lambda d: {"errors": [d["errors"][0]["title"]]},
        ("errors.array", "errors.members"),
    ),
    ("errors-hollow", "The only error is an empty object.", lambda _: {"errors": [{}]}, ("errors.members",)),
    (
        "errors-singular",
        "The document has one error by that name.",
        lambda d: {"error": d["errors"][0]},
        ("errors.document", "errors.array"),
    ),
    ("errors-list-at-top", "The document is the list of errors itself.", lambda d: d["errors"], ("errors.document",)),
    ("errors-null-document", "A refusal has null for a body.", lambda _: None, ("errors.document",)),
    ("errors-encoded-twice", "Error documents are encoded as JSON twice.", json.dumps, ("errors.document",)),
    (
        "error-status-number",
        "The status of an error is a number.",
        lambda d: first_error(status=int(d["errors"][0]["status"]))(d),
        ("errors.status-string",),
    ),
    ("error-status-other", "The status of every error is 500.", first_error(status="500"), ("errors.status-equal",)),
    (
        "error-status-symbolic",
        "The status of an error is its name.",
        first_error(status="unprocessable_entity"),
        ("errors.status-equal",),
    ),
    ("error-title-number", "The title of an error is a number.", first_error(title=1042), ("errors.members",)),
    ("error-detail-list", "The detail of an error is a list.", first_error(detail=["is invalid"]), ("errors.members",)),
    ("error-source-string", "The source of an error is a string.", first_error(source="/data"), ("errors.members",)),
    (
        "errors-beside-null-data",
        "Error documents hold data of null as well.",
        lambda d: {**d, "data": None},
        ("errors.no-data",),
    ),
):
    fault.add(name, sentence, telling(change), *expects)


@fault("errors-beside-user", "errors.no-data")
class ErrorsBesideUser(Service):
    """A refusal shows the user beside the errors."""

    def refuse(self, call: Call, rejection: Rejection) -> Answer:
        """Both, where there is a user."""
        answer = super().refuse(call, rejection)
        if answer.status == 401:
            return answer
        document = {**error_document(rejection), "data": {"type": "users", "id": self.accounts[0].person.id}}
        return replace(answer, body=self.encode(document))


@fault("rejections-in-html", "errors.document")
class RejectionsInHtml(Service):
    """A body with an invalid member is answered by a page of HTML."""

    def refuse(self, call: Call, rejection: Rejection) -> Answer:
        """The framework's own page."""
        if rejection.status in {400, 422}:
            return plain(rejection.status, f"<h1>{rejection.title}</h1>", "text/html; charset=utf-8")
        return super().refuse(call, rejection)


@fault("rejections-without-body", "errors.document")
class RejectionsWithoutBody(Service):
    """A body with an invalid member is answered by a status alone."""

    def refuse(self, call: Call, rejection: Rejection) -> Answer:
        """No more than the number."""
        return Answer(rejection.status, media_type=None) if rejection.status == 422 else super().refuse(call, rejection)


@fault("wrong-code-answers-user", "errors.document", "errors.array")
class WrongCodeAnswersUser(Service):
    """A wrong code is answered by 422 and the user, who is not verified."""

    def refuse(self, call: Call, rejection: Rejection) -> Answer:
        """The state speaks for itself."""
        answer = super().refuse(call, rejection)
        if rejection.pointer == "/data/attributes/code":
            return replace(answer, body=self.encode(user_document(self.accounts[0])))
        return answer


@fault(
    "rejections-answered-200", "enable.request.body", "enable.request.type", "verify.request.code", "verify.wrong-code"
)
class RejectionsAnswered200(Service):
    """Every refusal but that of a token is answered by 200, with the error in the document."""

    def refuse(self, call: Call, rejection: Rejection) -> Answer:
        """All is well on the wire."""
        answer = super().refuse(call, rejection)
        return answer if answer.status == 401 else replace(answer, status=200)


@fault("rejections-redirect", "enable.request.type", "verify.request.code", "verify.wrong-code")
class RejectionsRedirect(Service):
    """A body with an invalid member is answered by a redirect back to the form."""

    def refuse(self, call: Call, rejection: Rejection) -> Answer:
        """Back to where the form would be."""
        if rejection.status == 422:
            return plain(302, "", location="/account/two-factor")
        return super().refuse(call, rejection)


@fault(
    "rejections-answered-500", "http.no-server-error", "enable.request.type", "verify.request.code", "verify.wrong-code"
)
class RejectionsAnswered500(Service):
    """A body with an invalid member is answered by 500 and an error document."""

    def refuse(self, call: Call, rejection: Rejection) -> Answer:
        """Every exception is the server's."""
        answer = super().refuse(call, rejection)
        return replace(answer, status=500) if answer.status == 422 else answer
