"""Someone who follows a document: saves its files, starts its servers, runs its commands, and reads their output."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from typing import IO, TYPE_CHECKING

from tests.docs.documents import DOCUMENTS, blocks, patched, words_of
from tests.suite import MAIN, ROOT, command_here, environment

if TYPE_CHECKING:
    from collections.abc import Mapping
    from contextlib import ExitStack
    from pathlib import Path

TUTORIAL = "docs/implementers.md"
SUITE, SERVE, SERVER = "tfe-conformance ", "tfe-conformance serve", "python3 server.py"
HERE, STAGING = "127.0.0.1:8080", "https://tfe.staging.example"
ASSIGNMENT = re.compile(r"(\w+)=(\S*) (?=tfe-conformance)")
TIMEOUT = 30.0
"""Seconds that a server may take to start."""


class Reader:
    """A reader with a folder of their own.

    Attributes:
        variables: the environment variables.
        codes: the exit codes of the suite's commands.
        output: the output of the last command.
        staging: the URL of the deployment, which the documents have another name for.
    """

    def __init__(self, folder: Path, stack: ExitStack, variables: Mapping[str, str]) -> None:
        self.folder = folder
        self.variables = dict(variables)
        self.codes: list[int] = []
        self.output = ""
        self.staging = ""
        self._stack = stack
        self._local = HERE

    def follow(self, name: str, *, in_full: int = 0) -> None:
        """Follow a document from its beginning to its end; all but the first few runs are smoke tests."""
        for block in blocks(DOCUMENTS[name]):
            if block.file:
                (self.folder / block.file).write_text(block.text, "utf-8")
            if block.language == "diff":
                server = self.folder / "server.py"
                server.write_text(patched(server.read_text("utf-8"), block.text), "utf-8")
                self.run(SERVER)
            if block.language == "console":
                self.compare(block.text)
            for command in block.commands:
                self.run(command, in_full=len(self.codes) < in_full)

    def run(self, command: str, *, in_full: bool = False) -> None:
        """Run a command line."""
        assignments = dict(ASSIGNMENT.findall(command))
        command = ASSIGNMENT.sub("", command)
        if command.startswith("export "):
            name, _, value = command.removeprefix("export ").partition("=")
            if not value.endswith("…"):  # the reader's own value
                self.variables[name] = value
        elif command == SERVER:
            self._local = self.serve(self.folder / "server.py")
        elif command.startswith(SERVE):
            self._local = self._serve_reference()
        elif command.startswith(SUITE):
            self._run_suite(command, self.variables | assignments, in_full=in_full)
        elif command.startswith("make "):
            self._run_shell(f"make --dry-run --directory={ROOT} {command.removeprefix('make ')}")
        else:
            self._run_shell(self._here(command))

    def compare(self, text: str) -> None:
        """Check that the output has these lines; numbers may differ, and an ellipsis stands for the rest of a line."""
        lines = {re.sub(r"\d+", "1", line.strip()) for line in self.output.splitlines()}
        for line in filter(None, map(str.strip, text.splitlines())):
            expected = re.sub(r"\d+", "1", self._here(line)).removesuffix("…")
            assert any(actual.startswith(expected) for actual in lines), f"{line!r} is not in\n{self.output}"

    def serve(self, file: Path) -> str:
        """Start a server of the tutorial on a free port: host and port."""
        free = file.with_name(f"free_{file.name}")
        free.write_text(file.read_text("utf-8").replace("8080", "0"), "utf-8")
        process = self._start([sys.executable, "-u", str(free)], subprocess.PIPE)
        assert process.stdout is not None
        return process.stdout.readline().decode().split("/")[2]

    def _serve_reference(self) -> str:
        log = self.folder / "serve.log"
        with log.open("wb") as stream:
            self._start([*MAIN, "serve", "--port=0"], stream)
        deadline = time.monotonic() + TIMEOUT
        while not (match := re.search(r"127\.0\.0\.1:\d+", log.read_text("utf-8"))):
            assert time.monotonic() < deadline, "the server did not start"
            time.sleep(0.05)
        return match[0]

    def _start(self, command: list[str], output: IO[bytes] | int) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            command, cwd=self.folder, stdout=output, stderr=subprocess.DEVNULL, env=environment(PYTHONUNBUFFERED="1")
        )
        self._stack.enter_context(process)
        self._stack.callback(process.kill)
        return process

    def _run_suite(self, command: str, variables: Mapping[str, str], *, in_full: bool) -> None:
        """Run a command of the suite in this process, which is faster."""
        words = [self._here(word) for word in words_of(command)[1:]]
        if words[0] == "check":
            words.append("--assert=plain")  # this process has the modules already
            if not in_full and not {"--profile", "--only"} & set(words):
                words.append("--profile=smoke")
        code, self.output = command_here(*words, **variables)
        self.codes.append(code)

    def _run_shell(self, command: str) -> None:
        done = subprocess.run(  # noqa: S602 (the command is of our own document)
            command,
            shell=True,
            check=False,
            capture_output=True,
            text=True,
            cwd=self.folder,
            env=environment(**self.variables),
        )
        assert done.returncode == 0, done.stderr
        self.output = done.stdout

    def _here(self, text: str) -> str:
        """A text with the addresses of the servers that were started."""
        return text.replace(HERE, self._local).replace(STAGING, self.staging)


def tutorial_server(*, is_fixed: bool) -> str:
    """The server of the tutorial, before or after its bugs are fixed."""
    parts = {block.language: block.text for block in blocks(DOCUMENTS[TUTORIAL])}
    return patched(parts["python"], parts["diff"]) if is_fixed else parts["python"]
