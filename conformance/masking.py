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
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TextIO
from urllib.parse import quote, quote_plus, unquote

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from conformance.model import Headers

WITHHELD = "[withheld: holds a secret]"
SHORTEST, LONGEST = 4, 256
"""Letters and digits that a secret has at least, and characters of a learnt one that are looked for."""
MOST_LEARNT = 100_000
"""Secrets that are learnt: a target may claim to have any number of recovery codes."""
NATIONAL, SHORTEST_NUMBER = 9, 7
"""Digits by which a telephone number is known without its country, and digits that it has at least."""
DEPTH = 2
"""Encodings within each other that are undone."""

SECRET_NAME = re.compile(r"code|recovery|secret|otp|token|smsnumber")
SANITIZED = re.compile(
    r"\[.*\]|<.*>|\{.*\}|\$[({]?[A-Z_].*|.*[*•]{2}.*|(.)\1*|.*(?i:redacted|masked|filtered|hidden|removed|withheld).*"
)
"""Labels, and what other programs put in the place of secrets."""
FICTIONAL = re.compile(r"555(?:01\d\d|5{4,5})$")
"""The end of a telephone number that reaches nobody."""
PROVISIONING_URL = re.compile(r"otpauth:(?:\\?/){2}[^\s\"'<>]*")
TELEPHONE = re.compile(r"\+?\d(?:[\s().\-/\u2010-\u2015]{0,3}\d){6,}")
MEMBER = re.compile(
    r"""
    (?P<name>(?:recovery|code|secret|otp(?!auth:)|token|sms[-_]?number)[\w-]{0,40})["']?\s{0,5}(?:[:=]>?|>)\s{0,20}
    (?: [\[{](?P<items>[^\]}]*)
      | "(?P<string>[^"\\]*(?:\\.[^"\\]*)*)
      | '(?P<quoted>[^'\n]*)
      | (?P<bare>(?:[\s,;*•-]{0,8}(?=[\w.~+/%-]*\d)[\w.~+/%=-]{4,}+)+) )
    """,
    re.VERBOSE | re.IGNORECASE,
)
"""A member with the name of a secret, in text that is no JSON or was cut short. A bare value has a digit."""
ITEM = re.compile(r"""["']([^"'\\]*(?:\\.[^"'\\]*)*)(?:["'](\s*:)?)?|(\d{4,})""")
SCALAR = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|-?\d[\d.eE+-]*')
UNSEEN = re.compile(
    r"""\x1b\[[\d;]*m|</?\w[^<>]{0,80}>|["'][ \t]{0,20}\r?\n\s{0,40}[bru]{0,2}["']|\r?\n[ \t]{0,40}[E>|] +"""
)
"""Colours, elements, and the ends of lines in literals and tracebacks."""
ESCAPE = re.compile(r"\\+(?:[ux]((?<=u)[0-9a-fA-F]{4}|(?<=x)[0-9a-fA-F]{2})|([nrt\"'/\\]))")
WORD = re.compile(r"(?<![\w.-])\d+(?:[ \xa0]\d+)+(?![\w-])(?!\.\d)|(?<![\w-])(?<!\w\.)\w[\w-]*(?![\w-])(?!\.\w)")
"""A word, or digits in groups; the digits of a fraction are none."""
CREDENTIAL = re.compile(r"(?:Bearer|Token|[Aa]uthorization[\"']?:|token[\"']?\s?[:=])\s?[\"']?$")
SCHEME = re.compile(r"(?:(?:bearer|basic|token|digest)\b\s*)?", re.IGNORECASE)
UNPRINTABLE = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff\ufeff\U000e0000-\U000e007f]"
)


Place = Literal["anywhere", "word", "credential"]


class _Form(NamedTuple):
    """A form of a secret: its label, and the place in which it is no coincidence."""

    label: str
    place: Place

    def fits(self, text: str, start: int, end: int) -> bool:
        """Whether the form is the secret at this place of a text."""
        if self.place == "anywhere":
            return True
        before, after = text[max(start - 2, 0) : start], text[end : end + 2]
        near, far = (r"\d", r"\d") if text[start:end].isdecimal() else (r"[\w-]", r"\w")
        if re.search(rf"{near}$|{far}\.$", before) or re.match(rf"{near}|\.{far}", after):
            return False
        return self.place == "word" or CREDENTIAL.search(text[max(start - 20, 0) : start]) is not None


class _Index:
    """Forms of secrets, found in a text by their first characters: their number costs no time."""

    def __init__(self) -> None:
        self._forms: dict[str, _Form] = {}
        self._lengths: dict[str, tuple[int, ...]] = {}

    def add(self, string: str, form: _Form) -> None:
        """Add a string of at least `SHORTEST` characters; its first form stays."""
        lengths = self._lengths.get(string[:SHORTEST], ())
        if len(string) not in lengths:
            self._lengths[string[:SHORTEST]] = tuple(sorted((*lengths, len(string)), reverse=True))
        self._forms.setdefault(string, form)

    def matches(self, text: str) -> Iterator[tuple[int, int, _Form]]:
        """Start, end and form of each string in a text, the longest first."""
        lengths = self._lengths
        for start in [at for at in range(len(text)) if text[at : at + SHORTEST] in lengths]:
            for length in lengths[text[start : start + SHORTEST]]:
                form = self._forms.get(text[start : start + length])
                if form is not None:
                    yield start, min(start + length, len(text)), form


class Masker:
    """Replaces secrets by labels.

    `public` are words of the contract and of the reports. One of them that a target calls a code is not masked; a token
    that is one of them is masked where it is presented as a credential.
    """

    def __init__(self, public: Iterable[str] = ()) -> None:
        self._public = {word.lower() for word in public if not word.isdecimal()}
        self._labels: dict[str, str] = {}
        self._added: set[str] = set()
        self._recovery_codes = 0
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
            self._numbers.setdefault(digits[-NATIONAL:], label)
        self._remember(number, label)

    def learn(self, source: Any) -> None:
        """Mask the values of members with the name of a secret, in a document, a text or a body."""
        self._learn(source.decode("utf-8", "replace") if isinstance(source, bytes) else source, DEPTH)

    def text(self, text: str) -> str:
        """The text with each secret masked that is written plainly, escaped for JSON or a URL, or in base64."""
        return self._masked(text)[0]

    def value(self, value: str) -> str:
        """The masked value; withheld as a whole where it holds a secret in another form."""
        cache = self._cache  # another thread may learn a secret meanwhile, and begin a new one
        if value not in cache:
            masked, rest = self._masked(value)
            cache[value] = WITHHELD if self._shows_secret(rest) else masked
        return cache[value]

    def body(self, body: bytes) -> str:
        """The masked text of a body; JSON stays JSON, unless it is withheld as a whole."""
        text = body.decode("utf-8", "backslashreplace")
        try:
            json.loads(text)
        except (ValueError, RecursionError):
            return self.value(text)
        masked = SCALAR.sub(self._scalar, text)
        return WITHHELD if self._shows_secret(masked) else masked

    def headers(self, headers: Headers) -> Headers:
        """The masked headers, without cookies and unknown credentials."""
        self.learn(tuple(headers))
        return tuple((self.value(name), self._header(name.lower(), value)) for name, value in headers)

    def holds_secret(self, text: str) -> bool:
        """Whether a text holds a value that was added, but for those that any text may hold by chance."""
        return any(form in text for value in self._added for form in _plain_forms(value))

    def _remember(self, value: str, label: str, *, learnt: bool = False) -> bool:
        """Add a secret; `False` where it is known, or too short to be one."""
        folded, public = _folded(value), value.lower() in self._public
        if len(folded) < SHORTEST or value in self._labels:
            return False
        if learnt and (public or len(self._labels) >= MOST_LEARNT):
            return False
        self._labels[value] = label
        self._cache = {}
        is_code = learnt and not folded.isdecimal() and len(folded) >= 2 * SHORTEST
        for string in _forms(value):
            place: Place = "anywhere" if is_code or _is_distinctive(string) else "word"
            self._forms.add(string, _Form(label, "credential" if public and string == value else place))
        if not public and (is_code or _is_distinctive(folded)):
            self._folded.add(folded, _Form(label, "anywhere"))
        if not public and _has_digit(folded):
            self._words.add(folded)
        return True

    # -- learning ------------------------------------------------------------------------------------------------

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
        errors = source.find('"errors"')
        for member in MEMBER.finditer(source):
            values = [member["string"] or member["quoted"] or ""]
            if member["items"]:
                values = [string or number for string, is_name, number in ITEM.findall(member["items"]) if not is_name]
            elif member["bare"]:
                words = re.split(r"[\s,;]+", member["bare"].strip())
                values = words if "codes" in member["name"].lower() else words[:1]
            for value in values if "links" not in (member["items"] or "")[:20] else ():
                self._learn_value(ESCAPE.sub(_character, value), member["name"], in_errors=0 <= errors < member.start())
        if depth > 0 and (unescaped := _unescaped(source)) != source:
            self._learn(unescaped, depth - 1)

    def _walk(self, document: Any, depth: int) -> None:
        """Learn from a document. The names in links and relationships are those of resources."""
        stack: list[tuple[Any, str, bool]] = [(document, "", False)]
        while stack:
            value, name, in_errors = stack.pop()
            if isinstance(value, list):
                stack += [(item, name, in_errors) for item in reversed(value)]
            elif isinstance(value, dict | tuple):
                for key, item in reversed(tuple(value.items()) if isinstance(value, dict) else value):
                    if (item is None or isinstance(item, bool)) and _has_digit(key):
                        self._learn_value(key, name, in_errors=in_errors)  # codes, and whether each was used
                    speaks = key in ("links", "relationships") or SECRET_NAME.search(_folded(key))
                    inherited = "" if name in ("links", "relationships") else key if speaks else name
                    stack.append((item, inherited, in_errors or key == "errors"))
            elif isinstance(value, str | int) and not isinstance(value, bool):
                self._learn_value(str(value), name, in_errors=in_errors)
                if isinstance(value, str) and depth > 0:
                    self._learn(value, depth - 1)

    def _learn_value(self, value: str, name: str, *, in_errors: bool) -> None:
        """Learn the value of a member, and the codes of which it may be a list."""
        name, value = _folded(name), value.strip(" \t\r\n,;.*•")
        if not SECRET_NAME.search(name) or SANITIZED.fullmatch(value):
            return
        if in_errors and name == "code" and not _has_digit(value):
            return
        if "smsnumber" in name:
            digits, count = _digits(value), len(self._numbers) + 1
            if (
                len(digits) >= SHORTEST_NUMBER
                and not FICTIONAL.search(digits)
                and digits[-NATIONAL:] not in self._numbers
            ):
                self.add_number(value[:LONGEST], "[SMS number]" if count == 1 else f"[SMS number {count}]")
            return
        words = [word for word in re.findall(r"[\w.+/=-]{6,}", value) if word != value and _has_digit(word)]
        for part in (value, *words):
            label = next((f"[{word}]" for word in ("token", "secret") if word in name), "[code]")
            if is_recovery_code := "recovery" in name or name.endswith("codes"):
                label = f"[recovery code {self._recovery_codes + 1}]"
            if self._remember(part[:LONGEST], label, learnt=True) and is_recovery_code:
                self._recovery_codes += 1

    # -- masking -------------------------------------------------------------------------------------------------

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
        for start, end, form in self._forms.matches(text):
            if form.fits(text, start, end):
                yield start, end, form.label
        for match in TELEPHONE.finditer(text) if self._numbers else ():
            digits = _digits(match.group())
            label = next((label for number, label in tuple(self._numbers.items()) if number in digits), None)
            if label is not None:
                yield *match.span(), label
        for match in PROVISIONING_URL.finditer(text):
            yield *match.span(), "[provisioning URL]"

    def _shows_secret(self, text: str) -> bool:
        """Whether a masked text holds a secret once it is decoded, and separators and case are dropped."""
        for depth in range(DEPTH + 1):
            if any(self._folded.matches(_folded(text))) or not self._words.isdisjoint(map(_folded, WORD.findall(text))):
                return True
            if depth and any(self._spans(text)):
                return True
            text = _decoded(text)
        return False

    def _scalar(self, match: re.Match[str]) -> str:
        """The masked lexeme of a JSON string or number."""
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
        scheme = (SCHEME.match(value) or [""])[0]
        credentials = value[len(scheme) :]
        if SANITIZED.fullmatch(credentials):
            return value
        unknown = credentials if credentials.lower() in self._public else "[credentials]"
        return scheme + self._labels.get(credentials, unknown)


class MaskingStream:
    """A text stream that shows no secret.

    A line is held back until it ends or the stream is flushed, as its beginning may be half of a secret. A reader that
    is gone, such as `head`, is no error.
    """

    def __init__(self, stream: TextIO, masker: Masker) -> None:
        self._stream = stream
        self._masker = masker
        self._held = ""

    def write(self, text: str) -> int:
        """Take a text, and pass on the lines that are complete."""
        self._held += text
        complete, end, self._held = self._held.rpartition("\n")
        self._pass_on(complete + end)
        return len(text)

    def writelines(self, lines: Iterable[str]) -> None:
        """Take some texts."""
        self.write("".join(lines))

    def flush(self) -> None:
        """Pass on the rest too."""
        held, self._held = self._held, ""
        self._pass_on(held)
        with self._ignoring_broken_pipe():
            self._stream.flush()

    def _pass_on(self, text: str) -> None:
        if text:
            with self._ignoring_broken_pipe():
                masked = self._masker.value(text)
                self._stream.write(masked if masked != WITHHELD else f"{WITHHELD}\n")

    @contextlib.contextmanager
    def _ignoring_broken_pipe(self) -> Iterator[None]:
        try:
            yield
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), self._stream.fileno())

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def printable(text: str) -> str:
    """The text with escapes for what would move a cursor, turn text around or not be seen."""
    return UNPRINTABLE.sub(lambda match: match.group().encode("unicode_escape").decode(), text)


def _is_distinctive(value: str) -> bool:
    """Whether a value is too long and too mixed to be anywhere by chance."""
    if value.isdecimal():
        return len(value) >= 10
    if value.isalpha() and (value.islower() or value.isupper() or value.istitle()):
        return len(value) >= 16
    return len(value) >= 8 and not re.fullmatch(r"[a-z_-]+|[A-Z_-]+", value)


def _plain_forms(value: str) -> tuple[str, ...]:
    """The value itself, escaped for JSON, percent-encoded, and in base64."""
    raw = value.encode("utf-8", "surrogatepass")
    return value, json.dumps(value)[1:-1], quote(raw, safe=""), base64.b64encode(raw).decode().rstrip("=")


def _forms(value: str) -> set[str]:
    """All forms that are masked; those of at least `SHORTEST` characters."""
    raw = value.encode("utf-8", "surrogatepass")
    escaped = (json.dumps(value, ensure_ascii=False)[1:-1], json.dumps(value)[1:-1].replace("/", "\\/"))
    encoded = quote(raw, safe="")
    in_url = (quote(raw), quote_plus(raw), re.sub("%..", lambda match: match.group().lower(), encoded))
    as_user = base64.b64encode(raw + b":").decode()
    return {*_plain_forms(value), *escaped, *in_url, as_user, base64.urlsafe_b64encode(raw).decode().rstrip("=")}


def _folded(text: str) -> str:
    """The letters and digits of a text, in lower case."""
    return re.sub(r"[\W_]+", "", text).lower()


def _digits(text: str) -> str:
    return re.sub(r"\D", "", text)


def _has_digit(text: str) -> bool:
    return any(map(str.isdigit, text))


def _unescaped(text: str) -> str:
    """The text without one layer of escapes of JSON, HTML and URLs, and without what nobody sees."""
    text = ESCAPE.sub(_character, UNSEEN.sub("", text))
    return unquote(html.unescape(text), errors="replace")


def _character(match: re.Match[str]) -> str:
    code, character = match.groups()
    return chr(int(code, 16)) if code else "\n" if character in "nrt" else character


def _decoded(text: str) -> str:
    """What a text says when one layer of encoding is undone: escapes, base64 and hexadecimal."""
    unescaped = _unescaped(text)
    packed = "".join(unescaped.split()).translate(str.maketrans("-_", "+/"))
    base64_runs = (run[at:] for run in re.findall(r"[A-Za-z0-9+/]{8,}", packed) for at in range(4))
    hexadecimal = (run[at:] for run in re.findall(r"[0-9a-fA-F]{12,}", packed) for at in range(2))
    decoded = chain(
        (binascii.a2b_base64(run + "A" * (-len(run) % 4)) for run in base64_runs),
        (bytes.fromhex(run[: len(run) - len(run) % 2]) for run in hexadecimal),
    )
    parts = [part.decode() for content in decoded for part in re.findall(rb"[ -~]{6,}", content)]
    return "\n".join([unescaped, *parts] if unescaped != text else parts)
