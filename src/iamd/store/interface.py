"""
What the archive promises, whatever the database.

A job is a plain synchronous function of a `Transaction`.  ``read`` runs it on a reader's thread in a read transaction;
``write`` hands it to the one writer, which gives it a savepoint, commits a batch at once, and only then resolves the
future.  A job may be run more than once (a batch that is lost at commit is run again one by one, and so is a
serialization failure), so that it must do nothing but read, compute and write through its transaction.

Rules that hold for every collection:

* Names are unique in their account without regard to case, and kept as they were written.
* ``find`` returns None, ``get`` raises NoSuchEntity with AWS's text, ``add`` raises EntityAlreadyExists with AWS's text,
  ``put`` replaces a value that is there (by its id).
* ``page`` is ordered, starts behind *after* (the last item seen), and returns at
  most *limit* values.  An *after* that is a name compares without regard to case, as names do.
* ``add_all`` and ``put_all`` do the same for many values of one account at once, for imports; whose name or id is taken
  they do not say.
* What else goes wrong is a ``StoreError`` (`iamd.store.errors`), which says whether it may pass.
* Whatever changes what a decision may depend on appends ``(kind, id)`` to the log of changes.
"""

from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol, TypeVar

from iamd.domain.access_keys import AccessKey
from iamd.domain.ids import AccountId
from iamd.domain.mfa_devices import MFADevice
from iamd.domain.sealing_keys import SealingKey
from iamd.domain.session_revocations import SessionRevocation
from iamd.store.access_interface import Accesses, AccessReports
from iamd.store.audit_interface import AuditRecords
from iamd.store.buckets_interface import Buckets
from iamd.store.console_interface import ConsoleSessions
from iamd.store.credentials_interface import (
    CredentialReports,
    DeletionTasks,
    LoginProfiles,
    PasswordPolicies,
    ServerCertificates,
    ServiceSpecificCredentials,
    SigningCertificates,
    SSHPublicKeys,
)
from iamd.store.delegation_interface import AccountProperties, DelegationNotices, DelegationRequests
from iamd.store.entities_interface import (
    Accounts,
    GroupMemberships,
    Groups,
    InstanceProfiles,
    Roles,
    Users,
)
from iamd.store.federation_interface import (
    OIDCProviders,
    OutboundFederations,
    SamlProviders,
    TokenSigningKeys,
)
from iamd.store.network_interface import Nodes, VPCEndpoints
from iamd.store.organizations_interface import (
    AccountCreations,
    DelegatedAdministrators,
    Handshakes,
    OrganizationalUnits,
    OrganizationMembers,
    OrganizationPolicies,
    OrganizationPolicyAttachments,
    OrganizationResourcePolicies,
    Organizations,
    ServiceAccesses,
)
from iamd.store.policies_interface import InlinePolicies, ManagedPolicies, PolicyAttachments

T = TypeVar("T")


class ChangeKind(StrEnum):
    """What a line of the log of changes speaks of."""

    ACCOUNT = "account"
    USER = "user"
    GROUP = "group"
    ROLE = "role"
    ACCESS_KEY = "access_key"
    POLICY = "policy"
    MFA_DEVICE = "mfa_device"
    SEALING_KEY = "sealing_key"
    SESSION_REVOCATION = "session_revocation"
    ORGANIZATION = "organization"
    OIDC_PROVIDER = "oidc_provider"
    SAML_PROVIDER = "saml_provider"
    DELEGATION_REQUEST = "delegation_request"
    OUTBOUND_FEDERATION = "outbound_federation"
    VPC_ENDPOINT = "vpc_endpoint"
    MASTER_KEY = "master_key"
    ATTEMPT = "attempt"
    BUCKET = "bucket"
    CONSOLE_SESSION = "console_session"


@dataclass(frozen=True, slots=True)
class Change:
    """
    Something changed.

    Attributes:
        id: The unique id of the user, group or role; the account id; the access key id; the ARN of the managed policy;
            the serial number of the MFA device; the key id of the sealing key; all of a revocation
            (`SessionRevocation.text`); the organization id; the ARN of the OpenID Connect or SAML provider; the id of the
            delegation request; the account id, for its outbound federation; the id of the VPC endpoint; the
            name of the bucket, or nothing, for which buckets there are; the id of the console session; the
            key id of the master key that seals; all of an attempt (`iamd.auth.shared_attempts`).
    """

    epoch: int
    kind: ChangeKind
    id: str


class AccessKeys(Protocol):
    def add(self, access_key: AccessKey) -> None: ...
    def find(self, access_key_id: str) -> AccessKey | None: ...
    def get(self, owner_id: str, access_key_id: str) -> AccessKey:
        """Raise NoSuchEntity (fact 22) unless *owner_id* has this key."""
        ...

    def put(self, access_key: AccessKey) -> None: ...
    def delete(self, access_key: AccessKey) -> None: ...
    def page(self, owner_id: str, after: str | None, limit: int) -> list[AccessKey]:
        """In the order of creation; ``after`` is an access key id."""
        ...

    def count(self, owner_id: str) -> int: ...
    def record_uses(self, uses: Sequence[tuple[str, datetime, str, str]]) -> None:
        """
        Note when access keys, by their ids, were last used, and in which service and region.

        No change in the log, and no error when one is gone.
        """
        ...


class MFADevices(Protocol):
    def add(self, device: MFADevice) -> None: ...
    def find(self, serial_number: str) -> MFADevice | None: ...
    def put(self, device: MFADevice) -> None: ...
    def delete(self, device: MFADevice) -> None: ...
    def page(
        self, account_id: AccountId, after: str | None, limit: int, *, in_use: bool | None = None
    ) -> list[MFADevice]:
        """In the order of serial numbers; ``after`` is one.  All, or only those that are in use, or are not."""
        ...

    def list_of(self, owner_id: str) -> list[MFADevice]:
        """In the order in which they were enabled."""
        ...

    def counts(self, account_id: AccountId) -> tuple[int, int]:
        """Return how many devices the account has, and how many of them are in use."""
        ...


class SealingKeys(Protocol):
    """The keyring that session tokens and markers are sealed with; encrypted at rest."""

    def add(self, key: SealingKey) -> None: ...
    def put(self, key: SealingKey) -> None: ...
    def delete(self, key: SealingKey) -> None: ...
    def all(self) -> list[SealingKey]: ...


class SessionRevocations(Protocol):
    """Which sessions were ended before their time; told in the log of changes as a whole, so that nobody has to ask."""

    def put(self, revocation: SessionRevocation) -> None:
        """Add, or replace the one of the same subject."""
        ...

    def of(self, account_id: str, access_key_id: str) -> list[SessionRevocation]:
        """Return those of the account as a whole, and of the session with that access key id."""
        ...

    def all(self) -> list[SessionRevocation]: ...
    def forget(self, before: datetime) -> None:
        """Remove those that were made before that time; no change in the log."""
        ...


class Transaction(Protocol):
    """All collections, seen in one transaction."""

    @property
    def accounts(self) -> Accounts: ...
    @property
    def users(self) -> Users: ...
    @property
    def groups(self) -> Groups: ...
    @property
    def group_memberships(self) -> GroupMemberships: ...
    @property
    def roles(self) -> Roles: ...
    @property
    def access_keys(self) -> AccessKeys: ...
    @property
    def instance_profiles(self) -> InstanceProfiles: ...
    @property
    def managed_policies(self) -> ManagedPolicies: ...
    @property
    def inline_policies(self) -> InlinePolicies: ...
    @property
    def policy_attachments(self) -> PolicyAttachments: ...
    @property
    def mfa_devices(self) -> MFADevices: ...
    @property
    def login_profiles(self) -> LoginProfiles: ...
    @property
    def password_policies(self) -> PasswordPolicies: ...
    @property
    def ssh_public_keys(self) -> SSHPublicKeys: ...
    @property
    def server_certificates(self) -> ServerCertificates: ...
    @property
    def service_specific_credentials(self) -> ServiceSpecificCredentials: ...
    @property
    def deletion_tasks(self) -> DeletionTasks: ...
    @property
    def credential_reports(self) -> CredentialReports: ...
    @property
    def accesses(self) -> Accesses: ...
    @property
    def access_reports(self) -> AccessReports: ...
    @property
    def audit_records(self) -> AuditRecords: ...
    @property
    def signing_certificates(self) -> SigningCertificates: ...
    @property
    def oidc_providers(self) -> OIDCProviders: ...
    @property
    def saml_providers(self) -> SamlProviders: ...
    @property
    def outbound_federations(self) -> OutboundFederations: ...
    @property
    def token_signing_keys(self) -> TokenSigningKeys: ...
    @property
    def vpc_endpoints(self) -> VPCEndpoints: ...
    @property
    def buckets(self) -> Buckets: ...
    @property
    def console_sessions(self) -> ConsoleSessions: ...
    @property
    def nodes(self) -> Nodes: ...
    @property
    def sealing_keys(self) -> SealingKeys: ...
    @property
    def session_revocations(self) -> SessionRevocations: ...
    @property
    def organizations(self) -> Organizations: ...
    @property
    def organization_members(self) -> OrganizationMembers: ...
    @property
    def organizational_units(self) -> OrganizationalUnits: ...
    @property
    def organization_policies(self) -> OrganizationPolicies: ...
    @property
    def organization_policy_attachments(self) -> OrganizationPolicyAttachments: ...
    @property
    def account_creations(self) -> AccountCreations: ...
    @property
    def service_accesses(self) -> ServiceAccesses: ...
    @property
    def delegated_administrators(self) -> DelegatedAdministrators: ...
    @property
    def handshakes(self) -> Handshakes: ...
    @property
    def organization_resource_policies(self) -> OrganizationResourcePolicies: ...
    @property
    def delegation_requests(self) -> DelegationRequests: ...
    @property
    def delegation_notices(self) -> DelegationNotices: ...
    @property
    def account_properties(self) -> AccountProperties: ...

    def erase(self) -> None:
        """
        Remove everything but the installation's own identity; for the reset of a development server.

        The log of changes says nothing of it; whoever listens here is told that it cannot be told what has changed
        (`Store.on_lost`).  Whoever holds snapshots must drop them all.
        """
        ...

    @property
    def master_keys(self) -> "MasterKeys": ...

    def problems(self) -> list[str]:
        """
        Look through everything, which takes a while, and return what does not hold, in sentences (`iamd.store.invariants`).

        Raises StoreError when the database is so damaged that it cannot be read.
        """
        ...

    def note_attempt(self, line: str) -> None:
        """Append *line* to the log of changes, and nothing else, for the other nodes to hear."""
        ...

    def forget_changes(self, kept: int) -> None:
        """
        Cut the log of changes down to the last *kept*, at least 1.

        Whoever has not heard of what was cut is told that it cannot be told what has changed (`Store.on_lost`).
        """
        ...

    @property
    def epoch(self) -> int:
        """The epoch that this transaction sees, its own changes included."""
        ...

    def told(self, things: AbstractSet[tuple[ChangeKind, str]]) -> bool:
        """
        Tell whether the listeners have been told of all changes to *things* that this transaction sees.

        Whoever keeps what they are told of has then nothing else in memory of these things than this transaction would say.
        Never so in one that may only read: nobody knows which changes it sees.
        """
        ...


class MasterKeys(Protocol):
    """The master keys of this node (`iamd.store.master_keys`)."""

    def held(self) -> tuple[str, ...]: ...
    def sealing(self) -> str: ...
    def seal_with(self, key_id: str) -> None: ...
    def left(self) -> int: ...
    def reseal(self, limit: int) -> int: ...


class Store(Protocol):
    """The archive as a whole."""

    @property
    def cluster_id(self) -> str:
        """The id of this installation, made with the database; two fresh ones never share it."""
        ...

    @property
    def lacks_master_key(self) -> bool:
        """Whether the master key was changed to one that is not held here, as far as is known from the last write."""
        ...

    def read(self, job: Callable[[Transaction], T]) -> Future[T]: ...
    def write(self, job: Callable[[Transaction], T]) -> Future[T]: ...

    def on_changes(self, listener: Callable[[Sequence[Change]], None]) -> None:
        """
        Call *listener* with changes that were committed, here or by others.

        For own writes that happens on the writer's thread after the commit and before their futures resolve.
        """
        ...

    def on_lost(self, forgetter: Callable[[], None]) -> None:
        """
        Call *forgetter* when it cannot be told what has changed; whoever remembers anything has to forget it.

        It is called again, later, for as long as it raises.
        """
        ...

    @property
    def epoch(self) -> int:
        """The epoch up to which the listeners have been told."""
        ...

    @property
    def freshen(self) -> Callable[[], None] | None:
        """
        What looks for commits of other processes, at so little cost that each request asks; None where `poll` has to do.

        Raises StoreError as `poll` does.
        """
        ...

    def wait(self, seconds: float) -> None:
        """Wait for that long, or until there may be something to `poll` for."""
        ...

    def wake(self) -> None:
        """End the `wait` that is, or the next one."""
        ...

    def poll(self) -> None:
        """
        Look for changes that other processes have committed, and tell the listeners; cheap.

        Raises StoreError when the database cannot be asked.  Not to be called by a listener.
        """
        ...

    def close(self) -> None: ...
