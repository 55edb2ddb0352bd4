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
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum, auto
from typing import Final

FREE: Final = 5
"""Wrong codes in a row that cost nothing: people mistype, and clocks are off."""

_FIRST_WAIT: Final = timedelta(seconds=30)
_LONGEST_WAIT: Final = timedelta(hours=1)
_MOST_DOUBLED: Final = 10
_MOST_DEVICES: Final = 10_000


class Pardon(Enum):
    """What a success does to the failures before it."""

    ALL = auto()
    ONE = auto()


Outcome = datetime | Pardon
"""When a try has failed, or what is forgotten since one has not."""


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
        forgets_one_in: After each such time without a failure there is one less; None: never.
    """

    def __init__(self, free: int = FREE, *, forgets_one_in: timedelta | None = None) -> None:
        self._free = free
        self._forgets_one_in = forgets_one_in
        self._lock = threading.Lock()
        self._failures: OrderedDict[str, _Failures] = OrderedDict()
        self._tell: Callable[[str, Outcome], object] = lambda _digest, _outcome: None

    def on_outcome(self, tell: Callable[[str, Outcome], object]) -> None:
        """Call *tell* with the digest of what was tried, and how that ended; not of a success without failures before."""
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
        self._pardon(serial_number, Pardon.ALL)

    def took_back(self, serial_number: str) -> None:
        """Forget one failure, which was none after all, and no more."""
        self._pardon(serial_number, Pardon.ONE)

    def _pardon(self, serial_number: str, pardon: Pardon) -> None:
        digest = _digest(serial_number)
        with self._lock:
            known = digest in self._failures
        if known:
            self.hear(digest, pardon)
            self._tell(digest, pardon)

    def hear(self, digest: str, outcome: Outcome) -> None:
        """Count a failure, or forget some; that of another node is not told again."""
        with self._lock:
            before = self._failures.pop(digest, None)
            if isinstance(outcome, datetime):
                self._failures[digest] = self._one_more(before, outcome)
                if len(self._failures) > _MOST_DEVICES:
                    self._failures.popitem(last=False)
            elif outcome is Pardon.ONE and before is not None and before.number > 1:
                self._failures[digest] = replace(before, number=before.number - 1)

    def _one_more(self, before: _Failures | None, at: datetime) -> _Failures:
        if before is None:
            return _Failures(1, at)
        last_at = max(at, before.last_at)
        forgotten = 0
        if self._forgets_one_in is not None:
            forgotten = min((last_at - before.last_at) // self._forgets_one_in, before.number)
        return _Failures(before.number - forgotten + 1, last_at)

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._failures.clear()


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:32]
