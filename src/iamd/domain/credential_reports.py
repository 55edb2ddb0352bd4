"""Credential reports: a table of all users of an account and the state of their credentials."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from iamd.domain.ids import AccountId

LIFE: Final = timedelta(hours=4)
"""AWS: *Getting credential reports for your AWS account*: a report is made at most every four hours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CredentialReport:
    """The last report of an account; *content* is CSV."""

    account_id: AccountId
    content: str
    generated_at: datetime

    def fresh(self, now: datetime) -> bool:
        return now - self.generated_at < LIFE
