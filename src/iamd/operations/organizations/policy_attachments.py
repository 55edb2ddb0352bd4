"""
What organization policies are attached to: the root, units and accounts.

Everything has at least one policy of each type that is enabled, so that no level is ever silent by accident.
"""

from collections.abc import Callable
from typing import Any

from iamd.catalogue.organization_policies import FULL_ACCESS
from iamd.domain import organization_limits as limits
from iamd.domain.ids import AccountId
from iamd.domain.organizational_units import PREFIX as UNIT
from iamd.domain.organizations import ROOT_NAME, ROOT_PREFIX, Organization, PolicyType
from iamd.errors.organizations import (
    ConstraintViolationException,
    DuplicatePolicyAttachmentException,
    InvalidInputException,
    PolicyNotAttachedException,
    PolicyTypeNotEnabledException,
    TargetNotFoundException,
)
from iamd.operations.call import Call, Params, Result
from iamd.operations.organization_access import find_policy_type, get_policy, page
from iamd.operations.organization_delegation import Delegable, changeable_organization, readable_organization
from iamd.operations.organization_resources import entities
from iamd.operations.organizations.policies import page_of_policies
from iamd.operations.paginate import slice_of
from iamd.operations.registry import Mode, organizations_operation


@organizations_operation(
    "AttachPolicy", on=entities("PolicyId", "TargetId", delegable=Delegable.CHANGING), mode=Mode.WRITE
)
def attach_policy(call: Call, params: Params) -> Result:
    """
    Attach a policy.

    Raises:
        PolicyNotFoundException: There is no such policy.
        TargetNotFoundException: There is no such root, unit or account.
        PolicyTypeNotEnabledException: The root has not enabled its type.
        DuplicatePolicyAttachmentException: It is attached there.
        ConstraintViolationException: The target has as many policies of this type as it may.
    """
    organization = changeable_organization(call)
    policy = get_policy(call, organization, params["PolicyId"])
    target_id = _check_target(call, organization, params["TargetId"])
    if policy.type not in organization.policy_types:
        raise PolicyTypeNotEnabledException
    attachments = call.store.organization_policy_attachments
    where = (organization.organization_id, target_id, policy.type)
    if not attachments.add(*where, policy.policy_id):
        raise DuplicatePolicyAttachmentException
    limits.check_quota(
        "MAX_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED",
        "You have attached the maximum number of policies to the specified target.",
        len(attachments.of(*where)),
        limits.POLICIES_PER_TARGET,
    )
    return None


@organizations_operation(
    "DetachPolicy", on=entities("PolicyId", "TargetId", delegable=Delegable.CHANGING), mode=Mode.WRITE
)
def detach_policy(call: Call, params: Params) -> Result:
    """
    Detach a policy.

    Raises:
        PolicyNotFoundException: There is no such policy.
        TargetNotFoundException: There is no such root, unit or account.
        PolicyNotAttachedException: It is not attached there.
        InvalidInputException: It is the one that stays attached as long as its type is enabled.
        ConstraintViolationException: It is the last of its type there.
    """
    organization = changeable_organization(call)
    policy = get_policy(call, organization, params["PolicyId"])
    target_id = _check_target(call, organization, params["TargetId"])
    attachments = call.store.organization_policy_attachments
    if policy.policy_id not in attachments.of(organization.organization_id, target_id, policy.type):
        raise PolicyNotAttachedException
    if policy == FULL_ACCESS[PolicyType.RESOURCE_CONTROL_POLICY]:
        raise InvalidInputException(
            "You can't detach this AWS Managed Policy.", reason="NON_DETACHABLE_POLICY"
        )
    attachments.remove(organization.organization_id, target_id, policy.policy_id)
    if not attachments.of(organization.organization_id, target_id, policy.type):
        raise ConstraintViolationException(
            "You cannot remove the last policy attached to the specified target. "
            "You must have at least one attached at all times.",
            reason="MIN_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED",
        )
    return None


@organizations_operation(
    "ListPoliciesForTarget", on=entities("TargetId", delegable=Delegable.READING), mode=Mode.READ
)
def list_policies_for_target(call: Call, params: Params) -> Result:
    """
    List the policies of a type that are attached to a root, unit or account itself, and not to what is above it.

    Raises:
        TargetNotFoundException: There is no such root, unit or account.
    """
    organization = readable_organization(call)
    target_id = _check_target(call, organization, params["TargetId"])
    attached: list[str] = []
    type_ = find_policy_type(params["Filter"])
    if type_ is not None:
        attached = call.store.organization_policy_attachments.of(
            organization.organization_id, target_id, type_
        )
    policies = [get_policy(call, organization, policy_id) for policy_id in attached]
    return page_of_policies(call, params, organization, policies)


@organizations_operation(
    "ListTargetsForPolicy", on=entities("PolicyId", delegable=Delegable.READING), mode=Mode.READ
)
def list_targets_for_policy(call: Call, params: Params) -> Result:
    """
    List what a policy is attached to.

    Raises:
        PolicyNotFoundException: There is no such policy.
    """
    organization = readable_organization(call)
    policy = get_policy(call, organization, params["PolicyId"])
    targets = call.store.organization_policy_attachments.targets(
        organization.organization_id, policy.policy_id
    )
    return page(call, params, "Targets", slice_of(targets, str), str, _shown_target(call, organization))


def _shown_target(call: Call, organization: Organization) -> Callable[[str], dict[str, Any]]:
    def show(target_id: str) -> dict[str, Any]:
        if target_id.startswith(ROOT_PREFIX):
            shown = (organization.root_arn, ROOT_NAME, "ROOT")
        elif target_id.startswith(UNIT):
            unit = call.store.organizational_units.find(organization.organization_id, target_id)
            name = unit.name if unit else ""
            shown = (organization.arn_of("ou", target_id), name, "ORGANIZATIONAL_UNIT")
        else:
            account = call.store.accounts.find(AccountId(target_id))
            name = account.name if account else ""
            shown = (organization.arn_of("account", target_id), name, "ACCOUNT")
        return {"TargetId": target_id, **dict(zip(("Arn", "Name", "Type"), shown, strict=True))}

    return show


def _check_target(call: Call, organization: Organization, target_id: str) -> str:
    """
    Return *target_id*, which is the root, a unit or an account of *organization*.

    Raises:
        TargetNotFoundException: It is none of them.
    """
    if target_id.startswith(UNIT):
        unit = call.store.organizational_units.find(organization.organization_id, target_id)
        found = unit is not None
    elif target_id.startswith(ROOT_PREFIX):
        found = target_id == organization.root_id
    else:
        member = call.store.organization_members.find(AccountId(target_id))
        found = member is not None and member.organization_id == organization.organization_id
    if not found:
        raise TargetNotFoundException
    return target_id
