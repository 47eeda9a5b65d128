"""The Account API in Flask, with one account in memory. `test_server.py` beside it runs the suite against it."""

from __future__ import annotations

import re
from hmac import compare_digest
from typing import Any

from flask import Flask, Response, abort, json, request
from werkzeug.exceptions import HTTPException

TOKEN = "token-of-the-example-account"
CODE = "123456"  # a real server sends a new one by SMS, or asks for that of the authenticator
MEDIA_TYPE = "application/vnd.api+json"
NUMBER = re.compile(r"\+?[0-9 ().-]{5,30}")
OFF = {"delivery": None, "enabled": False, "sms-number": None, "verified": False}

account: dict[str, Any] = {"two-factor": OFF}
app = Flask(__name__)


@app.before_request
def check_headers() -> None:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not compare_digest(token.strip().encode(), TOKEN.encode()):
        abort(401, "unauthorized")
    json_api = [entry.strip() for entry in request.headers.get("Accept", "").split(",") if MEDIA_TYPE in entry]
    if json_api and MEDIA_TYPE not in json_api:
        abort(406, "not acceptable")
    if request.headers.get("Content-Type") != MEDIA_TYPE:
        abort(415, "unsupported media type")


@app.errorhandler(HTTPException)
def reject(error: HTTPException) -> Response:
    return document({"errors": [{"status": str(error.code), "title": error.description}]}, error.code or 500)


@app.post("/api/v2/account/actions/two-factor-enable")
def enable() -> Response:
    attributes = attributes_of_body()
    delivery, number = attributes.get("delivery"), attributes.get("sms-number")
    if delivery not in ("app", "sms"):
        abort(422, "delivery must be app or sms")
    if number is not None and not (isinstance(number, str) and NUMBER.fullmatch(number)):
        abort(422, "sms-number must be a phone number")
    if delivery == "sms" and number is None:
        abort(422, "delivery by SMS needs a number")
    account["two-factor"] = {
        "delivery": delivery,
        "enabled": True,
        "sms-number": number if delivery == "sms" else None,
        "verified": False,
    }
    return user()


@app.post("/api/v2/account/actions/two-factor-disable")
def disable() -> Response:
    account["two-factor"] = OFF
    return user()


@app.post("/api/v2/account/actions/two-factor-verify")
def verify() -> Response:
    code, two_factor = attributes_of_body().get("code"), account["two-factor"]
    if not isinstance(code, str):
        abort(422, "code must be a string")
    if not two_factor["enabled"] or two_factor["verified"]:
        abort(409, "two-factor authentication does not wait to be verified")
    if code != CODE:
        abort(422, "wrong code")
    codes = [f"recovery-{number}" for number in range(1, 7)]  # a real server draws them at random
    account["two-factor"] = two_factor | {"verified": True, "recovery-codes": codes, "used-recovery-codes": []}
    return user()


@app.post("/api/v2/account/actions/two-factor-resend-verification-code")
def resend() -> Response:
    two_factor = account["two-factor"]
    if two_factor["delivery"] != "sms" or two_factor["verified"]:
        abort(409, "no code to send")
    return document(None)


def attributes_of_body() -> dict[str, Any]:
    try:
        body = json.loads(request.get_data())
    except (ValueError, RecursionError):
        abort(400, "the body is no JSON text")
    data = body.get("data") if isinstance(body, dict) else None
    attributes = data.get("attributes") if isinstance(data, dict) else None
    if not isinstance(attributes, dict) or data.get("type") != "users":
        abort(422, "data must be an object with the type users and attributes")
    return attributes


def user() -> Response:
    path = "/api/v2/users/ada"
    attributes = {
        "avatar-url": "https://www.gravatar.com/avatar/0?s=100&d=mm",
        "is-service-account": False,
        "two-factor": account["two-factor"],
        "username": "ada",
        "v2-only": False,
    }
    related = {"authentication-tokens": {"links": {"related": f"{path}/authentication-tokens"}}}
    data = {"id": "user-1", "type": "users", "attributes": attributes, "links": {"self": path}}
    return document({"data": data | {"relationships": related}})


def document(content: Any, status: int = 200) -> Response:
    return Response(json.dumps(content), status, content_type=MEDIA_TYPE)
