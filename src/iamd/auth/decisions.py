"""
The last denials, so that somebody who may can ask why; and with them what was allowed (`iamd.auth.allowances`).

Records are in memory only.  They are forgotten after a day, and sooner when there are many.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from iamd.auth.allowances import Allowances
from iamd.auth.recorded import KEPT, Recorded, Weight
from iamd.clock import Clock

MOST_RECORDS: Final = 10_000
MOST_BYTES: Final = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Denial(Recorded):
    """One decision that was not Allow."""


class DecisionLog:
    """
    Denials by their ids; may be used from several threads.

    What it keeps alive is bounded: records by number, texts and compiled policies by bytes, each policy counted once
    however many records have it.

    Attributes:
        allowances: What was allowed; None where nobody wants that kept.
    """

    def __init__(
        self,
        *,
        most_records: int = MOST_RECORDS,
        most_bytes: int = MOST_BYTES,
        allowances: Allowances | None = None,
        begun: datetime | None = None,
    ) -> None:
        """
        Keep nothing yet.

        Args:
            most_records: How many denials.
            most_bytes: About how many bytes of them.
            allowances: Where what is allowed is kept.
            begun: The time now.
        """
        self._most_records = most_records
        self._most_bytes = most_bytes
        self._lock = threading.Lock()
        self._denials: OrderedDict[str, Denial] = OrderedDict()
        self._weight = Weight()
        self.allowances = allowances
        self._begun = begun
        self._lost: datetime | None = None

    def add(self, decision_id: str, denial: Denial) -> None:
        with self._lock:
            self._denials[decision_id] = denial
            self._weight.add(denial)
            while self._denials:
                oldest = next(iter(self._denials.values()))
                is_old = oldest.at + KEPT <= denial.at
                if not is_old and not self._is_full():
                    break
                self._denials.popitem(last=False)
                self._weight.remove(oldest)
                if not is_old:
                    self._lost = oldest.at

    def _is_full(self) -> bool:
        return len(self._denials) > self._most_records or self._weight.bytes > self._most_bytes

    def find(self, decision_id: str, account_id: str, now: datetime) -> Recorded | None:
        """Return the decision, if it is not too old and *account_id* was concerned."""
        with self._lock:
            recorded: Recorded | None = self._denials.get(decision_id)
        if recorded is None and self.allowances is not None:
            recorded = self.allowances.find(decision_id, now)
        if recorded is None or account_id not in recorded.accounts or recorded.at + KEPT <= now:
            return None
        return recorded

    def recent(self, account_id: str, now: datetime) -> list[tuple[str, Denial]]:
        """Return the denials, with their ids, that are not too old and that *account_id* was concerned by; the newest first."""
        with self._lock:
            known = list(self._denials.items())
        return [
            (decision_id, denial)
            for decision_id, denial in reversed(known)
            if account_id in denial.accounts and denial.at + KEPT > now
        ]

    def since(self, now: datetime) -> datetime:
        """Return from when on all denials are here."""
        return _newest(now - KEPT, self._begun, self._lost)

    def allowed_since(self, now: datetime) -> datetime | None:
        """Return from when on nothing is forgotten of what was allowed; None when nothing is kept of it."""
        allowances = self.allowances
        return None if allowances is None else _newest(now - KEPT, self._begun, allowances.lost)

    def all(self) -> list[Denial]:
        """Return every denial, the oldest first."""
        with self._lock:
            return list(self._denials.values())

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._denials.clear()
            self._weight.clear()
            self._lost = None
        if self.allowances is not None:
            self.allowances.clear()

    def __len__(self) -> int:
        return len(self._denials)

    @property
    def bytes(self) -> int:
        """About how much the denials keep in memory."""
        return self._weight.bytes


def begin_decision_log(most_allowed: int, clock: Clock, new_id: Callable[[], str]) -> DecisionLog:
    """Return a log that keeps *most_allowed* of what is allowed, and nothing yet."""
    allowances = Allowances(new_id, clock.monotonic, most=most_allowed) if most_allowed else None
    return DecisionLog(allowances=allowances, begun=clock.now())


def _newest(at: datetime, *others: datetime | None) -> datetime:
    """Return the newest of some times, of which some are none."""
    return max(at, *(each for each in others if each is not None))
