"""
What the archive promises of records of the audit trail.

The rules of `iamd.store.interface` hold here, too.  No decision depends on a record, so that the log of changes does not speak
of them; and a reset leaves them alone.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from iamd.domain.audit_records import AuditRecord

Place = tuple[datetime, str, int]
"""Of a record in the order of `page`: when, chain, and sequence."""


class AuditRecords(Protocol):
    """Records are only added, and forgotten when they are old."""

    def add_all(self, records: Sequence[AuditRecord]) -> None:
        """Raise ConcurrentModification where a place of the chain is taken."""
        ...

    def last(self, chain_id: str) -> tuple[int, str] | None:
        """Return sequence and digest of the last record of a chain."""
        ...

    def newest_digest(self) -> str | None:
        """Return the digest of the newest record of all chains."""
        ...

    def page(
        self, since: datetime | None, until: datetime | None, after: Place | None, limit: int
    ) -> list[AuditRecord]:
        """Return records from *since* on and before *until*, the oldest first."""
        ...

    def before(
        self, account_id: str, since: datetime | None, until: datetime | None, place: Place | None, limit: int
    ) -> list[AuditRecord]:
        """
        Return records of an account from *since* on and before *until*, the newest first.

        With *place*, only those that come before it in the order of `page`.
        """
        ...

    def latest(self, limit: int) -> list[AuditRecord]:
        """Return the newest records, the oldest of them first."""
        ...

    def forget(self, before: datetime, limit: int) -> int:
        """Remove up to *limit* records that are older, the oldest first, and return how many."""
        ...
