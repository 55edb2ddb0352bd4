"""
What an action of Organizations is asked on.

AWS: *Actions, resources, and condition keys for AWS Organizations*.  Everything in an organization belongs to its
management account; who else may be allowed something is said in `iamd.operations.organization_delegation`.
Whoever is in no organization is asked about ``*``, and told so by the handler.
"""

from collections.abc import Callable, Sequence

import msgspec

from iamd.auth.context import parameter_context
from iamd.auth.target import Target
from iamd.domain.ids import AccountId
from iamd.domain.organization_policies import PREFIX as POLICY
from iamd.domain.organization_resource_policies import PREFIX as RESOURCE_POLICY
from iamd.domain.organization_resource_policies import resource_policy_arn
from iamd.domain.organizational_units import PREFIX as UNIT
from iamd.domain.organizations import ROOT_PREFIX as ROOT
from iamd.domain.organizations import Organization, PolicyType
from iamd.domain.tags import Tag
from iamd.operations.call import Call, Params
from iamd.operations.organization_access import find_organization, find_policy
from iamd.operations.organization_delegation import Delegable, delegated, of_everything
from iamd.operations.resources import anything

_POLICY_TYPE = "organizations:PolicyType"
_SERVICE_PRINCIPAL = "organizations:ServicePrincipal"
_ACCOUNT_DIGITS = 12


def entities(
    *members: str, delegable: Delegable = Delegable.NOTHING
) -> Callable[[Call, Params], Sequence[Target]]:
    """Roots, units, accounts and policies, by the ids that these parameters hold."""

    def targets(call: Call, params: Params) -> Sequence[Target]:
        organization = find_organization(call)
        if organization is None:
            return (anything(call, params),)
        return [entity(call, organization, params[member], delegable) for member in members]

    return targets


def entity(
    call: Call, organization: Organization, id_: str, delegable: Delegable = Delegable.NOTHING
) -> Target:
    """Return a root, unit, account or policy, under the ARN that it has or would have."""
    return delegated(call, organization, _named(call, organization, id_), delegable)


def whole(delegable: Delegable) -> Callable[[Call, Params], Target]:
    """No resource, for an action about the organization as a whole."""

    def target(call: Call, params: Params) -> Target:
        organization = find_organization(call)
        return (
            anything(call, params) if organization is None else of_everything(call, organization, delegable)
        )

    return target


def new_policy(call: Call, params: Params) -> Target:
    """The policy that a request makes, of which the type is known and the id not yet."""
    organization = find_organization(call)
    if organization is None:
        return anything(call, params)
    target = _target(organization, organization.policy_arn(params["Type"], "*"))
    return delegated(call, organization, target, Delegable.CHANGING)


def resource_policy(call: Call, params: Params) -> Target:
    """The organization's resource policy, or the one that a request makes."""
    organization = find_organization(call)
    if organization is None:
        return anything(call, params)
    found = call.store.organization_resource_policies.find(organization.organization_id)
    arn = resource_policy_arn(organization, found.policy_id if found else f"{RESOURCE_POLICY}*")
    target = _target(organization, arn, found.tags if found else ())
    return delegated(call, organization, target, Delegable.NOTHING)


def member_account(call: Call, params: Params) -> Target:
    """The account that ``AccountId`` names, for an action that knows ``organizations:ServicePrincipal``."""
    (target,) = entities("AccountId")(call, params)
    return _of_service(target, params)


def service(delegable: Delegable) -> Callable[[Call, Params], Target]:
    """No resource, for an action that knows ``organizations:ServicePrincipal``."""
    return lambda call, params: _of_service(whole(delegable)(call, params), params)


def _of_service(target: Target, params: Params) -> Target:
    if "ServicePrincipal" not in params:
        return target
    context = {**target.context, _SERVICE_PRINCIPAL: params["ServicePrincipal"]}
    return msgspec.structs.replace(target, context=context)


def demand_tagging(call: Call, params: Params, target: Target) -> None:
    """
    Demand the permission to tag what a request makes, if it brings tags.

    Raises:
        AccessDenied: The caller may not.
    """
    if params.get("Tags"):
        call.require("organizations:TagResource", target, parameter_context("organizations", params))


def _named(call: Call, organization: Organization, id_: str) -> Target:
    """Return what is called *id_*; to be asked about as `delegated` says."""
    if id_.startswith(RESOURCE_POLICY):
        found = call.store.organization_resource_policies.find(organization.organization_id)
        ours = found is not None and found.policy_id == id_
        return _target(
            organization, resource_policy_arn(organization, id_), found.tags if found and ours else ()
        )
    if id_.startswith(POLICY):
        return _policy(call, organization, id_)
    if id_.startswith(UNIT):
        unit = call.store.organizational_units.find(organization.organization_id, id_)
        return _target(organization, organization.arn_of("ou", id_), unit.tags if unit else ())
    if len(id_) == _ACCOUNT_DIGITS:
        member = call.store.organization_members.find(AccountId(id_))
        ours = member is not None and member.organization_id == organization.organization_id
        tags = member.tags if member and ours else ()
        return _target(organization, organization.arn_of("account", id_), tags)
    if id_.startswith(ROOT):
        tags = organization.root_tags if id_ == organization.root_id else ()
        return _target(organization, organization.arn_of("root", id_), tags)
    return _target(organization, "*")


def _policy(call: Call, organization: Organization, policy_id: str) -> Target:
    policy = find_policy(call, organization, policy_id)
    if policy is None:
        return _target(organization, organization.policy_arn(PolicyType.SERVICE_CONTROL_POLICY, policy_id))
    target = _target(organization, policy.arn(organization), policy.tags)
    return msgspec.structs.replace(target, context={_POLICY_TYPE: policy.type.value})


def _target(organization: Organization, arn: str, tags: tuple[Tag, ...] = ()) -> Target:
    return Target(arn=arn, account_id=organization.management_account_id, tags=tags)
