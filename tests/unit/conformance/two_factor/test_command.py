"""Codes that a command prints: first by prepared runs, then by processes."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
import time
from itertools import chain, repeat
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from conformance.model import Inconclusive, Untested
from conformance.two_factor.code_sources.base import CodeRequest
from conformance.two_factor.code_sources.command import Command
from tests.unit.conformance.two_factor.fakes import APP, NEXT_SMS, SMS, THIRD_SMS, Clock, FakeConsole

if TYPE_CHECKING:
    from collections.abc import Callable

TIMEOUT = 60.0


class Runs:
    """Prepared runs of a command, the last of them for ever; a run takes no time, or `seconds`."""

    def __init__(self, *results: str | int, seconds: float = 0.0) -> None:
        self.console, self.clock = FakeConsole(), Clock(0.0)
        self.count = 0
        self.limits: list[float] = []
        self._seconds = seconds
        self.then(*results)

    def then(self, *results: str | int) -> None:
        """Prepare other runs: an output, or an exit code without an output."""
        self._results = chain(results, repeat(results[-1]))

    def __call__(self, command: str, environment: dict[str, str], seconds: float) -> tuple[int | None, bytes]:
        assert command == "read-code"
        assert environment["TFE_CODE_DELIVERY"] in ("app", "sms")
        assert seconds > 0
        self.count += 1
        self.limits.append(seconds)
        self.clock.now += min(seconds, self._seconds)
        if self._seconds >= seconds:
            return None, b"cut off"
        result = next(self._results)
        return (result, b"") if isinstance(result, int) else (0, result.encode(errors="surrogateescape"))

    def command(self, timeout: float = TIMEOUT) -> Command:
        return Command(
            "read-code",
            timeout,
            self.console,
            hidden_variables=(),
            run=self,
            clock=self.clock,
            sleep=self.clock.sleep,
        )


# -- the code in the output ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("output", ["123456", "Your code is\n 123456 \n", "f\udcfcr Sie: 123456"])
def test_the_code_is_the_last_word(output: str) -> None:
    assert Runs(output).command().code(SMS) == "123456"


@pytest.mark.parametrize("output", ["", " \n", "null\n", "None", "NIL", "undefined"])
def test_an_empty_value_of_a_program_is_no_code(output: str) -> None:
    with pytest.raises(Inconclusive, match="no code for app delivery: its output is empty or null"):
        Runs(output).command().code(APP)


@pytest.mark.parametrize(
    ("exit_code", "reason"),
    [(3, "exit code 3$"), (126, "126, the shell can't execute it"), (127, "127, the shell can't find it")],
)
def test_an_exit_code_is_the_reason(exit_code: int, reason: str) -> None:
    with pytest.raises(Inconclusive, match=reason):
        Runs(exit_code).command().code(APP)


def test_too_long_an_output_is_no_code_and_not_repeated() -> None:
    with pytest.raises(Inconclusive, match="more than 64 KiB") as error:
        Runs("123456 " * 10_000).command().code(APP)
    assert "123456" not in str(error.value)


# -- messages ------------------------------------------------------------------------------------------------------


def test_a_message_is_waited_for_though_an_earlier_one_is_printed() -> None:
    runs = Runs("111111")
    source = runs.command()
    assert source.code(SMS) == source.peek(SMS) == source.code(SMS) == "111111"
    assert runs.count == 1
    source.mark_used()
    runs.then("111111", "111111", "222222")
    assert source.code(NEXT_SMS) == "222222"
    runs.then("222222", "333333")  # the one before was not sent to the target, but it is of another message
    assert source.code(THIRD_SMS) == "333333"
    assert runs.clock.now == 3


def test_a_message_that_comes_late_is_waited_for() -> None:
    runs = Runs("", "null", 1, "123456")
    assert runs.command().code(SMS) == "123456"
    assert runs.clock.now == 3


def test_a_rejected_code_of_an_older_message_is_followed_by_the_next_one() -> None:
    runs = Runs("000000", "000000", "111111")
    source = runs.command()
    assert source.code(SMS) == "000000"
    source.mark_used()
    assert source.peek(SMS) == "000000"
    assert source.code(SMS) == source.peek(SMS) == "111111"


def test_a_used_code_of_an_application_is_followed_by_the_next_one() -> None:
    runs = Runs("111111")
    source = runs.command()
    assert source.code(APP) == source.code(APP) == "111111"
    source.mark_used()
    assert source.peek(APP) == "111111"
    runs.then("111111", "111111", "222222")
    assert source.code(APP) == "222222"


def test_an_unused_code_of_an_application_is_read_anew() -> None:
    runs = Runs("111111", "222222")
    source = runs.command()
    assert [source.code(APP), source.code(APP)] == ["111111", "222222"]
    assert runs.clock.now == 0


def test_used_codes_of_one_delivery_are_not_those_of_the_other() -> None:
    source = Runs("111111").command()
    source.code(SMS)
    source.mark_used()
    assert source.code(APP) == "111111"


def test_a_peek_runs_no_command() -> None:
    runs = Runs("111111")
    source = runs.command()
    with pytest.raises(Untested, match="not known"):
        source.peek(SMS)
    source.code(SMS)
    with pytest.raises(Untested, match="not known"):
        source.peek(NEXT_SMS)
    assert runs.count == 1


@pytest.mark.parametrize(("code_request", "result"), [(SMS, 127), (SMS, 126), (APP, 1), (APP, "")])
def test_a_run_that_can_not_help_is_not_repeated(code_request: CodeRequest, result: str | int) -> None:
    runs = Runs(result)
    with pytest.raises(Inconclusive):
        runs.command().code(code_request)
    assert runs.count == 1


# -- one code only, or none ----------------------------------------------------------------------------------------


def test_where_no_other_code_comes_in_time_it_is_the_old_one() -> None:
    runs = Runs("424242")
    source = runs.command()
    source.code(SMS)
    source.mark_used()
    assert source.code(NEXT_SMS) == source.code(NEXT_SMS) == "424242"
    assert TIMEOUT - 2 <= runs.clock.now <= TIMEOUT


def test_an_old_code_counts_though_the_last_run_was_cut_off() -> None:
    runs = Runs("424242", seconds=25)
    source = runs.command()
    source.code(SMS)
    assert source.code(NEXT_SMS) == "424242"
    assert runs.limits[-1] < 25
    assert runs.clock.now == 25 + TIMEOUT


@pytest.mark.parametrize("delivery", ["app", "sms"])
def test_a_server_with_one_code_costs_two_waits(delivery: str) -> None:
    runs, costs = Runs("424242"), []
    source = runs.command()
    for number in range(5):
        started = runs.clock.now
        request = CodeRequest(delivery, "", float(number))
        assert source.code(request) == source.code(request) == "424242"
        source.mark_used()
        costs.append(runs.clock.now - started)
    assert [cost > 0 for cost in costs] == [False, True, True, False, False]


def test_after_two_waits_in_vain_a_delivery_fails_at_once_until_a_code_is_printed() -> None:
    runs = Runs("")
    source = runs.command()
    for request in (SMS, NEXT_SMS):
        with pytest.raises(Inconclusive, match=r"empty or null$"):
            source.code(request)
    waited, count = runs.clock.now, runs.count
    assert waited > 1.9 * (TIMEOUT - 2)
    for _ in range(3):
        with pytest.raises(Inconclusive, match="failed before, so it was not waited for"):
            source.code(THIRD_SMS)
    assert runs.count == count + 3
    assert runs.clock.now == waited
    runs.then("123456")
    assert source.code(APP) == source.code(THIRD_SMS) == "123456"
    runs.then("123456", "222222")  # from then on, messages are waited for again
    assert source.code(SMS) == "222222"


def test_a_new_code_makes_the_command_worth_a_wait_again() -> None:
    runs = Runs("424242")
    source = runs.command()
    for number in range(3):
        source.code(CodeRequest("sms", "", float(number)))
    runs.then("111111")
    assert source.code(SMS) == "111111"
    runs.then("111111", "222222")
    assert source.code(NEXT_SMS) == "222222"


def test_a_command_that_hangs_costs_little_after_two_waits_in_vain() -> None:
    runs = Runs("", seconds=1000)
    source = runs.command()
    for _ in range(3):
        with pytest.raises(Inconclusive, match=r"took longer than (60|5) s; raise --code-timeout"):
            source.code(SMS)
    assert runs.limits == [60, 60, 5]


# -- waits ---------------------------------------------------------------------------------------------------------


def test_a_wait_is_announced_once_and_its_end_too() -> None:
    runs = Runs("", "", "", "123456")
    runs.command().code(SMS)
    assert runs.console.countdowns == [(TIMEOUT, "no new code yet"), (0, "")]


def test_a_code_at_once_is_not_announced() -> None:
    runs = Runs("123456")
    runs.command().code(SMS)
    assert not runs.console.countdowns


def test_the_time_of_the_last_code_is_measured() -> None:
    runs = Runs("", "123456", seconds=3)
    source = runs.command()
    assert source.seconds_per_code == 0
    source.code(SMS)
    assert source.seconds_per_code == 7
    source.code(SMS)
    assert source.seconds_per_code == 7


def test_codes_of_a_command_serve_once_and_need_a_set_up() -> None:
    source = Runs("1").command()
    source.mark_used()
    assert source.is_single_use
    assert not source.available_without_setup
    assert not source.is_authoritative
    assert source.deliveries == ("app", "sms")


# -- processes -----------------------------------------------------------------------------------------------------


def shell(text: str, timeout: float = 10.0, hidden_variables: tuple[str, ...] = ()) -> Command:
    return Command(text, timeout, FakeConsole(), hidden_variables=hidden_variables)


def is_running(pid: int) -> bool:
    """Whether a process exists and is no zombie."""
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text("ascii").split()[2] != "Z"
    return False


def becomes(condition: Callable[[], bool]) -> bool:
    """Whether a condition holds within some seconds: a killed process needs a moment."""
    deadline = time.monotonic() + 10
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.01)
    return condition()


def is_gone(file: Path) -> bool:
    return becomes(lambda: not is_running(int(file.read_text())))


def test_a_command_finds_the_request_in_its_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GREETING", "hello")
    text = "echo $GREETING/$TFE_CODE_DELIVERY/$TFE_SMS_NUMBER/$TFE_CODE_REQUESTED_AT/$TFE_CODE_REQUESTED_AT_ISO"
    assert shell(text).code(SMS) == "hello/sms/+12025550123/1000000001/2001-09-09T01:46:41Z"


def test_a_command_does_not_get_hidden_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TFE_TOKEN", "secret-1")
    monkeypatch.setenv("MY_TOKEN", "secret-2")
    source = shell("env | grep -c secret-; echo code-${TFE_TOKEN-unset}", hidden_variables=("TFE_TOKEN", "MY_TOKEN"))
    assert source.code(SMS) == "code-unset"
    assert shell("env | grep -c secret-", hidden_variables=("TFE_TOKEN",)).code(SMS) == "1"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("exit 3", "exit code 3"),
        ("no-such-command-anywhere", "can't find it"),
        ("/dev/null", "can't execute it"),
        ("echo 123456 > /dev/tty", "exit code"),
        ("echo 123456 >&2", "empty or null"),
        ("kill -9 $$", "exit code -9"),
    ],
)
def test_a_command_without_a_code_shows_nothing(text: str, reason: str, capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(Inconclusive, match=reason) as error:
        shell(text).code(APP)
    assert "123456" not in str(error.value)
    assert capfd.readouterr() == ("", "")


def test_a_command_that_prints_without_end_is_killed() -> None:
    started = time.monotonic()
    with pytest.raises(Inconclusive, match="more than 64 KiB"):
        shell("yes 123456").code(APP)
    assert time.monotonic() - started < 5


def test_a_command_reads_no_input_of_the_run() -> None:
    typed, keyboard = os.pipe()
    stdin = os.dup(0)
    os.write(keyboard, b"123456\n")
    os.dup2(typed, 0)
    try:
        with pytest.raises(Inconclusive, match="empty or null"):
            shell("read code; echo $code").code(APP)
    finally:
        os.dup2(stdin, 0)
        for file in (typed, keyboard, stdin):
            os.close(file)


@pytest.mark.parametrize("text", ["sleep 300", "echo 123456; exec >&-; sleep 300"])
def test_a_command_that_does_not_end_gives_no_code(text: str) -> None:
    with pytest.raises(Inconclusive, match=r"longer than 0\.3 s") as error:
        shell(text, 0.3).code(SMS)
    assert "123456" not in str(error.value)


def test_at_the_end_of_its_time_a_command_is_killed_with_all_that_it_started(tmp_path: Path) -> None:
    text = f"trap '' TERM INT; sleep 20 & echo $! > {tmp_path}/child; echo $$ > {tmp_path}/shell; wait"
    started = time.monotonic()
    with pytest.raises(Inconclusive, match="took longer"):
        shell(text, 0.5).code(SMS)
    assert time.monotonic() - started < 10
    assert is_gone(tmp_path / "child")
    assert is_gone(tmp_path / "shell")


def test_at_ctrl_c_a_command_is_killed_with_all_that_it_started(tmp_path: Path) -> None:
    def press_ctrl_c() -> None:
        becomes((tmp_path / "child").exists)
        os.kill(os.getpid(), signal.SIGINT)

    text = f"sleep 300 & echo $! > {tmp_path}/new; mv {tmp_path}/new {tmp_path}/child; wait"
    handler = signal.signal(signal.SIGINT, signal.default_int_handler)  # in the background of a script it is ignored
    keyboard = threading.Thread(target=press_ctrl_c)
    keyboard.start()
    try:
        with pytest.raises(KeyboardInterrupt):
            shell(text, 200.0).code(SMS)
    finally:
        keyboard.join()
        signal.signal(signal.SIGINT, handler)
    assert is_gone(tmp_path / "child")


def test_an_agent_that_a_command_leaves_behind_is_left_alone(tmp_path: Path) -> None:
    started = time.monotonic()
    assert shell(f"sleep 60 & echo $! > {tmp_path}/agent; echo 123456").code(SMS) == "123456"
    assert time.monotonic() - started < 5
    agent = int((tmp_path / "agent").read_text())
    assert is_running(agent)
    os.kill(agent, signal.SIGKILL)


def test_a_real_inbox_is_read_by_time(tmp_path: Path) -> None:
    inbox = tmp_path / "inbox"
    inbox.write_text("999999999 000000\n1000000001 111111\n")
    source = shell(f"awk -v since=$TFE_CODE_REQUESTED_AT '$1 >= since {{ print $2 }}' {inbox}")
    assert source.code(SMS) == "111111"
