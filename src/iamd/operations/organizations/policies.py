"""
Organization policies.

What holds for every operation here:

* iamd has the two types that bear on decisions: service control policies and resource control policies.  To make one of
  another type is answered by UnsupportedOperation; to list those of another type is answered truly: there are none.
* A name is unique in its type.  A policy that AWS manages can be looked at and attached, and not changed.
* Content is checked when it is written, and answered as it was sent.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from iamd.catalogue.organization_policies import FULL_ACCESS
from iamd.domain import organization_limits as limits
from iamd.domain.organization_policies import PREFIX, OrganizationPolicy
from iamd.domain.organizations import FeatureSet, Organization, PolicyType
from iamd.errors.organizations import (
    DuplicatePolicyException,
    InvalidInputException,
    MalformedPolicyDocumentException,
    PolicyInUseException,
)
from iamd.operations.call import Call, Params, Result
from iamd.operations.organization_access import (
    EVERYTHING,
    built_policy_type,
    check_features,
    find_policy_type,
    get_policy,
    page,
)
from iamd.operations.organization_delegation import Delegable, changeable_organization, readable_organization
from iamd.operations.organization_resources import demand_tagging, entities, entity, new_policy, whole
from iamd.operations.organizations.tags import checked_tags
from iamd.operations.paginate import slice_of
from iamd.operations.registry import Mode, organizations_operation
from iampolicy import PolicyError, validate


@organizations_operation("CreatePolicy", on=new_policy, mode=Mode.WRITE)
def create_policy(call: Call, params: Params) -> Result:
    """
    Make a policy, attached to nothing.

    Raises:
        UnsupportedOperation: It is of a type that iamd does not have.
        PolicyTypeNotAvailableForOrganizationException: The organization has not all features.
        MalformedPolicyDocumentException: The content is no policy of this type.
        DuplicatePolicyException: The name is taken.
        ConstraintViolationException: It is too long, or one policy too many.
    """
    organization = changeable_organization(call)
    type_ = built_policy_type(params["Type"])
    check_features(organization)
    _check_content(params["Content"], type_)
    tags = checked_tags(params.get("Tags", ()))
    policies = call.store.organization_policies
    _check_name(call, organization, type_, params["Name"])
    policy = OrganizationPolicy(
        organization_id=organization.organization_id,
        policy_id=call.ids.lower_id(PREFIX, 8),
        type=type_,
        name=params["Name"],
        description=params["Description"],
        content=params["Content"],
        tags=tags,
    )
    policies.add(policy)
    limits.check_quota(
        "POLICY_NUMBER_LIMIT_EXCEEDED",
        "You have exceeded the number of policies that you can have in an organization.",
        policies.count(organization.organization_id, type_),
        limits.POLICIES[type_],
    )
    tagged = entity(call, organization, policy.policy_id, Delegable.CHANGING)
    demand_tagging(call, params, tagged)
    return {"Policy": show_policy(organization, policy)}


@organizations_operation(
    "UpdatePolicy", on=entities("PolicyId", delegable=Delegable.CHANGING), mode=Mode.WRITE
)
def update_policy(call: Call, params: Params) -> Result:
    """
    Change name, description or content of a policy; what is not given stays.

    Raises:
        PolicyNotFoundException: There is no such policy.
        InvalidInputException: AWS manages it.
        MalformedPolicyDocumentException: The content is no policy of its type.
        DuplicatePolicyException: The name is taken.
        ConstraintViolationException: It is too long.
    """
    organization = changeable_organization(call)
    policy = _get_own(call, organization, params["PolicyId"])
    if "Content" in params:
        _check_content(params["Content"], policy.type)
    if params.get("Name", policy.name) != policy.name:
        _check_name(call, organization, policy.type, params["Name"])
    policy = replace(
        policy,
        name=params.get("Name", policy.name),
        description=params.get("Description", policy.description),
        content=params.get("Content", policy.content),
    )
    call.store.organization_policies.put(policy)
    return {"Policy": show_policy(organization, policy)}


@organizations_operation(
    "DeletePolicy", on=entities("PolicyId", delegable=Delegable.CHANGING), mode=Mode.WRITE
)
def delete_policy(call: Call, params: Params) -> Result:
    """
    Remove a policy.

    Raises:
        PolicyNotFoundException: There is no such policy.
        InvalidInputException: AWS manages it.
        PolicyInUseException: It is attached.
    """
    organization = changeable_organization(call)
    policy = _get_own(call, organization, params["PolicyId"])
    if call.store.organization_policy_attachments.targets(organization.organization_id, policy.policy_id):
        raise PolicyInUseException
    call.store.organization_policies.delete(policy)
    return None


@organizations_operation(
    "DescribePolicy", on=entities("PolicyId", delegable=Delegable.READING), mode=Mode.READ
)
def describe_policy(call: Call, params: Params) -> Result:
    """
    Tell of a policy, with its content.

    Raises:
        PolicyNotFoundException: There is no such policy.
    """
    organization = readable_organization(call)
    return {"Policy": show_policy(organization, get_policy(call, organization, params["PolicyId"]))}


@organizations_operation("ListPolicies", on=whole(Delegable.READING), mode=Mode.READ)
def list_policies(call: Call, params: Params) -> Result:
    """List the policies of a type, AWS's before the organization's own."""
    organization = readable_organization(call)
    policies: Sequence[OrganizationPolicy] = ()
    type_ = find_policy_type(params["Filter"])
    if type_ is not None and organization.feature_set is FeatureSet.ALL:
        own = call.store.organization_policies.page(organization.organization_id, type_, None, EVERYTHING)
        policies = (FULL_ACCESS[type_], *own)
    return page_of_policies(call, params, organization, policies)


def page_of_policies(
    call: Call, params: Params, organization: Organization, policies: Sequence[OrganizationPolicy]
) -> Result:
    """Answer one page of *policies*."""
    return page(
        call,
        params,
        "Policies",
        slice_of(policies, lambda policy: policy.policy_id),
        lambda policy: policy.policy_id,
        lambda policy: show_summary(organization, policy),
    )


def show_policy(organization: Organization, policy: OrganizationPolicy) -> dict[str, Any]:
    return {"PolicySummary": show_summary(organization, policy), "Content": policy.content}


def show_summary(organization: Organization, policy: OrganizationPolicy) -> dict[str, Any]:
    return {
        "Id": policy.policy_id,
        "Arn": policy.arn(organization),
        "Name": policy.name,
        "Description": policy.description,
        "Type": policy.type.value,
        "AwsManaged": policy.aws_managed,
    }


def _get_own(call: Call, organization: Organization, policy_id: str) -> OrganizationPolicy:
    policy = get_policy(call, organization, policy_id)
    if policy.aws_managed:
        raise InvalidInputException(
            "You specified a policy that is managed by AWS and can't be modified.", reason="IMMUTABLE_POLICY"
        )
    return policy


def _check_name(call: Call, organization: Organization, type_: PolicyType, name: str) -> None:
    own = call.store.organization_policies.find_by_name(organization.organization_id, type_, name)
    if own is not None or name == FULL_ACCESS[type_].name:
        raise DuplicatePolicyException


def _check_content(content: str, type_: PolicyType) -> None:
    limits.check_quota(
        "POLICY_CONTENT_LIMIT_EXCEEDED",
        "You have exceeded the maximum policy size.",
        len(content),
        limits.POLICY_SIZE,
    )
    try:
        validate(content, type_.kind, managed=True)
    except PolicyError as error:
        raise MalformedPolicyDocumentException(detail=error.message) from error
