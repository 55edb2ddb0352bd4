"""IAM users."""

from dataclasses import dataclass
from datetime import datetime

from iamd.domain.arns import iam_arn
from iamd.domain.ids import AccountId, UniqueId
from iamd.domain.tags import Tag

PREFIX = "AIDA"


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """
    A user; ``user_id`` is forever, name and path may change.

    Attributes:
        permissions_boundary: The ARN of a managed policy, or None.
    """

    account_id: AccountId
    user_id: UniqueId
    name: str
    path: str
    created_at: datetime
    permissions_boundary: str | None = None
    password_last_used_at: datetime | None = None
    tags: tuple[Tag, ...] = ()

    @property
    def arn(self) -> str:
        return iam_arn(self.account_id, "user", self.path, self.name)
