"""Exit codes, and which exception leads to which."""

from __future__ import annotations

from enum import IntEnum


class Exit(IntEnum):
    """How a command ended."""

    DONE = 0
    BUG = 1
    USAGE = 2
    SOME_FAILED = 3
    INCOMPLETE = 4
    NOT_COMPARABLE = 5
    MISMATCH = 6
    INTERRUPTED = 130


class Stop(BaseException):
    """End the command with a message and an exit code. Not an ``Exception``: nothing may swallow it."""

    def __init__(self, message: str, code: Exit) -> None:
        super().__init__(message)
        self.code = code


def exit_of(error: Exception) -> Exit:
    """Return the exit code of an exception.

    Exceptions for what a user can mend are the subclasses of ``ValueError`` that the package defines; a
    plain ``ValueError`` is one of ours that went wrong. Trouble with files is the user's to mend.
    """
    if getattr(error, "not_comparable", False) or type(error).__name__ == "NotComparable":
        return Exit.NOT_COMPARABLE
    if isinstance(error, ValueError) and type(error).__module__.split(".")[0] == "sim":
        return Exit.USAGE
    if getattr(error, "kind", None) == "input":
        return Exit.USAGE
    if isinstance(error, OSError) and error.filename is not None:
        return Exit.USAGE
    return Exit.BUG
