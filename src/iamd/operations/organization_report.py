"""
What service control policies allow in a part of an organization, service by service, and what was made of it.

AWS: *GenerateOrganizationsAccessReport*, *View last accessed information for AWS Organizations*.  A report about a root,
a unit or an account is about the policies attached to it and to everything above it; one about a policy, about that
policy alone.  Policies do not touch the management account: to it all services are allowed, and in no other report it
counts.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from iamd.catalogue.service_actions import service_actions, service_names
from iamd.directory.organizations import path_to, policy_levels
from iamd.domain.access_reports import AccountUse, OrganizationAccess, ServiceUseOfAccounts
from iamd.domain.accesses import Access
from iamd.domain.ids import AccountId
from iamd.domain.organization_policies import OrganizationPolicy
from iamd.domain.organizational_units import PREFIX as UNIT
from iamd.domain.organizations import ROOT_PREFIX as ROOT
from iamd.domain.organizations import Organization, PolicyType
from iamd.errors.organizations import (
    PolicyNotFoundException,
    PolicyTypeNotEnabledException,
    TargetNotFoundException,
)
from iamd.operations.call import Call
from iamd.operations.last_accesses import LastAccesses
from iamd.operations.organization_access import EVERYTHING, get_policy, managed_organization
from iamd.operations.organization_resources import entity
from iamd.operations.resources import anything
from iampolicy import Policy, PolicyKind, Reach, parse

_SCP: Final = PolicyType.SERVICE_CONTROL_POLICY


@dataclass(frozen=True, slots=True)
class _Place:
    """A root, a unit or an account, by the ids from the root down to it."""

    organization: Organization
    ids: tuple[str, ...]

    @property
    def id(self) -> str:
        return self.ids[-1]

    @property
    def is_account(self) -> bool:
        return not self.id.startswith((ROOT, UNIT))

    @property
    def of_management(self) -> bool:
        return self.id == self.organization.management_account_id

    @property
    def path(self) -> str:
        return "/".join([self.organization.organization_id, *self.ids])

    def below(self, id_: str) -> "_Place":
        return _Place(self.organization, (*self.ids, id_))


def organization_access(call: Call, path: str, policy_id: str | None) -> OrganizationAccess:
    """
    Return what is allowed at *path*, or by one policy, and what the accounts there have used.

    Raises:
        AWSOrganizationsNotInUseException: The caller's account is in no organization.
        AccessDeniedException: It does not manage its organization.
        AccessDenied: The caller may not read what a report is made of.
        PolicyTypeNotEnabledException: The organization has no service control policies.
        TargetNotFoundException: There is nothing at *path*.
        PolicyNotFoundException: There is no such service control policy.
    """
    organization = managed_organization(call)
    place = _find(call, organization, path)
    # AWS: for the management account, "the policy is ignored".
    asked = None if policy_id is None or place.of_management else policy_id
    _demand(call, place, asked)
    if _SCP not in organization.policy_types:
        raise PolicyTypeNotEnabledException
    policy = None if asked is None else _service_control_policy(call, organization, asked)
    reaches = _reaches(call, place, policy)
    accounts = _accounts(call, place, None if policy is None else _targets(call, organization, policy))
    uses = _uses(call, accounts)
    return OrganizationAccess(
        tuple(
            ServiceUseOfAccounts(prefix, name, *uses.get(prefix, (0, None)))
            for prefix, name in service_names().items()
            if _allowed(prefix, reaches)
        )
    )


def _find(call: Call, organization: Organization, path: str) -> _Place:
    """Return what is at *path*, which must name everything from the organization down."""
    organization_id, *ids = path.split("/")
    found = _Place(organization, tuple(ids))
    parents: Sequence[str]
    if found.id == organization.root_id:
        parents = []
    elif (unit := call.store.organizational_units.find(organization.organization_id, found.id)) is not None:
        parents = path_to(call.store, organization, unit.parent_id)
    elif (member := call.store.organization_members.find(AccountId(found.id))) is not None:
        if member.organization_id != organization.organization_id:
            raise TargetNotFoundException
        parents = path_to(call.store, organization, member.parent_id)
    else:
        raise TargetNotFoundException
    if (organization_id, ids) != (organization.organization_id, [*parents, found.id]):
        raise TargetNotFoundException
    return found


def _demand(call: Call, place: _Place, policy_id: str | None) -> None:
    """
    Demand what AWS says a caller needs of Organizations for a report.

    Raises:
        AccessDenied: The caller may not.
    """
    above = [entity(call, place.organization, id_) for id_ in place.ids]
    call.require("organizations:ListRoots", anything(call, {}))
    for target in above:
        call.require("organizations:ListPoliciesForTarget", target, {"organizations:PolicyType": _SCP})
    if len(above) > 1:
        call.require("organizations:ListParents", above[-1])
    if not place.is_account:
        call.require("organizations:ListChildren", above[-1])
    if policy_id is not None:
        policy = entity(call, place.organization, policy_id)
        call.require("organizations:DescribePolicy", policy)
        call.require("organizations:ListTargetsForPolicy", policy)


def _service_control_policy(call: Call, organization: Organization, policy_id: str) -> OrganizationPolicy:
    policy = get_policy(call, organization, policy_id)
    if policy.type is not _SCP:
        raise PolicyNotFoundException
    return policy


def _targets(call: Call, organization: Organization, policy: OrganizationPolicy) -> frozenset[str]:
    attachments = call.store.organization_policy_attachments
    return frozenset(attachments.targets(organization.organization_id, policy.policy_id))


def _reaches(call: Call, place: _Place, policy: OrganizationPolicy | None) -> list[Reach]:
    """Return what must all allow an action; nothing need for the management account."""
    if policy is not None:
        arn = policy.arn(place.organization)
        return [Reach([_compile(policy.content, policy.type.kind, policy.name, arn)])]
    if place.of_management:
        return []
    return [
        Reach(level) for level in policy_levels(call.store, _compile, place.organization, [*place.ids], _SCP)
    ]


def _compile(text: str, kind: PolicyKind, name: str, arn: str) -> Policy:
    return parse(text, kind, name=name, arn=arn)


def _allowed(prefix: str, reaches: Sequence[Reach]) -> bool:
    return any(
        all(reach.allows(f"{prefix}:{action}") for reach in reaches) for action in service_actions()[prefix]
    )


def _accounts(call: Call, place: _Place, targets: frozenset[str] | None) -> Iterator[_Place]:
    """
    Yield the accounts that a report on *place* counts.

    AWS: of one about a policy, those to which the policy applies by being attached to *place*, or below it.
    """
    if targets is not None and place.id in targets:
        targets = None
    if place.is_account:
        if targets is None:
            yield place
        return
    organization_id = place.organization.organization_id
    for member in call.store.organization_members.children(organization_id, place.id, None, EVERYTHING):
        below = place.below(member.account_id)
        if not below.of_management:
            yield from _accounts(call, below, targets)
    for unit in call.store.organizational_units.children(organization_id, place.id, None, EVERYTHING):
        yield from _accounts(call, place.below(unit.unit_id), targets)


def _uses(call: Call, accounts: Iterator[_Place]) -> dict[str, tuple[int, AccountUse]]:
    """Return how many accounts have used each service, and the last use of all."""
    found: dict[str, tuple[int, AccountUse]] = {}
    known = LastAccesses(call)
    for account in accounts:
        for prefix, access in known.of_services(AccountId(account.id)).items():
            number, last = found.get(prefix, (0, None))
            use = _later(last, account, access)
            found[prefix] = (number + 1, use)
    return found


def _later(last: AccountUse | None, account: _Place, access: Access) -> AccountUse:
    if last is not None and last.at >= access.at:
        return last
    return AccountUse(account.path, access.at, access.region)
