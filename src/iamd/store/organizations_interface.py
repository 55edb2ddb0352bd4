"""
What the archive promises of organizations; part of `iamd.store.interface`, and the rules there hold.

What a decision about an account depends on is logged in two kinds: as ``account`` what happens to one account (it
joins, moves, leaves), as ``organization`` what may concern all of its accounts (policies, where they are attached, which
types are enabled, who may act as the root of others).  Units alone change no decision: none of them ever moves, and only empty ones go.
"""

from collections.abc import Sequence
from typing import Protocol

from iamd.domain.account_creations import AccountCreation, CreationState
from iamd.domain.delegated_administrators import DelegatedAdministrator
from iamd.domain.handshakes import Handshake
from iamd.domain.ids import AccountId, OrganizationId
from iamd.domain.organization_members import OrganizationMember
from iamd.domain.organization_policies import OrganizationPolicy
from iamd.domain.organization_resource_policies import OrganizationResourcePolicy
from iamd.domain.organizational_units import OrganizationalUnit
from iamd.domain.organizations import Organization, PolicyType
from iamd.domain.service_accesses import ServiceAccess


class Organizations(Protocol):
    def add(self, organization: Organization) -> None: ...
    def find(self, organization_id: OrganizationId) -> Organization | None: ...
    def put(self, organization: Organization) -> None: ...
    def delete(self, organization: Organization) -> None:
        """Remove an organization that has no members any more, with its units, policies and all else of it."""
        ...


class OrganizationMembers(Protocol):
    def add(self, member: OrganizationMember) -> None:
        """Raise AlreadyInOrganizationException when the account is a member, here or elsewhere."""
        ...

    def find(self, account_id: AccountId) -> OrganizationMember | None: ...
    def put(self, member: OrganizationMember) -> None: ...
    def delete(self, member: OrganizationMember) -> None: ...
    def page(
        self, organization_id: OrganizationId, after: str | None, limit: int
    ) -> list[OrganizationMember]:
        """In the order of account ids; ``after`` is one."""
        ...

    def children(
        self, organization_id: OrganizationId, parent_id: str, after: str | None, limit: int
    ) -> list[OrganizationMember]:
        """Return those directly under a root or unit, in the order of account ids."""
        ...

    def count(self, organization_id: OrganizationId) -> int: ...


class OrganizationalUnits(Protocol):
    def add(self, unit: OrganizationalUnit) -> None: ...
    def find(self, organization_id: OrganizationId, unit_id: str) -> OrganizationalUnit | None: ...
    def find_by_name(
        self, organization_id: OrganizationId, parent_id: str, name: str
    ) -> OrganizationalUnit | None: ...
    def put(self, unit: OrganizationalUnit) -> None: ...
    def delete(self, unit: OrganizationalUnit) -> None: ...
    def page(
        self, organization_id: OrganizationId, after: str | None, limit: int
    ) -> list[OrganizationalUnit]:
        """In the order of ids; ``after`` is one."""
        ...

    def children(
        self, organization_id: OrganizationId, parent_id: str, after: str | None, limit: int
    ) -> list[OrganizationalUnit]:
        """Return those directly under a root or unit, in the order of ids."""
        ...

    def count(self, organization_id: OrganizationId) -> int: ...


class OrganizationPolicies(Protocol):
    """Policies of customers; those of AWS are in the catalogue."""

    def add(self, policy: OrganizationPolicy) -> None: ...
    def find(self, organization_id: OrganizationId, policy_id: str) -> OrganizationPolicy | None: ...
    def find_by_name(
        self, organization_id: OrganizationId, type_: PolicyType, name: str
    ) -> OrganizationPolicy | None: ...
    def put(self, policy: OrganizationPolicy) -> None: ...
    def delete(self, policy: OrganizationPolicy) -> None: ...
    def page(
        self, organization_id: OrganizationId, type_: PolicyType, after: str | None, limit: int
    ) -> list[OrganizationPolicy]:
        """In the order of ids; ``after`` is one."""
        ...

    def count(self, organization_id: OrganizationId, type_: PolicyType) -> int: ...


class OrganizationPolicyAttachments(Protocol):
    """Policies (of customers and of AWS) attached to roots, units and accounts, by their ids."""

    def add(self, organization_id: OrganizationId, target_id: str, type_: PolicyType, policy_id: str) -> bool:
        """Return whether it was not attached already."""
        ...

    def remove(self, organization_id: OrganizationId, target_id: str, policy_id: str) -> bool:
        """Return whether there was an attachment to remove."""
        ...

    def remove_target(self, organization_id: OrganizationId, target_id: str) -> None:
        """Detach everything from *target_id*."""
        ...

    def remove_type(self, organization_id: OrganizationId, type_: PolicyType) -> None:
        """Detach every policy of a type from everything."""
        ...

    def of(self, organization_id: OrganizationId, target_id: str, type_: PolicyType) -> list[str]:
        """Return the ids attached to a target, in the order in which they were attached."""
        ...

    def targets(self, organization_id: OrganizationId, policy_id: str) -> list[str]:
        """Return whatever has the policy attached, in the order in which it was attached."""
        ...


class AccountCreations(Protocol):
    def add(self, creation: AccountCreation) -> None: ...
    def find(self, organization_id: OrganizationId, request_id: str) -> AccountCreation | None: ...
    def all(self, organization_id: OrganizationId, states: Sequence[CreationState]) -> list[AccountCreation]:
        """Return those in one of *states*, newest first."""
        ...


class ServiceAccesses(Protocol):
    def add(self, access: ServiceAccess) -> bool:
        """Return whether the service had not been let in already; if it had, nothing changes."""
        ...

    def find(self, organization_id: OrganizationId, service_principal: str) -> ServiceAccess | None: ...
    def delete(self, access: ServiceAccess) -> bool:
        """Return whether there was one to delete."""
        ...

    def page(self, organization_id: OrganizationId, after: str | None, limit: int) -> list[ServiceAccess]:
        """In the order of principals; ``after`` is one."""
        ...


class DelegatedAdministrators(Protocol):
    def add(self, administrator: DelegatedAdministrator) -> bool:
        """Return whether the account did not administer the service already."""
        ...

    def delete(self, administrator: DelegatedAdministrator) -> bool:
        """Return whether there was one to delete."""
        ...

    def all(self, organization_id: OrganizationId) -> list[DelegatedAdministrator]:
        """In the order of account ids, and of principals."""
        ...

    def of(self, organization_id: OrganizationId, account_id: AccountId) -> list[DelegatedAdministrator]:
        """Return what one account administers, in the order of principals."""
        ...


class Handshakes(Protocol):
    def add(self, handshake: Handshake) -> None: ...
    def find(self, handshake_id: str) -> Handshake | None: ...
    def put(self, handshake: Handshake) -> None: ...
    def delete(self, handshake: Handshake) -> None: ...
    def of_organization(self, organization_id: OrganizationId) -> list[Handshake]:
        """Return those that were sent, and are kept still, oldest first."""
        ...

    def of_account(self, account_id: AccountId, email: str | None) -> list[Handshake]:
        """Return those that were sent to an account, or to its email address, oldest first."""
        ...


class OrganizationResourcePolicies(Protocol):
    """One for each organization that has one."""

    def find(self, organization_id: OrganizationId) -> OrganizationResourcePolicy | None: ...
    def put(self, policy: OrganizationResourcePolicy) -> None:
        """Add the policy, or replace the one that there is."""
        ...

    def delete(self, policy: OrganizationResourcePolicy) -> None: ...
