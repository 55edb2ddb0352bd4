"""Customer managed policies and their versions."""

from dataclasses import dataclass
from datetime import datetime

from iamd.domain.arns import iam_arn
from iamd.domain.ids import AccountId, UniqueId
from iamd.domain.tags import Tag

PREFIX = "ANPA"


@dataclass(frozen=True, slots=True, kw_only=True)
class ManagedPolicy:
    """
    A customer managed policy.

    Attributes:
        default_version: The number of the version in force.
        last_version: The highest number ever given; numbers are never used again (fact 45).
    """

    account_id: AccountId
    policy_id: UniqueId
    name: str
    path: str
    created_at: datetime
    updated_at: datetime
    description: str | None = None
    default_version: int = 1
    last_version: int = 1
    tags: tuple[Tag, ...] = ()

    @property
    def arn(self) -> str:
        return iam_arn(self.account_id, "policy", self.path, self.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyVersion:
    """One version of a managed policy; ``number`` 3 is ``v3`` on the wire."""

    policy_id: UniqueId
    number: int
    document: str
    created_at: datetime

    @property
    def version_id(self) -> str:
        return f"v{self.number}"
