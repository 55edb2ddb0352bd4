"""IAM groups: policies for many users; never a principal."""

from dataclasses import dataclass
from datetime import datetime

from iamd.domain.arns import iam_arn
from iamd.domain.ids import AccountId, UniqueId

PREFIX = "AGPA"


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    account_id: AccountId
    group_id: UniqueId
    name: str
    path: str
    created_at: datetime

    @property
    def arn(self) -> str:
        return iam_arn(self.account_id, "group", self.path, self.name)
