"""
Records in the database: those of changes in the transaction of the change, all others in batches.

What `iamd.store` must be able to do is in `Records`; whoever plugs it in turns its errors into TargetError.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Final, Protocol, TypeVar

from iamd.audit.chain import NOTHING, Chain, line_of
from iamd.audit.entry import Entry
from iamd.domain.audit_records import AuditRecord

T = TypeVar("T")

_FORGET_EVERY: Final = timedelta(hours=1)
_MOST_FORGOTTEN: Final = 2_000
"""At once: other writers need not wait long."""


class Records(Protocol):
    """The part of the archive that is asked here; see `iamd.store.audit_interface`."""

    def add_all(self, records: Sequence[AuditRecord]) -> None: ...
    def last(self, chain_id: str) -> tuple[int, str] | None: ...
    def newest_digest(self) -> str | None: ...
    def forget(self, before: datetime, limit: int) -> int: ...


class Write(Protocol):
    """Run a job in a transaction that writes, and return when it is committed; raises TargetError."""

    def __call__(self, job: Callable[[Records], T], /) -> T: ...


class StoredTarget:
    """The database as a target of the trail."""

    def __init__(
        self, chain_id: str, write: Write, real: Callable[[], datetime], kept: timedelta | None
    ) -> None:
        """
        Begin a chain.

        Args:
            chain_id: Of the chain.
            write: Runs jobs.
            real: Tells the time.
            kept: How long records are kept; None for ever.
        """
        self._chain_id: Final = chain_id
        self._write: Final = write
        self._real: Final = real
        self._kept: Final = kept
        self._forget_at = real()

    def write(self, entries: Sequence[Entry]) -> None:
        """See `iamd.audit.trail.Target`."""
        self._write(lambda records: self.append(records, entries))
        self._forget()

    def append(self, records: Records, entries: Sequence[Entry]) -> None:
        """
        Write *entries* in the transaction of *records*; may be run again.

        The chain is read there each time: whether the transaction before was committed nobody need remember.
        """
        last = records.last(self._chain_id)
        if last is None:
            chain = Chain(self._chain_id, records.newest_digest() or NOTHING)
        else:
            chain = Chain(self._chain_id, last[1], last[0])
        added = []
        for entry in entries:
            link = chain.next(entry.body)
            chain.take(link)
            added.append(
                AuditRecord(
                    chain_id=link.id,
                    sequence=link.sequence,
                    digest=link.digest,
                    event_id=entry.event_id,
                    at=entry.at,
                    account_id=entry.account_id,
                    name=entry.name,
                    principal=entry.principal,
                    error_code=entry.error_code,
                    line=line_of(entry.body, link).decode("ascii"),
                )
            )
        records.add_all(added)

    def close(self) -> None:
        """Do nothing: the database is closed by whoever has opened it."""

    def _forget(self) -> None:
        now = self._real()
        if self._kept is None or now < self._forget_at:
            return
        before = now - self._kept
        if self._write(lambda records: records.forget(before, _MOST_FORGOTTEN)) < _MOST_FORGOTTEN:
            self._forget_at = now + _FORGET_EVERY
