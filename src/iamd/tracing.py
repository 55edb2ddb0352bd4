"""
Where the time of a request went: its phases, for whoever collects traces; nothing of it is done where nobody does.

`Marks` gathers times; a `Tracer` makes spans of them when the request is answered.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final, NamedTuple, Protocol

from iamd.http import Request


class Phase(NamedTuple):
    """A part of a request."""

    name: str
    began: datetime
    ended: datetime


class Marks:
    """
    The phases of one request, one behind the other.

    Attributes:
        began: When the request did.
    """

    __slots__ = ("_last", "_real", "began", "phases")

    def __init__(self, real: Callable[[], datetime]) -> None:
        self._real: Final = real
        self.began: Final = real()
        self._last = self.began
        self.phases: Final[list[Phase]] = []

    def end(self, name: str) -> None:
        """Say that what was done since the last mark is called *name*."""
        now = self._real()
        self.phases.append(Phase(name, self._last, now))
        self._last = now

    def now(self) -> datetime:
        return self._real()


class Tracer(Protocol):
    def trace(
        self, request: Request, name: str, marks: Marks, attributes: Mapping[str, str | int], *, failed: bool
    ) -> None:
        """
        Make spans of a request that is answered; does not raise.

        Args:
            request: For the context that it was sent in.
            name: Of its span.
            marks: Its phases.
            attributes: What is told of it.
            failed: Whether a fault of the server was answered.
        """
        ...

    def close(self) -> None:
        """Hand over what is gathered."""
        ...
