"""
What an action of Organizations is asked on.

AWS: *Actions, resources, and condition keys for AWS Organizations*.  Everything in an organization belongs to its
management account; a delegated administrator is asked as if it were its own, and told by the handler if it is not.
Whoever is in no organization is asked about ``*``, and told so by the handler.
"""

from collections.abc import Callable, Sequence

import msgspec

from iamd.auth.context import parameter_context
from iamd.auth.target import Target
from iamd.domain.ids import AccountId
from iamd.domain.organization_policies import PREFIX as POLICY
from iamd.domain.organizational_units import PREFIX as UNIT
from iamd.domain.organizations import ROOT_PREFIX as ROOT
from iamd.domain.organizations import Organization, PolicyType
from iamd.domain.tags import Tag
from iamd.operations.call import Call, Params
from iamd.operations.organization_access import administers, find_organization, find_policy
from iamd.operations.resources import anything

_POLICY_TYPE = "organizations:PolicyType"
_SERVICE_PRINCIPAL = "organizations:ServicePrincipal"
_ACCOUNT_DIGITS = 12


def entities(*members: str) -> Callable[[Call, Params], Sequence[Target]]:
    """Roots, units, accounts and policies, by the ids that these parameters hold."""

    def targets(call: Call, params: Params) -> Sequence[Target]:
        organization = find_organization(call)
        if organization is None:
            return (anything(call, params),)
        return [entity(call, organization, params[member]) for member in members]

    return targets


def entity(call: Call, organization: Organization, id_: str) -> Target:
    """Return a root, unit, account or policy, under the ARN that it has or would have."""
    if id_.startswith(POLICY):
        return _policy(call, organization, id_)
    if id_.startswith(UNIT):
        unit = call.store.organizational_units.find(organization.organization_id, id_)
        return _target(call, organization, organization.arn_of("ou", id_), unit.tags if unit else ())
    if len(id_) == _ACCOUNT_DIGITS:
        member = call.store.organization_members.find(AccountId(id_))
        ours = member is not None and member.organization_id == organization.organization_id
        tags = member.tags if member and ours else ()
        return _target(call, organization, organization.arn_of("account", id_), tags)
    if id_.startswith(ROOT):
        tags = organization.root_tags if id_ == organization.root_id else ()
        return _target(call, organization, organization.arn_of("root", id_), tags)
    return anything(call, {})


def new_policy(call: Call, params: Params) -> Target:
    """The policy that a request makes, of which the type is known and the id not yet."""
    organization = find_organization(call)
    if organization is None:
        return anything(call, params)
    return _target(call, organization, organization.policy_arn(params["Type"], "*"))


def member_account(call: Call, params: Params) -> Target:
    """The account that ``AccountId`` names, for an action that knows ``organizations:ServicePrincipal``."""
    (target,) = entities("AccountId")(call, params)
    return _of_service(target, params)


def service(call: Call, params: Params) -> Target:
    """No resource, for an action that knows ``organizations:ServicePrincipal``."""
    return _of_service(anything(call, params), params)


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


def _policy(call: Call, organization: Organization, policy_id: str) -> Target:
    policy = find_policy(call, organization, policy_id)
    if policy is None:
        arn = organization.policy_arn(PolicyType.SERVICE_CONTROL_POLICY, policy_id)
        return _target(call, organization, arn)
    arn, context = policy.arn(organization), {_POLICY_TYPE: policy.type.value}
    if policy.aws_managed:
        return Target(arn=arn, account_id="aws", tags=policy.tags, context=context)
    target = _target(call, organization, arn, policy.tags)
    return msgspec.structs.replace(target, context={**target.context, **context})


def _target(call: Call, organization: Organization, arn: str, tags: tuple[Tag, ...] = ()) -> Target:
    management = organization.management_account_id
    owner = management
    if call.account_id != management and administers(call, organization):
        owner = call.account_id
    return Target(arn=arn, account_id=owner, tags=tags, context={"aws:ResourceAccount": management})
