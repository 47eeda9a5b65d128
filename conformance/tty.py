"""Ask the person at the terminal itself: whatever standard input is, and whatever pytest captures."""

from __future__ import annotations

TERMINAL = "/dev/tty"
"""The terminal that a process belongs to, if any."""


def missing() -> str:
    """Why there is no terminal to ask at, or an empty string."""
    try:
        with open(TERMINAL, "rb", buffering=0):  # noqa: PTH123 (it is no file)
            return ""
    except OSError as error:
        return error.strerror or type(error).__name__


def ask(question: str) -> str:
    """What is typed in answer to a question, without the end of the line.

    Raises:
        OSError: there is no terminal.
        EOFError: nobody is there any more.
    """
    import termios  # noqa: PLC0415 (it is not everywhere, and neither is such a terminal)

    with (
        open(TERMINAL, encoding="utf-8", errors="replace") as typed,  # noqa: PTH123
        open(TERMINAL, "w", encoding="utf-8") as shown,  # noqa: PTH123
    ):
        termios.tcflush(typed, termios.TCIFLUSH)  # a key that was hit earlier is no answer
        shown.write(f"\n{question}")
        shown.flush()
        line = typed.readline()
    if not line:
        raise EOFError
    return line.removesuffix("\n")
