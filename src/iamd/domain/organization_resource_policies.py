"""
Resource policies of organizations: what the management account lets members do with the organization itself.

AWS: *Resource-based delegation policies*.  An organization has one at most.
"""

from dataclasses import dataclass
from typing import Final

from iamd.domain.ids import OrganizationId, UniqueId
from iamd.domain.organizations import Organization, organizations_arn
from iamd.domain.tags import Tag

PREFIX: Final = "rp-"


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganizationResourcePolicy:
    """
    A resource policy.

    Attributes:
        content: The document as it was sent.
        trusted_ids: For each user or role ARN among the document's principals, the unique id that it had when the
            document was saved (semantics 46).
    """

    organization_id: OrganizationId
    policy_id: str
    content: str
    trusted_ids: tuple[tuple[str, UniqueId], ...] = ()
    tags: tuple[Tag, ...] = ()

    def arn(self, organization: Organization) -> str:
        return resource_policy_arn(organization, self.policy_id)


def resource_policy_arn(organization: Organization, policy_id: str) -> str:
    """Return the ARN that a resource policy of *organization* has, or would have."""
    where = f"resourcepolicy/{organization.organization_id}/{policy_id}"
    return organizations_arn(organization.management_account_id, where)
