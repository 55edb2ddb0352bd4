"""
Organizations: accounts in a tree, and policies over them.

An organization has one management account, which policies do not touch, and one root, under which there are units and
accounts.  An account belongs to one organization at most.
AWS: *AWS Organizations terminology and concepts*.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from iamd.domain.arns import PARTITION
from iamd.domain.ids import AccountId, OrganizationId
from iamd.domain.tags import Tag
from iampolicy import PolicyKind

PREFIX = "o-"
ROOT_PREFIX = "r-"
ROOT_NAME = "Root"


class FeatureSet(StrEnum):
    """What an organization is for; without all features it has no policies."""

    ALL = "ALL"
    CONSOLIDATED_BILLING = "CONSOLIDATED_BILLING"


class PolicyType(StrEnum):
    """The types of organization policy that bear on decisions."""

    SERVICE_CONTROL_POLICY = "SERVICE_CONTROL_POLICY"
    RESOURCE_CONTROL_POLICY = "RESOURCE_CONTROL_POLICY"

    @property
    def kind(self) -> PolicyKind:
        """What the policy engine calls it."""
        return PolicyKind.SCP if self is PolicyType.SERVICE_CONTROL_POLICY else PolicyKind.RCP


class OrganizationsFeature(StrEnum):
    """
    What of central root access is enabled.

    AWS: *Centrally manage root access for member accounts*.
    """

    ROOT_CREDENTIALS_MANAGEMENT = "RootCredentialsManagement"
    """Root users' credentials may be looked at, deleted, and let be made anew."""
    ROOT_SESSIONS = "RootSessions"
    """What else only a root user can do may be done in its place."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Organization:
    """
    An organization, with its root.

    Attributes:
        policy_types: Those that are enabled in the root, in the order in which they were.
        features: Of IAM, likewise.
    """

    organization_id: OrganizationId
    management_account_id: AccountId
    root_id: str
    feature_set: FeatureSet = FeatureSet.ALL
    policy_types: tuple[PolicyType, ...] = ()
    root_tags: tuple[Tag, ...] = ()
    features: tuple[OrganizationsFeature, ...] = ()

    @property
    def arn(self) -> str:
        return organizations_arn(self.management_account_id, f"organization/{self.organization_id}")

    @property
    def root_arn(self) -> str:
        return self.arn_of("root", self.root_id)

    def arn_of(self, kind: Literal["root", "ou", "account"], id_: str) -> str:
        """Return the ARN of a root, unit or account."""
        return organizations_arn(self.management_account_id, f"{kind}/{self.organization_id}/{id_}")

    def policy_arn(self, type_: str, policy_id: str) -> str:
        """Return the ARN of a policy of this organization; those that AWS manages have others."""
        return organizations_arn(
            self.management_account_id, f"policy/{self.organization_id}/{type_.lower()}/{policy_id}"
        )


def organizations_arn(account: str, resource: str) -> str:
    return f"arn:{PARTITION}:organizations::{account}:{resource}"
