"""The curl line: what bash makes of it, and what a server gets."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from conformance.redaction import Redactor
from reference.server import running
from reports.curl import curl
from reports.evidence import Evidence
from strategies.credentials import CREDENTIALS
from tests.reports.made import TOKEN, exchange

if TYPE_CHECKING:
    from pathlib import Path

    from conformance.exchange import Headers

BASH = shutil.which("bash") or ""
CURL = shutil.which("curl") or ""
FAKE = r"""
curl() {
  for word in "$@"; do
    case "$previous$word" in
      --data-binary@*) printf 'BODY:'; cat "${word#@}" ;;
      *) printf '%s' "$word" ;;
    esac
    printf '<|>'
    previous=$word
  done
}
"""

pytestmark = pytest.mark.skipif(not BASH, reason="bash is not installed")


def words(line: str) -> list[bytes]:
    """What a program called curl is given."""
    done = subprocess.run(
        [BASH, "-c", f"{FAKE}\n{line}"],
        check=True,
        capture_output=True,
        env={"TFE_TOKEN": TOKEN, "PATH": "/usr/bin:/bin"},
    )
    assert not done.stderr
    return done.stdout.split(b"<|>")[:-1]


@pytest.mark.parametrize(
    "body",
    [
        b"{}",
        b"",
        b'it\'s "quoted" $TFE_TOKEN `id` $(id) \\n \\',
        "naïve 🙂 \u2028".encode(),
        b"line\nline\r\n\ttab",
        b"\xff\xfe not UTF-8 '\\",
        b"@/etc/hostname",
        b"@\xff",
        b"!! !$ 100%",
    ],
)
def test_any_body_arrives_as_it_was(body: bytes) -> None:
    found = words(curl("POST", "http://h/", (("Content-Type", "a/b"),), body))
    assert found[-1] == body
    assert (found[-2] == b"--data-raw") == body.startswith(b"@")


@pytest.mark.parametrize("body", [b"\0", b"a\0b'c\\d%s\xff\n0123", b"\0007"])
def test_a_body_with_nul_arrives_as_it_was(body: bytes) -> None:
    assert words(curl("POST", "http://h/", (("Content-Type", "a/b"),), body))[-1] == b"BODY:" + body


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("Bearer $TFE_TOKEN", f"Bearer {TOKEN}"),
        ("$TFE_TOKEN", TOKEN),
        ("Bearer ${TFE_TOKEN%?}", f"Bearer {TOKEN[:-1]}"),
        ("Bearer ${TFE_TOKEN:0:${#TFE_TOKEN}/2}", f"Bearer {TOKEN[: len(TOKEN) // 2]}"),
        ("Bearer ${TFE_TOKEN}x", f"Bearer {TOKEN}x"),
        ('Bearer $TFE_TOKEN"`id`$HOME\\!', f'Bearer {TOKEN}"`id`$HOME\\!'),
        ("Bearer $HOME", "Bearer $HOME"),
        ("Bearer $(id)", "Bearer $(id)"),
        ("Bearer", "Bearer"),
    ],
)
def test_only_the_token_is_expanded(value: str, expected: str) -> None:
    found = words(curl("POST", "http://h/", (("Authorization", value),), None))
    assert found[found.index(b"-H") + 1] == f"Authorization: {expected}".encode()


@pytest.mark.parametrize("name", CREDENTIALS)
def test_credentials_that_are_made_of_the_token(name: str) -> None:
    credential = CREDENTIALS[name]
    redactor = Redactor()
    redactor.add(TOKEN, "$TFE_TOKEN")
    for value, shell in zip(credential.values(TOKEN), credential.shell, strict=True):
        redactor.add(value, shell)
        redactor.add(value.partition(" ")[2], shell.partition(" ")[2])
    headers: Headers = tuple(("Authorization", value) for value in credential.values(TOKEN))
    line = Evidence(redactor).of(exchange(headers=headers)).curl
    assert TOKEN[:-1] not in line
    expected = [f"Authorization: {value}" if value else "Authorization;" for value in credential.values(TOKEN)]
    sent = [word.decode() for word in words(line) if word.startswith(b"Authorization")]
    assert sent == expected


def test_the_valid_token_is_not_taken_for_what_was_made_of_it() -> None:
    redactor = Redactor()
    redactor.add(TOKEN, "$TFE_TOKEN")
    redactor.add(f"Bearer {TOKEN[:-1]}", "Bearer ${TFE_TOKEN%?}")
    assert '"Authorization: Bearer $TFE_TOKEN"' in Evidence(redactor).of(exchange()).curl


def test_headers_that_curl_would_add_are_left_out() -> None:
    line = curl("POST", "http://h/", (), b"{}")
    assert "-H 'Accept:'" in line
    assert "-H 'Content-Type:'" in line


def test_other_methods_and_urls() -> None:
    assert "--head" in curl("HEAD", "http://h/", (), None)
    assert words(curl("PATCH", "http://[::1]/a?b=c&d='", (), None))[2:6] == [
        b"-g",
        b"-X",
        b"PATCH",
        b"http://[::1]/a?b=c&d='",
    ]


def test_a_body_without_end_is_left_out() -> None:
    line = curl("POST", "http://h/", (), b"x" * 100_000)
    assert len(line) < 300
    assert line.endswith("# a file with the 100,000 bytes of the body, too long for a line")


@pytest.mark.skipif(not CURL, reason="curl is not installed")
@pytest.mark.parametrize(
    ("body", "status"),
    [(b'{"data": {"type": "users", "attributes": {"delivery": "app"}}}', 200), (b'{"\0": "\xff\'"}', 400)],
)
def test_the_reference_server_takes_it(body: bytes, status: int, tmp_path: Path) -> None:
    with running() as server:
        url = f"{server.base_url}/account/actions/two-factor-enable"
        headers = (
            ("Authorization", "Bearer $TFE_TOKEN"),
            ("Content-Type", "application/vnd.api+json"),
            ("Accept", "*/*"),
        )
        done = subprocess.run(
            [BASH, "-c", curl("POST", url, headers, body)],
            check=True,
            capture_output=True,
            text=True,
            env={"TFE_TOKEN": server.token, "PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "no_proxy": "*"},
        )
    assert done.stdout.startswith(f"HTTP/1.1 {status} ")
