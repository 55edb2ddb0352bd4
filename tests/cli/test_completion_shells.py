"""The completion scripts in the shells themselves: what pressing Tab makes of a line."""

import os
import pty
import select
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests.support.programs import program

pytestmark = pytest.mark.slow

IAMD = Path(sys.executable).parent / "iamd"
SECONDS = 30.0
HOME, END = "\x01", "\x05"
SHELLS = {
    "bash": (
        ["--norc", "--noprofile", "-i"],
        'PS1=; bind "set bell-style none"; eval "$(iamd completion bash)"',
    ),
    "zsh": (
        ["-f", "-i"],
        'PS1=; autoload -Uz compinit; compinit -u -D; eval "$(iamd completion zsh)"',
    ),
}


def environment(folder: Path) -> dict[str, str]:
    path = os.pathsep.join((str(IAMD.parent), os.environ["PATH"]))
    own = {
        "PATH": path,
        "HOME": str(folder),
        "XDG_STATE_HOME": str(folder),
        "TERM": "dumb",
        "LANG": "C.UTF-8",
    }
    return {name: value for name, value in os.environ.items() if name == "PYTHONPATH"} | own


def typed(shell: str, line: str, folder: Path) -> str:
    """Return what *line*, with its tabs, has become when a person at *shell* has typed it."""
    words, prepare = SHELLS[shell]
    ours, theirs = pty.openpty()
    with subprocess.Popen(  # noqa: S603  a shell of this machine
        [program(shell, "shells"), *words],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env=environment(folder),
        cwd=folder,
        start_new_session=True,
    ) as process:
        os.close(theirs)
        try:
            os.write(ours, f"{prepare}; echo REA''DY\n".encode())
            until(ours, "READY")
            os.write(ours, f"{line}{HOME}echo 'IT IS' {END}\n".encode())
            said = until(ours, "IT IS")
        finally:
            process.kill()
            os.close(ours)
    return said.rpartition("IT IS ")[2].split("\n")[0].strip()


def until(terminal: int, text: str) -> str:
    """Read from *terminal* until a line that begins with *text* has been shown; return all that was."""
    shown, deadline = "", time.monotonic() + SECONDS
    while True:
        left = deadline - time.monotonic()
        assert left > 0, shown
        if select.select([terminal], [], [], left)[0]:
            shown += os.read(terminal, 4096).decode(errors="replace").replace("\r", "")
        _, found, rest = f"\n{shown}".rpartition(f"\n{text}")
        if found and "\n" in rest:
            return shown


@pytest.mark.parametrize("shell", sorted(SHELLS))
@pytest.mark.parametrize(
    ("line", "command"),
    [
        ("iamd keyr\t", "iamd keyring"),
        ("iamd keys rot\t", "iamd keys rotate"),
        ("iamd whoami --out\tj\t", "iamd whoami --output json"),
    ],
    ids=["command", "subcommand", "option"],
)
def test_tab_completes(shell: str, line: str, command: str, tmp_path: Path) -> None:
    assert typed(shell, line, tmp_path) == command


def offered_by_fish(line: str, folder: Path) -> list[list[str]]:
    fish = program("fish", "shells")
    done = subprocess.run(  # noqa: S603  a shell of this machine
        [fish, "--no-config", "-c", "iamd completion fish | source; complete -C $argv[1]", line],
        env=environment(folder),
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=True,
    )
    assert done.stderr == ""
    return [each.split("\t") for each in done.stdout.splitlines()]


def test_fish_offers_commands_with_all_that_is_said_of_them(tmp_path: Path) -> None:
    assert offered_by_fish("iamd key", tmp_path) == [
        ["keyring", "Show and rotate the keys that seal session tokens."],
        ["keys", "List, make, rotate and delete access keys."],
    ]
    assert offered_by_fish("iamd whoami --output y", tmp_path) == [["yaml"]]
