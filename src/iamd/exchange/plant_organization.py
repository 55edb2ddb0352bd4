"""Put an organization of a seed into the database: by the operations of Organizations, as its management account's root."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

from iamd.catalogue.organization_policies import FULL_ACCESS
from iamd.domain.ids import AccountId
from iamd.domain.organization_members import JoinedMethod, OrganizationMember
from iamd.domain.organizations import OrganizationsFeature, PolicyType
from iamd.domain.service_accesses import IAM
from iamd.errors import ServiceError
from iamd.exchange.seed import SeedOrganization, SeedOrganizationPolicy, SeedUnit, document_text
from iamd.exchange.strict_yaml import FileFormatError
from iamd.operations.as_root import AsRoot
from iamd.operations.iam.organizations import (
    enable_organizations_root_credentials_management,
    enable_organizations_root_sessions,
)
from iamd.operations.organization_access import managed_organization
from iamd.operations.organizations import (
    accounts,
    delegated_administrators,
    organizational_units,
    organizations,
    policies,
    policy_attachments,
    policy_types,
    resource_policies,
    service_accesses,
)
from iamd.operations.registry import Handler

_FULL_ACCESS = FULL_ACCESS[PolicyType.SERVICE_CONTROL_POLICY].policy_id
_ENABLE: Final[Mapping[OrganizationsFeature, Handler]] = {
    OrganizationsFeature.ROOT_CREDENTIALS_MANAGEMENT: enable_organizations_root_credentials_management,
    OrganizationsFeature.ROOT_SESSIONS: enable_organizations_root_sessions,
}


def plant_organization(roots: Mapping[str, AsRoot], wanted: SeedOrganization) -> None:
    """
    Make an organization.

    Args:
        roots: The root of each account of the file, by account id.
        wanted: As the file has it.

    Raises:
        FileFormatError: An operation refused something; the text says what of the file, and why.
    """
    _Planting(roots, wanted).plant()


class _Planting:
    def __init__(self, roots: Mapping[str, AsRoot], wanted: SeedOrganization) -> None:
        self._wanted = wanted
        self._roots = roots
        self._policies: dict[str, str] = {}
        if wanted.management_account not in roots:
            raise FileFormatError(_not_in_file(wanted.management_account))
        self._root = roots[wanted.management_account]

    def plant(self) -> None:
        with _said_of("management_account", self._wanted.management_account):
            self._root(organizations.create_organization)
        root_id = managed_organization(self._root.call("seed")).root_id
        wanted = {PolicyType.SERVICE_CONTROL_POLICY, *(policy.type for policy in self._wanted.policies)}
        with _said_of("policies", ""):
            for type_ in (type_ for type_ in PolicyType if type_ in wanted):
                self._root(policy_types.enable_policy_type, RootId=root_id, PolicyType=type_.value)
        for policy in self._wanted.policies:
            self._policy(policy)
        self._fill(root_id, self._wanted, "root")
        self._let_in()

    def _let_in(self) -> None:
        """Let services into the organization, and members, for what is theirs to do."""
        wanted = self._wanted
        administered = [each for services in wanted.delegated_administrators.values() for each in services]
        services = [*wanted.trusted_services, *administered, *((IAM,) if wanted.features else ())]
        for principal in dict.fromkeys(services):
            with _said_of("trusted service", principal):
                self._root(service_accesses.enable_aws_service_access, ServicePrincipal=principal)
        for account_id, principals in wanted.delegated_administrators.items():
            for principal in principals:
                with _said_of(f"delegated administrator `{account_id}` of", principal):
                    self._root(
                        delegated_administrators.register_delegated_administrator,
                        AccountId=account_id,
                        ServicePrincipal=principal,
                    )
        for feature in wanted.features:
            with _said_of("feature", feature):
                self._root(_ENABLE[OrganizationsFeature(feature)])
        if wanted.resource_policy is not None:
            with _said_of("resource_policy", ""):
                self._root(
                    resource_policies.put_resource_policy, Content=document_text(wanted.resource_policy)
                )

    def _policy(self, policy: SeedOrganizationPolicy) -> None:
        with _said_of("policy", policy.name):
            made = self._made(
                self._root(
                    policies.create_policy,
                    Name=policy.name,
                    Description=policy.description,
                    Type=policy.type,
                    Content=document_text(policy.document),
                    Tags=_tags(policy.tags),
                )
            )
            self._policies[policy.name] = made["Policy"]["PolicySummary"]["Id"]

    def _fill(self, parent_id: str, wanted: SeedOrganization | SeedUnit, where: str) -> None:
        """Put into a root or unit what belongs there, and attach to it what belongs to it."""
        for account_id in wanted.accounts:
            self._account(account_id, parent_id)
        for unit in wanted.units:
            self._unit(unit, parent_id)
        for name in wanted.attached_policies:
            with _said_of(f"{where}: attached policy", name):
                if name not in self._policies:
                    raise FileFormatError(f"seed: organization, {where}: there is no policy `{name}`")
                self._root(
                    policy_attachments.attach_policy, PolicyId=self._policies[name], TargetId=parent_id
                )
        if not wanted.full_access:
            with _said_of(f"{where}: full_access", "false"):
                self._root(policy_attachments.detach_policy, PolicyId=_FULL_ACCESS, TargetId=parent_id)

    def _unit(self, unit: SeedUnit, parent_id: str) -> None:
        with _said_of("unit", unit.name):
            made = self._made(
                self._root(
                    organizational_units.create_organizational_unit,
                    ParentId=parent_id,
                    Name=unit.name,
                    Tags=_tags(unit.tags),
                )
            )
        self._fill(made["OrganizationalUnit"]["Id"], unit, f"unit `{unit.name}`")

    def _account(self, account_id: str, parent_id: str) -> None:
        """Make an account of the file a member, as if it had been invited and had accepted."""
        if account_id not in self._roots:
            raise FileFormatError(_not_in_file(account_id))
        with _said_of("account", account_id):
            call = self._root.call("seed")
            organization = managed_organization(call)
            if account_id == organization.management_account_id:
                if parent_id != organization.root_id:
                    self._root(
                        accounts.move_account,
                        AccountId=account_id,
                        SourceParentId=organization.root_id,
                        DestinationParentId=parent_id,
                    )
                return
            member = OrganizationMember(
                account_id=AccountId(account_id),
                organization_id=organization.organization_id,
                parent_id=parent_id,
                joined_method=JoinedMethod.INVITED,
                joined_at=call.now,
            )
            accounts.join(call, organization, member)

    @staticmethod
    def _made(result: Mapping[str, Any] | None) -> Mapping[str, Any]:
        return result or {}


def _tags(tags: dict[str, str]) -> list[dict[str, str]] | None:
    return [{"Key": key, "Value": value} for key, value in tags.items()] or None


def _not_in_file(account_id: str) -> str:
    return f"seed: organization: account {account_id} is none of the file's `accounts`"


@contextmanager
def _said_of(kind: str, name: str) -> Iterator[None]:
    """Turn an operation's refusal into one that names the part of the file."""
    try:
        yield
    except ServiceError as error:
        raise FileFormatError(
            f"seed: organization, {kind} `{name}`: {error.code}: {error.message}"
        ) from error
