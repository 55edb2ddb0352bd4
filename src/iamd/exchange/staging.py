"""
Imports on their way in: what a client has sent of one so far.

An account does not fit into one request, and is made in one transaction.  So its parts are checked as they come, and kept
in memory until the last word; an import that nobody goes on with is forgotten.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from iamd.domain.ids import AccountId
from iamd.errors import LimitExceeded, NoSuchEntity, Throttling
from iamd.exchange.check import Checker
from iamd.exchange.contents import Contents
from iamd.exchange.problems import Problem

_MOST_IMPORTS: Final = 4
_MOST_BYTES: Final = 256 * 1024 * 1024
"""Of one import, as it is sent: twenty times as much as the largest account that AWS allows by default."""
_IDLE_SECONDS: Final = 600.0
_MOST_PROBLEMS: Final = 1000


@dataclass(slots=True)
class Staged:
    """
    One import.

    Attributes:
        owner: The ARN of whoever began it, the only one who may go on with it.
        seen_at: When a part of it came last.
    """

    account_id: AccountId
    owner: str
    checker: Checker
    seen_at: float
    parts: list[Contents] = field(default_factory=list)
    size: int = 0
    problems: list[Problem] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, part: Contents, size: int) -> list[Problem]:
        """
        Check *part* and keep it; return what is wrong with it.

        Raises:
            LimitExceeded: The import is larger than any account.
        """
        with self.lock:
            self.size += size
            if self.size > _MOST_BYTES:
                raise LimitExceeded(f"an import has at most {_MOST_BYTES} bytes")
            found = list(self.checker.problems(part))
            self.problems += found[: _MOST_PROBLEMS - len(self.problems)]
            self.parts.append(part)
        return found


class Staging:
    """The imports of a server."""

    def __init__(self, monotonic: Callable[[], float], new_id: Callable[[], str]) -> None:
        """
        Take what time it is, and where ids come from.

        Args:
            monotonic: Seconds that only go forward.
            new_id: Makes an id that cannot be guessed.
        """
        self._monotonic = monotonic
        self._new_id = new_id
        self._imports: dict[str, Staged] = {}
        self._lock = threading.Lock()

    def begin(self, account_id: AccountId, owner: str, checker: Checker) -> str:
        """
        Begin an import, and return its id.

        Raises:
            Throttling: There are too many already.
        """
        now = self._monotonic()
        with self._lock:
            for id_, each in list(self._imports.items()):
                if now - each.seen_at > _IDLE_SECONDS:
                    del self._imports[id_]
            if len(self._imports) >= _MOST_IMPORTS:
                raise Throttling("Rate exceeded")
            id_ = self._new_id()
            self._imports[id_] = Staged(account_id, owner, checker, now)
        return id_

    def find(self, id_: str, account_id: AccountId, owner: str) -> Staged:
        """
        Return an import of *owner*.

        Raises:
            NoSuchEntity: There is none such, or not any more.
        """
        with self._lock:
            found = self._imports.get(id_)
            if found is None or (found.account_id, found.owner) != (account_id, owner):
                raise NoSuchEntity("There is no such import, or not any more.")
            found.seen_at = self._monotonic()
        return found

    def end(self, id_: str) -> None:
        """Forget an import."""
        with self._lock:
            self._imports.pop(id_, None)
