"""
Snapshots: immutable, compiled pictures of what a decision needs, shared by reference.

Each knows what it depends on, as ``(kind, id)`` of the log of changes: when one of those changes, it is dropped.  A
principal is compared by identity, so that what was derived from it can be found by it.
"""

from dataclasses import dataclass
from datetime import datetime

import msgspec

from iamd.domain.access_keys import AccessKey
from iamd.domain.buckets import Bucket
from iamd.domain.console_sessions import ConsoleSession
from iamd.domain.delegation_requests import DelegationRequest
from iamd.domain.ids import AccountId
from iamd.domain.oidc_providers import OIDCProvider
from iamd.domain.organizations import OrganizationsFeature
from iamd.domain.outbound_federation import OutboundFederation
from iamd.domain.roles import Role
from iamd.domain.saml_providers import SamlProvider
from iamd.domain.tags import Tag
from iamd.domain.vpc_endpoints import VPCEndpoint
from iamd.sessions.session import Session
from iamd.store.interface import ChangeKind
from iampolicy import Policy

Dependency = tuple[ChangeKind, str]


@dataclass(frozen=True, slots=True)
class AccessKeySnapshot:
    """An access key, whatever its status."""

    access_key: AccessKey
    depends_on: frozenset[Dependency]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PrincipalSnapshot:
    """
    A user, a role or an account's root, with everything that bears on what it may do.

    Attributes:
        unique_id: AIDA…, AROA…, or the account id for the root.
        boundary: The permissions boundary's text, compiled; None without one.
        identity_policies: Inline, attached, and those of a user's groups.
        textless_policies: ARNs of policies whose text cannot be had; whoever has one is denied everything, since the
            missing text might hold a Deny.
    """

    account_id: AccountId
    unique_id: str
    name: str
    path: str
    arn: str
    tags: tuple[Tag, ...]
    identity_policies: tuple[Policy, ...]
    boundary: Policy | None
    textless_policies: tuple[str, ...]
    depends_on: frozenset[Dependency]


@dataclass(frozen=True, slots=True)
class RoleSnapshot:
    """A role as something to be assumed: itself and its trust policy."""

    role: Role
    trust_policy: Policy
    depends_on: frozenset[Dependency]


@dataclass(frozen=True, slots=True)
class OIDCProviderSnapshot:
    """An OpenID Connect provider."""

    provider: OIDCProvider
    depends_on: frozenset[Dependency]


@dataclass(frozen=True, slots=True)
class SamlProviderSnapshot:
    """A SAML provider."""

    provider: SamlProvider
    depends_on: frozenset[Dependency]


@dataclass(frozen=True, slots=True)
class VPCEndpointSnapshot:
    """A VPC endpoint, with its policy compiled."""

    endpoint: VPCEndpoint
    policy: Policy
    depends_on: frozenset[Dependency]


@dataclass(frozen=True, slots=True)
class BucketNamesSnapshot:
    """Which buckets there is something to know of; of all others memory answers without looking."""

    names: frozenset[str]
    depends_on: frozenset[Dependency]


@dataclass(frozen=True, slots=True)
class BucketSnapshot:
    """
    A bucket, with its policy compiled.

    Attributes:
        policy: None without one.
    """

    bucket: Bucket
    policy: Policy | None
    depends_on: frozenset[Dependency]


@dataclass(frozen=True, slots=True)
class ConsoleSessionSnapshot:
    """A console session, and the session of the temporary credentials that it stands for."""

    console_session: ConsoleSession
    session: Session
    depends_on: frozenset[Dependency]


@dataclass(frozen=True, slots=True)
class IssuerSnapshot:
    """
    An account as an issuer of identity tokens.

    Attributes:
        keys: The public keys, as JSON Web Keys, each with the time at which it stops to sign, if that is known.
    """

    federation: OutboundFederation
    keys: tuple[tuple[str, datetime | None], ...]
    depends_on: frozenset[Dependency]


@dataclass(frozen=True, slots=True)
class DelegationSnapshot:
    """
    A delegation request that somebody has approved.

    Attributes:
        policy: The permissions that were asked for, compiled.
        approver: The session that the approver had, or what stands for one.
        approver_arn: As GetCallerIdentity told it then.
    """

    request: DelegationRequest
    policy: Policy
    approver: Session
    approver_arn: str
    depends_on: frozenset[Dependency]

    def as_approver(self, session: Session) -> Session:
        """Return the session that whoever approved had, with the time and the key of *session*."""
        return msgspec.structs.replace(
            self.approver,
            access_key_id=session.access_key_id,
            # When access was released: what is denied to older sessions cannot be had by trading the token in once more.
            issued_at=self.request.finalized_at or session.issued_at,
            expires_at=session.expires_at,
            # What the approver has proved, the product provider has not.
            mfa_at=None,
            delegation_request_id=session.delegation_request_id,
        )


@dataclass(frozen=True, slots=True)
class PolicySnapshot:
    """The version of a managed policy that is in force, compiled."""

    policy: Policy
    text: str
    depends_on: frozenset[Dependency]


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountSnapshot:
    """
    An account, and its place in an organization.

    Attributes:
        active: Whether it is open; of a closed one nobody may do anything.
        organization_id: None when it is in none, as is *organization_path*.
        organization_path: ``o-…/r-…/ou-…/``: from the organization down to the root or unit that it is in.
        scps: The service control policies that bear on its principals, level by level (`PolicySet.scps`).
        rcps: The resource control policies that bear on its resources, likewise.
        root_administrators: The accounts whose principals may assume its root user, for what *root_features* say.
        root_features: What of central root access is enabled in its organization.
    """

    account_id: str
    active: bool
    organization_id: str | None
    organization_path: str | None
    scps: tuple[tuple[Policy, ...], ...]
    rcps: tuple[tuple[Policy, ...], ...]
    depends_on: frozenset[Dependency]
    root_administrators: frozenset[AccountId] = frozenset()
    root_features: tuple[OrganizationsFeature, ...] = ()


Snapshot = (
    AccountSnapshot
    | AccessKeySnapshot
    | PrincipalSnapshot
    | RoleSnapshot
    | PolicySnapshot
    | OIDCProviderSnapshot
    | SamlProviderSnapshot
    | DelegationSnapshot
    | VPCEndpointSnapshot
    | IssuerSnapshot
    | BucketNamesSnapshot
    | BucketSnapshot
    | ConsoleSessionSnapshot
)
