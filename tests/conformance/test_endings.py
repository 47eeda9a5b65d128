"""However a run ends, the account is off at its end, or the journal knows that it may be on and `recover` ends it."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from reference.server import Server, running
from tests.suite import ROOT, TOKEN, environment

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MAIN = [sys.executable, str(ROOT / "conformance" / "__main__.py")]
CONFIGURATION, NO_VERDICT = 2, 3


@contextmanager
def under_way(server: Server, folder: Path, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """A run against a server, which is still asking when the block begins."""
    command = [*MAIN, "check", f"--report-dir={folder / 'report'}", f"--base-url={server.base_url}"]
    command += ["--code-source=static:0", "-k", "pending or defective", *arguments]
    variables = environment(folder, TFE_TOKEN=server.token)
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=variables) as run:
        yield run
        if run.poll() is None:
            run.kill()


def turned_on(server: Server) -> None:
    """Wait until the account's two-factor authentication is on."""
    deadline = time.monotonic() + 30
    while not server.service.accounts[0].two_factor.enabled and time.monotonic() < deadline:
        time.sleep(0.005)


def is_on(server: Server) -> bool:
    return server.service.accounts[0].two_factor.enabled


def recover(folder: Path, *arguments: str, **variables: str) -> tuple[int, str]:
    done = subprocess.run(
        [*MAIN, "recover", *arguments],
        check=False,
        capture_output=True,
        text=True,
        env=environment(folder, **variables),
        timeout=60,
    )
    return done.returncode, done.stdout + done.stderr


def unfinished(folder: Path) -> list[Path]:
    return list((folder / "state" / "tfe-conformance" / "unfinished").glob("*"))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_run_that_is_ended_leaves_the_account_off(number: signal.Signals, tmp_path: Path) -> None:
    with running(variant="slow") as server, under_way(server, tmp_path) as run:
        turned_on(server)
        run.send_signal(number)
        said = run.communicate(timeout=30)[0]
        assert run.returncode == NO_VERDICT, said
        assert not is_on(server), said
    assert "cleaning up first" in said
    assert "is off" in said
    assert not unfinished(tmp_path)


def test_a_run_in_the_background_of_a_script_is_ended_by_sigterm(tmp_path: Path) -> None:
    """A shell without job control starts it so that it ignores SIGINT."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with running(variant="slow") as server, under_way(server, tmp_path) as run:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        turned_on(server)
        run.terminate()
        said = run.communicate(timeout=30)[0]
        assert "cleaning up first" in said
        assert not is_on(server), said
    assert not unfinished(tmp_path)


def test_a_run_whose_reader_is_gone_leaves_the_account_off(tmp_path: Path) -> None:
    """Ctrl-C ends the program behind a pipe too, such as `tee`: what the run has to say then can't be said any more."""
    with running(variant="slow") as server, under_way(server, tmp_path) as run:
        turned_on(server)
        assert run.stdout is not None
        run.stdout.close()
        run.send_signal(signal.SIGINT)
        assert run.wait(timeout=30) == NO_VERDICT
        assert not is_on(server)
    assert not unfinished(tmp_path)


def test_a_second_ctrl_c_leaves_everything_as_it_is_and_recover_finishes(tmp_path: Path) -> None:
    with running(variant="slow") as server:
        with under_way(server, tmp_path) as run:
            turned_on(server)
            run.send_signal(signal.SIGINT)
            assert run.stdout is not None
            said = next((line for line in run.stdout if "cleaning up first" in line), "")
            assert said  # now a request on its way is let to settle
            run.send_signal(signal.SIGINT)
            said = run.communicate(timeout=30)[0]
        assert run.returncode == NO_VERDICT
        assert "`tfe-conformance recover` finishes it" in said
        assert is_on(server)
        assert recover(tmp_path, TFE_TOKEN=server.token)[0] == 0
        assert not is_on(server)
    assert not unfinished(tmp_path)


def test_where_nothing_can_be_remembered_the_end_says_so(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("a file where a folder is wanted")
    with running(variant="slow") as server, under_way(server, tmp_path) as run:
        turned_on(server)
        run.send_signal(signal.SIGINT)
        assert run.stdout is not None
        assert any("cleaning up first" in line for line in run.stdout)
        run.send_signal(signal.SIGINT)
        said = run.communicate(timeout=30)[0]
    assert "may still be on" in said
    assert "`tfe-conformance recover` knows nothing of it, as" in said
    assert "can't be written to" in said


def test_what_a_crash_leaves_is_recovered(tmp_path: Path) -> None:
    with running(variant="slow") as server:
        with under_way(server, tmp_path) as run:
            turned_on(server)
            run.send_signal(signal.SIGSTOP)
            code, said = recover(tmp_path, TFE_TOKEN=server.token)
            assert (code, is_on(server)) == (NO_VERDICT, True), said
            assert f"process {run.pid}" in said
            run.kill()
        (path,) = unfinished(tmp_path)
        assert server.token not in path.read_text()
        assert path.stat().st_mode & 0o077 == 0
        assert json.loads(path.read_text())["token_env"] == "TFE_TOKEN"

        code, said = recover(tmp_path, "--list")
        assert (code, is_on(server)) == (0, True)
        assert server.base_url in said
        assert recover(tmp_path)[0] == CONFIGURATION
        code, said = recover(tmp_path, TFE_TOKEN=server.tokens[1])
        assert (code, is_on(server)) == (CONFIGURATION, True)
        assert "another token" in said
        code, said = recover(tmp_path, "--token-env=NOW", NOW=server.token)
        assert (code, is_on(server)) == (0, False), said
        assert "is off" in said
    assert recover(tmp_path) == (0, "no run left anything to be cleaned up\n")


def test_where_the_target_is_gone_the_journal_stays(tmp_path: Path) -> None:
    with running(variant="slow") as server, under_way(server, tmp_path) as run:
        turned_on(server)
        token = server.token
        run.kill()
    code, said = recover(tmp_path, TFE_TOKEN=token)
    assert code == NO_VERDICT
    assert "may still be on" in said
    assert unfinished(tmp_path)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"format": 2}'])
def test_an_entry_that_is_none_is_one_line(text: str, tmp_path: Path) -> None:
    folder = tmp_path / "state" / "tfe-conformance" / "unfinished"
    folder.mkdir(parents=True)
    (folder / "1-a.json").write_text(text)
    code, said = recover(tmp_path, TFE_TOKEN=TOKEN)
    assert code == CONFIGURATION
    assert len(said.splitlines()) == 1


def test_an_entry_that_goes_while_it_is_looked_for_is_none(tmp_path: Path) -> None:
    folder = tmp_path / "state" / "tfe-conformance" / "unfinished"
    folder.mkdir(parents=True)
    (folder / "1-a.json").symlink_to(folder / "gone")
    assert recover(tmp_path, "--list") == (0, "no run left anything to be cleaned up\n")


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
@pytest.mark.parametrize("turn", range(10))
def test_at_any_moment(number: signal.Signals, turn: int, tmp_path: Path) -> None:
    """Ten moments for each way of ending."""
    moment = random.Random(f"{number}{turn}").uniform(1.8, 9.0)  # noqa: S311 (no secret)
    with running(variant="slow") as server:
        with under_way(server, tmp_path) as run:
            time.sleep(moment)
            run.send_signal(number)
            said = run.communicate(timeout=60)[0]
        left = is_on(server)
        time.sleep(0.5)  # what was still on its way has come by now
        later, waiting = is_on(server), len(unfinished(tmp_path))
        code = recover(tmp_path, TFE_TOKEN=server.token)[0]
        print(f"{number.name} after {moment:.1f} s: on {left}, later {later}, journal {waiting}, recover {code}")  # noqa: T201
        assert number == signal.SIGKILL or not later, said
        assert waiting or not later
        assert (code, is_on(server)) == (0, False)
