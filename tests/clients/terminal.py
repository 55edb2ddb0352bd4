"""Programs run to their end, and programs that ask a question on their terminal."""

import os
import selectors
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

RUN_SECONDS: Final = 120.0

# Makes the terminal on its standard input the controlling one, so that a question to /dev/tty gets there.
_ON_TERMINAL: Final = "import fcntl, os, sys, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); os.execv(sys.argv[1], sys.argv[1:])"


@dataclass(frozen=True)
class Outcome:
    status: int
    out: str
    err: str

    @property
    def worked(self) -> str:
        """Return what was printed by a program that must have worked."""
        assert (self.status, self.err) == (0, "")
        return self.out

    @property
    def code(self) -> str:
        """Return the error's code, in AWS CLI's words, of a program that must have failed."""
        assert (self.status != 0, self.out) == (True, "")
        before, _, after = self.err.partition("An error occurred (")
        assert after, before
        return after.partition(")")[0]


def run(command: Sequence[str | Path], environ: Mapping[str, str], folder: Path | None = None) -> Outcome:
    """Run a program to its end, without anything to read."""
    done = subprocess.run(  # noqa: S603  the tests' own
        command,
        env=environ,
        cwd=folder,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=RUN_SECONDS,
    )
    return Outcome(done.returncode, done.stdout, done.stderr)


def run_on_terminal(
    command: Sequence[str], environ: Mapping[str, str], question: str, answer: Callable[[], str]
) -> Outcome:
    """
    Run a program that asks on its terminal.

    Each time it has asked *question*, it is given an *answer*.  Its standard output is not the terminal.
    What it shows on the terminal is the outcome's ``err``.
    """
    ours, theirs = os.openpty()
    with subprocess.Popen(  # noqa: S603  the tests' own
        [sys.executable, "-c", _ON_TERMINAL, *command],
        env=environ,
        stdin=theirs,
        stdout=subprocess.PIPE,
        stderr=theirs,
        start_new_session=True,
        text=True,
    ) as process:
        os.close(theirs)
        killer = threading.Timer(RUN_SECONDS, process.kill)
        killer.start()
        try:
            shown = _converse(ours, question, answer)
            assert process.stdout is not None
            out = process.stdout.read()
            return Outcome(process.wait(), out, shown)
        finally:
            killer.cancel()
            os.close(ours)


def _converse(terminal: int, question: str, answer: Callable[[], str]) -> str:
    """Answer until the other side of the terminal is closed; return what was shown there."""
    shown, answered = "", 0
    with selectors.DefaultSelector() as selector:
        selector.register(terminal, selectors.EVENT_READ)
        while True:
            selector.select()
            try:
                piece = os.read(terminal, 4096)
            except OSError:
                # Linux says EIO when nobody holds the other side any more.
                return shown
            if not piece:
                return shown
            shown += piece.decode()
            while shown.count(question) > answered:
                answered += 1
                os.write(terminal, answer().encode() + b"\n")
