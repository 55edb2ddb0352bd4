"""
Notices to product providers: what became of their delegation requests.

AWS: *Building your integration*, "Configuring Notifications": IAM tells of each change of state, and sends the exchange
token in a notice of its own.  A notice is stored with the change that it tells of, and taken away once it is delivered.
The token is not stored: it is sealed when the notice is sent.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

# AWS: *Amazon SNS message delivery retries*: to HTTP endpoints, for an hour at most, with 20 seconds at most in between.
_FIRST_WAIT: Final = timedelta(seconds=1)
_LONGEST_WAIT: Final = timedelta(seconds=20)
_GIVEN_UP_AFTER: Final = timedelta(hours=1)
_TO_BE_SENT: Final = timedelta(minutes=1)


class NoticeKind(StrEnum):
    """What a notice is about, as its message says it."""

    STATE_CHANGE = "StateChange"
    EXCHANGE_TOKEN = "ExchangeToken"  # noqa: S105  a kind of notices, and no token


@dataclass(frozen=True, slots=True, kw_only=True)
class DelegationNotice:
    """
    A notice that is yet to be delivered.

    Attributes:
        notice_id: A UUID.
        state: Which the request has come to.
        at: When that was.
        due_at: When it is to be sent, for the first time or again.
        attempts: How often it was sent in vain.
    """

    notice_id: str
    request_id: str
    kind: NoticeKind
    state: str
    at: datetime
    due_at: datetime
    attempts: int = 0

    def claimed(self, now: datetime) -> "DelegationNotice":
        """Return it as being sent: nobody else shall send it meanwhile."""
        return replace(self, due_at=now + _TO_BE_SENT, attempts=self.attempts + 1)

    def postponed(self, now: datetime) -> "DelegationNotice | None":
        """Return it to be sent again; None when it was tried for so long that it is given up."""
        if now - self.at >= _GIVEN_UP_AFTER:
            return None
        wait = min(_FIRST_WAIT * 2 ** min(self.attempts, 10), _LONGEST_WAIT)
        return replace(self, due_at=now + wait)
