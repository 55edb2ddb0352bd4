"""
Where audit events go.

Lines of JSON, one event each: ``json`` escapes control characters, so that a name or a user agent cannot begin a line
of its own (R-79).
"""

import json
import os
import threading
from pathlib import Path
from typing import Protocol

from iamd.audit.event import Event


class Sink(Protocol):
    """
    Where events go.

    Attributes:
        keeps: Whether it keeps anything; if not, nobody need make an event for it.
    """

    keeps: bool

    def record(self, event: Event) -> None: ...
    def close(self) -> None: ...


class NoSink:
    """Keeps nothing; for when no audit file is configured."""

    keeps = False

    def record(self, event: Event) -> None:
        """Forget *event*."""

    def close(self) -> None:
        """Do nothing."""


class JsonLinesSink:
    """Append to a file that only its owner may read."""

    keeps = True

    def __init__(self, path: Path) -> None:
        self._lock = threading.Lock()
        self._descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)

    def record(self, event: Event) -> None:
        line = json.dumps(event.as_dict(), separators=(",", ":")).encode() + b"\n"
        with self._lock:
            while line:  # A disk that fills up takes a part of it, and then says so.
                line = line[os.write(self._descriptor, line) :]

    def close(self) -> None:
        os.close(self._descriptor)
