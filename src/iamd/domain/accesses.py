"""
Accesses: which actions of which services somebody has asked for, and when last.

AWS: *Refine permissions in AWS using last accessed information*.  Each attempt counts, whether it was allowed or denied.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from iamd.domain.ids import AccountId

TRACKED: Final = timedelta(days=400)
"""AWS: "the tracking period for services is the last 400 days"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """
    The last time that somebody asked for an action.

    Attributes:
        principal_id: The unique id of a user or a role, or the account id of a root.
        service: The prefix of the action: ``iam``.
        action: Without the prefix.
    """

    account_id: AccountId
    principal_id: str
    service: str
    action: str
    at: datetime
    region: str
