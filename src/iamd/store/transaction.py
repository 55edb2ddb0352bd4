"""All collections, seen in one transaction."""

from typing import Final

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


class StoreTransaction:
    """What a job is given; see `iamd.store.interface.Transaction`.  Not to be kept after the job."""

    def __init__(self, execution: Execution) -> None:
        self._execution: Final = execution
        self.accounts: Final = Accounts(execution)
        self.users: Final = Users(execution)
        self.groups: Final = Groups(execution)
        self.group_memberships: Final = GroupMemberships(execution)
        self.roles: Final = Roles(execution)
        self.access_keys: Final = AccessKeys(execution)
        self.instance_profiles: Final = InstanceProfiles(execution)
        self.managed_policies: Final = ManagedPolicies(execution)
        self.inline_policies: Final = InlinePolicies(execution)
        self.policy_attachments: Final = PolicyAttachments(execution)
        self.mfa_devices: Final = MFADevices(execution)
        self.login_profiles: Final = LoginProfiles(execution)
        self.password_policies: Final = PasswordPolicies(execution)
        self.ssh_public_keys: Final = SSHPublicKeys(execution)
        self.server_certificates: Final = ServerCertificates(execution)
        self.service_specific_credentials: Final = ServiceSpecificCredentials(execution)
        self.deletion_tasks: Final = DeletionTasks(execution)
        self.credential_reports: Final = CredentialReports(execution)
        self.accesses: Final = Accesses(execution)
        self.access_reports: Final = AccessReports(execution)
        self.audit_records: Final = AuditRecords(execution)
        self.signing_certificates: Final = SigningCertificates(execution)
        self.oidc_providers: Final = OIDCProviders(execution)
        self.saml_providers: Final = SamlProviders(execution)
        self.outbound_federations: Final = OutboundFederations(execution)
        self.token_signing_keys: Final = TokenSigningKeys(execution)
        self.vpc_endpoints: Final = VPCEndpoints(execution)
        self.buckets: Final = Buckets(execution)
        self.console_sessions: Final = ConsoleSessions(execution)
        self.sealing_keys: Final = SealingKeys(execution)
        self.session_revocations: Final = SessionRevocations(execution)
        self.organizations: Final = Organizations(execution)
        self.organization_members: Final = OrganizationMembers(execution)
        self.organizational_units: Final = OrganizationalUnits(execution)
        self.organization_policies: Final = OrganizationPolicies(execution)
        self.organization_policy_attachments: Final = OrganizationPolicyAttachments(execution)
        self.account_creations: Final = AccountCreations(execution)
        self.service_accesses: Final = ServiceAccesses(execution)
        self.delegated_administrators: Final = DelegatedAdministrators(execution)
        self.handshakes: Final = Handshakes(execution)
        self.organization_resource_policies: Final = OrganizationResourcePolicies(execution)
        self.delegation_requests: Final = DelegationRequests(execution)
        self.delegation_notices: Final = DelegationNotices(execution)
        self.account_properties: Final = AccountProperties(execution)

    def erase(self) -> None:
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
