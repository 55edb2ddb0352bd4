"""
What an organization has delegated to its members, and how that is asked.

* What the management account has not delegated is its own.
* Delegated administrators of services read everything (`administers`).
* A resource policy names members, and what they may do, on what; the member's own policies must allow it, too.

INVARIANT: A handler that takes an organization from `readable_organization` or `changeable_organization` is registered with
targets that were made with the same `Delegable`: the resource policy is asked with the targets, and a handler only asks
whether there is one.

AWS: *Resource-based delegation policies*; *RegisterDelegatedAdministrator*, "It grants read-only access to Organizations
service data."
"""

from enum import Enum
from functools import lru_cache

import msgspec

from iamd.auth.target import Target
from iamd.domain.ids import UniqueId
from iamd.domain.organizations import Organization
from iamd.errors.organizations import AccessDeniedException
from iamd.operations.call import Call
from iamd.operations.organization_access import own_organization
from iamd.operations.resources import anything
from iampolicy import Policy, PolicyKind, parse


class Delegable(Enum):
    """What of an operation can be delegated."""

    NOTHING = "nothing"
    READING = "reading"
    CHANGING = "changing"


def readable_organization(call: Call) -> Organization:
    """
    Return the organization that the caller's account manages, or may read.

    Raises:
        AWSOrganizationsNotInUseException: It is in none.
        AccessDeniedException: It is a member and no more.
    """
    organization = own_organization(call)
    if not (
        _manages(call, organization) or administers(call, organization) or _delegates(call, organization)
    ):
        raise AccessDeniedException
    return organization


def changeable_organization(call: Call) -> Organization:
    """
    Return the organization that the caller's account manages, or has been let change.

    Raises:
        AWSOrganizationsNotInUseException: It is in none.
        AccessDeniedException: It is a member and no more.
    """
    organization = own_organization(call)
    if not (_manages(call, organization) or _delegates(call, organization)):
        raise AccessDeniedException
    return organization


def administers(call: Call, organization: Organization) -> bool:
    """Return whether the caller's account is a delegated administrator, of whatever service."""
    return bool(call.store.delegated_administrators.of(organization.organization_id, call.account_id))


def delegated(call: Call, organization: Organization, target: Target, delegable: Delegable) -> Target:
    """Return *target*, something of the organization, as the caller's account is to be asked about it."""
    management = organization.management_account_id
    target = msgspec.structs.replace(target, context={**target.context, "aws:ResourceAccount": management})
    if _manages(call, organization):
        return msgspec.structs.replace(target, account_id=management)
    policy = None
    if delegable is not Delegable.NOTHING:
        policy = call.store.organization_resource_policies.find(organization.organization_id)
    if (policy is None or delegable is Delegable.READING) and administers(call, organization):
        # By its own policies alone; what it may not do for all that is told by the handler.
        return msgspec.structs.replace(target, account_id=call.account_id)
    resource_policy = None if policy is None else _compiled(policy.content, policy.trusted_ids)
    return msgspec.structs.replace(target, account_id=management, resource_policy=resource_policy)


def of_everything(call: Call, organization: Organization, delegable: Delegable) -> Target:
    """Return what is asked about where an action knows no resource."""
    target = anything(call, {})
    if _manages(call, organization) or delegable is Delegable.NOTHING:
        return target
    asked = delegated(call, organization, target, delegable)
    return target if asked.resource_policy is None else asked


@lru_cache(maxsize=64)
def _compiled(content: str, trusted_ids: tuple[tuple[str, UniqueId], ...]) -> Policy:
    return parse(content, PolicyKind.RESOURCE, name="resource policy", bindings=dict(trusted_ids))


def _manages(call: Call, organization: Organization) -> bool:
    return organization.management_account_id == call.account_id


def _delegates(call: Call, organization: Organization) -> bool:
    return call.store.organization_resource_policies.find(organization.organization_id) is not None
