"""
What is right and wrong with an installation: found by `iamd doctor`, and by `iamd serve` before it starts.

A failure is what makes an installation unsafe, or unable to work: `iamd serve` refuses it.  A warning is what an operator
should know and may want.
"""

import os
import stat
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path


class Level(IntEnum):
    """How bad it is; the numbers are the exit codes that monitoring knows."""

    OK = 0
    WARNING = 1
    FAILURE = 2


@dataclass(frozen=True, slots=True)
class Finding:
    """
    One thing that was looked at.

    Attributes:
        about: What it was, in a word or two.
        said: What was found; for a warning or a failure also what to do about it.
    """

    level: Level
    about: str
    said: str


def ok(about: str, said: str) -> Finding:
    return Finding(Level.OK, about, said)


def warning(about: str, said: str) -> Finding:
    return Finding(Level.WARNING, about, said)


def failure(about: str, said: str) -> Finding:
    return Finding(Level.FAILURE, about, said)


def secret_file(about: str, path: Path) -> Finding:
    """
    Say who may read the secret in *path*.

    The group may: that is how orchestrators give secrets to a process.  Everybody may not.
    """
    found = _status(about, path)
    if isinstance(found, Finding):
        return found
    mode = stat.S_IMODE(found.st_mode)
    if mode & 0o027:
        return failure(about, f"`{path}` can be read or changed by others ({mode:04o}): chmod 600 {path}")
    if found.st_uid not in {0, os.geteuid()}:
        return failure(
            about, f"`{path}` belongs to {_name_of(found.st_uid)}: be that user here, or give it to yours"
        )
    return ok(about, f"{path} ({mode:04o})")


def _name_of(uid: int) -> str:
    import pwd

    try:
        return f"user {pwd.getpwuid(uid).pw_name}"
    except KeyError:
        return f"user {uid}"


def own_file(about: str, path: Path) -> Finding:
    """Say who may change what is in *path*, a file or a folder."""
    found = _status(about, path)
    if isinstance(found, Finding):
        return found
    mode = stat.S_IMODE(found.st_mode)
    if mode & 0o022 and not mode & stat.S_ISVTX:
        return failure(about, f"`{path}` can be changed by others ({mode:04o}): chmod go-w {path}")
    return ok(about, f"{path} ({mode:04o})")


def _status(about: str, path: Path) -> os.stat_result | Finding:
    try:
        return path.stat()
    except OSError as error:
        return failure(about, f"`{path}` cannot be looked at: {error.strerror}")
