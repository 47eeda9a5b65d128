"""The curl command line that repeats a request, for bash, with secrets read from variables."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

MAX_BODY = 8_192
"""Bytes; a longer body is left out of the command line."""
TOKEN = re.compile(
    r"\$\([^()]*\$TFE_TOKEN[^()]*\)"  # a command that makes something of the token
    r"|\$\{#?TFE_TOKEN(?:[^{}]|\$\{[^{}]*\})*\}"  # a part of it
    r"|\$TFE_TOKEN\b"
)
"""The text that takes the place of the token, or of a value derived from it."""
CODE = re.compile(r"\$CODE\b")
NO_VARIABLE = re.compile(r"(?!)")


def curl_command(
    method: str, url: str, headers: Iterable[tuple[str, str]], body: bytes | None, *, has_code: bool = False
) -> str:
    """The command line of a request whose body is without secrets.

    The shell expands `$TFE_TOKEN` in an Authorization header and, if `has_code`, `$CODE` in the body.
    """
    headers = list(headers)
    words = ["curl", "-sS", "-i"]
    if re.search(r"[\[\]{}]", url):
        words.append("-g")
    words += ["--head"] if method == "HEAD" else ["-X", shell_word(method)]
    words.append(shell_word(url))
    for name, value in headers:
        # curl omits a header that ends in a colon, and sends it empty where it ends in a semicolon.
        header = f"{name}: {value}" if value.strip() else f"{name};"
        words += ["-H", shell_word(header, TOKEN if name.lower() == "authorization" else NO_VARIABLE)]
    # curl adds these by itself.
    added = ("Accept",) if body is None else ("Accept", "Content-Type")
    names = {name.lower() for name, _ in headers}
    words += [word for name in added if name.lower() not in names for word in ("-H", f"'{name}:'")]
    if body is not None:
        words += _body_words(body, CODE if has_code else NO_VARIABLE)
    return " ".join(words)


def shell_word(text: str, variable: re.Pattern[str] = NO_VARIABLE) -> str:
    """A word of bash that stands for this text, in which only the matches of `variable` are expanded."""
    literals, variables = variable.split(text), variable.findall(text)
    if variables and all(_is_plain(literal) and not re.search(r'[\\"$`!\n]', literal) for literal in literals):
        return f'"{text}"'
    parts = [_quoted(literals[0])] if literals[0] or not variables else []
    for name, literal in zip(variables, literals[1:], strict=True):
        parts += [f'"{name}"', *([_quoted(literal)] if literal else [])]
    return "".join(parts)


def _body_words(body: bytes, variable: re.Pattern[str]) -> list[str]:
    if len(body) > MAX_BODY:
        return ["--data-binary", f"@BODY  # a file with the {len(body):,} bytes of the body, too long for this line"]
    if b"\0" in body:
        # No argument of a program can hold a NUL: curl reads the body from the output of printf.
        return ["--data-binary", f"@<(printf %b {shlex.quote(''.join(map(_octal, body)))})"]
    option = "--data-raw" if body.startswith(b"@") else "--data-binary"
    try:
        return [option, shell_word(body.decode(), variable)]
    except UnicodeDecodeError:
        return [option, _escaped(body)]


def _is_plain(text: str) -> bool:
    return all(character.isprintable() or character in "\n\t" for character in text)


def _quoted(text: str) -> str:
    return shlex.quote(text) if _is_plain(text) else _escaped(text.encode("utf-8", "surrogatepass"))


def _escaped(text: bytes) -> str:
    """The bytes in the quotes of ANSI C."""
    return "$'" + "".join(chr(byte) if _is_literal(byte) else f"\\x{byte:02x}" for byte in text) + "'"


def _octal(byte: int) -> str:
    return chr(byte) if _is_literal(byte) else f"\\0{byte:03o}"


def _is_literal(byte: int) -> bool:
    return 0x20 <= byte < 0x7F and byte not in b"\\'"
