"""A curl line for an exchange: to be copied into bash, with the token read from `$TFE_TOKEN`."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from conformance.exchange import Headers

LONGEST_BODY = 16_384
"""Bytes; a longer one is left out of the line, as shells take no arguments without end."""
EXPANSION = re.compile(
    r"\$\([^()]*\$TFE_TOKEN[^()]*\)"  # a command that makes something of the token
    r"|\$\{#?TFE_TOKEN(?:[^{}]|\$\{[^{}]*\})*\}"  # a part of it
    r"|\$TFE_TOKEN\b"
)
"""What the redactor puts where a token was, or what was made of it: for the shell to expand."""


def curl(method: str, url: str, headers: Headers, body: bytes | None) -> str:
    """The line; all arguments are as redacted: a label such as `$TFE_TOKEN` stands where the token was."""
    words = ["curl", "-sS", "-i"]
    if any(character in url for character in "[]{}"):
        words.append("-g")
    words += ["--head"] if method == "HEAD" else ["-X", shlex.quote(method)]
    words.append(shlex.quote(url))
    names = {name.lower() for name, _ in headers}
    for name, value in headers:
        # curl leaves a header out that ends in a colon, and sends it empty if it ends in a semicolon.
        header = f"{name}: {value}" if value.strip() else f"{name};"
        words += ["-H", expanding(header) if name.lower() == "authorization" else shlex.quote(header)]
    if "accept" not in names:
        words += ["-H", "'Accept:'"]
    if body is not None:
        if "content-type" not in names:
            words += ["-H", "'Content-Type:'"]
        words += data(body)
    return " ".join(words)


def expanding(text: str) -> str:
    """A word in double quotes in which the shell expands what stands for the token, and nothing else."""
    if not EXPANSION.search(text):
        return shlex.quote(text)
    parts = []
    end = 0
    for found in EXPANSION.finditer(text):
        parts += [_escaped(text[end : found.start()]), found.group()]
        end = found.end()
    return '"' + "".join([*parts, _escaped(text[end:])]) + '"'


def data(body: bytes) -> list[str]:
    """The words that give curl a body."""
    if len(body) > LONGEST_BODY:
        return ["--data-binary", f"@BODY  # a file with the {len(body):,} bytes of the body, too long for a line"]
    try:
        text = body.decode()
    except UnicodeDecodeError:
        text = ""
    if b"\0" in body:
        # No argument of a program can hold a NUL: curl reads it from where printf writes it.
        return ["--data-binary", f"@<(printf %b {shlex.quote(''.join(map(_octal, body)))})"]
    if (text or not body) and all(character.isprintable() or character in "\n\t" for character in text):
        option = "--data-raw" if text.startswith("@") else "--data-binary"
        return [option, shlex.quote(text)]
    option = "--data-raw" if body.startswith(b"@") else "--data-binary"
    return [option, "$'" + "".join(map(_hexadecimal, body)) + "'"]


def _escaped(text: str) -> str:
    """Text within double quotes; a `!` leaves them for a moment, as an interactive bash would look into its history."""
    return re.sub(r'([\\"$`])', r"\\\1", text).replace("!", "\"'!'\"")


def _octal(byte: int) -> str:
    plain = 0x20 <= byte < 0x7F and byte not in b"\\'"
    return chr(byte) if plain else f"\\0{byte:03o}"


def _hexadecimal(byte: int) -> str:
    plain = 0x20 <= byte < 0x7F and byte not in b"\\'"
    return chr(byte) if plain else f"\\x{byte:02x}"
