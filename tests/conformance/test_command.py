"""Codes that a shell command prints, by real commands."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING

import pytest
from conformance.account import command
from conformance.account.codes import Wanted
from conformance.account.command import Command
from conformance.redaction import Redactor
from conformance.verdicts import Inconclusive

from tests.conformance.test_codes import SILENT, Clock
from tests.suite import ROOT

if TYPE_CHECKING:
    from pathlib import Path

APP = Wanted("app", "", 0.0)
FIRST, SECOND, THIRD = (Wanted("sms", "+12025550123", 1_000_000_001.9 + at) for at in range(3))


@pytest.fixture(autouse=True)
def _short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "PAUSE", 0.05)


def printing(text: str, seconds: float = 10.0) -> Command:
    return Command(text, Redactor(), SILENT, seconds)


def paced(text: str) -> Command:
    """A command that has a second, which passes only between its runs: however slow the machine is."""
    clock = Clock(0.0)
    return Command(text, Redactor(), SILENT, 1.0, clock=clock, sleep=clock.sleep)


def there(pid: int) -> bool:
    """Whether a process is there, and no zombie."""
    with contextlib.suppress(OSError), open(f"/proc/{pid}/stat", encoding="ascii") as file:  # noqa: PTH123
        return file.read().split()[2] != "Z"
    return False


def gone(file: Path) -> bool:
    """Whether the process that left its ID in a file is gone, or so within a second."""
    deadline = time.monotonic() + 5
    pid = int(file.read_text())
    while there(pid) and time.monotonic() < deadline:
        time.sleep(0.01)
    return not there(pid)


def test_a_command_knows_what_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GREETING", "your code is")
    told = 'echo "$GREETING $TFE_CODE_DELIVERY/$TFE_SMS_NUMBER/$TFE_CODE_REQUESTED_AT/$TFE_CODE_REQUESTED_AT_ISO"'
    assert printing(told).code(FIRST) == "sms/+12025550123/1000000001/2001-09-09T01:46:41Z"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("exit 3", "exit code 3"),
        ("true", "no code"),
        ("echo null", "no code"),
        ("printf '\\377\\n'", "UTF-8"),
        ("no-such-command-anywhere", "can't find it"),
        ("/dev/null", "can't execute it"),
        ("yes 123456", "64 KiB"),
        ("read code; echo $code", "no code"),
        ("echo 123456 > /dev/tty", "exit code"),
    ],
)
def test_a_command_that_tells_no_code_is_a_reason(text: str, problem: str) -> None:
    with pytest.raises(Inconclusive, match=problem) as caught:
        printing(text, 60.0).code(APP)
    assert "123456" not in str(caught.value)


@pytest.mark.parametrize("text", ["sleep 300", "echo 123456; exec >&-; sleep 300"])
def test_a_command_that_does_not_end_is_a_reason(text: str) -> None:
    started = time.monotonic()
    with pytest.raises(Inconclusive, match="within 0 s") as caught:
        printing(text, 0.4).code(FIRST)
    assert "123456" not in str(caught.value)
    assert time.monotonic() - started < 60


def test_a_delivery_that_no_code_comes_for_is_given_up(tmp_path: Path) -> None:
    runs = tmp_path / "runs"
    source = paced(f"echo $TFE_CODE_DELIVERY >> {runs}; test $TFE_CODE_DELIVERY = app && echo 123456")
    for wanted in (FIRST, SECOND, THIRD):
        with pytest.raises(Inconclusive, match="told no code for sms"):
            source.code(wanted)
    before = runs.read_text()
    assert before.count("sms") > 2  # it was tried again and again, as long as it may be
    with pytest.raises(Inconclusive, match="not run again"):
        source.code(THIRD)
    assert runs.read_text() == before
    assert source.code(APP) == "123456"


def test_what_can_not_help_is_not_run_again(tmp_path: Path) -> None:
    runs = tmp_path / "runs"
    for text, wanted in (("no-such-command", FIRST), ("exit 1", APP), ("true", APP)):
        with pytest.raises(Inconclusive):
            printing(f"echo >> {runs}; {text}").code(wanted)
    assert runs.read_text() == "\n" * 3


def test_a_message_is_waited_for_though_earlier_ones_are_there(tmp_path: Path) -> None:
    inbox = tmp_path / "inbox"
    inbox.write_text("000000\n")
    source = printing(f"tail -n 1 {inbox}")
    # Of a code that was there before the run, nothing tells that it is old, unless the command looks at the time.
    assert source.code(FIRST) == "000000"
    source.refuse()

    def arriving(code: str) -> threading.Timer:
        def arrive() -> None:
            inbox.write_text(f"{inbox.read_text()}{code}\n")

        timer = threading.Timer(0.3, arrive)
        timer.start()
        return timer

    arriving("111111")
    assert source.code(FIRST) == source.glance(FIRST) == source.code(FIRST) == "111111"
    source.spend()
    arriving("222222")
    assert source.code(SECOND) == "222222"
    arriving("333333")  # the one before was not even sent to the target, but it is that of another message
    assert source.code(THIRD) == "333333"


def test_a_command_can_leave_out_by_time_what_was_there_before(tmp_path: Path) -> None:
    inbox = tmp_path / "inbox"
    inbox.write_text("999999999 000000\n1000000001 111111\n")
    source = printing(f"awk -v since=$TFE_CODE_REQUESTED_AT '$1 >= since {{ print $2 }}' {inbox}")
    assert source.code(FIRST) == "111111"


def test_where_no_other_code_comes_it_is_the_same_and_once_accepted_not_waited_for(tmp_path: Path) -> None:
    runs = tmp_path / "runs"
    source, counts = paced(f"echo >> {runs}; echo 424242"), []
    for wanted in (FIRST, SECOND, THIRD):
        runs.write_text("")
        assert source.code(wanted) == "424242"
        source.spend()
        counts.append(len(runs.read_text()))
    assert counts[0] == counts[2] == 1
    assert counts[1] > 1


def test_a_code_that_was_told_again_for_a_set_up_is_so_for_all_of_it(tmp_path: Path) -> None:
    runs = tmp_path / "runs"
    source = paced(f"echo >> {runs}; echo 424242")
    assert source.code(APP) == "424242"
    source.spend()
    later = Wanted("app", "", 9.0)
    assert source.code(later) == "424242"
    before = runs.read_text()
    assert [source.code(later) for _ in range(3)] == ["424242"] * 3
    assert len(runs.read_text()) == len(before) + 3


def test_where_no_time_is_left_for_a_last_run_the_one_before_it_counts() -> None:
    clock = Clock(0.0)
    source = Command("echo 424242", Redactor(), SILENT, 3.0, clock=clock, sleep=lambda _: clock.sleep(9.0))
    assert source.code(FIRST) == "424242"
    source.spend()
    assert source.code(SECOND) == "424242"


def test_the_same_code_is_not_waited_for_again_and_again_where_it_is_refused() -> None:
    source = paced("echo 424242")
    for _ in range(3):
        assert source.code(FIRST) == "424242"
        source.refuse()
    with pytest.raises(Inconclusive, match="not run again"):
        source.code(SECOND)


def test_the_code_of_an_application_is_told_once_only(tmp_path: Path) -> None:
    """A command that computes codes by the time tells the same for a while, and a server takes it once."""
    step = tmp_path / "step"
    step.write_text("111111")
    source = printing(f"cat {step}")
    assert source.code(APP) == source.code(APP) == "111111"
    source.spend()
    assert source.glance(APP) == "111111"
    threading.Timer(0.3, lambda: step.write_text("222222")).start()
    assert source.code(APP) == "222222"


def test_a_wait_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "QUIET", 0.1)
    told: list[tuple[float, str]] = []
    voice = SILENT._replace(wait=lambda seconds, what_for: told.append((seconds, what_for)))
    assert Command("sleep 0.4; echo 123456", Redactor(), voice, 9.0).code(FIRST) == "123456"
    assert 8 < told[0][0] < 9
    assert told[1:] == [(0, "")]


def test_what_a_command_tells_is_masked() -> None:
    redactor = Redactor()
    Command("echo 271828", redactor, SILENT, 1).code(APP)
    assert redactor.clean("it is 271828") == "it is [code]"


# -- processes -----------------------------------------------------------------------------------------------------


def test_at_the_end_of_its_time_a_command_is_killed_with_all_that_it_started(tmp_path: Path) -> None:
    source = printing(
        f"sleep 300 & echo $! > {tmp_path}/child; trap '' TERM INT; echo $$ > {tmp_path}/shell; wait", 0.5
    )
    with pytest.raises(Inconclusive, match="did not end"):
        source.code(FIRST)
    assert gone(tmp_path / "child")
    assert gone(tmp_path / "shell")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_when_the_run_is_ended_a_command_is_killed_with_all_that_it_started(
    number: signal.Signals, tmp_path: Path
) -> None:
    program = (
        "import signal, sys\n"
        "from tests.conformance.test_command import FIRST, printing\n"
        "for number in (signal.SIGINT, signal.SIGTERM):\n"  # in the background of a script the first one is ignored
        "    signal.signal(number, signal.default_int_handler)\n"
        "printing(sys.argv[1], 200.0).code(FIRST)\n"
    )
    text = f"sleep 300 & echo $! > {tmp_path}/new; mv {tmp_path}/new {tmp_path}/child; wait"
    with subprocess.Popen([sys.executable, "-c", program, text], cwd=ROOT, stderr=subprocess.PIPE) as run:
        deadline = time.monotonic() + 60
        while not (tmp_path / "child").exists() and time.monotonic() < deadline:
            time.sleep(0.02)
        run.send_signal(number)
        assert b"KeyboardInterrupt" in run.communicate(timeout=20)[1]
    assert gone(tmp_path / "child")


def test_what_a_command_leaves_behind_does_not_keep_it_waiting(tmp_path: Path) -> None:
    """An agent that is started on the way keeps the output open, and is left alone."""
    started = time.monotonic()
    assert printing(f"sleep 60 & echo $! > {tmp_path}/agent; echo 123456").code(FIRST) == "123456"
    assert time.monotonic() - started < 5
    agent = int((tmp_path / "agent").read_text())
    assert there(agent)
    os.kill(agent, signal.SIGKILL)
