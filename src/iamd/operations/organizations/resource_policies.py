"""
The resource policy of the organization: what members may do with it.

What holds for every operation here:

* An organization has one at most; to put another one is to replace its content.
* It names accounts, users and roles of members, and actions of Organizations alone.  What can be delegated at all is to
  read, to manage policies, and to tag; a policy that names more allows no more.
* Users and roles in it are bound to their unique ids, as in trust policies.

AWS: *Resource-based delegation policies*.
"""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from iamd.domain.ids import UniqueId
from iamd.domain.organization_resource_policies import PREFIX, OrganizationResourcePolicy
from iamd.domain.organizations import Organization
from iamd.errors.organizations import InvalidInputException, ResourcePolicyNotFoundException
from iamd.operations.call import Call, Params, Result
from iamd.operations.organization_access import managed_organization
from iamd.operations.organization_delegation import Delegable, readable_organization
from iamd.operations.organization_resources import demand_tagging, resource_policy, whole
from iamd.operations.organizations.tags import checked_tags
from iamd.operations.registry import Mode, organizations_operation
from iamd.operations.trust_policies import bind_principals, shown_document
from iampolicy import PolicyError, PolicyKind, principal_values, validate

_SERVICE = "organizations:"


@organizations_operation("PutResourcePolicy", on=resource_policy, mode=Mode.WRITE)
def put_resource_policy(call: Call, params: Params) -> Result:
    """
    Make the resource policy, or replace its content.

    Raises:
        InvalidInputException: The content is no policy, or names nobody, or actions of other services; or there are tags
            for a policy that is there, or not acceptable ones.
        ConstraintViolationException: There would be more tags than allowed.
    """
    organization = managed_organization(call)
    found = call.store.organization_resource_policies.find(organization.organization_id)
    tags = checked_tags(params.get("Tags", ()))
    if found is not None and tags:
        raise InvalidInputException("Tags can be given to a resource policy only when it is made.")
    trusted_ids = _check(call, params["Content"])
    if found is None:
        found = OrganizationResourcePolicy(
            organization_id=organization.organization_id,
            policy_id=call.ids.lower_id(PREFIX, 8),
            content="",
            tags=tags,
        )
        demand_tagging(call, params, resource_policy(call, params))
    policy = replace(found, content=params["Content"], trusted_ids=trusted_ids)
    call.store.organization_resource_policies.put(policy)
    return {"ResourcePolicy": _show(call, organization, policy)}


@organizations_operation("DescribeResourcePolicy", on=whole(Delegable.READING), mode=Mode.READ)
def describe_resource_policy(call: Call, _params: Params) -> Result:
    """
    Tell the resource policy.

    Raises:
        ResourcePolicyNotFoundException: There is none.
    """
    organization = readable_organization(call)
    return {"ResourcePolicy": _show(call, organization, _get(call, organization))}


@organizations_operation("DeleteResourcePolicy", on=whole(Delegable.NOTHING), mode=Mode.WRITE)
def delete_resource_policy(call: Call, _params: Params) -> Result:
    """
    Take back what was delegated; from the next request on.

    Raises:
        ResourcePolicyNotFoundException: There is none.
    """
    organization = managed_organization(call)
    call.store.organization_resource_policies.delete(_get(call, organization))
    return None


def _get(call: Call, organization: Organization) -> OrganizationResourcePolicy:
    found = call.store.organization_resource_policies.find(organization.organization_id)
    if found is None:
        raise ResourcePolicyNotFoundException
    return found


def _check(call: Call, content: str) -> tuple[tuple[str, UniqueId], ...]:
    """Check a document, and bind its principals."""
    try:
        validate(content, PolicyKind.RESOURCE)
    except PolicyError as error:
        raise InvalidInputException(
            "You specified a resource policy that isn't valid.",
            reason="INVALID_RESOURCE_POLICY_JSON",
            detail=error.message,
        ) from error
    bound, strangers = bind_principals(call.store, content, PolicyKind.RESOURCE)
    if strangers or any(kind != "AWS" for kind, _ in principal_values(content, PolicyKind.RESOURCE)):
        raise InvalidInputException(
            "You specified an invalid principal element in the policy.", reason="INVALID_PRINCIPAL"
        )
    if not all(action.lower().startswith(_SERVICE) for action in _actions(content)):
        raise InvalidInputException(
            "You specified an action that is not supported in a resource policy.",
            reason="UNSUPPORTED_ACTION_IN_RESOURCE_POLICY",
        )
    return bound


def _actions(content: str) -> Iterator[str]:
    """Yield what a valid document says of actions; of one with ``NotAction``, what is none."""
    statements = json.loads(content)["Statement"]
    for statement in [statements] if isinstance(statements, dict) else statements:
        actions = statement.get("Action", "")
        yield from [actions] if isinstance(actions, str) else actions


def _show(call: Call, organization: Organization, policy: OrganizationResourcePolicy) -> dict[str, Any]:
    return {
        "ResourcePolicySummary": {"Id": policy.policy_id, "Arn": policy.arn(organization)},
        "Content": shown_document(call, policy.content, policy.trusted_ids),
    }
