"""
Managed policies attached to users, groups and roles.

What holds for every operation here:

* Attaching what is attached changes nothing, and succeeds; detaching what is not fails.
* A policy can be attached when it is the account's own or AWS's; those for service-linked roles only to such roles.
* A policy that is attached is in force in its default version.
* Lists are in the order of names.
"""

from collections.abc import Sequence
from typing import Final

from iamd.domain import limits
from iamd.domain.arns import Arn, name_of
from iamd.domain.managed_policies import parse_policy_arn
from iamd.errors import NoSuchEntity
from iamd.operations.call import Call, Params, Result
from iamd.operations.owners import modifiable_owner, owner
from iamd.operations.paginate import paginate, slice_of
from iamd.operations.policies import attachable_policy, find_policy
from iamd.operations.quotas import check_account_quota
from iamd.operations.registry import Mode, iam_operation
from iamd.operations.resources import bounded_role, bounded_user, group, managed_policy, role, user
from iamd.store.policies_interface import Attachment, OwnerKind, PolicyUsage

_QUOTAS: Final = {
    OwnerKind.USER: ("PoliciesPerUser", limits.ATTACHED_POLICIES_PER_USER),
    OwnerKind.GROUP: ("PoliciesPerGroup", limits.ATTACHED_POLICIES_PER_GROUP),
    OwnerKind.ROLE: ("PoliciesPerRole", limits.ATTACHED_POLICIES_PER_ROLE),
}
# The kinds of entity that ``EntityFilter`` names; policies have no policies.
_USAGES: Final = {
    "PermissionsPolicy": PolicyUsage.ATTACHED,
    "PermissionsBoundary": PolicyUsage.BOUNDARY,
}
_FILTERS: Final = {"User": OwnerKind.USER, "Group": OwnerKind.GROUP, "Role": OwnerKind.ROLE}


@iam_operation("AttachUserPolicy", on=bounded_user, mode=Mode.WRITE)
def attach_user_policy(call: Call, params: Params) -> None:
    """Attach a managed policy to a user."""
    _attach(call, params, OwnerKind.USER)


@iam_operation("AttachGroupPolicy", on=group, mode=Mode.WRITE)
def attach_group_policy(call: Call, params: Params) -> None:
    """Attach a managed policy to a group."""
    _attach(call, params, OwnerKind.GROUP)


@iam_operation("AttachRolePolicy", on=bounded_role, mode=Mode.WRITE)
def attach_role_policy(call: Call, params: Params) -> None:
    """Attach a managed policy to a role."""
    _attach(call, params, OwnerKind.ROLE)


@iam_operation("DetachUserPolicy", on=bounded_user, mode=Mode.WRITE)
def detach_user_policy(call: Call, params: Params) -> None:
    """Detach a managed policy from a user."""
    _detach(call, params, OwnerKind.USER)


@iam_operation("DetachGroupPolicy", on=group, mode=Mode.WRITE)
def detach_group_policy(call: Call, params: Params) -> None:
    """Detach a managed policy from a group."""
    _detach(call, params, OwnerKind.GROUP)


@iam_operation("DetachRolePolicy", on=bounded_role, mode=Mode.WRITE)
def detach_role_policy(call: Call, params: Params) -> None:
    """Detach a managed policy from a role."""
    _detach(call, params, OwnerKind.ROLE)


@iam_operation("ListAttachedUserPolicies", on=user, mode=Mode.READ)
def list_attached_user_policies(call: Call, params: Params) -> Result:
    """List the managed policies of a user."""
    return _list_attached(call, params, OwnerKind.USER)


@iam_operation("ListAttachedGroupPolicies", on=group, mode=Mode.READ)
def list_attached_group_policies(call: Call, params: Params) -> Result:
    """List the managed policies of a group."""
    return _list_attached(call, params, OwnerKind.GROUP)


@iam_operation("ListAttachedRolePolicies", on=role, mode=Mode.READ)
def list_attached_role_policies(call: Call, params: Params) -> Result:
    """List the managed policies of a role."""
    return _list_attached(call, params, OwnerKind.ROLE)


@iam_operation("ListEntitiesForPolicy", on=managed_policy, mode=Mode.READ)
def list_entities_for_policy(call: Call, params: Params) -> Result:
    """
    List the users, groups and roles of the account that have a policy attached, or as their boundary.

    ``PathPrefix`` is of the entities; ``MaxItems`` counts them all.

    Raises:
        NoSuchEntity: There is no such policy.
    """
    arn = params["PolicyArn"]
    if find_policy(call, arn) is None:
        raise NoSuchEntity(f"Policy {arn} does not exist or is not attachable.")  # fact 48
    answer = paginate(
        call,
        params,
        "Entities",
        lambda after, limit: _entities(call, params, after, limit),
        _entity_key,
        lambda entity: entity,
    )
    page: Sequence[Attachment] = answer.pop("Entities")
    # fact 51: empty lists are present.
    return answer | {
        f"Policy{kind}s": [
            {f"{kind}Name": entity.owner_name, f"{kind}Id": entity.owner_id}
            for entity in page
            if entity.owner_kind is owner_kind
        ]
        for kind, owner_kind in _FILTERS.items()
    }


def _attach(call: Call, params: Params, kind: OwnerKind) -> None:
    """
    Attach a managed policy; nothing happens when it is attached already.

    Raises:
        ValidationError: The ARN is none of a policy (fact 40).
        NoSuchEntity: There is no such user, group or role, or no such policy to be attached.
        UnmodifiableEntity: The role is service-linked.
        PolicyNotAttachable: The policy is for service-linked roles.
        LimitExceeded: The entity has as many policies as it may.
    """
    parse_policy_arn(params["PolicyArn"])
    found = modifiable_owner(call, params, kind)
    call.store.policy_attachments.add(kind, found.id, attachable_policy(call, params["PolicyArn"], kind))
    quota, most = _QUOTAS[kind]
    check_account_quota(call, quota, len(call.store.policy_attachments.of(found.id)), most)


def _detach(call: Call, params: Params, kind: OwnerKind) -> None:
    """
    Detach a managed policy.

    Raises:
        ValidationError: The ARN is none of a policy.
        NoSuchEntity: There is no such user, group or role, or it does not have the policy.
        UnmodifiableEntity: The role is service-linked.
    """
    arn = params["PolicyArn"]
    parse_policy_arn(arn)
    found = modifiable_owner(call, params, kind)
    if not call.store.policy_attachments.remove(kind, found.id, arn):
        raise NoSuchEntity(f"Policy {arn} was not found.")


def _list_attached(call: Call, params: Params, kind: OwnerKind) -> Result:
    """
    List the policies of an entity whose path begins with ``PathPrefix``.

    Raises:
        NoSuchEntity: There is no such user, group or role.
    """
    found = owner(call, params, kind)
    prefix = params.get("PathPrefix", "/")
    attached = sorted(
        (arn for arn in call.store.policy_attachments.of(found.id) if _path_of(arn).startswith(prefix)),
        key=_policy_key,
    )
    return paginate(
        call,
        params,
        "AttachedPolicies",
        slice_of(attached, _policy_key),
        _policy_key,
        lambda arn: {"PolicyName": name_of(arn), "PolicyArn": arn},
    )


def _entities(call: Call, params: Params, after: str | None, limit: int) -> list[Attachment]:
    """Return at most *limit* entities behind *after* that the filters let through, in the order of `_entity_key`."""
    wanted = params.get("EntityFilter")
    kinds = _FILTERS.values() if wanted is None else [_FILTERS[wanted]] if wanted in _FILTERS else []
    kind_after, _, name_after = (after or "").partition("/")
    found: list[Attachment] = []
    for kind in sorted(kinds):
        if kind.value >= kind_after and len(found) < limit:
            found += call.store.policy_attachments.entities(
                call.account_id,
                params["PolicyArn"],
                kind,
                usage=_USAGES.get(params.get("PolicyUsageFilter", "")),
                path_prefix=params.get("PathPrefix", "/"),
                after=name_after if kind.value == kind_after else "",
                limit=limit - len(found),
            )
    return found


def _entity_key(entity: Attachment) -> str:
    return f"{entity.owner_kind}/{entity.owner_name.lower()}"


def _policy_key(arn: str) -> str:
    # Names are unique in an account, and a whole ARN could be longer than a marker may be.
    parsed = Arn.parse(arn)
    return f"{name_of(arn).lower()}/{parsed.account if parsed else ''}"


def _path_of(arn: str) -> str:
    """Return the path of a policy: ``/a/b/`` of ``arn:…:policy/a/b/name``."""
    return arn.split(":", 5)[-1].removeprefix("policy").rpartition("/")[0] + "/"
