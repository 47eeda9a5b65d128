"""Masking: secrets, known by value or learnt by the names of members, are replaced by labels before text is shown."""

from __future__ import annotations

import base64
import binascii
import contextlib
import html
import json
import os
import re
from itertools import chain
from typing import TYPE_CHECKING, Any, TextIO
from urllib.parse import quote, quote_plus, unquote

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from conformance.model import Headers

WITHHELD = "[withheld: holds a secret]"
SHORTEST = 4
"""Letters and digits that a secret has at least."""
LONGEST, MOST_LEARNT, MOST_NUMBERS, MOST_LENGTHS = 2_048, 500_000, 1_000, 16
"""Limits of what is learnt from a target, which may send anything: characters of a secret and of all secrets,
telephone numbers, and different lengths of secrets with the same beginning."""
NATIONAL, SHORTEST_NUMBER = 9, 7
"""Digits by which a telephone number is known without its country, and digits that it has at least."""
CACHED = 1_000
"""Characters; the results for shorter values are kept, as they recur."""
DEPTH = 2
"""Encodings within each other that are undone."""

SECRET_NAME = re.compile(r"code|recovery|secret|otp|token|smsnumber")
RESOURCES = ("links", "relationships")
"""Members that hold the names of resources, such as authentication-tokens."""
SANITIZED = re.compile(
    r"\[.*\]|<.*>|\{.*\}|\$[({]?[A-Z_].*|.*[*•]{2}.*|(.)\1*|.*(?i:redacted|masked|filtered|hidden|removed|withheld).*"
)
"""Labels, and values that a sanitizer put in the place of secrets."""
FICTIONAL = re.compile(r"555(?:01\d\d|5{4,5})$")
"""The end of a telephone number that reaches nobody."""
PROVISIONING_URL = re.compile(r"otpauth:(?:\\?/){2}[^\s\"'<>]+")
TELEPHONE = re.compile(r"\+?\d(?:[\s().\-/\u2010-\u2015]{0,3}\d){6,}")
MEMBER = re.compile(
    r"""
    (?P<name>(?:recovery|code|secret|otp(?!auth:)|token|sms[-_]?number)[\w-]{0,40})["']?\s{0,5}(?:[:=]>?|>)\s{0,20}
    (?P<value> [\[{](?!\s*["']links)[^\]}]* | ["'][^"'\\]*(?:\\.[^"'\\]*)*
      | (?:[\s,;*•-]{0,8}(?=[\w.~+/%-]*\d)[\w.~+/%=-]{4,}+)+ )
    """,
    re.VERBOSE | re.IGNORECASE,
)
"""A member with the name of a secret, in text that is no JSON or was cut short. A bare value has a digit."""
SCALAR = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|-?\d[\d.eE+-]*')
FOLD = re.compile(
    r"""\x1b\[[\d;]*m|[\0\xad\u200b-\u200f\u2060\ufeff]|</?[a-z]{1,6}[ ]?/?>
    |["'][ \t]{0,20}\r?\n\s{0,40}[bru]{0,2}["']|\r?\n[ \t]{0,40}[E>|][ ]+""",
    re.VERBOSE,
)
"""Folds: colours, zero-width characters, elements, and the ends of lines in literals and tracebacks."""
ESCAPE = re.compile(r"\\+(?:u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|([nrt])|([\"'/\\]))")
WORD = re.compile(r"(?<![\w.-])\d+(?:[ \xa0]\d+)+(?![\w-])(?!\.\d)|(?<![\w-])(?<!\w\.)\w[\w-]*(?![\w-])(?!\.\w)")
"""A word, or digits in groups; the digits of a fraction are none."""
SCHEMES = ("bearer", "basic", "token", "digest")
SCHEME = re.compile(rf"(?:(?:{'|'.join(SCHEMES)})\b\s*)?", re.IGNORECASE)
URL_SAFE, STANDARD = str.maketrans("+/", "-_"), str.maketrans("-_", "+/")
"""The two alphabets of base64."""
UNPRINTABLE = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff\ufeff]"
    r"|[\U000e0000-\U000e007f]"
)

HARMLESS = re.compile(r"(\x1b\[[\d;]*m|\r)")
"""A colour, or the return to the beginning of a line."""


class _Index:
    """Forms of secrets with their labels, found in a text by their first characters, whatever their number."""

    def __init__(self) -> None:
        self._forms: dict[str, tuple[str, bool]] = {}
        self._lengths: dict[str, tuple[int, ...]] = {}

    def add(self, form: str, label: str, *, is_word: bool, learnt: bool) -> None:
        """Add a form of at least `SHORTEST` characters; one that `is_word` counts only as a whole word or number."""
        lengths = self._lengths.get(form[:SHORTEST], ())
        if len(form) not in lengths:
            if learnt and len(lengths) >= MOST_LENGTHS:
                return
            self._lengths[form[:SHORTEST]] = (*lengths, len(form))
        self._forms[form] = (label, is_word)

    def __contains__(self, form: str) -> bool:
        return form in self._forms

    def spans(self, text: str) -> Iterator[tuple[int, int, str]]:
        """Start, end and label of each form in a text."""
        lengths = self._lengths
        for start in [at for at in range(len(text)) if text[at : at + SHORTEST] in lengths]:
            for length in lengths[text[start : start + SHORTEST]]:
                form = text[start : start + length]
                end = start + len(form)
                if form in self._forms:
                    label, is_word = self._forms[form]
                    if not is_word or _stands_alone(text, start, end):
                        yield start, end, label


class Masker:
    """Replaces secrets by labels.

    `public` are words of the contract and of the reports. They are no secrets; a token that is one of them is masked in
    the headers that hold credentials only.
    """

    def __init__(self, public: Iterable[str] = ()) -> None:
        self._public = {*SCHEMES, *(word.lower() for word in public if not word.isdecimal())}
        self._labels: dict[str, str] = {}
        self._added: set[str] = set()
        self._recovery_codes, self._room = 0, MOST_LEARNT
        self._forms, self._folded = _Index(), _Index()
        self._words: set[str] = set()
        self._numbers: dict[str, str] = {}
        self._cache: dict[str, str] = {}

    def add(self, value: str, label: str) -> None:
        """Mask a value from now on; the first label of a value stays."""
        self._remember(value, label)
        if _is_distinctive(value) and value.lower() not in self._public and value not in label:
            self._added.add(value)

    def add_number(self, number: str, label: str) -> None:
        """Mask a telephone number, with any punctuation, with or without its country."""
        digits = _digits(number)
        if len(digits) >= SHORTEST_NUMBER:
            label = self._numbers.setdefault(digits[-NATIONAL:], label)
            self._remember(number, label)

    def learn(self, source: Any) -> None:
        """Mask the values of members with the name of a secret, in a document, a text or a body."""
        self._learn(source.decode("utf-8", "replace") if isinstance(source, bytes) else source, DEPTH)

    def text(self, text: str) -> str:
        """The text with each secret masked that is written plainly, escaped for JSON or a URL, or in base64."""
        return self._masked(text)[0]

    def value(self, value: str) -> str:
        """The masked value; withheld as a whole where it holds a secret in another form."""
        cache = self._cache  # a secret that another thread adds meanwhile begins a new one
        if value in cache:
            return cache[value]
        masked, rest = self._masked(value)
        masked = WITHHELD if self._shows_secret(rest) else masked
        if len(value) < CACHED:
            cache[value] = masked
        return masked

    def body(self, body: bytes) -> str:
        """The masked text of a body; JSON stays JSON, unless it is withheld as a whole."""
        text = body.decode("utf-8", "backslashreplace")
        try:
            json.loads(text)
        except (ValueError, RecursionError):
            return self.value(text)
        masked = SCALAR.sub(self._masked_scalar, text)
        return WITHHELD if self._shows_secret(masked) else masked

    def headers(self, headers: Headers) -> Headers:
        """The masked headers, without cookies and unknown credentials."""
        self._walk(tuple(headers), DEPTH, in_errors=True)
        return tuple((self.value(name), self._header(name.lower(), value)) for name, value in headers)

    def holds_secret(self, text: str) -> bool:
        """Whether a text holds a value that was added, in a plain form; short values and public words do not count."""
        return any(form in text for value in self._added for form in _forms(value))

    def _remember(self, value: str, label: str, *, learnt: bool = False) -> bool:
        """Add a secret; `False` where it is known, or too short to be one."""
        folded, is_public = _folded(value), value.lower() in self._public
        if value in self._labels or len(folded) < SHORTEST:
            return False
        if learnt and (is_public or len(value) > LONGEST or len(value) > self._room):
            return False
        self._labels[value] = label
        if is_public:
            return True
        self._cache = {}
        self._room -= len(value) if learnt else 0
        is_code = learnt and not folded.isdecimal() and len(folded) >= 2 * SHORTEST
        for form in (form for form in _forms(value) if form == value or form not in self._forms):
            self._forms.add(form, label, is_word=not (is_code or _is_distinctive(form)), learnt=learnt)
        if is_code or _is_distinctive(folded):
            self._folded.add(folded, label, is_word=False, learnt=learnt)
        if _has_digit(folded):
            self._words.add(folded)
        return True

    def _learn(self, source: Any, depth: int) -> None:
        """Learn from a document or a text, with those that are encoded in it, up to `depth` in each other."""
        if not isinstance(source, str):
            self._walk(source, depth)
            return
        start = re.search(r"[\[{]", source)
        if start is not None:
            with contextlib.suppress(ValueError, RecursionError):
                # An object becomes a tuple of pairs, as a name may occur twice.
                document, end = json.JSONDecoder(object_pairs_hook=tuple).raw_decode(source, start.start())
                self._walk(document, depth)
                source = source if source[: start.start()].strip() or source[end:].strip() else ""
        for url in PROVISIONING_URL.findall(source):
            for secret in re.findall(r"[?&]secret=([^&\\]+)", html.unescape(url)):
                self._remember(unquote(secret), "[TOTP secret]", learnt=True)
        errors = re.search(r"[\"']errors[\"']", source)
        for member in MEMBER.finditer(source):
            name, value = member["name"], ESCAPE.sub(_character, member["value"])
            values = [value[1:]] if value[0] in "\"'" else re.findall(r"[\w.~+/%=-]{4,}", value)
            if value[0] == "{":
                values = [word for word in values if _has_digit(word)]
            elif value[0] != "[" and "codes" not in name.lower():
                values = values[:1]
            in_errors = errors is not None and errors.start() < member.start()
            for part in values:
                self._learn_value(part, name, in_errors=in_errors)
        if depth > 0 and (unescaped := _unescaped(source)) != source:
            self._learn(unescaped, depth - 1)

    def _walk(self, document: Any, depth: int, *, in_errors: bool = False) -> None:
        """Learn from a document, in which objects are dictionaries or tuples of pairs."""
        stack: list[tuple[Any, str, bool]] = [(document, "", in_errors)]
        while stack:
            value, name, in_errors = stack.pop()
            if isinstance(value, list):
                stack += [(item, name, in_errors) for item in reversed(value)]
            elif isinstance(value, dict | tuple):
                for key, item in reversed(tuple(value.items()) if isinstance(value, dict) else value):
                    if (item is None or isinstance(item, bool)) and _has_digit(key):
                        self._learn_value(key, name, in_errors=in_errors)  # codes, and whether each was used
                    own = key if key in RESOURCES or SECRET_NAME.search(_folded(key)) else ""
                    inherited = "" if name in RESOURCES else own if own in RESOURCES else name or own
                    stack.append((item, inherited, in_errors or key == "errors"))
            elif isinstance(value, str | int) and not isinstance(value, bool):
                self._learn_value(str(value), name, in_errors=in_errors)
                if isinstance(value, str) and depth > 0:
                    self._learn(value, depth - 1)

    def _learn_value(self, value: str, name: str, *, in_errors: bool) -> None:
        """Learn the value of a member, and the codes of which it may be a list."""
        name, value = _folded(name), value.strip(" \t\r\n,;.")
        if not SECRET_NAME.search(name) or SANITIZED.fullmatch(value):
            return
        if in_errors and name.endswith("code") and not _has_digit(value):
            return
        if "smsnumber" in name:
            count = len(self._numbers) + 1
            if count <= MOST_NUMBERS and not FICTIONAL.search(_digits(value)):
                self.add_number(value, "[SMS number]" if count == 1 else f"[SMS number {count}]")
            return
        words = [word for word in re.findall(r"[\w.+/=-]{6,}", value) if word != value and _has_digit(word)]
        for part in (value, *words):
            label = next((f"[{word}]" for word in ("token", "secret") if word in name), "[code]")
            if is_recovery_code := "recovery" in name or name.endswith("codes"):
                label = f"[recovery code {self._recovery_codes + 1}]"
            if self._remember(part, label, learnt=True) and is_recovery_code:
                self._recovery_codes += 1

    def _masked(self, text: str) -> tuple[str, str]:
        """The masked text, and what of it was not masked."""
        parts, labels, end = [], [], 0
        for start, stop, label in sorted(self._spans(text), key=lambda span: (span[0], -span[1])):
            if start >= end:
                parts.append(text[end:start])
                labels.append(label)
            end = max(end, stop)
        parts.append(text[end:])
        return "".join(chain(*zip(parts, [*labels, ""], strict=True))), "\n".join(parts)

    def _spans(self, text: str) -> Iterator[tuple[int, int, str]]:
        """Start, end and label of each secret in a text."""
        yield from self._forms.spans(text)
        for match in TELEPHONE.finditer(text) if self._numbers else ():
            digits = _digits(match.group())
            label = next((label for number, label in tuple(self._numbers.items()) if number in digits), None)
            if label is not None:
                yield *match.span(), label
        for match in PROVISIONING_URL.finditer(text):
            yield *match.span(), "[provisioning URL]"

    def _shows_secret(self, text: str) -> bool:
        """Whether a masked text holds a secret once it is decoded, and separators and case are dropped."""
        depth = 0
        while text and depth <= DEPTH:
            if any(self._folded.spans(_folded(text))) or not self._words.isdisjoint(map(_folded, WORD.findall(text))):
                return True
            if depth and any(self._spans(text)):
                return True
            text, depth = _decoded(text), depth + 1
        return False

    def _masked_scalar(self, match: re.Match[str]) -> str:
        """The lexeme of a JSON string or number, or of the string that takes its place."""
        lexeme = match.group()
        value = json.loads(lexeme) if lexeme[0] == '"' else lexeme
        masked = self.value(value)
        return lexeme if masked == value else json.dumps(masked)

    def _header(self, name: str, value: str) -> str:
        if name in ("cookie", "set-cookie"):
            return "[cookie]"
        if name not in ("authorization", "proxy-authorization"):
            return self.value(value)
        masked, rest = self._masked(value)
        if SCHEME.fullmatch(rest.strip()):
            return masked
        credentials = SCHEME.sub("", value, count=1)
        if SANITIZED.fullmatch(credentials):
            return value
        unknown = credentials if credentials.lower() in self._public else "[credentials]"
        return value.removesuffix(credentials) + self._labels.get(credentials, unknown)


class MaskingStream:
    """A text stream that masks secrets.

    Text is held until a line ends or the stream is flushed, as it may end in half a secret. A reader that is gone, such
    as `head`, and a full disk are no errors: the reports hold the verdict.

    Args:
        stream: the stream to write to.
        masker: masks the secrets.
        is_drawn: the text moves the cursor of a terminal; otherwise only colours and the returns of pytest's progress
            reach it, and other control characters are escaped.
    """

    def __init__(self, stream: TextIO, masker: Masker, *, is_drawn: bool = False) -> None:
        self._stream = stream
        self._masker = masker
        self._is_drawn = is_drawn
        self._held = ""

    def write(self, text: str) -> int:
        """Take a text; pass all on where it ends a line."""
        self._held += text
        if text.endswith("\n"):
            self._pass_on()
        return len(text)

    def writelines(self, lines: Iterable[str]) -> None:
        """Take some texts."""
        self.write("".join(lines))

    def flush(self) -> None:
        """Pass on the rest too."""
        self._pass_on()
        with self._ignoring_errors():
            self._stream.flush()

    def _pass_on(self) -> None:
        held, self._held = self._held, ""
        masked = self._masker.value(held)
        if masked == WITHHELD:
            masked += "\n"
        elif not self._is_drawn:
            masked = "".join(part if HARMLESS.match(part) else printable(part) for part in HARMLESS.split(masked))
        with self._ignoring_errors():
            self._stream.write(masked)

    @contextlib.contextmanager
    def _ignoring_errors(self) -> Iterator[None]:
        try:
            yield
        except OSError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), self._stream.fileno())

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def printable(text: str) -> str:
    """The text with escapes for control, bidirectional and zero-width characters; newlines and tabs stay."""
    return UNPRINTABLE.sub(lambda match: match.group().encode("unicode_escape").decode(), text)


def _is_distinctive(value: str) -> bool:
    """Whether a value is too long and too mixed to be anywhere by chance."""
    if value.isdecimal():
        return len(value) >= 10
    return len(value) >= (16 if re.fullmatch(r"[a-z_-]+|[A-Z_-]+|[A-Z][a-z]+", value) else 8)


def _stands_alone(text: str, start: int, end: int) -> bool:
    """Whether the text from `start` to `end` is a whole number or word."""
    before, after = text[max(start - 2, 0) : start], text[end : end + 2]
    near, far = (r"\d", r"\d") if text[start:end].isdecimal() else (r"[\w-]", r"\w")
    return re.search(rf"(?:{near}|{far}\.)$", before) is None and re.match(rf"{near}|\.{far}", after) is None


def _forms(value: str) -> set[str]:
    """The value itself, escaped for JSON, percent-encoded, and in base64, also as a user name."""
    raw = value.encode("utf-8", "surrogatepass")
    in_json = json.dumps(value)[1:-1]
    in_url = quote(raw, safe="")
    in_base64 = base64.b64encode(raw).decode().rstrip("=")
    return {
        *(value, json.dumps(value, ensure_ascii=False)[1:-1], in_json, in_json.replace("/", "\\/")),
        *(in_url, re.sub("%..", lambda match: match.group().lower(), in_url), quote(raw), quote_plus(raw)),
        *(in_base64, in_base64.translate(URL_SAFE), base64.b64encode(raw + b":").decode()),
    }


def _folded(text: str) -> str:
    """The letters and digits of a text, in lower case."""
    return re.sub(r"[\W_]+", "", text).lower()


def _digits(text: str) -> str:
    return re.sub(r"\D", "", text)


def _has_digit(text: str) -> bool:
    return any(map(str.isdigit, text))


def _unescaped(text: str) -> str:
    """The text without one layer of escapes of JSON, HTML and URLs, without folds and zero-width characters."""
    text = ESCAPE.sub(_character, FOLD.sub("", text))
    return unquote(html.unescape(text), errors="replace")


def _character(match: re.Match[str]) -> str:
    four, two, line_break, character = match.groups()
    return "\n" if line_break else character or chr(int(four or two, 16))


def _decoded(text: str) -> str:
    """The text without one layer of escapes, and the text within it that is in base64 or hexadecimal; empty if none."""
    unescaped = _unescaped(text)
    packed = "".join(unescaped.split()).translate(STANDARD)
    base64_runs = (run[at:] for run in re.findall(r"[A-Za-z0-9+/]{8,}", packed) for at in range(4))
    hexadecimal = (run[at:] for run in re.findall(r"[0-9a-fA-F]{12,}", packed) for at in range(2))
    decoded = chain(
        (binascii.a2b_base64(run + "A" * (-len(run) % 4)) for run in base64_runs),
        (bytes.fromhex(run[: len(run) - len(run) % 2]) for run in hexadecimal),
    )
    parts = [part.decode() for content in decoded for part in re.findall(rb"[ -~]{6,}", content)]
    return "\n".join([unescaped, *parts] if unescaped != text else parts)
