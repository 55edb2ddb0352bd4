"""
What an action of Organizations is asked on.

AWS: *Actions, resources, and condition keys for AWS Organizations*.  Everything in an organization belongs to its
management account.  Whoever is in no organization is asked about ``*``, and told so by the handler.
"""

from collections.abc import Callable, Sequence

from iamd.auth.context import parameter_context
from iamd.auth.target import Target
from iamd.domain.ids import AccountId
from iamd.domain.organization_policies import PREFIX as POLICY
from iamd.domain.organizational_units import PREFIX as UNIT
from iamd.domain.organizations import ROOT_PREFIX as ROOT
from iamd.domain.organizations import Organization, PolicyType
from iamd.domain.tags import Tag
from iamd.operations.call import Call, Params
from iamd.operations.organization_access import find_organization, find_policy
from iamd.operations.resources import anything

_POLICY_TYPE = "organizations:PolicyType"
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
        return _target(organization, organization.arn_of("ou", id_), unit.tags if unit else ())
    if len(id_) == _ACCOUNT_DIGITS:
        member = call.store.organization_members.find(AccountId(id_))
        ours = member is not None and member.organization_id == organization.organization_id
        tags = member.tags if member and ours else ()
        return _target(organization, organization.arn_of("account", id_), tags)
    if id_.startswith(ROOT):
        tags = organization.root_tags if id_ == organization.root_id else ()
        return _target(organization, organization.arn_of("root", id_), tags)
    return anything(call, {})


def new_policy(call: Call, params: Params) -> Target:
    """The policy that a request makes, of which the type is known and the id not yet."""
    organization = find_organization(call)
    if organization is None:
        return anything(call, params)
    return _target(organization, organization.policy_arn(params["Type"], "*"))


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
        return _target(organization, arn)
    return Target(
        arn=policy.arn(organization),
        account_id="aws" if policy.aws_managed else organization.management_account_id,
        tags=policy.tags,
        context={_POLICY_TYPE: policy.type.value},
    )


def _target(organization: Organization, arn: str, tags: tuple[Tag, ...] = ()) -> Target:
    return Target(arn=arn, account_id=organization.management_account_id, tags=tags)
