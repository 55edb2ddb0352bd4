"""Members: the accounts of an organization, its management account included."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from iamd.domain.ids import AccountId, OrganizationId
from iamd.domain.tags import Tag


class JoinedMethod(StrEnum):
    CREATED = "CREATED"
    INVITED = "INVITED"


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganizationMember:
    """
    An account's place in an organization.

    Attributes:
        parent_id: Of the root or unit that it is in.
        tags: Of the account, which it has as long as it is a member.
    """

    account_id: AccountId
    organization_id: OrganizationId
    parent_id: str
    joined_method: JoinedMethod
    joined_at: datetime
    tags: tuple[Tag, ...] = ()
