"""Remember which account a run may have left changed, so that `tfe-conformance recover` can finish its clean-up.

A run writes an entry before the first request that changes the account, and removes it once the account is at rest. One
stays after a crash, a lost network or a clean-up that was stopped. It says where the target is, and where its token was
read from; the token is not in it, but a salted hash that tells whether another one is the same.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from conformance.target import ConfigurationError

FORMAT = 1


@dataclass(frozen=True)
class Entry:
    """One account that may have been left changed: the options that name it, and the process that worked on it."""

    base_url: str
    token_env: str
    token_file: str | None
    production: bool
    salt: str
    fingerprint: str
    pid: int = field(default_factory=os.getpid)
    started: str = field(default_factory=lambda: datetime.now(tz=UTC).isoformat(timespec="seconds"))
    format: int = FORMAT

    def is_of(self, token: str) -> bool:
        """Whether this is the account of a token."""
        return secrets.compare_digest(fingerprint(token, self.salt), self.fingerprint)

    @property
    def running(self) -> bool:
        """Whether the process is still there, so that it may clean up by itself."""
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return False
        except PermissionError:
            return True
        return self.pid != os.getpid()


@dataclass
class Journal:
    """The entry of the present run, written when `open` is called and removed by `close`.

    `problem` says why it could not be written, if so.
    """

    entry: Entry
    problem: str = ""
    path: Path | None = None

    def open(self) -> None:
        """Write the entry, unless that was done already."""
        if self.path is not None:
            return
        path = folder() / f"{self.entry.pid}-{self.entry.salt[:8]}.json"
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
                json.dump(asdict(self.entry), file)
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            self.problem = f"{path.parent} can't be written to: {error.strerror or error}"
        else:
            self.path = path

    @property
    def hint(self) -> str:
        """What is to be said behind how the account was left, if it is not at rest."""
        if self.path is not None:
            return "; `tfe-conformance recover` finishes it"
        return f"; `tfe-conformance recover` knows nothing of it, as {self.problem}" if self.problem else ""

    def close(self) -> None:
        """Remove the entry: the account is at rest."""
        if self.path is not None:
            self.path.unlink(missing_ok=True)
            self.path = None


def folder() -> Path:
    """Where the entries are, in the user's own folder for what programs have to remember."""
    return Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state") / "tfe-conformance" / "unfinished"


def entry_of(process: int) -> Path | None:
    """The entry that a process has left, or has not removed yet."""
    return next(folder().glob(f"{process}-*.json"), None)


def fingerprint(token: str, salt: str) -> str:
    """A hash by which a token is known again, and can't be found."""
    return hashlib.scrypt(token.encode(), salt=bytes.fromhex(salt), n=1 << 12, r=8, p=1, dklen=16).hex()


def journal_of(base_url: str, token: str, token_env: str, token_file: str | None, *, production: bool) -> Journal:
    """The journal of a run that begins."""
    salt = secrets.token_hex(16)
    file = None if token_file is None else str(Path(token_file).expanduser().absolute())
    return Journal(Entry(base_url, token_env, file, production, salt, fingerprint(token, salt)))


def entries() -> list[tuple[Path, Entry]]:
    """The entries that former runs left, the oldest first, and where each is.

    Raises:
        ConfigurationError: one can't be read.
    """
    found = []
    for path in sorted(folder().glob("*.json")):
        try:
            document = json.loads(path.read_text("utf-8"))
            found.append((path, Entry(**document)))
        except FileNotFoundError:
            continue  # its run has just ended
        except (OSError, ValueError, TypeError) as error:
            raise ConfigurationError(f"{path} is no entry of this version: {error}") from error
    return sorted(found, key=lambda pair: pair[1].started)
