"""
The only place that asks the time.

A clock has two hands.  ``real`` is the time of the world: clients sign with it, and deadlines count by it.  ``now``
is what sessions, policies and codes see; ``iamd dev`` and tests can move it.  Both are aware and in UTC.

Sessions and answers count whole seconds.  What is made of a second here is remembered, since the requests of one second
share it, and its parts cost more than a decision.
"""

import time
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final, Protocol


class Clock(Protocol):
    def real(self) -> datetime:
        """Return the time of the world."""
        ...

    def now(self) -> datetime:
        """Return the time that sessions, policies and codes live by."""
        ...

    def monotonic(self) -> float:
        """Return seconds from an arbitrary start that never go back."""
        ...


class SystemClock:
    """The machine's clock; ``now`` may be set off by an *offset* (development and tests only)."""

    def __init__(self, offset: timedelta = timedelta(0)) -> None:
        self.offset = offset

    def real(self) -> datetime:
        return datetime.now(UTC)

    def now(self) -> datetime:
        return datetime.now(UTC) + self.offset if self.offset else datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()


class FixedClock:
    """A clock that stands still until it is told to move."""

    def __init__(self, at: datetime) -> None:
        if at.tzinfo is None:
            raise ValueError("a clock needs an aware time")
        self._real = at
        self._now = at
        self._monotonic = 0.0

    def real(self) -> datetime:
        return self._real

    def now(self) -> datetime:
        return self._now

    def monotonic(self) -> float:
        return self._monotonic

    def advance(self, by: timedelta) -> None:
        """Move both hands and the monotonic count forward."""
        self._real += by
        self._now += by
        self._monotonic += by.total_seconds()

    def move_now(self, by: timedelta) -> None:
        """Move only the hand that sessions, policies and codes see."""
        self._now += by


_NO_TIME: Final = timedelta(0)
_A_SECOND: Final = timedelta(seconds=1)
_LATEST: Final = [datetime.fromtimestamp(0, UTC)]
"""The second that was asked for last, which nearly always is asked for next."""


def whole_second(at: datetime) -> datetime:
    """Return the beginning of the second that *at* is in, in UTC."""
    latest = _LATEST[0]
    if not _NO_TIME <= at - latest < _A_SECOND:
        latest = _LATEST[0] = from_epoch(int(at.timestamp() // 1))
    return latest


@lru_cache(maxsize=4096)
def from_epoch(seconds: int) -> datetime:
    """
    Return the time *seconds* after 1970.

    Raises:
        ValueError: There is no such time; or OverflowError or OSError, as Python has it.
    """
    return datetime.fromtimestamp(seconds, UTC)


@lru_cache(maxsize=4096)
def to_epoch(at: datetime) -> int:
    """Return the whole seconds between 1970 and *at*."""
    return int(at.timestamp() // 1)


@lru_cache(maxsize=4096)
def iso_8601(at: datetime) -> str:
    """Return *at* as AWS writes a time: to the second, in UTC."""
    return at.astimezone(UTC).isoformat(timespec="seconds")[:19] + "Z"
