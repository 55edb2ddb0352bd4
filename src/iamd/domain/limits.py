"""
Quotas of IAM and STS.

AWS: *IAM and AWS STS quotas*.  Sizes of policies are counted in characters without white space.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from iamd.errors import LimitExceeded

USERS_PER_ACCOUNT = 5000
GROUPS_PER_ACCOUNT = 300
ROLES_PER_ACCOUNT = 1000
INSTANCE_PROFILES_PER_ACCOUNT = 1000
POLICIES_PER_ACCOUNT = 1500
POLICY_VERSIONS_IN_USE = 10000
SERVER_CERTIFICATES_PER_ACCOUNT = 20
MFA_DEVICES_PER_USER = 8
OIDC_PROVIDERS_PER_ACCOUNT = 100
SAML_PROVIDERS_PER_ACCOUNT = 100

ACCESS_KEYS_PER_USER = 2
GROUPS_PER_USER = 10
SIGNING_CERTIFICATES_PER_USER = 2
SSH_PUBLIC_KEYS_PER_USER = 5
SERVICE_SPECIFIC_CREDENTIALS_PER_SERVICE = 2
ATTACHED_POLICIES_PER_USER = 10
ATTACHED_POLICIES_PER_GROUP = 10
ATTACHED_POLICIES_PER_ROLE = 10
VERSIONS_PER_POLICY = 5
ROLES_PER_INSTANCE_PROFILE = 1
TAGS_PER_ENTITY = 50
CLIENT_IDS_PER_OIDC_PROVIDER = 100
THUMBPRINTS_PER_OIDC_PROVIDER = 5
PRIVATE_KEYS_PER_SAML_PROVIDER = 2

# Characters without white space; inline policies count together, per entity.
USER_INLINE_POLICIES_SIZE = 2048
GROUP_INLINE_POLICIES_SIZE = 5120
ROLE_INLINE_POLICIES_SIZE = 10240
MANAGED_POLICY_SIZE = 6144
TRUST_POLICY_SIZE = 2048
# Characters of plain text, white space included (semantics 82).
SESSION_POLICY_SIZE = 2048
SESSION_POLICY_ARNS = 10
LONGEST_SESSION: Final = timedelta(hours=36)
"""AWS: of GetSessionToken and GetFederationToken; those of roles last twelve hours at most (semantics 70)."""

HIGHEST_QUOTAS: Final[Mapping[str, int]] = {
    "ACLSizePerRole": 8192,
    "GroupsPerAccount": 500,
    "InstanceProfilesPerAccount": 10000,
    "OpenIdConnectProvidersPerAccount": 700,
    "PoliciesPerAccount": 10000,
    "PoliciesPerRole": 25,
    "PoliciesPerUser": 20,
    "PolicyVersionsInUse": 50000,
    "RolesPerAccount": 10000,
}
"""AWS: what an account may ask for, of the quotas that are adjustable."""


def check_quota(quota: str, used: int, most: int) -> None:
    """
    Check a quota after the fact: *used* counts what has just been added.

    Raises:
        LimitExceeded: More than *most* are used, in AWS's words (fact 21); the transaction is undone.
    """
    if used > most:
        raise LimitExceeded(f"Cannot exceed quota for {quota}: {most}")
