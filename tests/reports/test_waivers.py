"""Waivers: read with care, applied to what they name, and refused when they are stale."""

from __future__ import annotations

import tomllib
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator

from conformance.target import ConfigurationError
from reports.junit import junit
from reports.results import results
from reports.verdicts import Conduct
from reports.waiver_template import DAYS, checked, template
from reports.waivers import Waiver, read, schema
from tests.reports.made import CONTRACT, MUSTS, SHOULDS, TODAY, TOKEN, all_conform, case, exchange, report

if TYPE_CHECKING:
    from pathlib import Path

    from conformance.verdicts import Case

MUST, OTHER = MUSTS[:2]
ENTRY = f'[[waiver]]\nid = "{MUST}"\nreason = "known"\n'


def violated(status: int = 200, name: str = "a-case", requirement: str = MUST) -> Case:
    return case("violated", requirement, name=name, actual=f"got {status}", exchanges=(exchange(status=status),))


# -- reading -------------------------------------------------------------------------------------------------------


def test_all_keys_are_read(tmp_path: Path) -> None:
    file = tmp_path / "waivers.toml"
    file.write_text(
        f'{ENTRY}owner = "team"\nissue = "https://example.com/1"\nexpires = 2026-12-31\n'
        'case = "*-null"\nstatus = 200\npointer = "/data/a~1b"\n'
        f'{ENTRY}case = ["a", "b"]\nstatus = [200, 500]\npointer = ["", "/data"]\nexpires = "2026-12-31"\n'
    )
    day = date(2026, 12, 31)
    assert read(str(file), CONTRACT, TODAY).entries == (
        Waiver(MUST, "known", "team", "https://example.com/1", day, ("*-null",), (200,), ("/data/a~1b",)),
        Waiver(MUST, "known", expires=day, cases=("a", "b"), statuses=(200, 500), pointers=("", "/data")),
    )
    assert read(None, CONTRACT).entries == ()


def test_the_schema_says_what_everything_is() -> None:
    Draft202012Validator.check_schema(schema())
    keys = schema()["$defs"]["waiver"]["properties"]
    assert all(found["description"].endswith(".") for found in keys.values())


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (f'[[waiver]]\nid = "{MUST}x"\nreason = "known"', f"did you mean '{MUST}'?"),
        (f'{ENTRY}[[waiver]]\nid = "{MUST}"', f'entry 2 ("{MUST}"): reason is missing; it is why'),
        (f'[[waiver]]\nid = "{MUST}"\nreason = " "', 'reason can\'t be " "; it is why the violation is accepted'),
        ('[[waiver]]\nreason = "known"', "entry 1: id is missing; it is the ID of the requirement"),
        ('[[waiver]]\nid = 1\nreason = "known"', "entry 1 (1): id can't be 1"),
        (f'[[waiver]]\nid = "{MUST}"\nreson = "known"', "the key 'reson' is not known; did you mean 'reason'?"),
        (f'{ENTRY}zzz = "known"', "the keys are id, reason, owner"),
        (f'[[waiver]]\nid = "{MUST}"\nreason = 1', "reason can't be 1"),
        (f'[[waiver]]\nid = "{MUST}"\nreason = "TODO: why?"', "in place of the TODO of --write-waivers"),
        (f'{ENTRY}owner = " todo"', 'owner can\'t be " todo"; it is who sees to it'),
        (f'{ENTRY}owner = ""', "owner can't be"),
        (f'{ENTRY}issue = "JIRA-1"', 'issue can\'t be "JIRA-1"; it is the link'),
        (f'{ENTRY}issue = "https://…"', None),
        (f'{ENTRY}expires = "soon"', 'expires can\'t be "soon"; it is the last day on which the waiver counts'),
        (f"{ENTRY}expires = 2026-12-31T10:00:00", "such as 2026-12-31"),
        (f"{ENTRY}expires = 2026", "such as 2026-12-31"),
        (f"{ENTRY}case = []", "case can't be []"),
        (f'{ENTRY}case = ["a", 1]', "case can't be"),
        (f'{ENTRY}status = "200"', "status can't be"),
        (f"{ENTRY}status = 42", "status can't be 42; it is the HTTP status that was observed"),
        (f"{ENTRY}status = [200, 1000]", "status can't be [200, 1000]"),
        (f"{ENTRY}status = true", "status can't be true"),
        (f'{ENTRY}pointer = "data/attributes"', 'pointer can\'t be "data/attributes"; it is the JSON Pointer'),
        (f'{ENTRY}pointer = ["/a", "/~2"]', "pointer can't be"),
        (f'[waiver]\nid = "{MUST}"', "double brackets"),
        ("waiver = [1]", "double brackets"),
        ("[[waivers]]", "'waivers' is not known; write each entry as [[waiver]]"),
        ("[[waiver", "is no TOML"),
        (b"\xff", "is not UTF-8"),
    ],
)
def test_a_mistake_is_one_line(text: str | bytes, line: str | None, tmp_path: Path) -> None:
    file = tmp_path / "waivers.toml"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    if line is None:
        read(str(file), CONTRACT)
        return
    with pytest.raises(ConfigurationError) as caught:
        read(str(file), CONTRACT)
    assert str(caught.value).startswith(f"--waivers: {file}")
    assert line in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="can't be read"):
        read(str(tmp_path / "none.toml"), CONTRACT)


# -- applying ------------------------------------------------------------------------------------------------------


def test_a_glob_has_to_cover_every_violation() -> None:
    cases = [case("violated", MUST, name="type-null"), case("violated", MUST, name="type-list")]
    one = report([*all_conform(MUST), *cases], Waiver(MUST, "known", cases=("*-null",)))
    assert one.outcome.exit_code == 1
    assert "1 of the 2 violated cases are waived" in one.outcome.those("violated")[0].detail
    assert junit(one).count('type="waived"') == 1
    both = (Waiver(MUST, "known", cases=("*-null",)), Waiver(MUST, "also", cases=("*-list",)))
    found = report([*all_conform(MUST), *cases], *both).outcome
    assert found.exit_code == 0
    assert found.those("waived")[0].waiver == "known; also"


def test_who_sees_to_it_and_where_is_said() -> None:
    entry = Waiver(MUST, "known", "the team", "https://example.com/1")
    found = report([*all_conform(MUST), violated()], entry).outcome
    assert found.those("waived")[0].waiver == "known (the team, https://example.com/1)"


def test_another_status_is_not_waived() -> None:
    entry = Waiver(MUST, "known", statuses=(200,))
    assert report([*all_conform(MUST), violated(200)], entry).outcome.exit_code == 0
    found = report([*all_conform(MUST), violated(500)], entry).outcome
    assert found.exit_code == 1
    line = f"the waiver of {MUST} does not accept it: it is about status 200, and now it is 500"
    assert line in found.those("violated")[0].detail
    assert (
        f"the waiver of {MUST} is stale: it is about status 200, and now it is 500; correct or remove it" in found.notes
    )
    both = report([*all_conform(MUST), violated(200, "one"), violated(500, "two")], entry).outcome
    assert both.exit_code == 1
    assert not both.notes
    several = Waiver(MUST, "known", statuses=(200, 500))
    assert report([*all_conform(MUST), violated(200, "one"), violated(500, "two")], several).outcome.exit_code == 0
    assert report([*all_conform(MUST), case("violated", MUST, exchanges=())], entry).outcome.exit_code == 1


def told(found: dict[str, Any], name: str) -> dict[str, Any]:
    """What was observed of the only case of a requirement, as results.json has it."""
    only = next(each for each in found["requirements"] if each["id"] == name)["cases"][0]
    return dict(only["observed"])


def test_another_member_is_not_waived() -> None:
    name = "errors.members"
    title, detail, both = (
        case("violated", name, exchanges=(exchange(status=422, response_body=b'{"errors": [%b]}' % error),))
        for error in (b'{"title": 1}', b'{"detail": 1}', b'{"title": 1, "detail": 1}')
    )
    seen = told(results(report([*all_conform(name), both])), name)
    assert seen == {"statuses": [422], "pointers": ["/errors/0/detail", "/errors/0/title"]}
    entry = Waiver(name, "known", pointers=("/errors/0/title",))
    assert report([*all_conform(name), title], entry, strict=True).outcome.exit_code == 0
    for other, where in ((detail, "/errors/0/detail"), (both, "/errors/0/detail")):
        found = report([*all_conform(name), other], entry, strict=True).outcome
        assert found.exit_code == 1
        assert f"it is about /errors/0/title, and now what is wrong is {where}" in found.those("violated")[0].detail
    several = Waiver(name, "known", pointers=("/errors/0/title", "/errors/0/detail"))
    assert report([*all_conform(name), both], several, strict=True).outcome.exit_code == 0


def test_a_status_or_a_body_that_is_no_json_is_not_waived_by_a_pointer() -> None:
    name, pointer = "enable.response.verified", "/data/attributes/two-factor/verified"
    body = b'{"data": {"attributes": {"two-factor": {"verified": true}}}}'
    wrong = case("violated", name, exchanges=(exchange(response_body=body),))
    assert told(results(report([*all_conform(name), wrong])), name)["pointers"] == [pointer]
    entry = Waiver(name, "known", pointers=(pointer,))
    assert report([*all_conform(name), wrong], entry).outcome.exit_code == 0
    for exchanges, now in (((exchange(response_body=b"no"),), "the whole body"), ((), "not in the body")):
        found = report([*all_conform(name), case("violated", name, exchanges=exchanges)], entry).outcome
        assert found.exit_code == 1
        assert now in found.those("violated")[0].detail


def test_an_answer_among_others_that_is_wrong_elsewhere_is_not_waived() -> None:
    """Only one answer is shown, and each of those that are wrong counts."""
    first, second = exchange(status=200), exchange(status=204)
    wrong = case("violated", MUST, exchanges=(first,))
    wrong.wrong = (first, second)
    assert report([*all_conform(MUST), wrong], Waiver(MUST, "known", statuses=(200,))).outcome.exit_code == 1
    assert report([*all_conform(MUST), wrong], Waiver(MUST, "known", statuses=(200, 204))).outcome.exit_code == 0


# -- what is not needed any more -----------------------------------------------------------------------------------


@pytest.mark.parametrize("day", [date(2026, 6, 14), date(2026, 1, 1)])
def test_an_expired_waiver_counts_no_more(day: date) -> None:
    found = report([*all_conform(MUST), violated()], Waiver(MUST, "known", expires=day)).outcome
    assert found.exit_code == 1
    assert f"expired on {day}: the violation counts again" in found.notes[0]


def test_an_expired_waiver_that_is_not_needed_fails_the_run_too() -> None:
    found = report(all_conform(), Waiver(MUST, "known", expires=date(2026, 1, 1))).outcome
    assert (found.verdict, found.exit_code) == ("configuration", 2)
    assert found.why.endswith("expired on 2026-01-01: it is not needed either; renew or remove it")


def test_an_expired_waiver_of_a_should_fails_the_run_too() -> None:
    cases = [*all_conform(SHOULDS[0]), violated(requirement=SHOULDS[0])]
    assert report(cases, Waiver(SHOULDS[0], "known", expires=date(2026, 1, 1))).outcome.exit_code == 2


def test_an_expired_waiver_of_what_was_not_asked_is_passed_over() -> None:
    found = report([], Waiver(MUST, "known", expires=date(2026, 1, 1)), problem="no connection").outcome
    assert (found.exit_code, found.notes) == (3, ())


def test_a_waiver_counts_on_its_last_day() -> None:
    entry = Waiver(MUST, "known", expires=TODAY, statuses=(200,))
    found = report([*all_conform(MUST), violated()], entry).outcome
    assert (found.exit_code, found.notes) == (0, ())


def test_a_stale_waiver_fails_the_run() -> None:
    found = report(all_conform(), Waiver(MUST, "known")).outcome
    assert (found.verdict, found.exit_code) == ("configuration", 2)
    assert "is stale" in found.why


def test_a_waiver_of_what_is_different_now_fails_the_run_though_another_accepts_it() -> None:
    entries = (Waiver(MUST, "old", statuses=(200,)), Waiver(MUST, "new", statuses=(500,)))
    found = report([*all_conform(MUST), violated(500)], *entries).outcome
    assert found.exit_code == 2
    assert "is stale: it is about status 200, and now it is 500" in found.why


def test_a_waiver_of_what_could_not_be_asked_is_not_stale() -> None:
    cases = [*all_conform(MUST), case("inconclusive", MUST, name="a"), violated(500, "b")]
    found = report(cases, Waiver(MUST, "known", statuses=(200,))).outcome
    assert (found.exit_code, found.notes) == (1, ())


def test_a_waiver_of_no_case_fails_the_run() -> None:
    found = report(all_conform(), Waiver(MUST, "known", cases=("nothing-*",))).outcome
    assert found.exit_code == 2
    assert "names no case" in found.why


def test_a_violation_outweighs_a_stale_waiver() -> None:
    found = report([*all_conform(OTHER), violated(requirement=OTHER)], Waiver(MUST, "known")).outcome
    assert found.exit_code == 1
    assert "is stale" in found.notes[0]


@pytest.mark.parametrize("conduct", [Conduct(partial="some were deselected"), Conduct(stopped="Ctrl-C")])
def test_a_part_of_a_run_does_not_call_a_waiver_stale(conduct: Conduct) -> None:
    found = report(all_conform(), Waiver(MUST, "known"), conduct=conduct).outcome
    assert (found.exit_code, found.notes) == (3, ())


def test_a_waiver_that_accepts_anything_is_told() -> None:
    found = report([*all_conform(MUST), violated()], Waiver(MUST, "known")).outcome
    assert found.exit_code == 0
    assert found.notes == (
        f"what was observed is not said by the waiver of {MUST}: it accepts any failure; see --write-waivers",
    )


# -- the template --------------------------------------------------------------------------------------------------


def test_a_template_that_is_filled_in_waives_what_it_was_made_of(tmp_path: Path) -> None:
    cases = [
        *all_conform(MUST, OTHER, SHOULDS[0]),
        violated(200, "one[*]"),
        violated(200, "two"),
        violated(500, 'th"ree\\'),
        violated(requirement=OTHER, name="accepted"),
        violated(requirement=SHOULDS[0]),
    ]
    accepted = Waiver(OTHER, "known", statuses=(200,))
    text = template(report(cases, accepted))
    entries = tomllib.loads(text)["waiver"]
    assert [(entry["id"], entry["status"]) for entry in entries] == [(MUST, 200), (MUST, 500), (SHOULDS[0], 200)]
    assert all(entry["expires"] == TODAY + timedelta(days=DAYS) for entry in entries)
    file = tmp_path / "waivers.toml"
    for done, left in (("TODO: who", "reason"), ("TODO: why", "owner")):
        file.write_text(text.replace(done, "done"), "utf-8")
        with pytest.raises(ConfigurationError, match=f"{left} can't be .*in place of the TODO"):
            read(str(file), CONTRACT, TODAY)
    file.write_text(text.replace("TODO: ", "done: "), "utf-8")
    waivers = read(str(file), CONTRACT, TODAY)
    found = report(cases, accepted, *waivers.entries).outcome
    assert (found.exit_code, found.notes) == (0, ())
    others = [*cases, violated(200, "oneX"), violated(404, "two-more")]
    assert report(others, accepted, *waivers.entries).outcome.those("violated")[0].acceptance(others[-1]) == ""


def test_nothing_that_a_target_says_leaves_its_comment() -> None:
    evil = f"{TOKEN} \n[[waiver]]\r\x00\x7f\ud800\u2028\u0085"
    text = template(report([*all_conform(MUST), case("violated", MUST, name=evil, actual=evil)]))
    assert len(tomllib.loads(text)["waiver"]) == 1
    assert TOKEN not in text


def test_a_template_of_nothing_is_valid() -> None:
    assert tomllib.loads(template(report(all_conform()))) == {}


def test_no_template_overwrites_a_file(tmp_path: Path) -> None:
    assert checked(None) is None
    assert checked(str(tmp_path / "new.toml")) == tmp_path / "new.toml"
    (tmp_path / "old.toml").write_text("mine")
    with pytest.raises(ConfigurationError, match="is there already"):
        checked(str(tmp_path / "old.toml"))
    with pytest.raises(ConfigurationError, match="no folder"):
        checked(str(tmp_path / "none" / "new.toml"))
