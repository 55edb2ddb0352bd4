"""
Organization policies: what the accounts under a root, in a unit, or one account alone may do at most.

A policy that AWS manages belongs to no organization; `AWS` stands where its id would.
"""

from dataclasses import dataclass

from iamd.domain.ids import OrganizationId
from iamd.domain.organizations import Organization, PolicyType, organizations_arn
from iamd.domain.tags import Tag

PREFIX = "p-"
AWS = OrganizationId("aws")


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganizationPolicy:
    """
    A service control policy or a resource control policy.

    Attributes:
        name: Unique in its organization and type.
        content: The document as it was sent.
    """

    organization_id: OrganizationId
    policy_id: str
    type: PolicyType
    name: str
    description: str
    content: str
    tags: tuple[Tag, ...] = ()

    @property
    def aws_managed(self) -> bool:
        return self.organization_id == AWS

    def arn(self, organization: Organization) -> str:
        """Return the policy's ARN, as *organization*, which has it, tells it."""
        if self.aws_managed:
            return organizations_arn(AWS, f"policy/{self.type.lower()}/{self.policy_id}")
        return organization.policy_arn(self.type, self.policy_id)
