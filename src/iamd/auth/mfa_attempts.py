"""
Wrong one-time passwords: whoever tries must wait, ever longer.

RFC 6238, section 5.2, by RFC 4226, section 7.3: a validator throttles attempts, since a code has but six digits.  With
stolen access keys and without the device, three of a million codes are right at any moment.

Kept in memory, and told to the other nodes (`iamd.auth.shared_attempts`).
"""

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

FREE: Final = 5
"""Wrong codes in a row that cost nothing: people mistype, and clocks are off."""

_FIRST_WAIT: Final = timedelta(seconds=30)
_LONGEST_WAIT: Final = timedelta(hours=1)
_MOST_DOUBLED: Final = 10
_MOST_DEVICES: Final = 10_000


@dataclass(frozen=True, slots=True)
class _Failures:
    """How many there were in a row, and when the last one was."""

    number: int
    last_at: datetime

    def wait(self, free: int) -> timedelta:
        beyond = self.number - free
        if beyond < 0:
            return timedelta(0)
        return min(_FIRST_WAIT * (1 << min(beyond, _MOST_DOUBLED)), _LONGEST_WAIT)


class MfaAttempts:
    """
    Failures of devices, by serial number, and of whatever else is tried; may be used from several threads.

    Args:
        free: Wrong ones in a row that cost nothing.
    """

    def __init__(self, free: int = FREE) -> None:
        self._free = free
        self._lock = threading.Lock()
        self._failures: OrderedDict[str, _Failures] = OrderedDict()
        self._tell: Callable[[str, datetime | None], object] = lambda _digest, _at: None

    def on_outcome(self, tell: Callable[[str, datetime | None], object]) -> None:
        """Call *tell* with the digest of what was tried and the time of a failure; None for a success after failures."""
        self._tell = tell

    def must_wait(self, serial_number: str, now: datetime) -> bool:
        """Say whether no code of the device is looked at yet, be it right or wrong."""
        with self._lock:
            failures = self._failures.get(_digest(serial_number))
        # A clock that was set back keeps nobody out.
        return failures is not None and failures.last_at <= now < failures.last_at + failures.wait(self._free)

    def failed(self, serial_number: str, now: datetime) -> None:
        digest = _digest(serial_number)
        self.hear(digest, now)
        self._tell(digest, now)

    def succeeded(self, serial_number: str) -> None:
        digest = _digest(serial_number)
        with self._lock:
            before = self._failures.pop(digest, None)
        if before is not None:
            self._tell(digest, None)

    def hear(self, digest: str, at: datetime | None) -> None:
        """Count a failure *at* some time, or forget them; that of another node is not told again."""
        with self._lock:
            before = self._failures.pop(digest, None)
            if at is None:
                return
            last_at = at if before is None else max(at, before.last_at)
            self._failures[digest] = _Failures(before.number + 1 if before else 1, last_at)
            if len(self._failures) > _MOST_DEVICES:
                self._failures.popitem(last=False)

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._failures.clear()


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:32]
