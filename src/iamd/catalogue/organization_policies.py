"""
The organization policies that AWS manages, one for each type.

AWS: *AWS managed policies available for use with AWS Organizations*.  They are attached to everything when their type is
enabled, so that a fresh organization forbids nothing.
"""

from collections.abc import Mapping
from typing import Final

from iamd.domain.organization_policies import AWS, OrganizationPolicy
from iamd.domain.organizations import PolicyType

FULL_ACCESS: Final[Mapping[PolicyType, OrganizationPolicy]] = {
    PolicyType.SERVICE_CONTROL_POLICY: OrganizationPolicy(
        organization_id=AWS,
        policy_id="p-FullAWSAccess",
        type=PolicyType.SERVICE_CONTROL_POLICY,
        name="FullAWSAccess",
        description="Allows access to every operation",
        content="""{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Effect": "Allow",
      "Action": "*",
      "Resource": "*"
    }
  ]
}""",
    ),
    PolicyType.RESOURCE_CONTROL_POLICY: OrganizationPolicy(
        organization_id=AWS,
        policy_id="p-RCPFullAWSAccess",
        type=PolicyType.RESOURCE_CONTROL_POLICY,
        name="RCPFullAWSAccess",
        description="Allows access to every resource",
        content="""{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Effect": "Allow",
      "Principal": "*",
      "Action": "*",
      "Resource": "*"
    }
  ]
}""",
    ),
}

_BY_ID: Final = {policy.policy_id: policy for policy in FULL_ACCESS.values()}


def find(policy_id: str) -> OrganizationPolicy | None:
    """Return AWS's policy of this id, None when it has none such."""
    return _BY_ID.get(policy_id)
