"""The bugs that no suite can tell from something else, or that the documentation does not make a bug, and why."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

ELSEWHERE = "From outside it is a base URL that is wrong."
LENIENT = "Parsers in wide use take it, and the page does not say how strictly JSON is to be read."
UNDER_APP = "The number matters only for SMS; a server may leave it unread where delivery is by application."

UNDECIDABLE: Mapping[str, str] = MappingProxyType(
    {
        "paths-underscored": ELSEWHERE,
        "prefix-missing": ELSEWHERE,
        "single-page-application": ELSEWHERE,
        "comments-taken": LENIENT,
        "nan-taken": LENIENT,
        "utf-16-taken": LENIENT,
        "invalid-utf-8-replaced": LENIENT,
        "control-characters-taken": LENIENT,
        "code-normalized": (
            "Libraries for one-time passwords compare after normalization; the page says nothing of digits."
        ),
        "sms-number-falsy-means-null": UNDER_APP,
        "sms-number-no-string-means-null": UNDER_APP,
        "sms-number-unchecked-for-app": UNDER_APP,
        "errors-hollow": "JSON:API 1.0 demands no member of an error object.",
        "null-called-text": "The null of resend is no JSON:API document, so no media type is demanded of it.",
        "answers-never": "A client that waits in vain has no answer to judge; it ends without a verdict.",
        "answers-broken-off": "An answer that ends before its length is a broken connection, not an answer to judge.",
    }
)
