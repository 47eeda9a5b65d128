"""What reads the artefacts back finds each secret that is left in one, and no other text."""

from __future__ import annotations

import json
from html import escape
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from conformance.redaction import Known, Redactor
from reports.evidence import Evidence
from reports.files import NAMES, dumped, leaking, present, redact
from reports.leaks import leaks
from tests.forms import ESCAPES, FORMS

if TYPE_CHECKING:
    from collections.abc import Callable

TOKEN = "Tok-AbCdEf1234567890.xyz"
SECRETS = (
    Known(TOKEN, "$TFE_TOKEN"),
    Known("271828", "[code]"),
    Known("p7k2v8q1xa", "[recovery code]", "code"),
    Known("JBSWY3DPEHPK3PXP", "[TOTP secret]", "code"),
    Known("+12025550123", "[SMS number]", "number"),
)
BY_LABEL = {secret.label: secret.value for secret in SECRETS}
ARTEFACTS: dict[str, Callable[[str], str]] = {
    "results.json": lambda said: dumped({"requirements": [{"cases": [{"actual": f"it is <{said}>"}]}], "seconds": 1.5}),
    "names.json": lambda said: dumped({said: None}),
    "report.html": lambda said: f"<html><p title='x'>before <b>{escape(said)}</b></p></html>",
    "attribute.html": lambda said: f'<a href="/x?{escape(said)}">there</a>',
    "data.html": lambda said: f'<div data-jsonblob="{escape(json.dumps({"log": escape(said), "n": 271828}))}"></div>',
    "junit.xml": lambda said: f'<testsuite tests="271828"><failure message="{escape(said)}">no</failure></testsuite>',
    "text.xml": lambda said: f"<testsuite><system-out>{escape(said)}</system-out></testsuite>",
    "summary.md": lambda said: f"- Actual: `{said}`",
}


@pytest.mark.parametrize("label", BY_LABEL)
@pytest.mark.parametrize("artefact", ARTEFACTS)
def test_a_secret_is_found_wherever_it_stands(artefact: str, label: str, tmp_path: Path) -> None:
    path, clean = tmp_path / artefact, tmp_path / f"clean-{artefact}"
    path.write_text(ARTEFACTS[artefact](BY_LABEL[label]), "utf-8")
    clean.write_text(ARTEFACTS[artefact]("nothing"), "utf-8")
    assert leaks([path, clean], SECRETS) == {path: [label]}


@pytest.mark.parametrize("artefact", ARTEFACTS)
@pytest.mark.parametrize("form", FORMS)
def test_and_in_any_form(form: str, artefact: str, tmp_path: Path) -> None:
    path = tmp_path / artefact
    for label, value in BY_LABEL.items():
        if (form, label) != ("blanks", "[code]"):  # Two numbers side by side are not one.
            path.write_text(ARTEFACTS[artefact](FORMS[form](value)), "utf-8", newline="")
            assert leaks([path], SECRETS) == {path: [label]}


@given(
    form=st.sampled_from(sorted(FORMS)),
    escape=st.sampled_from(ESCAPES),
    label=st.sampled_from(sorted(set(BY_LABEL) - {"[code]"})),
    before=st.text(st.characters(exclude_characters="%\\&#=", exclude_categories=["Cs"]), max_size=20),
    after=st.text(max_size=20),
)
def test_and_escaped_in_any_text(form: str, escape: str, label: str, before: str, after: str) -> None:
    assume(form != "colours" or not escape.startswith("html"))  # No page has an escape character.
    said = before + FORMS[escape](FORMS[form](BY_LABEL[label])) + after
    with TemporaryDirectory() as folder:
        path = Path(folder) / "results.json"
        path.write_text(dumped([said]), "utf-8", errors="backslashreplace")
        assert leaks([path], SECRETS) == {path: [label]}


SAID = st.lists(
    st.text(max_size=8)
    | st.sampled_from(
        ["271828", "+1 202 555 0123", "202/5550123", "(202) 555-01", "p7k2 v8q1 xa", TOKEN, TOKEN[:9], "..."]
    )
    | st.text("0123456789. \n-/", max_size=12)
    | st.builds(
        lambda form, value: FORMS[form](value), st.sampled_from(sorted(FORMS)), st.sampled_from(list(BY_LABEL.values()))
    )
    | st.builds(
        lambda outer, form, value: FORMS[outer](FORMS[form](value)),
        st.sampled_from(ESCAPES),
        st.sampled_from(sorted(FORMS)),
        st.sampled_from(list(BY_LABEL.values())),
    ),
    max_size=6,
).map("".join)


@settings(suppress_health_check=[HealthCheck.too_slow], max_examples=200, deadline=None)
@given(said=SAID)
def test_what_was_redacted_is_never_held_against_the_run(said: str) -> None:
    """The two may not differ: a false alarm costs a run its verdict."""
    redactor = Redactor()
    redactor.learn(SECRETS)
    with TemporaryDirectory() as folder:
        for name in NAMES:
            like = next(made for kind, made in ARTEFACTS.items() if Path(kind).suffix in (Path(name).suffix, ".html"))
            (Path(folder) / name).write_text(like(said), "utf-8", errors="backslashreplace", newline="")
        redact(Path(folder), Evidence(redactor))
        assert leaks(present(Path(folder)), SECRETS) == {}


def test_a_file_elsewhere_is_read_back_too(tmp_path: Path) -> None:
    (tmp_path / "report").mkdir()
    template = tmp_path / "waivers.toml"
    template.write_text(f'# Actual: it is "{TOKEN}"\n[[waiver]]\n', "utf-8")
    assert leaking(tmp_path / "report", SECRETS, template, tmp_path / "none") == {"waivers.toml": ["$TFE_TOKEN"]}
    assert not template.exists()
