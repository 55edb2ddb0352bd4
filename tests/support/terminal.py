"""Run iamd on a terminal of its own."""

import os
import pty
import re
import subprocess
import sys
from pathlib import Path

IAMD = Path(sys.executable).parent / "iamd"
_CONTROL = re.compile(r"\x1b(\[[0-9;?]*[A-Za-z]|\]8;[^\x1b]*\x1b\\)")


def on_a_terminal(*words: str, cwd: Path) -> tuple[str, int]:
    """Return what it showed, without colors and links, and its exit status."""
    ours, theirs = pty.openpty()
    environ = os.environ | {"TERM": "xterm-256color", "COLUMNS": "120"}
    process = subprocess.Popen([IAMD, *words], stdout=theirs, stderr=theirs, cwd=cwd, env=environ)  # noqa: S603  our own program
    os.close(theirs)
    shown = b""
    while True:
        try:
            more = os.read(ours, 4096)
        except OSError:  # Linux says so when nobody writes to the terminal any more
            break
        if not more:
            break
        shown += more
    os.close(ours)
    return _CONTROL.sub("", shown.decode().replace("\r\n", "\n")), process.wait(30)
