"""Accounts: what everything belongs to."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from iamd.domain.arns import root_arn
from iamd.domain.ids import AccountId


class AccountStatus(StrEnum):
    """A closed account is kept with everything in it, and nobody of it can do anything."""

    ACTIVE = "ACTIVE"
    CLOSED = "CLOSED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """
    An AWS account; its root user is the account itself.

    Attributes:
        alias: The account alias, unique among all accounts, or None.
        global_endpoint_token_version: What the account has asked for, 1 or 2; session tokens of iamd are the same.
        email: Of its owner, unique among all accounts; None where nobody has named one.
        root_login_at: Since when the root user has, or may give itself, a password; None when it may not.
        raised_quotas: Names of quotas that are higher than the default ones, with what they are.
    """

    account_id: AccountId
    name: str
    created_at: datetime
    alias: str | None = None
    email: str | None = None
    status: AccountStatus = AccountStatus.ACTIVE
    global_endpoint_token_version: int = 1
    root_login_at: datetime | None = None
    raised_quotas: tuple[tuple[str, int], ...] = ()

    def quota(self, name: str, default: int) -> int:
        """Return what the quota called *name* is in this account."""
        return max(default, dict(self.raised_quotas).get(name, 0))

    @property
    def root_arn(self) -> str:
        return root_arn(self.account_id)
