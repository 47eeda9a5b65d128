"""The target is checked before anything is sent, and a mistake is one line that says what to do."""

from __future__ import annotations

import codecs
from typing import TYPE_CHECKING

import pytest

from conformance.model import ConfigurationError
from conformance.target import Secret, Target, check_base_url, read_token

if TYPE_CHECKING:
    from pathlib import Path

TOKEN = "Tok-AbCdEf1234567890-xyz"


# -- the URL -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "",
        "localhost:8080",
        "ftp://127.0.0.1/",
        "http://",
        "http:///api",
        "http:/127.0.0.1",
        "https://[::1",
        "http://h ost/",
        "http://h\nost/",
        "http://127.0.0.1:0/",
        "http://127.0.0.1:99999/",
        "http://127.0.0.1:port/",
        "https://a..b/",
        "https://.a/",
        f"https://{'a' * 64}.example/",
        "https://app.terraform%2Eio/",
        "https://app.terra\u00adform.io/",
        "https://\uff41pp.terraform.io/",
    ],
)
def test_text_that_is_not_a_url_is_refused(text: str) -> None:
    with pytest.raises(ConfigurationError, match="is not a URL") as caught:
        check_base_url(text, disposable=True, production=True)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        "http://user:secret@127.0.0.1/",
        "http://user:secret@[::1",
        "https://app.terraform.io\\@127.0.0.1/",
        "http://127.0.0.1/?a=secret",
        "http://127.0.0.1/?",
        "http://127.0.0.1/#secret",
    ],
)
def test_parts_that_do_not_belong_into_a_base_url_are_refused_without_repeating_them(text: str) -> None:
    with pytest.raises(ConfigurationError, match="leave out") as caught:
        check_base_url(text, disposable=True, production=True)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (" https://tfe.example/api/v2/ \n", "https://tfe.example/api/v2"),
        ("HTTPS://TFE.example:8443/api/v2//", "https://tfe.example:8443/api/v2"),
        ("https://tfe.example:443/a/../api/v2", "https://tfe.example/api/v2"),
        ("https://tfe.example", "https://tfe.example"),
        ("https://stra\u00dfe.example/caf\u00e9", "https://xn--strae-oqa.example/caf%C3%A9"),
        ("http://[::1]:8000/api/v2", "http://[::1]:8000/api/v2"),
    ],
)
def test_the_base_url_is_in_normal_form(text: str, expected: str) -> None:
    assert check_base_url(text, disposable=True, production=False) == expected


@pytest.mark.parametrize("host", ["tfe.example", "10.0.0.1", "0.0.0.0", "localhost.example", "mylocalhost", "[::2]"])  # noqa: S104
def test_a_target_elsewhere_needs_a_disposable_account(host: str) -> None:
    with pytest.raises(ConfigurationError, match="--disposable-account"):
        check_base_url(f"https://{host}/api/v2", disposable=False, production=True)
    assert check_base_url(f"https://{host}/api/v2", disposable=True, production=False)


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST.", "a.localhost", "127.0.0.1", "127.0.0.9", "[::1]"])
def test_a_target_on_loopback_needs_no_permission(host: str) -> None:
    base_url = check_base_url(f"http://{host}:8000/api/v2", disposable=False, production=False)
    target = Target(base_url, Secret(TOKEN))
    assert target.is_loopback
    assert not target.is_plain_http


@pytest.mark.parametrize(
    "host",
    [
        "app.terraform.io",
        "terraform.io",
        "APP.Terraform.IO",
        "app.terraform.io.",
        "app.terraform.io:8443",
        "app.terraform\u3002io",
        "app\uff0eterraform\uff61io",
        "app.terraform.io\u3002",
    ],
)
def test_the_public_service_needs_a_permission_of_its_own(host: str) -> None:
    with pytest.raises(ConfigurationError, match="--allow-production"):
        check_base_url(f"https://{host}/api/v2", disposable=True, production=False)
    allowed = check_base_url(f"https://{host}/api/v2", disposable=True, production=True)
    assert "terraform.io" in allowed


@pytest.mark.parametrize("host", ["notterraform.io", "terraform.io.example", "app.terraform.example"])
def test_other_hosts_are_not_the_public_service(host: str) -> None:
    assert check_base_url(f"https://{host}", disposable=True, production=False) == f"https://{host}"


@pytest.mark.parametrize(("scheme", "expected"), [("http", True), ("https", False)])
def test_plain_http_off_loopback_can_be_told(scheme: str, *, expected: bool) -> None:
    target = Target(f"{scheme}://tfe.example/api/v2", Secret(TOKEN))
    assert target.is_plain_http is expected
    assert not target.is_loopback


# -- the token -----------------------------------------------------------------------------------------------------


def test_a_secret_is_not_shown() -> None:
    target = Target("http://127.0.0.1", Secret(TOKEN))
    assert target.token.reveal() == TOKEN
    for text in (repr(target), str(target), f"{target.token}", f"{target.token!r}", repr([target.token])):
        assert TOKEN not in text
    assert Secret(TOKEN) == Secret(TOKEN)


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        (None, "no token: put it into the variable MY_TOKEN"),
        ("", "is empty"),
        (" \n", "is empty"),
        (f"{TOKEN}\nb", "newline"),
        (f"{TOKEN} b", "space"),
        (f"{TOKEN}\u00e9", "character"),
        (f"{TOKEN}\x7f", "character"),
    ],
)
def test_a_variable_without_a_token_is_a_mistake(
    value: str | None, problem: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("MY_TOKEN", raising=False)
    if value is not None:
        monkeypatch.setenv("MY_TOKEN", value)
    with pytest.raises(ConfigurationError, match=problem) as caught:
        read_token("MY_TOKEN", None)
    assert TOKEN not in str(caught.value)


def test_the_token_is_read_from_the_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MY_TOKEN", TOKEN)
    assert read_token("MY_TOKEN", None).reveal() == TOKEN


@pytest.mark.parametrize(
    "content",
    [
        TOKEN.encode(),
        TOKEN.encode() + b"\n",
        TOKEN.encode() + b"\r\n",
        codecs.BOM_UTF8 + TOKEN.encode() + b"\n",
        codecs.BOM_UTF16_LE + f"{TOKEN}\r\n".encode("utf-16-le"),
        codecs.BOM_UTF16_BE + TOKEN.encode("utf-16-be"),
    ],
    ids=["plain", "newline", "windows", "byte-order-mark", "powershell", "utf-16-be"],
)
def test_the_token_is_read_from_a_file(content: bytes, tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_bytes(content)
    assert read_token("MY_TOKEN", str(file)).reveal() == TOKEN


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"\xff\xfe\xff", "can't be read"),
        (b"\xe9", "can't be read"),
        (b"\n", "is empty"),
        (b"a\n\n", "newline"),
        (b"a\nb", "newline"),
    ],
)
def test_a_file_without_a_token_is_a_mistake(content: bytes, problem: str, tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_bytes(content)
    with pytest.raises(ConfigurationError, match=problem) as caught:
        read_token("MY_TOKEN", str(file))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["missing", ".", "a\0b"])
def test_a_file_that_cannot_be_read_is_a_mistake(name: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="can't be read"):
        read_token("MY_TOKEN", f"{tmp_path}/{name}")
