"""The Account API in Django, with one account in memory. `test_server.py` beside it runs the suite against it."""

from __future__ import annotations

import json
import re
from functools import wraps
from hmac import compare_digest
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, HttpResponse
from django.urls import path

if TYPE_CHECKING:
    from collections.abc import Callable

TOKEN = "token-of-the-example-account"
CODE = "123456"  # a real server sends a new one by SMS, or asks for that of the authenticator
MEDIA_TYPE = "application/vnd.api+json"
NUMBER = re.compile(r"\+?[0-9 ().-]{5,30}")
OFF = {"delivery": None, "enabled": False, "sms-number": None, "verified": False}

account: dict[str, Any] = {"two-factor": OFF}
settings.configure(ROOT_URLCONF=__name__, ALLOWED_HOSTS=["127.0.0.1"], SECRET_KEY="not used")


class Rejection(Exception):
    def __init__(self, status: int, title: str) -> None:
        super().__init__(status, title)
        self.status = status
        self.title = title


def action(view: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    @wraps(view)
    def checked(request: HttpRequest) -> HttpResponse:
        try:
            check_headers(request)
            return view(request)
        except Rejection as rejection:
            error = {"status": str(rejection.status), "title": rejection.title}
            return document({"errors": [error]}, rejection.status)

    return checked


def check_headers(request: HttpRequest) -> None:
    if request.method != "POST":
        raise Rejection(405, "only POST is allowed")
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not compare_digest(token.strip().encode(), TOKEN.encode()):
        raise Rejection(401, "unauthorized")
    json_api = [entry.strip() for entry in request.headers.get("Accept", "").split(",") if MEDIA_TYPE in entry]
    if json_api and MEDIA_TYPE not in json_api:
        raise Rejection(406, "not acceptable")
    if request.headers.get("Content-Type") != MEDIA_TYPE:
        raise Rejection(415, "unsupported media type")


@action
def enable(request: HttpRequest) -> HttpResponse:
    attributes = attributes_of_body(request)
    delivery, number = attributes.get("delivery"), attributes.get("sms-number")
    if delivery not in ("app", "sms"):
        raise Rejection(422, "delivery must be app or sms")
    if number is not None and not (isinstance(number, str) and NUMBER.fullmatch(number)):
        raise Rejection(422, "sms-number must be a phone number")
    if delivery == "sms" and number is None:
        raise Rejection(422, "delivery by SMS needs a number")
    account["two-factor"] = {
        "delivery": delivery,
        "enabled": True,
        "sms-number": number if delivery == "sms" else None,
        "verified": False,
    }
    return user()


@action
def disable(_: HttpRequest) -> HttpResponse:
    account["two-factor"] = OFF
    return user()


@action
def verify(request: HttpRequest) -> HttpResponse:
    code, two_factor = attributes_of_body(request).get("code"), account["two-factor"]
    if not isinstance(code, str):
        raise Rejection(422, "code must be a string")
    if not two_factor["enabled"] or two_factor["verified"]:
        raise Rejection(409, "two-factor authentication does not wait to be verified")
    if code != CODE:
        raise Rejection(422, "wrong code")
    codes = [f"recovery-{number}" for number in range(1, 7)]  # a real server draws them at random
    account["two-factor"] = two_factor | {"verified": True, "recovery-codes": codes, "used-recovery-codes": []}
    return user()


@action
def resend(_: HttpRequest) -> HttpResponse:
    two_factor = account["two-factor"]
    if two_factor["delivery"] != "sms" or two_factor["verified"]:
        raise Rejection(409, "no code to send")
    return document(None)


def attributes_of_body(request: HttpRequest) -> dict[str, Any]:
    try:
        body = json.loads(request.body)
    except (ValueError, RecursionError):
        raise Rejection(400, "the body is no JSON text") from None
    data = body.get("data") if isinstance(body, dict) else None
    attributes = data.get("attributes") if isinstance(data, dict) else None
    if not isinstance(attributes, dict) or data.get("type") != "users":
        raise Rejection(422, "data must be an object with the type users and attributes")
    return attributes


def user() -> HttpResponse:
    url = "/api/v2/users/ada"
    attributes = {
        "avatar-url": "https://www.gravatar.com/avatar/0?s=100&d=mm",
        "is-service-account": False,
        "two-factor": account["two-factor"],
        "username": "ada",
        "v2-only": False,
    }
    related = {"authentication-tokens": {"links": {"related": f"{url}/authentication-tokens"}}}
    data = {"id": "user-1", "type": "users", "attributes": attributes, "links": {"self": url}}
    return document({"data": data | {"relationships": related}})


def document(content: Any, status: int = 200) -> HttpResponse:
    return HttpResponse(json.dumps(content), content_type=MEDIA_TYPE, status=status)


ACTIONS = "api/v2/account/actions/two-factor-"
urlpatterns = [
    path(f"{ACTIONS}enable", enable),
    path(f"{ACTIONS}disable", disable),
    path(f"{ACTIONS}verify", verify),
    path(f"{ACTIONS}resend-verification-code", resend),
]
app = get_wsgi_application()
