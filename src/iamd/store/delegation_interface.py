"""
What the archive promises of delegation requests, of notices about them, and of account properties.

The rules of `iamd.store.interface` hold here, too.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

from iamd.domain.delegation_notices import DelegationNotice
from iamd.domain.delegation_requests import DelegationRequest
from iamd.domain.ids import AccountId


class DelegationRequests(Protocol):
    def add(self, request: DelegationRequest) -> None:
        """Raise EntityAlreadyExists when its account has a request of the same workflow id."""
        ...

    def find(self, request_id: str) -> DelegationRequest | None: ...
    def put(self, request: DelegationRequest) -> None: ...
    def page(
        self, account_id: AccountId, owner_arn: str | None, after: str | None, limit: int
    ) -> list[DelegationRequest]:
        """Return those that somebody of *account_id*, or only *owner_arn*, owns; in the order of creation."""
        ...

    def count(self, requestor_account_id: AccountId) -> int:
        """Count those of a product provider's account that are not known to have expired."""
        ...

    def overdue(self, now: datetime, limit: int) -> list[DelegationRequest]:
        """Return requests whose time is over and whose state does not say so yet."""
        ...

    def past(self, before: datetime, limit: int) -> list[str]:
        """Return the ids of requests that have expired before then."""
        ...

    def delete(self, request_id: str) -> None:
        """Remove a request, and what was to be said of it."""
        ...


class DelegationNotices(Protocol):
    def add(self, notice: DelegationNotice) -> None: ...
    def put(self, notice: DelegationNotice) -> None: ...
    def delete(self, notice: DelegationNotice) -> None: ...
    def due(self, now: datetime, limit: int) -> list[DelegationNotice]:
        """Return those that are to be sent, in the order in which they were made."""
        ...


class AccountProperties(Protocol):
    """No decision depends on them, so the log of changes does not speak of them."""

    def find(self, account_id: AccountId) -> dict[str, str]:
        """Return what was set, by key."""
        ...

    def put(self, account_id: AccountId, properties: Mapping[str, str]) -> None:
        """Add or replace; others stay."""
        ...
