"""Instance profiles: the container through which EC2 hands a role to an instance."""

from dataclasses import dataclass
from datetime import datetime

from iamd.domain.arns import iam_arn
from iamd.domain.ids import AccountId, UniqueId
from iamd.domain.tags import Tag

PREFIX = "AIPA"


@dataclass(frozen=True, slots=True, kw_only=True)
class InstanceProfile:
    """
    An instance profile.

    Attributes:
        role_id: The one role in it, or None (quota of one, fact 63).
    """

    account_id: AccountId
    instance_profile_id: UniqueId
    name: str
    path: str
    created_at: datetime
    role_id: UniqueId | None = None
    tags: tuple[Tag, ...] = ()

    @property
    def arn(self) -> str:
        return iam_arn(self.account_id, "instance-profile", self.path, self.name)
