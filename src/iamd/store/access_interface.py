"""
What the archive promises of accesses and of reports about them.

The rules of `iamd.store.interface` hold here, too.  No decision depends on either, so that the log of changes does not
speak of them.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from iamd.domain.access_reports import AccessReport
from iamd.domain.accesses import Access
from iamd.domain.ids import AccountId


class Accesses(Protocol):
    """
    The last access of each principal to each action.

    They outlast their principal: that a service was used stays true of the account.
    """

    def record_all(self, accesses: Sequence[Access]) -> None:
        """Note accesses; one that is older than what is noted changes nothing."""
        ...

    def of(self, principal_id: str, since: datetime) -> list[Access]:
        """Return those of a user, role or root."""
        ...

    def last_of_services(self, account_id: AccountId, since: datetime) -> list[Access]:
        """Return the last one of each service, whoever of the account it was."""
        ...

    def forget(self, before: datetime) -> None:
        """Remove those of all accounts that are older."""
        ...


class AccessReports(Protocol):
    def add(self, report: AccessReport) -> None:
        """Keep *report*; of its account those that are too old go, and the oldest when there are too many."""
        ...

    def find(self, account_id: AccountId, job_id: str) -> AccessReport | None: ...
