"""
Inline policies: documents that belong to one user, group or role, and go with it.

What holds for every operation here:

* Putting adds or replaces.  The quota is of all inline policies of an entity together, white space not counted.
* A document is answered URL-encoded and round-trips exactly (facts 10, 11).
* The inline policies of a service-linked role are its service's.
"""

from typing import Any, Final

from iamd.domain import limits
from iamd.domain.inline_policies import InlinePolicy
from iamd.errors import LimitExceeded, NoSuchEntity
from iamd.operations.call import Call, Params, Result
from iamd.operations.documents import check_document, encode_document
from iamd.operations.owners import Owner, modifiable_owner, owner
from iamd.operations.paginate import paginate
from iamd.operations.registry import Mode, iam_operation
from iamd.operations.resources import bounded_role, bounded_user, group, role, user
from iamd.store.policies_interface import OwnerKind
from iampolicy import PolicyKind, policy_size

_QUOTAS: Final = {
    OwnerKind.USER: limits.USER_INLINE_POLICIES_SIZE,
    OwnerKind.GROUP: limits.GROUP_INLINE_POLICIES_SIZE,
    OwnerKind.ROLE: limits.ROLE_INLINE_POLICIES_SIZE,
}
_EVERY_POLICY: Final = 10_000
"""More than fit into any quota: the shortest document has some fifty characters."""


@iam_operation("PutUserPolicy", on=bounded_user, mode=Mode.WRITE)
def put_user_policy(call: Call, params: Params) -> None:
    """Add or replace an inline policy of a user."""
    _put(call, params, OwnerKind.USER)


@iam_operation("PutGroupPolicy", on=group, mode=Mode.WRITE)
def put_group_policy(call: Call, params: Params) -> None:
    """Add or replace an inline policy of a group."""
    _put(call, params, OwnerKind.GROUP)


@iam_operation("PutRolePolicy", on=bounded_role, mode=Mode.WRITE)
def put_role_policy(call: Call, params: Params) -> None:
    """Add or replace an inline policy of a role."""
    _put(call, params, OwnerKind.ROLE)


@iam_operation("GetUserPolicy", on=user, mode=Mode.READ)
def get_user_policy(call: Call, params: Params) -> Result:
    """Tell an inline policy of a user."""
    found, policy = _get(call, params, OwnerKind.USER)
    return {"UserName": found.name} | _show(policy)


@iam_operation("GetGroupPolicy", on=group, mode=Mode.READ)
def get_group_policy(call: Call, params: Params) -> Result:
    """Tell an inline policy of a group."""
    found, policy = _get(call, params, OwnerKind.GROUP)
    return {"GroupName": found.name} | _show(policy)


@iam_operation("GetRolePolicy", on=role, mode=Mode.READ)
def get_role_policy(call: Call, params: Params) -> Result:
    """Tell an inline policy of a role."""
    found, policy = _get(call, params, OwnerKind.ROLE)
    return {"RoleName": found.name} | _show(policy)


@iam_operation("DeleteUserPolicy", on=bounded_user, mode=Mode.WRITE)
def delete_user_policy(call: Call, params: Params) -> None:
    """Delete an inline policy of a user."""
    _delete(call, params, OwnerKind.USER)


@iam_operation("DeleteGroupPolicy", on=group, mode=Mode.WRITE)
def delete_group_policy(call: Call, params: Params) -> None:
    """Delete an inline policy of a group."""
    _delete(call, params, OwnerKind.GROUP)


@iam_operation("DeleteRolePolicy", on=bounded_role, mode=Mode.WRITE)
def delete_role_policy(call: Call, params: Params) -> None:
    """Delete an inline policy of a role."""
    _delete(call, params, OwnerKind.ROLE)


@iam_operation("ListUserPolicies", on=user, mode=Mode.READ)
def list_user_policies(call: Call, params: Params) -> Result:
    """List the names of a user's inline policies."""
    return _list(call, params, OwnerKind.USER)


@iam_operation("ListGroupPolicies", on=group, mode=Mode.READ)
def list_group_policies(call: Call, params: Params) -> Result:
    """List the names of a group's inline policies."""
    return _list(call, params, OwnerKind.GROUP)


@iam_operation("ListRolePolicies", on=role, mode=Mode.READ)
def list_role_policies(call: Call, params: Params) -> Result:
    """List the names of a role's inline policies."""
    return _list(call, params, OwnerKind.ROLE)


def _put(call: Call, params: Params, kind: OwnerKind) -> None:
    """
    Add or replace an inline policy.

    Raises:
        NoSuchEntity: There is no such user, group or role.
        UnmodifiableEntity: The role is service-linked.
        MalformedPolicyDocument: The document is not valid.
        LimitExceeded: The entity's inline policies would be too long together.
    """
    found = modifiable_owner(call, params, kind)
    policy = InlinePolicy(owner_id=found.id, name=params["PolicyName"], document=params["PolicyDocument"])
    check_document(policy.document, PolicyKind.IDENTITY)
    call.store.inline_policies.put(kind, policy)
    used = sum(
        policy_size(each.document) for each in call.store.inline_policies.page(found.id, None, _EVERY_POLICY)
    )
    if used > _QUOTAS[kind]:
        raise LimitExceeded(f"Maximum policy size of {_QUOTAS[kind]} bytes exceeded for {kind} {found.name}")


def _get(call: Call, params: Params, kind: OwnerKind) -> tuple[Owner, InlinePolicy]:
    """
    Return an entity and a policy of it.

    Raises:
        NoSuchEntity: There is no such user, group or role, or it has no such policy.
    """
    found = owner(call, params, kind)
    policy = call.store.inline_policies.find(found.id, params["PolicyName"])
    if policy is None:
        raise _missing(kind, params["PolicyName"])
    return found, policy


def _delete(call: Call, params: Params, kind: OwnerKind) -> None:
    """
    Delete an inline policy.

    Raises:
        NoSuchEntity: There is no such user, group or role, or it has no such policy.
        UnmodifiableEntity: The role is service-linked.
    """
    found = modifiable_owner(call, params, kind)
    policy = call.store.inline_policies.find(found.id, params["PolicyName"])
    if policy is None:
        raise _missing(kind, params["PolicyName"])
    call.store.inline_policies.delete(kind, policy)


def _list(call: Call, params: Params, kind: OwnerKind) -> Result:
    """
    List the names of an entity's inline policies, in their order.

    Raises:
        NoSuchEntity: There is no such user, group or role.
    """
    found = owner(call, params, kind)
    return paginate(
        call,
        params,
        "PolicyNames",
        lambda after, limit: call.store.inline_policies.page(found.id, after, limit),
        lambda policy: policy.name,
        lambda policy: policy.name,
    )


def _show(policy: InlinePolicy) -> dict[str, Any]:
    return {"PolicyName": policy.name, "PolicyDocument": encode_document(policy.document)}


def _missing(kind: OwnerKind, name: str) -> NoSuchEntity:
    return NoSuchEntity(f"The {kind} policy with name {name} cannot be found.")  # fact 29
