"""A secret is masked in every form in which it is likely to turn up, and nothing else is."""

from __future__ import annotations

import base64
import html
import json
from urllib.parse import quote, quote_plus

import pytest
from conformance.redaction import LONGEST_CODE, ROOM, Known, Redactor
from hypothesis import given
from hypothesis import strategies as st
from reports.vocabulary import words_of_reports

from strategies.credentials import CREDENTIALS
from tests.forms import ESCAPES, FORMS

SECRET = 'to"k/en +1&2<é>'
TOKEN = "Tok-AbCdEf1234567890.xyz"


def masking(*values: str) -> Redactor:
    redactor = Redactor()
    for value in values:
        redactor.add(value, "[masked]")
    return redactor


@pytest.mark.parametrize(
    "form",
    [
        SECRET,
        json.dumps(SECRET),
        json.dumps(SECRET, ensure_ascii=False),
        quote(SECRET, safe=""),
        quote_plus(SECRET),
        html.escape(SECRET),
        base64.b64encode(SECRET.encode()).decode(),
        base64.urlsafe_b64encode(SECRET.encode()).decode(),
    ],
    ids=["raw", "json-ascii", "json", "url", "form", "html", "base64", "base64url"],
)
def test_forms(form: str) -> None:
    assert masking(SECRET).clean(f"before {form} after").replace('"', "").replace("=", "") == "before [masked] after"


@pytest.mark.parametrize("value", [TOKEN, "JBSWY3DPEHPK3PXPJBSW", "p7k2v-8q1xa-00zz9-qqq"])
@pytest.mark.parametrize("form", FORMS)
def test_a_value_that_is_long_enough_is_masked_in_any_form(form: str, value: str) -> None:
    assert masking(value).clean(f"<<{FORMS[form](value)}>>") == "<<[masked]>>"


@pytest.mark.parametrize("form", FORMS)
def test_so_is_a_short_code(form: str) -> None:
    assert masking("271828").clean(f"<<{FORMS[form]('271828')}>>") == "<<[masked]>>"


@given(before=st.binary(max_size=5), secret=st.text("abcdefghij0123456789", min_size=12), after=st.binary(max_size=5))
def test_within_base64_of_a_longer_text(before: bytes, secret: str, after: bytes) -> None:
    redactor = Redactor()
    redactor.add(secret, "|")
    left = redactor.clean(base64.b64encode(before + secret.encode() + after).decode())
    assert "|" in left
    assert len(left) <= 1 + 4 * (len(before) + len(after) + 4)


@given(
    form=st.sampled_from(sorted(FORMS)),
    escape=st.sampled_from(ESCAPES),
    before=st.text(max_size=20),
    after=st.text(max_size=20),
)
def test_forms_that_are_escaped_in_any_text(form: str, escape: str, before: str, after: str) -> None:
    clean = masking(TOKEN).clean(before + FORMS[escape](FORMS[form](TOKEN)) + after)
    assert "[masked]" in clean
    assert not any(TOKEN[at : at + 7].lower() in clean.lower() for at in range(len(TOKEN) - 6))


@given(text=st.text())
def test_what_holds_no_secret_stays_as_it_is(text: str) -> None:
    redactor = masking(TOKEN, "271828", "JBSWY3DPEHPK")
    redactor.add_number("+12025550123", "[number]")
    assert redactor.clean(text) == text


@pytest.mark.parametrize("form", ["JBSWY3DPEHPK", "jbswy3dpehpk", "jbsw y3dp ehpk", "JBSW-Y3DP-EHPK", "JBSWY 3DPEH PK"])
def test_codes_as_they_are_printed_for_people(form: str) -> None:
    redactor = Redactor()
    redactor.add_code("JBSWY3DPEHPK", "[masked]")
    assert redactor.clean(f"type {form} now") == "type [masked] now"


@pytest.mark.parametrize("form", ["271828", "271 828", "271-828", "2718 28"])
def test_short_codes_as_they_are_printed_for_people(form: str) -> None:
    assert masking("271828").clean(f"type {form}.") == "type [masked]."


@pytest.mark.parametrize(
    "text",
    ["1271828", "2718289", "0.271828", "271828.5", "12:11:04.271828", "12.271828 s", "2718 281", "27182.8"],
)
def test_a_number_that_has_the_digits_of_a_code_by_chance_stays(text: str) -> None:
    assert masking("271828").clean(text) == text


@pytest.mark.parametrize("text", ["untested", "test-token", "test_codes.py", "latest", "contest", "Test", "test.py"])
def test_a_token_that_is_a_word_is_masked_as_a_word_only(text: str) -> None:
    redactor = masking("test")
    assert redactor.clean(text) == text
    assert redactor.clean("Bearer test, 'test' and test.") == "Bearer [masked], '[masked]' and [masked]."


def test_what_has_no_letter_or_digit_is_no_secret() -> None:
    redactor = masking("......", "%%%%%%")
    assert redactor.clean("tests/test_codes.py ........ 100%%%%%%%") == "tests/test_codes.py ........ 100%%%%%%%"


@pytest.mark.parametrize(
    "form",
    [
        "+12025550123",
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
        base64.b64encode(b"+12025550123").decode().rstrip("="),
    ],
)
def test_a_telephone_number_in_any_grouping(form: str) -> None:
    redactor = Redactor()
    redactor.add_number("+1 202-555-0123", "[number]")
    redactor.add_number("+12025550123", "[number]")
    assert redactor.clean(f"call <{form}>!") == "call <[number]>!"


@pytest.mark.parametrize("text", ["5550123", "0123", "+12025550147", "+1 ••• ••• 0123"])
def test_another_number_stays(text: str) -> None:
    redactor = Redactor()
    redactor.add_number("+12025550123", "[number]")
    assert redactor.clean(text) == text


@pytest.mark.parametrize("dots", ["...", "…", " …"])
def test_what_is_left_of_a_secret_where_a_text_was_cut(dots: str) -> None:
    token = TOKEN.replace(".", "-")
    redactor = masking(token)
    for length in range(6, len(token)):
        assert redactor.clean(f"'Bearer {token[:length]}{dots}") == f"'Bearer [masked]{dots}"
        assert redactor.clean(f"{dots}{token[-length:]}'") == f"{dots}[masked]'"
    assert redactor.clean(f"{token[:12]} and so on") == f"{token[:12]} and so on"


def test_the_longest_secret_wins_and_short_ones_are_left() -> None:
    redactor = Redactor()
    redactor.add("secret", "[short]")
    redactor.add("secret-token", "[long]")
    redactor.add("abc", "[none]")
    assert redactor.clean("secret-token secret abc") == "[long] [short] abc"


def test_what_was_made_of_a_token_is_told_from_it() -> None:
    redactor = Redactor()
    redactor.add(TOKEN, "$TFE_TOKEN")
    for credential in CREDENTIALS.values():
        for value, shell in zip(credential.values(TOKEN), credential.shell, strict=True):
            redactor.add(value.partition(" ")[2], shell.partition(" ")[2])
    for credential in CREDENTIALS.values():
        for value, shell in zip(credential.values(TOKEN), credential.shell, strict=True):
            assert [redactor.clean(word) for word in value.split(" ", 1)] == shell.split(" ", 1)


def test_another_redactor_can_learn_what_one_knows() -> None:
    redactor, other = masking(TOKEN), Redactor()
    redactor.add_code("JBSWY3DPEHPK", "[code]")
    redactor.add_number("+12025550123", "[number]")
    other.learn([Known(*known) for known in json.loads(json.dumps(list(redactor.known.values())))])
    text = f"{TOKEN} JBSW Y3DP EHPK (202) 555-0123"
    assert other.clean(text) == redactor.clean(text) == "[masked] [code] [number]"


def test_a_target_that_makes_up_secrets_without_end_stops_nothing() -> None:
    redactor = masking(TOKEN)
    for length in range(8, 200):
        redactor.add_code("a1" * length, "[code]")
    for number in range(ROOM):
        redactor.add_code(f"code-{number:x}-{number:x}", "[code]")
    assert sum(map(len, redactor.known)) <= ROOM + len(TOKEN)
    assert redactor.clean(f"{TOKEN} code-1f-1f {'a1' * 20}") == "[masked] [code] [code]"


def test_a_long_code_that_is_told_again_and_again_takes_its_room_once() -> None:
    redactor = Redactor()
    for _ in range(ROOM // LONGEST_CODE + 2):
        redactor.add_code("a1b2" * LONGEST_CODE, "[code]")
    redactor.add_code("zx81-qwer", "[another]")
    assert redactor.clean("it is zx81-qwer") == "it is [another]"


@pytest.mark.parametrize("code", ["violated", "Violated", "enable.request.type"])
def test_a_target_that_calls_words_of_the_report_codes_hides_none(code: str) -> None:
    redactor = Redactor({"violated", "enable.request.type"})
    redactor.add_code(code, "[code]")
    assert redactor.clean("enable.request.type is violated") == "enable.request.type is violated"
    redactor.add(code, "[token]")
    assert "[token]" in redactor.clean(f"a token such as {code}")


def test_a_code_without_a_digit_is_known_in_any_grouping() -> None:
    redactor = Redactor()
    redactor.add_code("xqttwcbwoz", "[code]")
    assert redactor.clean("xqttw cbwoz, XQTT-WCBW-OZ, xq tt wc bw oz") == "[code], [code], [code]"


def test_words_of_the_reports_are_no_codes() -> None:
    redactor = Redactor({"users"})
    redactor.publish(words_of_reports())
    for word in ("users", "Exchanges", "VIOLATED", "two-factor", "utf-8", "tc-evidence"):
        redactor.add_code(word, "[code]")
        assert redactor.clean(f"{word} {word.lower()}") == f"{word} {word.lower()}"
    redactor.add_code("xyzzy-plugh", "[code]")
    assert redactor.clean("xyzzy-plugh") == "[code]"
