"""The Account API in FastAPI, with one account in memory. `test_server.py` beside it runs the suite against it."""

from __future__ import annotations

from hmac import compare_digest
from typing import Annotated, Any, Literal

from fastapi import Depends, FastAPI, Header, HTTPException, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException as StarletteHTTPException

TOKEN = "token-of-the-example-account"
CODE = "123456"  # a real server sends a new one by SMS, or asks for that of the authenticator
MEDIA_TYPE = "application/vnd.api+json"
OFF = {"delivery": None, "enabled": False, "sms-number": None, "verified": False}

account: dict[str, Any] = {"two-factor": OFF}


class EnableAttributes(BaseModel):
    delivery: Literal["app", "sms"]
    sms_number: str | None = Field(None, alias="sms-number", pattern=r"^\+?[0-9 ().-]{5,30}$")


class EnableData(BaseModel):
    type: Literal["users"]
    attributes: EnableAttributes


class EnableBody(BaseModel):
    data: EnableData


class VerifyAttributes(BaseModel):
    code: str


class VerifyData(BaseModel):
    type: Literal["users"]
    attributes: VerifyAttributes


class VerifyBody(BaseModel):
    data: VerifyData


class Document(JSONResponse):
    media_type = MEDIA_TYPE


def authenticate(authorization: Annotated[str, Header()] = "") -> None:
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() != "bearer" or not compare_digest(token.strip().encode(), TOKEN.encode()):
        raise HTTPException(401, "unauthorized", {"WWW-Authenticate": "Bearer"})


def negotiate(accept: Annotated[str, Header()] = "*/*", content_type: Annotated[str, Header()] = "") -> None:
    json_api = [entry.strip() for entry in accept.split(",") if entry.strip().startswith(MEDIA_TYPE)]
    if json_api and MEDIA_TYPE not in json_api:
        raise HTTPException(406, "not acceptable")
    if content_type != MEDIA_TYPE:
        raise HTTPException(415, "unsupported media type")


app = FastAPI(redirect_slashes=False, dependencies=[Depends(authenticate), Depends(negotiate)])


@app.exception_handler(StarletteHTTPException)
def reject(_: Request, error: StarletteHTTPException) -> Document:
    content = {"errors": [{"status": str(error.status_code), "title": error.detail}]}
    return Document(content, error.status_code, error.headers)


@app.exception_handler(RequestValidationError)
def reject_body(_: Request, error: RequestValidationError) -> Document:
    errors = [{"status": "422", "title": problem["msg"]} for problem in error.errors()]
    return Document({"errors": errors}, 422)


@app.post("/api/v2/account/actions/two-factor-enable")
def enable(body: EnableBody) -> Document:
    attributes = body.data.attributes
    if attributes.delivery == "sms" and attributes.sms_number is None:
        raise HTTPException(422, "delivery by SMS needs a number")
    account["two-factor"] = {
        "delivery": attributes.delivery,
        "enabled": True,
        "sms-number": attributes.sms_number if attributes.delivery == "sms" else None,
        "verified": False,
    }
    return user()


@app.post("/api/v2/account/actions/two-factor-disable")
def disable() -> Document:
    account["two-factor"] = OFF
    return user()


@app.post("/api/v2/account/actions/two-factor-verify")
def verify(body: VerifyBody) -> Document:
    two_factor = account["two-factor"]
    if not two_factor["enabled"] or two_factor["verified"]:
        raise HTTPException(409, "two-factor authentication does not wait to be verified")
    if body.data.attributes.code != CODE:
        raise HTTPException(422, "wrong code")
    codes = [f"recovery-{number}" for number in range(1, 7)]  # a real server draws them at random
    account["two-factor"] = two_factor | {"verified": True, "recovery-codes": codes, "used-recovery-codes": []}
    return user()


@app.post("/api/v2/account/actions/two-factor-resend-verification-code")
def resend() -> Document:
    two_factor = account["two-factor"]
    if two_factor["delivery"] != "sms" or two_factor["verified"]:
        raise HTTPException(409, "no code to send")
    return Document(None)


def user() -> Document:
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
    return Document({"data": data | {"relationships": related}})
