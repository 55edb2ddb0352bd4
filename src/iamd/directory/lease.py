"""
How long memory may be believed when the database is not heard from.

Whoever follows the log of changes says when it was last read.  For a bounded time after that, requests are answered from
memory, since a database that restarts should not end anybody's work.  Then somebody may long have been locked out of
whom this node has not heard, and nothing is answered from memory any more: it fails closed.
"""

import threading
from collections.abc import Callable
from enum import StrEnum
from typing import Final

from iamd.clock import Clock
from iamd.errors import ServiceUnavailable

_PATIENCE: Final = 3.0
"""Seconds that one request waits for word from the database."""


class Contact(StrEnum):
    """How it stands with the database."""

    OK = "ok"
    STALE = "stale"
    """It did not answer when it was last asked; memory is still believed."""
    FAILED = "failed"
    """It has not answered for too long."""


class Lease:
    """
    The time that memory is believed for; read by each request, renewed by one thread.

    Args:
        clock: Its monotonic hand counts.
        seconds: How long.
        wake: Makes the thread that renews look at once.
    """

    def __init__(self, clock: Clock, seconds: float, wake: Callable[[], None]) -> None:
        self._monotonic: Final = clock.monotonic
        self._seconds: Final = seconds
        self._wake: Final = wake
        self._until = clock.monotonic() + seconds
        self._failing = False
        self._silent = False
        self._heard: Final = threading.Condition()

    @property
    def contact(self) -> Contact:
        if not self.holds():
            return Contact.FAILED if self._failing else Contact.STALE
        return Contact.STALE if self._failing else Contact.OK

    @property
    def silence(self) -> float:
        """Seconds since the log was read last."""
        return self._monotonic() - (self._until - self._seconds)

    def holds(self) -> bool:
        """Tell whether memory may be believed."""
        return self._monotonic() <= self._until

    def renew(self, asked_at: float) -> None:
        """Say that the log, asked at *asked_at* by the monotonic hand, has been read."""
        with self._heard:
            self._until = asked_at + self._seconds
            self._failing = self._silent = False
            self._heard.notify_all()

    def fail(self, *, silent: bool = False) -> None:
        """Say that the log could not be read; *silent* if nobody has answered who could have refused."""
        with self._heard:
            self._failing, self._silent = True, silent
            self._heard.notify_all()

    def demand(self) -> None:
        """
        Wait, a moment at most, until memory may be believed again; never on the event loop.

        Raises:
            ServiceUnavailable: It may not.
        """
        self.refuse_if_lost()
        self._wake()
        with self._heard:
            self._heard.wait_for(lambda: self._failing or self.holds(), _PATIENCE)
        if not self.holds():
            raise _lost()

    def refuse_if_lost(self) -> None:
        """
        Refuse at once where it is known that waiting is of no use.

        Raises:
            ServiceUnavailable: The time is over, and the database does not answer.
        """
        if self._failing and not self.holds():
            raise _lost()

    def refuse_if_silent(self) -> None:
        """
        Refuse at once what needs the database while that leaves unanswered whoever asks: others would wait behind.

        Raises:
            ServiceUnavailable: It does.
        """
        if self._silent:
            raise _lost("the database does not answer")


def _lost(
    detail: str = "the database has not been heard from for longer than memory may be believed",
) -> ServiceUnavailable:
    return ServiceUnavailable(
        "The request has failed due to a temporary failure of the server.", detail=detail
    )
