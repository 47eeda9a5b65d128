"""The curl command line: the words that bash makes of it."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from conformance.masking import Masker
from reports.curl import CODE, curl_command, shell_word
from reports.curl import TOKEN as TOKEN_VARIABLE
from reports.evidence import curl_of
from tests.unit.reports.made import TOKEN, exchange

BASH = shutil.which("bash") or ""
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
    """The arguments of curl."""
    done = subprocess.run(
        [BASH, "-c", f"{FAKE}\n{line}"],
        check=True,
        capture_output=True,
        env={"TFE_TOKEN": TOKEN, "CODE": "123456", "PATH": "/usr/bin:/bin"},
    )
    assert not done.stderr
    return done.stdout.split(b"<|>")[:-1]


@pytest.mark.parametrize(
    "body",
    [
        b"{}",
        b"",
        b'it\'s "quoted" $TFE_TOKEN $CODE `id` $(id) \\n \\',
        "naïve 🙂 \u2028".encode(),
        b"line\nline\r\n\ttab",
        b"\xff\xfe not UTF-8 '\\",
        b"@/etc/hostname",
        b"@\xff",
        b"!! !$ 100%",
    ],
)
def test_any_body_arrives_as_it_was(body: bytes) -> None:
    line = curl_command("POST", "http://h/", (("Content-Type", "a/b"),), body)
    found = words(line)
    assert found[-1] == body
    assert (found[-2] == b"--data-raw") == body.startswith(b"@")
    assert all(character.isprintable() or character in "\n\t" for character in line)


@pytest.mark.parametrize("body", [b"\0", b"a\0b'c\\d%s\xff\n0123", b"\0007"])
def test_a_body_with_nul_arrives_as_it_was(body: bytes) -> None:
    assert words(curl_command("POST", "http://h/", (("Content-Type", "a/b"),), body))[-1] == b"BODY:" + body


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("Bearer $TFE_TOKEN", f"Bearer {TOKEN}"),
        ("$TFE_TOKEN", TOKEN),
        ("Bearer ${TFE_TOKEN%?}", f"Bearer {TOKEN[:-1]}"),
        ("Bearer ${TFE_TOKEN:0:${#TFE_TOKEN}/2}", f"Bearer {TOKEN[: len(TOKEN) // 2]}"),
        ("Bearer ${TFE_TOKEN}x", f"Bearer {TOKEN}x"),
        ("Bearer $(printf %s $TFE_TOKEN)", f"Bearer {TOKEN}"),
        ('Bearer $TFE_TOKEN"`id`$HOME\\!', f'Bearer {TOKEN}"`id`$HOME\\!'),
        ("Bearer $HOME", "Bearer $HOME"),
        ("Bearer $(id)", "Bearer $(id)"),
        ("Bearer", "Bearer"),
    ],
)
def test_only_the_token_is_expanded(value: str, expected: str) -> None:
    found = words(curl_command("POST", "http://h/", (("Authorization", value),), None))
    assert found[found.index(b"-H") + 1] == f"Authorization: {expected}".encode()


def test_the_common_header_is_easy_to_read() -> None:
    assert shell_word("Authorization: Bearer $TFE_TOKEN", TOKEN_VARIABLE) == '"Authorization: Bearer $TFE_TOKEN"'
    assert shell_word('{"code": "$CODE"}', CODE) == """'{"code": "'"$CODE"'"}'"""


def test_a_right_code_is_read_from_a_variable() -> None:
    masker = Masker()
    masker.add(TOKEN, "$TFE_TOKEN")
    body = b'{"data": {"attributes": {"code": "482913", "other": "14829130"}}}'
    shown = curl_of(exchange(body=body, known_code="482913"), masker)
    assert words(shown)[-1] == body.replace(b'"482913"', b'"123456"')
    assert "482913" in curl_of(exchange(body=b'{"code": 14829130}', known_code="482913"), masker)


def test_secrets_are_masked_and_derived_tokens_are_expanded() -> None:
    masker = Masker()
    masker.add(TOKEN[:-1] + "x", "${TFE_TOKEN%?}x")
    masker.add(TOKEN, "$TFE_TOKEN")
    headers = (("Authorization", f"Bearer {TOKEN[:-1]}x"), ("X-Echo", TOKEN))
    line = curl_of(exchange(headers=headers, body=TOKEN.encode() + b"\xff"), masker)
    assert TOKEN[:-1] not in line
    found = words(line)
    assert f"Authorization: Bearer {TOKEN[:-1]}x".encode() in found
    assert b"X-Echo: $TFE_TOKEN" in found


def test_headers_that_curl_would_add_are_removed() -> None:
    line = curl_command("POST", "http://h/", (("X-Empty", ""),), b"{}")
    assert words(line)[5:11] == [b"-H", b"X-Empty;", b"-H", b"Accept:", b"-H", b"Content-Type:"]


def test_other_methods_and_urls() -> None:
    assert "--head" in curl_command("HEAD", "http://h/", (), None)
    found = words(curl_command("PATCH", "http://[::1]/a?b=c&d='\x01", (), None))
    assert found[2:6] == [b"-g", b"-X", b"PATCH", b"http://[::1]/a?b=c&d='\x01"]


def test_a_long_body_is_left_out() -> None:
    line = curl_command("POST", "http://h/", (), b"x" * 100_000)
    assert len(line) < 300
    assert line.endswith("# a file with the 100,000 bytes of the body, too long for this line")
