"""ASGI and WSGI applications are served on a free loopback port."""

from __future__ import annotations

import sys
import threading
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from tfe_conformance.serving import AppNameError, load, serving

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
    with pytest.raises(RuntimeError, match="did not start"), serving(failing_app):
        pass


# -- names -------------------------------------------------------------------------------------------------------------


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The name of a module of a user."""
    (tmp_path / "a_server_of_a_user.py").write_text("class A:\n    app = 1\n\ndef make():\n    return 2\n", "utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "a_server_of_a_user", raising=False)
    return "a_server_of_a_user"


def test_a_name_leads_to_an_attribute_or_to_what_a_function_makes(module: str) -> None:
    assert load(f"{module}:A.app") == 1
    assert load(f"{module}:make()") == 2


@pytest.mark.parametrize("name", ["{}", "{}:", ":app", "{}:nothing", "{}:A.nothing"])
def test_a_name_that_leads_nowhere_is_a_mistake(module: str, name: str) -> None:
    with pytest.raises(AppNameError):
        load(name.format(module))
