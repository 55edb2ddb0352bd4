"""Run iamd on a terminal of its own."""

import fcntl
import os
import pty
import re
import subprocess
import sys
import termios
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

IAMD = Path(sys.executable).parent / "iamd"
_CONTROL = re.compile(r"\x1b(\[[0-9;?]*[A-Za-z]|\]8;[^\x1b]*\x1b\\)")


def on_a_terminal(*words: str, cwd: Path, program: Path = IAMD) -> tuple[str, int]:
    """Run *program*, by default iamd, and return what it showed, without colors and links, and its exit status."""
    ours, theirs = pty.openpty()
    environ = os.environ | {"TERM": "xterm-256color", "COLUMNS": "120"}
    process = subprocess.Popen([program, *words], stdout=theirs, stderr=theirs, cwd=cwd, env=environ)  # noqa: S603  our own program
    os.close(theirs)
    shown = b""
    while more := _read(ours):
        shown += more
    os.close(ours)
    return _CONTROL.sub("", shown.decode().replace("\r\n", "\n")), process.wait(30)


def talk(
    words: Sequence[str], environ: Mapping[str, str], answers: Sequence[tuple[str, str | Callable[[], str]]]
) -> tuple[str, int]:
    """
    Run iamd on a terminal that is its own in every respect, and answer it.

    Each answer is typed when its text has been shown; one that is a function is called then, and returns what to type.
    Returns what was shown, without colors, and the exit status.
    """
    ours, theirs = pty.openpty()
    process = subprocess.Popen(  # noqa: S603  our own program
        [IAMD, *words],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env={**environ, "TERM": "xterm-256color", "COLUMNS": "120"},
        start_new_session=True,
        preexec_fn=lambda: fcntl.ioctl(theirs, termios.TIOCSCTTY, 0),  # noqa: PLW1509  no other threads fork here
    )
    os.close(theirs)
    shown, left = b"", list(answers)
    while more := _read(ours):
        shown += more
        if left and left[0][0].encode() in shown:
            _, answer = left.pop(0)
            typed = answer if isinstance(answer, str) else answer()
            os.write(ours, typed.encode())
    os.close(ours)
    status = process.wait(30)
    assert not left, shown
    return _CONTROL.sub("", shown.decode().replace("\r\n", "\n")), status


def _read(descriptor: int) -> bytes:
    try:
        return os.read(descriptor, 4096)
    except OSError:  # Linux says so when nobody writes to the terminal any more
        return b""
