"""
Managed policies, whoever they belong to: how operations find one by its ARN.

Customers' policies are in the store, AWS's in the catalogue.  A policy of another account is none: it can be neither
attached nor be a boundary.  The policies of product providers are boundaries, and nothing else.
"""

from iamd.catalogue.managed_policies import AwsManagedPolicy, PolicyTextUnavailableError, is_of_partner
from iamd.domain.managed_policies import ManagedPolicy, parse_policy_arn
from iamd.domain.roles import SERVICE_LINKED_PATH
from iamd.errors import InvalidInput, NoSuchEntity, PolicyNotAttachable, ServiceFailure, ValidationError
from iamd.operations.call import Call
from iamd.store.policies_interface import OwnerKind

AnyPolicy = ManagedPolicy | AwsManagedPolicy


def find_policy(call: Call, arn: str) -> AnyPolicy | None:
    """
    Return the policy of the caller's account, or of AWS, that *arn* names.

    Raises:
        ServiceFailure: It is AWS's, and their texts are not installed.
    """
    try:
        aws_managed = call.catalogue.find(arn)
    except PolicyTextUnavailableError as error:
        raise ServiceFailure(str(error), detail=str(error)) from error
    if aws_managed is not None:
        return aws_managed
    policy = call.store.managed_policies.find(arn)
    return policy if policy is not None and policy.account_id == call.account_id else None


def attachable_policy(call: Call, arn: str, kind: OwnerKind) -> str:
    """
    Return the ARN of a policy that may be attached to an entity of *kind*.

    Raises:
        NoSuchEntity: There is none such in this account or AWS's.
        PolicyNotAttachable: Only service-linked roles have it.
    """
    return check_attachable(find_policy(call, arn), arn, kind)


def check_attachable(policy: AnyPolicy | None, arn: str, kind: OwnerKind) -> str:
    """
    Return *arn*, which *policy* was found by, if it may be attached to an entity of *kind*.

    Raises:
        NoSuchEntity: There is no policy, or it is not for customers.
        PolicyNotAttachable: Only service-linked roles have it.
    """
    if isinstance(policy, AwsManagedPolicy) and policy.path.startswith(SERVICE_LINKED_PATH):
        raise PolicyNotAttachable(
            "Cannot attach a Service Role Policy to a Customer Role."
            if kind is OwnerKind.ROLE
            else "AWS service role policies can only be attached to the service-linked role for that service."
        )
    if policy is None or not is_attachable(policy):
        raise NoSuchEntity(f"Policy {arn} does not exist or is not attachable.")  # fact 40
    return policy.arn


def boundary_policy(call: Call, arn: str) -> str:
    """
    Return the ARN of a policy that may be a permissions boundary.

    Raises:
        InvalidInput: *arn* is no ARN of a policy (fact 37).
        NoSuchEntity: There is none such in this account, AWS's, or a product provider's.
    """
    try:
        parse_policy_arn(arn)
    except ValidationError as error:
        raise InvalidInput(error.message) from error
    return check_boundary(find_policy(call, arn), arn)


def check_boundary(policy: AnyPolicy | None, arn: str) -> str:
    """
    Return *arn*, which *policy* was found by, if it may be a permissions boundary.

    Raises:
        NoSuchEntity: There is no policy, or it is not for customers.
    """
    if policy is None or not (is_attachable(policy) or is_of_partner(policy.arn)):
        raise NoSuchEntity(f"Scope ARN: {arn} does not exist or is not attachable.")
    return policy.arn


def is_attachable(policy: AnyPolicy) -> bool:
    """Say whether users, groups and ordinary roles may have *policy*, as ``IsAttachable`` tells it."""
    return policy.attachable if isinstance(policy, AwsManagedPolicy) else True
