"""A secret is masked in every form in which it is likely to turn up, and nothing else is."""

from __future__ import annotations

import base64
import html
import io
import json
import re
import time
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.masking import WITHHELD, Masker, MaskingStream, printable

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from typing import TextIO

TOKEN = "Tok-AbCdEf1234567890.xyz"
QUOTED = 'to"k/en +1&2<é>'
NUMBER = "+12025550123"
QUADRATIC = 30.0
"""Seconds that only a quadratic algorithm takes."""


def masking(*values: str, public: tuple[str, ...] = ()) -> Masker:
    masker = Masker(public)
    for value in values:
        masker.add(value, "[masked]")
    return masker


def base64_of(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def each(form: str) -> Callable[[str], str]:
    """The encoding of each character by its code."""
    return lambda text: "".join(form.format(ord(character)) for character in text)


def broken_by(fold: str) -> Callable[[str], str]:
    """The text with something in its middle."""
    return lambda text: text[: len(text) // 2] + fold + text[len(text) // 2 :]


ESCAPES: dict[str, Callable[[str], str]] = {
    "percent": each("%{:02x}"),
    "percent-twice": lambda text: quote(each("%{:02X}")(text), safe=""),
    "json": each("\\u{:04x}"),
    "json-in-json": lambda text: json.dumps(each("\\u{:04X}")(text))[1:-1],
    "json-in-html": lambda text: html.escape(json.dumps(each("\\u{:04x}")(text))[1:-1]),
    "python": each("\\x{:02x}"),
    "html": each("&#{};"),
    "html-hexadecimal": each("&#x{:x};"),
    "html-twice": lambda text: html.escape(each("&#{};")(text)),
}
FOLDS: dict[str, Callable[[str], str]] = {
    "line-break": broken_by("\n"),
    "line-breaks": "\r\n".join,
    "escaped-line-break": broken_by("\\n"),
    "percent-line-break": broken_by("%0D%0A"),
    "element": broken_by("<br />"),
    "escaped-element": broken_by("&lt;br/&gt;"),
    "quoted-printable": broken_by("=\n"),
    "traceback": broken_by("\nE       "),
    "literals": broken_by("'\n b'"),
    "colours": broken_by("\x1b[33m"),
    "blank": broken_by(" "),
    "zero-width-space": broken_by("\u200b"),
    "utf-16": lambda text: text.encode("utf-16-le").decode(),
}
CODINGS: dict[str, Callable[[str], str]] = {
    "hexadecimal": lambda text: text.encode().hex(),
    "hexadecimal-upper": lambda text: text.encode().hex().upper(),
    "base64": base64_of,
    "base64-twice": lambda text: base64_of(base64_of(text)),
    "base64-folded": lambda text: broken_by("\n")(base64_of(text)),
    "base64-of-longer": lambda text: base64_of(f"user:{text}:more"),
    "base64-in-url": lambda text: quote(base64_of(text), safe=""),
}
FORMS = ESCAPES | FOLDS | CODINGS
NUMBERS_IN_LINES = {"line-break", "line-breaks", "escaped-line-break", "percent-line-break", "quoted-printable"}
"""Folds that leave two numbers of a number."""


# -- forms of a secret ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "form",
    [
        QUOTED,
        json.dumps(QUOTED)[1:-1],
        json.dumps(QUOTED, ensure_ascii=False)[1:-1],
        json.dumps(QUOTED)[1:-1].replace("/", "\\/"),
        quote(QUOTED, safe=""),
        quote(QUOTED, safe="").lower(),
        quote_plus(QUOTED),
        base64_of(QUOTED),
        base64_of(f"{QUOTED}:"),
    ],
)
def test_a_plain_form_is_masked_in_any_text(form: str) -> None:
    assert masking(QUOTED).text(f"before {form} after").replace("=", "") == "before [masked] after"


@pytest.mark.parametrize("encode", [base64.b64encode, base64.urlsafe_b64encode])
def test_both_alphabets_of_base64_are_masked(encode: Callable[[bytes], bytes]) -> None:
    assert encode(b"a?>a?>~~1bc2") in (b"YT8+YT8+fn4xYmMy", b"YT8-YT8-fn4xYmMy")
    assert masking("a?>a?>~~1bc2").text(encode(b"a?>a?>~~1bc2").decode()) == "[masked]"


@pytest.mark.parametrize("secret", [TOKEN, "JBSWY3DPEHPK3PXPJBSW", "p7k2v-8q1xa-00zz9-qqq", "271828"])
@pytest.mark.parametrize("form", FORMS)
def test_a_value_that_holds_a_secret_in_another_form_is_withheld(form: str, secret: str) -> None:
    if secret.isdecimal() and form in NUMBERS_IN_LINES:
        assert masking(secret).value(FORMS[form](secret)) == FORMS[form](secret)
    else:
        masked = masking(secret).value(f"<<{FORMS[form](secret)}>>")
        assert re.fullmatch(r"<<\[masked\](=|%3D)*>>", masked) or masked == WITHHELD
    assert masking(secret).value(f"<<{FORMS[form]('another text')}>>") == f"<<{FORMS[form]('another text')}>>"


def test_a_value_that_holds_a_secret_in_another_case_is_withheld() -> None:
    assert masking(TOKEN).value(TOKEN.lower()) == WITHHELD


@given(
    outer=st.sampled_from(sorted(ESCAPES)),
    inner=st.sampled_from(sorted(CODINGS)),
    before=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\\%&#<"), max_size=20),
    after=st.text(max_size=20),
)
def test_no_form_of_the_token_is_left_in_any_value(outer: str, inner: str, before: str, after: str) -> None:
    for form in (TOKEN, ESCAPES[outer](TOKEN), CODINGS[inner](TOKEN)):
        masked = masking(TOKEN).value(f"{before} {form} {after}")
        assert masked == WITHHELD or "[masked]" in masked
        assert form not in masked


@given(
    before=st.text(max_size=20),
    after=st.text(max_size=20),
    form=st.sampled_from([TOKEN, base64_of(TOKEN), base64_of(f"{TOKEN}:"), quote(TOKEN, safe="")]),
)
def test_masking_any_text_leaves_no_plain_form_of_the_token(before: str, after: str, form: str) -> None:
    masker = masking(TOKEN)
    assert masker.holds_secret(before + form + after)
    for masked in (masker.text(before + form + after), masker.value(before + form + after)):
        assert not masker.holds_secret(masked)
    document = json.dumps({"data": [before + form, {after + form: form}]}).encode()
    assert not masker.holds_secret(masker.body(document))


@given(before=st.binary(max_size=5), secret=st.text("abcdefghij0123456789", min_size=12), after=st.binary(max_size=5))
def test_a_secret_within_longer_base64_is_withheld(before: bytes, secret: str, after: bytes) -> None:
    masker = masking(f"{secret}-1x")
    encoded = base64.b64encode(before + f"{secret}-1x".encode() + after).decode()
    assert masker.value(encoded) == WITHHELD or "[masked]" in masker.value(encoded)


@given(text=st.text())
def test_text_without_a_secret_stays(text: str) -> None:
    masker = masking(TOKEN, "271828", "JBSWY3DPEHPK")
    masker.add_number(NUMBER, "[number]")
    assert masker.text(text) == masker.value(text) == text


def test_a_secret_is_masked_in_values_that_were_masked_before_it_was_known() -> None:
    masker = Masker()
    assert masker.value(TOKEN) == TOKEN
    masker.add(TOKEN, "[masked]")
    assert masker.value(TOKEN) == "[masked]"


def test_the_longest_secret_wins_and_the_shortest_are_none() -> None:
    masker = Masker()
    masker.add("secret1", "[short]")
    masker.add("secret1-token", "[long]")
    masker.add("abc", "[none]")
    assert masker.text("secret1-token secret1 abc") == "[long] [short] abc"


def test_secrets_that_overlap_leave_nothing() -> None:
    masker = Masker()
    masker.add("abcd1234efgh", "[first]")
    masker.add("efgh5678ijkl", "[second]")
    assert masker.text("<abcd1234efgh5678ijkl>") == "<[first]>"


def test_derivatives_of_the_token_keep_their_own_labels() -> None:
    masker = Masker()
    labels = {
        TOKEN: "$TFE_TOKEN",
        TOKEN[:-1]: "${TFE_TOKEN%?}",
        f"{TOKEN}x": "${TFE_TOKEN}x",
        TOKEN.swapcase(): "$(tr a-zA-Z A-Za-z <<<$TFE_TOKEN)",
        base64_of(f"{TOKEN}:"): "$(printf %s: $TFE_TOKEN | base64 -w0)",
    }
    for value, label in labels.items():
        masker.add(value, label)
    for value, label in labels.items():
        assert masker.text(f"Bearer {value}") == masker.value(f"Bearer {value}") == f"Bearer {label}"
        assert masker.headers((("Authorization", f"Bearer {value}"),)) == (("Authorization", f"Bearer {label}"),)


def test_a_punctuation_mark_is_no_secret() -> None:
    assert masking("......", "%%%%%%").value("tests ........ 100%%%%%%%") == "tests ........ 100%%%%%%%"


# -- secrets that other text may hold by chance --------------------------------------------------------------------


@pytest.mark.parametrize("form", ["271828", "271 828", "271-828", "2718 28"])
def test_a_short_code_is_known_in_groups(form: str) -> None:
    assert masking("271828").value(f"type {form}.") in {WITHHELD, "type [masked]."}


@pytest.mark.parametrize(
    "text",
    ["1271828", "2718289", "0.271828", "271828.5", "12:11:04.271828", "12.271828 s", "2718 281", "27182.8"],
)
def test_a_number_with_the_digits_of_a_code_stays(text: str) -> None:
    assert masking("271828").text(text) == masking("271828").value(text) == text


@pytest.mark.parametrize("form", ["JBSWY3DPEHPK", "jbswy3dpehpk", "jbsw y3dp ehpk", "JBSW-Y3DP-EHPK", "JBSWY 3DPEH PK"])
def test_a_long_code_is_known_in_groups_and_any_case(form: str) -> None:
    assert masking("JBSWY3DPEHPK").value(f"type {form} now") in {WITHHELD, "type [masked] now"}


@pytest.mark.parametrize("text", ["untested", "test-token", "test_codes.py", "latest", "contest", "Test", "test.py"])
def test_a_token_that_is_a_word_is_masked_as_a_word(text: str) -> None:
    masker = masking("test")
    assert masker.value(text) == text
    assert masker.value("Bearer test, 'test' and test.") == "Bearer [masked], '[masked]' and [masked]."
    assert masker.value(base64_of("test:")) == "[masked]"
    assert masker.value("a &#116;est") == WITHHELD


@pytest.mark.parametrize("token", ["users", "test"])
def test_a_token_that_is_a_public_word_is_masked_in_the_headers_for_credentials(token: str) -> None:
    masker = masking(token, public=("users", "test", "type"))
    text = f'the test that sent {token} as "type": "{token}"'
    assert masker.value(text) == text
    assert masker.body(json.dumps({"type": token}).encode()) == json.dumps({"type": token})
    headers = (("Authorization", token), ("Authorization", f"Bearer {token}"), ("X-Type", token))
    assert [value for _, value in masker.headers(headers)] == ["[masked]", "Bearer [masked]", token]
    assert not masker.holds_secret(text)


def test_a_token_that_is_a_public_phrase_withholds_nothing() -> None:
    masker = masking("two-factor-authentication", public=("two-factor-authentication",))
    assert masker.value("two-factor authentication is on") == "two-factor authentication is on"


@pytest.mark.parametrize("code", ["violated", "Violated", "enable.request.type"])
def test_a_target_that_calls_public_words_codes_hides_none(code: str) -> None:
    masker = Masker({"violated", "enable.request.type"})
    masker.learn({"recovery-codes": [code]})
    assert masker.value("enable.request.type is violated") == "enable.request.type is violated"


def test_a_sample_code_is_masked_though_the_contract_shows_it() -> None:
    masker = masking("123456", public=("123456",))
    assert masker.body(b'{"code": "123456"}') == '{"code": "[masked]"}'


# -- telephone numbers ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "form",
    [
        NUMBER,
        "12025550123",
        "0012025550123",
        "+1 202 555 0123",
        "+1 (202) 555-0123",
        "1-202-555-0123",
        "2025550123",
        "(202) 555-0123",
        "202.555.0123",
        "%2B12025550123",
        "+1\u00a0202\u00a0555\u00a00123",
        "+1 202 555\n0123",
        base64_of(NUMBER),
    ],
)
def test_a_telephone_number_is_masked_with_any_punctuation(form: str) -> None:
    masker = Masker()
    masker.add_number("+1 202-555-0123", "[number]")
    masker.add_number(NUMBER, "[number]")
    masked = masker.text(f"call <{form}>!")
    assert "[number]" in masked
    assert "0123" not in masked
    assert masker.value("+1%20202%20555%200123") == WITHHELD


@pytest.mark.parametrize("text", ["5550123", "0123", "+12025550147", "+1 ••• ••• 0123"])
def test_another_telephone_number_stays(text: str) -> None:
    masker = Masker()
    masker.add_number(NUMBER, "[number]")
    assert masker.value(text) == text


def test_telephone_numbers_are_learnt_unless_they_reach_nobody() -> None:
    masker = Masker()
    masker.learn({"two-factor": {"sms-number": "+4915112345678"}})
    masker.learn(b'{"sms_number": "+1 (312) 867-5309", "smsNumber": "+15555555555", "sms-number": "+12025550123"}')
    text = "+49 151 12345678, 312-867-5309, +15555555555, (202) 555-0123"
    assert masker.value(text) == "[SMS number], [SMS number 2], +15555555555, (202) 555-0123"


# -- secrets that are learnt ---------------------------------------------------------------------------------------

CODES = ["a1b2c3d4e5", "f6g7h8i9j0", "xqttwcbwoz"]
DOCUMENT = {"data": {"attributes": {"two-factor": {"recovery-codes": CODES, "enabled": True}}}}
ENCODED = json.dumps(DOCUMENT)
SHAPES: dict[str, Any] = {
    "document": DOCUMENT,
    "text": ENCODED,
    "bytes": ENCODED.encode(),
    "encoded-twice": json.dumps(ENCODED),
    "encoded-in-a-member": json.dumps({"payload": ENCODED}),
    "cut-short": ENCODED[: ENCODED.index(CODES[2]) + len(CODES[2])],
    "encoded-twice-and-cut-short": json.dumps(ENCODED)[: json.dumps(ENCODED).index(CODES[2]) + len(CODES[2])],
    "callback": f"callback({ENCODED});",
    "prefixed": f")]}}',\n{ENCODED}",
    "event": f"event: x\ndata: {ENCODED}\n\n",
    "html": f"<script>var a = {ENCODED}</script>",
    "escaped-for-html": f"<pre>{html.escape(ENCODED)}</pre>",
    "not-utf-8": b"\xff" + ENCODED.encode(),
    "python": str(DOCUMENT),
    "fragment": f'"recovery-codes": {json.dumps(CODES)}, "more": 1',
    "twice-the-same-name": f'{{"recovery-codes": {json.dumps(CODES)}, "recovery-codes": null}}',
    "underscores": {"recovery_codes": CODES},
    "camel-case": {"recoveryCodes": CODES},
    "upper-case": {"RECOVERY_CODES": CODES},
    "map": {"recovery-codes": dict(enumerate(CODES))},
    "objects": {"recovery-codes": [{"code": code, "used": False} for code in CODES]},
    "one-string": {"backup-codes": " ".join([*CODES[:2], f"{CODES[2]}"])},
}
SHAPES["map"] = {"recovery-codes": {str(key): code for key, code in SHAPES["map"]["recovery-codes"].items()}}


@pytest.mark.parametrize("shape", SHAPES)
def test_recovery_codes_are_learnt_in_any_shape(shape: str) -> None:
    masker = Masker()
    masker.learn(SHAPES[shape])
    for code in CODES[:2]:
        assert masker.text(f"it is {code}!").startswith("it is [recovery code "), code
    if shape != "one-string":  # a word without a digit is a word
        assert masker.text(CODES[2]).startswith("[recovery code ")


def test_recovery_codes_are_numbered_and_known_in_any_grouping() -> None:
    masker = Masker()
    for _ in range(2):
        masker.learn(DOCUMENT)
    assert masker.text(", ".join(CODES)) == "[recovery code 1], [recovery code 2], [recovery code 3]"
    for form in ("A1B2C-3D4E5", "a1b2 c3d4 e5", "xqttw cbwoz", "XQTT-WCBW-OZ"):
        assert masker.value(f"use {form}") == WITHHELD


@pytest.mark.parametrize(
    ("source", "secret", "label"),
    [
        ({"code": "271828"}, "271828", "[code]"),
        ({"code": 271828}, "271828", "[code]"),
        ({"verification_code": ["271828"]}, "271828", "[code]"),
        ({"recovery-codes": {"8f3k-29dk": False}}, "8f3k-29dk", "[recovery code 1]"),
        ({"otp": "271828"}, "271828", "[code]"),
        ({"clientSecret": "s3cr3t-of-mine"}, "s3cr3t-of-mine", "[secret]"),
        ({"access_token": "S3cretInLocation123456"}, "S3cretInLocation123456", "[token]"),
        ('{"code": 098765}', "098765", "[code]"),
        ("your code is wrong; code: 271828", "271828", "[code]"),
        ("<code>271828</code>", "271828", "[code]"),
        ("code=271828&delivery=app", "271828", "[code]"),
        ("https://login.example.com/cb?access_token=S3cretInLocation123456&x=1", "S3cretInLocation123456", "[token]"),
        ("recovery_codes:\n  - a1b2c3d4\n  - e5f6g7h8\n", "e5f6g7h8", "[recovery code 2]"),
        ("token: Inv3nted.Token.of-a-test-account.Zq81, more", "Inv3nted.Token.of-a-test-account.Zq81", "[token]"),
    ],
)
def test_a_secret_is_learnt_by_the_name_of_its_member(source: Any, secret: str, label: str) -> None:
    masker = Masker()
    masker.learn(source)
    assert masker.text(f"<{secret}>") == f"<{label}>"


@pytest.mark.parametrize(
    "source",
    [
        {"errors": [{"status": "422", "code": "invalid"}]},
        '{"errors": [{"status": "422", "code": "invalid", "title": "cut sho',
        {"code": "abc"},
        {"code": 422},
        {"code": True, "token": None, "secret": 1.5},
        {"recovery-codes": ["REDACTED", "[code]", "***", "********", "XXXXXXXXXX", "••••••1234", "<hidden>"]},
        {"token": "$TFE_TOKEN", "code": "${TFE_TOKEN%?}", "otp": "{{ masked }}"},
        {"relationships": {"authentication-tokens": {"links": {"related": "/api/v2/users/ada/authentication-tokens"}}}},
        {"relationships": {"authentication-tokens": {"data": [{"id": "at-6yEmxNAhaoQLH1Da", "type": "x"}]}}},
        '{"relationships":{"authentication-tokens":{"links":{"related":"/api/v2/users/ada/authentication-tokens',
        {"token_type": "bearer"},
        {"token": {"links": {"self": "/api/v2/authentication-tokens/at-6yEmxNAhaoQLH1Da"}}},
        '{"token": {"kind": "nothing of interest", "cut sho',
        "error code: unauthorized",
        "the token is unknown-token-of-a-run",
    ],
)
def test_nothing_is_learnt_from_what_is_no_secret(source: Any) -> None:
    masker = Masker()
    masker.learn(source)
    text = source if isinstance(source, str) else json.dumps(source, ensure_ascii=False)
    assert masker.value(text) == text


@pytest.mark.parametrize("slash", ["/", "\\/"])
def test_the_secret_of_an_authenticator_is_learnt_wherever_its_url_is(slash: str) -> None:
    masker = Masker()
    url = f"otpauth:{slash}{slash}totp{slash}a:b?secret=JBSWY3DPEHPK3PXP&issuer=a"
    masker.learn(f'{{"elsewhere": "{url}", "b": 1}}')
    assert masker.body(f'{{"elsewhere": "{url}", "b": 1}}'.encode()) == '{"elsewhere": "[provisioning URL]", "b": 1}'
    assert masker.text("JBSWY3DPEHPK3PXP") == "[TOTP secret]"


def test_the_name_of_a_scheme_is_no_provisioning_url() -> None:
    assert Masker().text("totp:SECRET (or an otpauth:// URL)") == "totp:SECRET (or an otpauth:// URL)"


def test_one_bare_value_is_learnt_unless_the_name_is_plural() -> None:
    masker = Masker()
    masker.learn("your code: 271828 2024-11 a1b2c3")
    assert masker.value("271828 2024-11 a1b2c3") == "[code] 2024-11 a1b2c3"


def test_a_label_that_was_given_first_stays() -> None:
    masker = Masker()
    masker.add("271828", "[wrong code]")
    masker.learn({"code": "271828"})
    assert masker.text("271828") == "[wrong code]"


@given(
    source=st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["code", "errors", "links", "a"]), inner),
    )
)
def test_any_document_can_be_learnt_and_masked(source: Any) -> None:
    masker = Masker()
    masker.learn(source)
    masker.learn(json.dumps(source)[:-1])
    body = masker.body(json.dumps(source).encode())
    if body != WITHHELD:
        json.loads(body)


def test_ten_thousand_codes_are_learnt_and_masked() -> None:
    masker = masking(TOKEN)
    codes = [f"code-{number:05d}-{number:x}" for number in range(10_000)]
    masker.learn({"recovery-codes": codes})
    masked = masker.body(json.dumps({"codes": codes, "token": TOKEN}).encode())
    assert json.loads(masked) == {
        "codes": [f"[recovery code {number}]" for number in range(1, 10_001)],
        "token": "[masked]",
    }


@pytest.mark.parametrize(
    "text",
    [
        "code" * 50_000,
        'code:["' * 30_000,
        "code=" * 40_000,
        "code" + " " * 200_000,
        '"' + "\n" * 200_000,
        "\\" * 200_000,
        "[" * 200_000,
        "&#" * 100_000,
        "1 " * 100_000,
        "<a" * 100_000,
        "otpauth://" * 20_000,
    ],
    ids=lambda text: text[:8],
)
def test_hostile_text_takes_linear_time(text: str) -> None:
    masker, began = masking(TOKEN, "271828"), time.process_time()
    masker.add_number(NUMBER, "[number]")
    masker.learn(text)
    masker.body(text.encode())
    assert time.process_time() - began < QUADRATIC


def test_codes_of_all_lengths_take_linear_time() -> None:
    masker, began = masking(TOKEN), time.process_time()
    masker.learn({"recovery-codes": ["a" * length + "1" for length in range(0, 3_000, 20)] + ["ab-" * 20_000]})
    masker.learn({"recovery-codes": [TOKEN[:4] + "a" * length for length in range(0, 3_000, 20)]})
    masker.add(TOKEN[:-1], "[cut short]")
    assert masker.body(b"a" * 50_000) == "a" * 50_000
    assert masker.body(b"ab-" * 20_000) == "ab-" * 20_000
    assert masker.text(f"{TOKEN} {TOKEN[:-1]}") == "[masked] [cut short]"
    assert time.process_time() - began < QUADRATIC


def test_a_target_with_endless_secrets_takes_bounded_memory() -> None:
    masker = masking(TOKEN)
    codes = [f"{number:04}-{'x' * 1000}" for number in range(1_000)]
    masker.learn({"recovery-codes": codes})
    assert masker.text(codes[0]) == "[recovery code 1]"
    assert masker.text(codes[-1]) == codes[-1]
    assert masker.text(TOKEN) == "[masked]"


# -- bodies and headers --------------------------------------------------------------------------------------------


def test_a_body_of_json_stays_json_and_is_masked_in_names_and_numbers() -> None:
    masker = masking(TOKEN, "271828")
    body = f'{{"{TOKEN}": [271828, "271828", 1.50, true, "caf\\u00e9"],\n "a": "{each("&#{};")(TOKEN)}"}}'
    expected = f'{{"[masked]": ["[masked]", "[masked]", 1.50, true, "caf\\u00e9"],\n "a": "{WITHHELD}"}}'
    assert masker.body(body.encode()) == expected


def test_a_body_that_holds_a_secret_across_its_values_is_withheld() -> None:
    assert masking(TOKEN).body(json.dumps([TOKEN[:12], TOKEN[12:]]).encode()) == WITHHELD


def test_a_body_in_another_encoding_is_withheld() -> None:
    assert masking(TOKEN).body(f'"{TOKEN}"'.encode("utf-16")) == WITHHELD


def test_bytes_that_are_no_text_are_shown_as_escapes() -> None:
    assert masking(TOKEN).body(b"\xff " + TOKEN.encode()) == "\\xff [masked]"


def test_a_secret_is_masked_where_a_body_would_be_cut() -> None:
    body = b"x" * 3995 + TOKEN.encode() + b"y" * 100
    assert masking(TOKEN).body(body) == "x" * 3995 + "[masked]" + "y" * 100


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("Authorization", f"Bearer {TOKEN}", "Bearer [masked]"),
        ("authorization", TOKEN, "[masked]"),
        ("Authorization", f"Basic {base64_of(f'{TOKEN}:')}", "Basic [masked]"),
        ("Authorization", "Bearer something-else", "Bearer [credentials]"),
        ("Authorization", f"Bearer {TOKEN}-and-more", "Bearer [credentials]"),
        ("Authorization", "whatever", "[credentials]"),
        ("Authorization", "Bearer $TFE_TOKEN", "Bearer $TFE_TOKEN"),
        ("Authorization", "Bearer known-word", "Bearer known-word"),
        ("Authorization", "Bearer", "Bearer"),
        ("Authorization", "", ""),
        ("Proxy-Authorization", "Basic YTpi", "Basic [credentials]"),
        ("Cookie", "session=abc", "[cookie]"),
        ("set-cookie", "a=1; path=/\nsession=S3ss10nV4lu3ofTheUser; path=/; HttpOnly", "[cookie]"),
        ("Location", f"/login?state={TOKEN}", "/login?state=[masked]"),
        (
            "Location",
            "https://a.example/cb?access_token=S3cretInLocation1&x=1",
            "https://a.example/cb?access_token=[token]&x=1",
        ),
        ("X-Error-Code", "unauthorized", "unauthorized"),
        ("X-Auth-Token", "S3cretInHeader1", "[token]"),
        ("X-Echo", each("%{:02x}")(TOKEN), WITHHELD),
        (f"X-{TOKEN}", "1", "1"),
        ("Content-Type", "application/vnd.api+json", "application/vnd.api+json"),
    ],
)
def test_headers_are_masked_by_their_names(name: str, value: str, expected: str) -> None:
    ((masked_name, masked),) = masking(TOKEN, public=("known-word",)).headers(((name, value),))
    assert masked == expected
    assert masked_name == name.replace(TOKEN, "[masked]")


def test_short_values_do_not_fail_the_check_for_secrets() -> None:
    masker = masking(TOKEN, "271828", "test")
    masker.add("unknown-Token-1", "unknown-Token-1")
    assert not masker.holds_secret("271828 test unknown-Token-1")
    assert masker.holds_secret(f"x{TOKEN}x")
    assert masking(QUOTED).holds_secret(json.dumps(QUOTED))
    assert masking(QUOTED).holds_secret(quote(QUOTED, safe=""))


# -- streams -------------------------------------------------------------------------------------------------------


@pytest.fixture
def seen() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def stream(seen: io.StringIO) -> TextIO:
    return cast("TextIO", MaskingStream(seen, masking(TOKEN)))


def test_a_secret_in_two_writes_is_masked(stream: TextIO, seen: io.StringIO) -> None:
    print("the token:", TOKEN[:9], file=stream, end="")
    assert not seen.getvalue()
    print(TOKEN[9:], file=stream)
    assert seen.getvalue() == "the token: [masked]\n"


def test_lines_that_are_printed_at_once_are_looked_at_together(stream: TextIO, seen: io.StringIO) -> None:
    print(f"{TOKEN[:9]}\n  {TOKEN[9:]}", "and more", file=stream)
    stream.writelines(["a\n", "b"])
    assert seen.getvalue() == f"{WITHHELD}\n"
    stream.flush()
    assert seen.getvalue() == f"{WITHHELD}\na\nb"


def test_a_prompt_arrives_when_it_is_flushed(stream: TextIO, seen: io.StringIO) -> None:
    for count in range(1, 20):
        stream.write(".")
        stream.flush()
        assert seen.getvalue() == "." * count


def test_colours_survive_and_other_control_characters_are_escaped(stream: TextIO, seen: io.StringIO) -> None:
    stream.write("\r\x1b[31mviolated\x1b[0m\tby \x1b[2K\x9b2J\u202e$\n")
    assert seen.getvalue() == "\r\x1b[31mviolated\x1b[0m\tby \\x1b[2K\\x9b2J\\u202e$\n"


def test_movements_of_the_cursor_survive_where_something_is_drawn(seen: io.StringIO) -> None:
    MaskingStream(seen, masking(TOKEN), is_drawn=True).write("\x1b[2K\x1b[1A\n")
    assert seen.getvalue() == "\x1b[2K\x1b[1A\n"


def test_all_else_is_delegated_to_the_stream(stream: TextIO) -> None:
    assert not stream.isatty()
    assert not stream.closed


@pytest.mark.parametrize("error", [BrokenPipeError, OSError])
def test_a_reader_that_is_gone_and_a_full_disk_are_no_errors(error: type[OSError], tmp_path: Path) -> None:
    class Gone(io.StringIO):
        def __init__(self) -> None:
            super().__init__()
            self.file = (tmp_path / "pipe").open("w")

        def write(self, text: str) -> int:
            raise error(text)

        def fileno(self) -> int:
            return self.file.fileno()

    gone = Gone()
    stream = MaskingStream(gone, masking(TOKEN))
    stream.write("a line\n")
    stream.flush()
    gone.file.write("to nowhere")
    gone.file.close()
    assert (tmp_path / "pipe").read_text() == ""


@given(text=st.text())
def test_printable_text_moves_no_cursor(text: str) -> None:
    for character in printable(text):
        assert character in "\n\t" or (ord(character) >= 0x20 and not 0x7F <= ord(character) < 0xA0)
        assert not 0xD800 <= ord(character) < 0xE000


def test_printable_text_shows_what_it_escapes() -> None:
    hostile = "a\x1b[2J\x9b5m\r\b\x7f\u202e\u200b\ufeff\ud800\n\tb é 漢"
    expected = "a\\x1b[2J\\x9b5m\\r\\x08\\x7f\\u202e\\u200b\\ufeff\\ud800\n\tb é 漢"
    assert printable(hostile) == expected
