"""Accounts: what everything belongs to."""

from dataclasses import dataclass
from datetime import datetime

from iamd.domain.arns import root_arn
from iamd.domain.ids import AccountId


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """
    An AWS account; its root user is the account itself.

    Attributes:
        alias: The account alias, unique among all accounts, or None.
    """

    account_id: AccountId
    name: str
    created_at: datetime
    alias: str | None = None

    @property
    def root_arn(self) -> str:
        return root_arn(self.account_id)
