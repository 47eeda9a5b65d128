"""ASGI and WSGI applications are served on a free loopback port."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from tests.suite import ROOT
from tfe_conformance.serving import AppError, serving, serving_process

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path


async def asgi_app(scope: Any, receive: Any, send: Any) -> None:
    """Answer with the path and the length of the body."""
    if scope["type"] != "http":
        return
    message = await receive()
    body = f"asgi {scope['path']} {len(message['body'])}".encode()
    await send({"type": "http.response.start", "status": 201, "headers": [(b"content-type", b"text/plain")]})
    await send({"type": "http.response.body", "body": body})


class ASGIApp:
    """An application that is an object, as those of frameworks are."""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await asgi_app(scope, receive, send)


def wsgi_app(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Answer with the path and the length of the body."""
    start_response("201 Created", [("Content-Type", "text/plain")])
    return [f"wsgi {environ['PATH_INFO']} {len(environ['wsgi.input'].read())}".encode()]


async def failing_app(scope: Any, receive: Any, send: Any) -> None:
    """Fail to start."""
    assert scope["type"] == "lifespan"
    await receive()
    await send({"type": "lifespan.startup.failed", "message": "no database"})


@pytest.mark.parametrize(("app", "kind"), [(asgi_app, "asgi"), (ASGIApp(), "asgi"), (wsgi_app, "wsgi")])
def test_an_application_answers_at_a_loopback_url(app: Any, kind: str) -> None:
    with serving(app) as url:
        assert url.startswith("http://127.0.0.1:")
        response = httpx.post(f"{url}/a/b", content=b"12345", trust_env=False)
    assert (response.status_code, response.text) == (201, f"{kind} /a/b 5")
    with pytest.raises(httpx.ConnectError):
        httpx.get(url, trust_env=False)
    assert "application" not in {thread.name for thread in threading.enumerate()}


@pytest.mark.filterwarnings("ignore")
def test_an_application_that_does_not_start_is_an_error() -> None:
    with pytest.raises(AppError, match="did not start"), serving(failing_app):
        pass


# -- a process of its own ----------------------------------------------------------------------------------------------

MODULE = """
import sys
from tests.unit.tfe_conformance.test_serving import asgi_app, wsgi_app
class A:
    app = wsgi_app
def make():
    print("printed by the application")
    return asgi_app
"""


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The name of a module in the working folder."""
    (tmp_path / "server.py").write_text(MODULE, "utf-8")
    (tmp_path / "broken.py").write_text("import no_such_module", "utf-8")
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.chdir(tmp_path)
    return "server"


@pytest.mark.parametrize(("name", "kind"), [("server:A.app", "wsgi"), ("server:make()", "asgi")])
@pytest.mark.usefixtures("module")
def test_a_name_leads_to_an_attribute_or_to_what_a_function_makes(name: str, kind: str) -> None:
    with serving_process(name) as url:
        assert httpx.post(f"{url}/a", content=b"1", trust_env=False).text == f"{kind} /a 1"
    with pytest.raises(httpx.ConnectError):
        httpx.get(url, trust_env=False)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("server", "tfe-conformance: --app: Import string"),
        ("server:nothing", 'tfe-conformance: --app: Attribute "nothing" not found'),
        ("servers:app", 'tfe-conformance: --app: Could not import module "servers"'),
        ("broken:app", "Traceback"),
    ],
)
@pytest.mark.usefixtures("module")
def test_a_name_that_leads_nowhere_is_a_mistake(name: str, reason: str, capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(AppError, match=f"{name} could not be served; the reason is above"), serving_process(name):
        pass
    assert capfd.readouterr().err.startswith(reason)
