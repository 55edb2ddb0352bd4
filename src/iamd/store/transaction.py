"""All collections, seen in one transaction."""

from collections.abc import Callable
from collections.abc import Set as AbstractSet
from typing import Final, Generic, TypeVar

from sqlalchemy import delete

from iamd.store import schema
from iamd.store.access_keys import AccessKeys
from iamd.store.access_reports import AccessReports
from iamd.store.accesses import Accesses
from iamd.store.account_creations import AccountCreations
from iamd.store.account_properties import AccountProperties
from iamd.store.accounts import Accounts
from iamd.store.audit_records import AuditRecords
from iamd.store.buckets import Buckets
from iamd.store.changes import CUT
from iamd.store.console_sessions import ConsoleSessions
from iamd.store.credential_reports import CredentialReports
from iamd.store.delegated_administrators import DelegatedAdministrators
from iamd.store.delegation_notices import DelegationNotices
from iamd.store.delegation_requests import DelegationRequests
from iamd.store.deletion_tasks import DeletionTasks
from iamd.store.execution import Execution
from iamd.store.group_memberships import GroupMemberships
from iamd.store.groups import Groups
from iamd.store.handshakes import Handshakes
from iamd.store.inline_policies import InlinePolicies
from iamd.store.instance_profiles import InstanceProfiles
from iamd.store.interface import ChangeKind
from iamd.store.invariants import problems_of
from iamd.store.login_profiles import LoginProfiles
from iamd.store.managed_policies import ManagedPolicies
from iamd.store.master_keys import MasterKeys
from iamd.store.mfa_devices import MFADevices
from iamd.store.nodes import Nodes
from iamd.store.oidc_providers import OIDCProviders
from iamd.store.organization_members import OrganizationMembers
from iamd.store.organization_policies import OrganizationPolicies
from iamd.store.organization_policy_attachments import OrganizationPolicyAttachments
from iamd.store.organization_resource_policies import OrganizationResourcePolicies
from iamd.store.organizational_units import OrganizationalUnits
from iamd.store.organizations import Organizations
from iamd.store.outbound_federations import OutboundFederations
from iamd.store.password_policy import PasswordPolicies
from iamd.store.policy_attachments import PolicyAttachments
from iamd.store.roles import Roles
from iamd.store.saml_providers import SamlProviders
from iamd.store.sealing_keys import SealingKeys
from iamd.store.server_certificates import ServerCertificates
from iamd.store.service_accesses import ServiceAccesses
from iamd.store.service_specific_credentials import ServiceSpecificCredentials
from iamd.store.session_revocations import SessionRevocations
from iamd.store.signing_certificates import SigningCertificates
from iamd.store.ssh_public_keys import SSHPublicKeys
from iamd.store.statements import Statement
from iamd.store.token_signing_keys import TokenSigningKeys
from iamd.store.users import Users
from iamd.store.vpc_endpoints import VPCEndpoints

# What refers goes before what it refers to.
_ERASE: Final = tuple(
    Statement(delete(table))
    for table in reversed(schema.metadata.sorted_tables)
    if table not in {schema.meta, schema.changes, schema.alembic_version, schema.audit_records}
)


C = TypeVar("C")


class _Collection(Generic[C]):
    """A collection that is made when it is first asked for: a job needs a few of fifty."""

    def __init__(self, make: Callable[[Execution], C]) -> None:
        self._make: Final = make
        self._name = ""

    def __set_name__(self, _owner: type, name: str) -> None:
        self._name = name

    def __get__(self, transaction: "StoreTransaction", _owner: type) -> C:
        made = self._make(transaction._execution)  # noqa: SLF001  the two are one
        # Found there from now on, before this is asked.
        transaction.__dict__[self._name] = made
        return made


class StoreTransaction:
    """What a job is given; see `iamd.store.interface.Transaction`.  Not to be kept after the job."""

    accounts = _Collection(Accounts)
    users = _Collection(Users)
    groups = _Collection(Groups)
    group_memberships = _Collection(GroupMemberships)
    roles = _Collection(Roles)
    access_keys = _Collection(AccessKeys)
    instance_profiles = _Collection(InstanceProfiles)
    managed_policies = _Collection(ManagedPolicies)
    inline_policies = _Collection(InlinePolicies)
    policy_attachments = _Collection(PolicyAttachments)
    mfa_devices = _Collection(MFADevices)
    login_profiles = _Collection(LoginProfiles)
    password_policies = _Collection(PasswordPolicies)
    ssh_public_keys = _Collection(SSHPublicKeys)
    server_certificates = _Collection(ServerCertificates)
    service_specific_credentials = _Collection(ServiceSpecificCredentials)
    deletion_tasks = _Collection(DeletionTasks)
    credential_reports = _Collection(CredentialReports)
    accesses = _Collection(Accesses)
    access_reports = _Collection(AccessReports)
    audit_records = _Collection(AuditRecords)
    signing_certificates = _Collection(SigningCertificates)
    oidc_providers = _Collection(OIDCProviders)
    saml_providers = _Collection(SamlProviders)
    outbound_federations = _Collection(OutboundFederations)
    token_signing_keys = _Collection(TokenSigningKeys)
    vpc_endpoints = _Collection(VPCEndpoints)
    buckets = _Collection(Buckets)
    console_sessions = _Collection(ConsoleSessions)
    nodes = _Collection(Nodes)
    sealing_keys = _Collection(SealingKeys)
    session_revocations = _Collection(SessionRevocations)
    organizations = _Collection(Organizations)
    organization_members = _Collection(OrganizationMembers)
    organizational_units = _Collection(OrganizationalUnits)
    organization_policies = _Collection(OrganizationPolicies)
    organization_policy_attachments = _Collection(OrganizationPolicyAttachments)
    account_creations = _Collection(AccountCreations)
    service_accesses = _Collection(ServiceAccesses)
    delegated_administrators = _Collection(DelegatedAdministrators)
    handshakes = _Collection(Handshakes)
    organization_resource_policies = _Collection(OrganizationResourcePolicies)
    delegation_requests = _Collection(DelegationRequests)
    delegation_notices = _Collection(DelegationNotices)
    account_properties = _Collection(AccountProperties)

    def __init__(self, execution: Execution) -> None:
        self._execution: Final = execution

    def erase(self) -> None:
        self._execution.erased = True
        for statement in _ERASE:
            self._execution.write(statement, {})

    @property
    def master_keys(self) -> MasterKeys:
        return MasterKeys(self._execution)

    def problems(self) -> list[str]:
        return list(problems_of(self._execution))

    def note_attempt(self, line: str) -> None:
        self._execution.changed(ChangeKind.ATTEMPT, line)

    def forget_changes(self, kept: int) -> None:
        self._execution.write(CUT, {"kept": kept})

    @property
    def epoch(self) -> int:
        return self._execution.epoch

    def told(self, things: AbstractSet[tuple[ChangeKind, str]]) -> bool:
        return self._execution.told(things)
