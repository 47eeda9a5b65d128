"""Runs with several accounts at once: what is asked by whom, what is found, and how such a run ends."""

from __future__ import annotations

import argparse
import html
import json
import os
import random
import re
import signal
import subprocess
import sys
import time
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from conformance import options as run_options
from conformance.account import add_options as add_account_options
from conformance.client import Unreachable
from conformance.exchange import Exchange, Request, Response
from conformance.probes import Outcome, Rejected
from conformance.run import intentions
from conformance.subject import Changed
from conformance.target import ConfigurationError
from conformance.verdicts import Case
from conformance.workers.crew import said
from conformance.workers.found import Filed, Found, Task, filed, packed, unpacked
from conformance.workers.shares import prepared, taken
from conformance.workers.split import split
from schemas import load
from tests.conformance.test_codes import SILENT
from tests.several import CODE, several, target, tokens
from tests.suite import ROOT, TOKEN, check, environment

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from conformance.run import Run
    from reference.server import Server
    from tests.suite import Finished

NO_VERDICT = 3
URL = "http://127.0.0.1:9/api/v2"
PART = ("-k", "pending or defective or every_answer")
DISTURBED = ("-p", "tests.reports.disturbed")


def task(unit: str, cost: float = 1.0, *, late: bool = False) -> Task:
    return Task(unit, cost, late, Case((), "", unit))


# -- who asks what -------------------------------------------------------------------------------------------------


def test_a_unit_stays_with_one_worker_and_the_costliest_goes_first() -> None:
    tasks = [task("a"), task("b", 5.0), task("a"), task("c", 3.0), task("z", late=True), task("a"), task("d")]
    assert split(tasks, 2) == [[1, 6], [0, 2, 3, 5]]
    assert split(tasks, 1) == [[0, 1, 2, 3, 5, 6]]
    assert sorted(number for share in split(tasks, 9) for number in share) == [0, 1, 2, 3, 5, 6]
    assert split([], 2) == [[], []]


def test_a_case_besides_belongs_to_the_test_that_found_it() -> None:
    first, second, besides = (Case((), "", name) for name in ("first", "second", "besides"))
    assert filed([first, second], [first, besides, second]) == [
        Filed(0, planned=True, case=first),
        Filed(1, planned=False, case=besides),
        Filed(1, planned=True, case=second),
    ]


def test_what_is_said_of_all_accounts_is_said_once() -> None:
    assert said({"ONE": "off", "TWO": "off"}, "; ") == "off"
    assert said({"ONE": "off", "TWO": "on"}, "; ") == "ONE: off; TWO: on"
    assert said({"ONE": "off", "TWO": "on", "THREE": "off"}, "; ") == "ONE, THREE: off; TWO: on"
    assert said({"ONE": "", "TWO": "off"}, "; ") == "TWO: off"
    assert said({"ONE": "", "TWO": ""}, "; ") == ""


@pytest.mark.parametrize(
    ("count", "arguments", "line"),
    [
        (2, [], "name 2 variables"),
        (2, ["--token-env=A"], "name 2 variables"),
        (2, ["--token-file=/does/not/exist"], "--token-env"),
        (2, ["--token-env=A,SAME"], "A and SAME hold the same token"),
        (3, ["--token-env=A,B,NONE"], "variable NONE"),
        (1, ["--token-env=A", "--code-source=prompt"], "no terminal"),
        (1, ["--token-env=A", "--code-source=env:ASK"], "no terminal"),
        (2, ["--token-env=A,B", "--code-source=env:X"], "env:X,Y"),
        (2, ["--token-env=A,B", "--code-source=env:X,NONE"], "'NONE'"),
        (3, ["--token-env=A,B,C", "--code-source=env:X,Y"], "3 variables"),
    ],
)
def test_a_worker_without_its_own_is_a_mistake(
    count: int, arguments: list[str], line: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ConfigurationError, match=line):
        begun(count, arguments, monkeypatch)


def test_each_worker_has_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    for number, (token, code) in enumerate((("A", "X"), ("B", "Y"))):
        share = options("--token-env=A,B,C", "--code-source=env:X,Y,Z")
        taken(share, load(), number, 2)
        assert (share.token_env, share.code_source) == (token, f"env:{code}")
    run = begun(2, ["--token-env=A,B,C", "--code-source=env:X,Y"], monkeypatch)
    assert run.redactor.clean(f"{TOKEN} {TOKEN}2 JBSWY3DPEHPK3PXP KRSXG5CTMVRXEZLU") == (
        "$TFE_TOKEN $TFE_TOKEN [TOTP secret] [TOTP secret]"
    )
    assert "$A, $B, at the same time" in intentions(run, 7, [])
    assert begun(2, [], monkeypatch, url=None).target.embedded
    assert begun(2, ["--token-env=A,B", "--code-source=static:271828"], monkeypatch)


def options(*arguments: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    run_options.add_options(parser.add_argument)
    add_account_options(parser.add_argument)
    return parser.parse_args([f"--base-url={URL}", *arguments])


def begun(count: int, arguments: list[str], monkeypatch: pytest.MonkeyPatch, url: str | None = URL) -> Run:
    """The run of a controller."""
    secrets = {"A": TOKEN, "B": f"{TOKEN}2", "C": f"{TOKEN}3", "SAME": TOKEN, "ASK": "prompt"}
    secrets |= {"X": "totp:JBSWY3DPEHPK3PXP", "Y": "totp:KRSXG5CTMVRXEZLU"}
    for name, value in secrets.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("TFE_TOKEN", raising=False)
    chosen = options(*arguments)
    chosen.base_url = url
    with ExitStack() as stack:
        return prepared(load(), chosen, count, stack, SILENT)


# -- what is found -------------------------------------------------------------------------------------------------


def test_what_is_found_goes_from_process_to_process() -> None:
    answer = Response(200, (("a", "b"),), b'{"data": null}')
    assert answer.json == {"data": None}  # what is derived stays behind
    exchange = Exchange(1, "enable", "", Request("POST", "", ()), answer, judged={"a": None})
    outcome = Outcome(exchange, reason=Unreachable("silent", (exchange,)), changed=Changed("it is on", exchange))
    found = Found("", exchanges=[exchange], rejected=[Rejected("enable", "name", outcome)])
    same = unpacked(packed(found))
    assert same.exchanges[0].response == answer
    assert same.rejected[0].outcome.exchange is same.exchanges[0]
    assert str(same.rejected[0].outcome.changed) == "it is on"
    assert same.rejected[0].outcome.reason.exchanges == (same.exchanges[0],)
    assert b"cached" not in packed(found)


def essence(done: Finished) -> list[Any]:
    """What was found of each requirement, but for the exchanges, which are of one run."""
    found: list[Any] = done.results["requirements"]
    return [{**each, "cases": [{**case, "exchanges": []} for case in each["cases"]]} for each in found]


def rows(done: Finished) -> list[str]:
    """The requirements and cases in the table of the report, in its order."""
    blob = re.search(r'data-jsonblob="([^"]*)"', (done.folder / "report.html").read_text("utf-8"))
    assert blob
    found = [row for rows in json.loads(html.unescape(blob[1]))["tests"].values() for row in rows]
    return ["".join(row["resultsTableRow"][:-1]) + str(bool(row["extras"])) for row in found]


@pytest.mark.parametrize("fault", ["malformed-enable-ends"])
def test_the_same_is_found_as_by_one(fault: str, tmp_path: Path) -> None:
    alone = check(tmp_path / "alone", *DISTURBED, FAULT=fault)
    together = check(tmp_path / "together", *DISTURBED, "-n2", FAULT=fault)
    assert alone.code == together.code == 1, together.out
    assert "enable.rejected-changes-nothing" in alone.having("violated")
    assert essence(alone) == essence(together)
    assert rows(alone) == rows(together) != []
    assert together.results["exchanges"] <= alone.results["exchanges"] + 30


def test_two_accounts_of_one_server(tmp_path: Path) -> None:
    with several(2, fault="resend-answers-object") as server:
        done = check(tmp_path, *target(server), "-nauto", "-v", "--log-cli-level=DEBUG", **tokens(server))  # type: ignore[arg-type]
        assert not any(account.two_factor.enabled for account in server.service.accounts)
    assert done.code == 1, done.out
    assert done.having("violated") == {"resend.response.body"}
    assert "[gw1]" in done.out
    assert done.out.count("about to ask") == 1
    assert "two-factor authentication of the account is off" in done.out
    shown = [done.out, *(path.read_text("utf-8") for path in done.folder.iterdir())]
    for secret in (*server.tokens, CODE):
        assert not [text for text in shown if secret in text]


def test_tokens_of_one_account_are_no_accounts_of_their_own(tmp_path: Path) -> None:
    with several(2, same=True) as server:
        done = check(tmp_path, *target(server), "-n2", **tokens(server))  # type: ignore[arg-type]
    assert done.code == NO_VERDICT, done.out
    assert "tokens of one account" in done.out
    assert not done.having("conforms") | done.having("violated")


@pytest.mark.slow
def test_nobody_there(tmp_path: Path) -> None:
    done = check(tmp_path, f"--base-url={URL}", "--token-env=A,B", "-n2", *PART, A=TOKEN, B=f"{TOKEN}2")
    assert done.code == NO_VERDICT, done.out
    assert done.results["problem"].startswith("http://127.0.0.1:9/api/v2 could not be tested: disable: no connection")


@pytest.mark.slow
def test_one_token_that_is_not_valid(tmp_path: Path) -> None:
    with several(2) as server:
        done = check(tmp_path, *target(server), "-n2", *PART, **tokens(server) | {"TWO": "unknown-token"})  # type: ignore[arg-type]
    assert done.code == NO_VERDICT, done.out
    assert "TWO: " in done.results["problem"]
    assert "refuses the token" in done.results["problem"]


# -- how it ends ---------------------------------------------------------------------------------------------------


@contextmanager
def started(folder: Path) -> Iterator[tuple[subprocess.Popen[str], Server]]:
    """A run with two accounts; the server takes its time."""
    with several(2, latency=0.1) as server:
        command = [sys.executable, str(ROOT / "conformance" / "__main__.py"), "check", "-n2", *target(server), *PART]
        with subprocess.Popen(
            [*command, f"--report-dir={folder / 'report'}"],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=environment(folder, **tokens(server)),
            start_new_session=True,
        ) as run:
            try:
                yield run, server
            finally:
                if run.poll() is None:
                    os.killpg(run.pid, signal.SIGKILL)


@contextmanager
def under_way(folder: Path) -> Iterator[tuple[subprocess.Popen[str], Server]]:
    """A run with two accounts both of which are on when the block begins."""
    with started(folder) as (run, server):
        wait_until(lambda: all(on(server)))
        yield run, server


def unfinished(folder: Path) -> list[Path]:
    return list((folder / "state" / "tfe-conformance" / "unfinished").glob("*"))


def on(server: Server) -> list[bool]:
    return [account.two_factor.enabled for account in server.service.accounts]


def wait_until(there: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not there() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert there()


def workers(run: subprocess.Popen[str]) -> list[int]:
    """The processes of the workers, by account."""
    listed = subprocess.run(["ps", "-o", "pid=", "--ppid", str(run.pid)], check=False, capture_output=True, text=True)
    return sorted(map(int, listed.stdout.split()))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_run_that_is_ended_leaves_all_accounts_off(number: signal.Signals, tmp_path: Path) -> None:
    with under_way(tmp_path) as (run, server):
        # Ctrl-C reaches the whole process group, SIGTERM one process.
        os.killpg(run.pid, number) if number == signal.SIGINT else run.send_signal(number)
        out = run.communicate(timeout=60)[0]
        assert run.returncode == NO_VERDICT, out
        assert on(server) == [False, False], out
    assert out.count("cleaning up first") == 1
    assert "is off" in out
    assert "Traceback" not in out
    assert not unfinished(tmp_path)


@pytest.mark.slow
def test_a_second_ctrl_c_ends_all_workers(tmp_path: Path) -> None:
    with under_way(tmp_path) as (run, server):
        os.killpg(run.pid, signal.SIGINT)
        assert run.stdout is not None
        assert any("cleaning up first" in line for line in run.stdout)  # now a request on its way is let to settle
        os.killpg(run.pid, signal.SIGINT)
        out = run.communicate(timeout=30)[0]
        assert run.returncode == NO_VERDICT, out
        assert on(server) == [True, True], out
    assert "the clean-up was stopped; `tfe-conformance recover` finishes it" in out
    assert len(unfinished(tmp_path)) == 2


@pytest.mark.parametrize("number", [pytest.param(0, marks=pytest.mark.slow), 1])
def test_a_worker_that_crashes_leaves_no_verdict(number: int, tmp_path: Path) -> None:
    with under_way(tmp_path) as (run, server):
        os.kill(workers(run)[number], signal.SIGKILL)
        out = run.communicate(timeout=60)[0]
        assert run.returncode == NO_VERDICT, out
        assert on(server)[1 - number] is False, out
    name, other = ("ONE", "TWO") if number == 0 else ("TWO", "ONE")
    assert f"{name}: the worker ended before it could say what it found" in out
    assert f"{name}: two-factor authentication of the account may still be on" in out
    assert f"{other}: two-factor authentication of the account is off" in out


@pytest.mark.slow
def test_where_the_controller_is_gone_the_workers_clean_up(tmp_path: Path) -> None:
    with under_way(tmp_path) as (run, server):
        left = workers(run)
        run.kill()
        wait_until(lambda: not any(on(server)))
        wait_until(lambda: not any((Path("/proc") / str(process)).exists() for process in left))


@pytest.mark.slow
@pytest.mark.parametrize("what", ["ctrl-c", "terminated", "killed", "worker killed"])
@pytest.mark.parametrize("turn", range(10))
def test_at_any_moment(what: str, turn: int, tmp_path: Path) -> None:
    """Ten moments for each way of ending; whatever may have been left on, the journal knows and `recover` ends."""
    moment = random.Random(f"{what}{turn}").uniform(0.3, 9.0)  # noqa: S311 (no secret)
    with started(tmp_path) as (run, server):
        time.sleep(moment)
        left = workers(run)
        match what:
            case "ctrl-c":
                os.killpg(run.pid, signal.SIGINT)
            case "terminated":
                run.send_signal(signal.SIGTERM)
            case "killed":
                run.kill()
            case "worker killed" if left:
                os.kill(left[-1], signal.SIGKILL)
        out = run.communicate(timeout=120)[0]
        if what == "killed":
            wait_until(lambda: not any((Path("/proc") / str(process)).exists() for process in left))
        time.sleep(0.5)  # what was still on its way has come by now
        states, waiting = on(server), len(unfinished(tmp_path))
        command = [sys.executable, str(ROOT / "conformance" / "__main__.py"), "recover"]
        variables = environment(tmp_path, **tokens(server))
        recovered = subprocess.run(command, check=False, capture_output=True, text=True, env=variables, timeout=60)
        print(f"{what} after {moment:.1f} s: code {run.returncode}, on {states}, journal {waiting}")  # noqa: T201
        # In its first second, before anything is asked, a signal ends Python itself.
        codes = {NO_VERDICT, -signal.SIGKILL, -signal.SIGINT, -signal.SIGTERM}
        assert run.returncode in codes or (run.returncode == 0 and moment > 5), out
        assert sum(states) <= waiting, out
        assert what == "worker killed" or states == [False, False], out
        assert (recovered.returncode, on(server)) == (0, [False, False]), recovered.stdout + recovered.stderr
