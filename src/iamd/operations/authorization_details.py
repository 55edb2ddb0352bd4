"""
All that an account's authorization hangs on, entity by entity, as GetAccountAuthorizationDetails tells it.

AWS: *UserDetail*, *GroupDetail*, *RoleDetail*, *ManagedPolicyDetail*; fact 76.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from iamd.catalogue.managed_policies import PolicyTextUnavailableError
from iamd.domain.arns import name_of
from iamd.domain.groups import Group
from iamd.domain.ids import UniqueId
from iamd.domain.managed_policies import ManagedPolicy
from iamd.domain.roles import Role
from iamd.domain.users import User
from iamd.operations.call import Call
from iamd.operations.documents import encode_document
from iamd.operations.iam.instance_profiles import show_instance_profile
from iamd.operations.iam.managed_policies import show_policy
from iamd.operations.iam.roles import show_last_use, show_role
from iamd.operations.policies import AnyPolicy
from iamd.store.policies_interface import PolicyUses

_EVERYTHING = 1000
"""More than the quotas allow of anything that an entity can have."""


@dataclass(frozen=True, slots=True)
class Detail:
    """
    One entity.

    Attributes:
        member: The list of the answer that it belongs to.
        position: Where it stands among all entities.
    """

    member: str
    position: str
    show: Callable[[], dict[str, Any]]


# The kinds in their order, by what the filter calls them.
KINDS = ("User", "Group", "Role", "LocalManagedPolicy", "AWSManagedPolicy")


def details(call: Call, kinds: Sequence[str], after: str | None, limit: int) -> list[Detail]:
    """Return at most *limit* entities of *kinds* behind the position *after*, kind by kind and by name."""
    kind_after, _, name_after = (after or "").partition(" ")
    found: list[Detail] = []
    for kind in KINDS:
        if kind not in kinds or (after is not None and KINDS.index(kind) < KINDS.index(kind_after)):
            continue
        behind = name_after if after is not None and kind == kind_after else None
        found += _of_kind(call, kind, behind, limit - len(found))
        if len(found) >= limit:
            break
    return found


def _of_kind(call: Call, kind: str, after: str | None, limit: int) -> Iterator[Detail]:
    store, account_id = call.store, call.account_id
    match kind:
        case "User":
            for user in store.users.page(account_id, "/", after, limit):
                yield Detail("UserDetailList", f"{kind} {user.name}", _later(_user, call, user))
        case "Group":
            for group in store.groups.page(account_id, "/", after, limit):
                yield Detail("GroupDetailList", f"{kind} {group.name}", _later(_group, call, group))
        case "Role":
            for role in store.roles.page(account_id, "/", after, limit):
                yield Detail("RoleDetailList", f"{kind} {role.name}", _later(_role, call, role))
        case "LocalManagedPolicy":
            for policy in store.managed_policies.page(account_id, "/", after, limit):
                yield Detail("Policies", f"{kind} {policy.name}", _later(_policy, call, policy))
        case _:
            for used in _aws_policies(call, after or "")[:limit]:
                yield Detail("Policies", f"{kind} {used.arn}", _later(_policy, call, used))


def _later(show: Callable[..., dict[str, Any]], call: Call, entity: object) -> Callable[[], dict[str, Any]]:
    return lambda: show(call, entity)


def _aws_policies(call: Call, after: str) -> list[AnyPolicy]:
    """Return AWS's policies that the account makes use of, and whose texts are installed, by ARN."""
    used = call.store.policy_attachments.uses_of_aws(call.account_id)
    found: list[AnyPolicy] = []
    for arn in sorted(used):
        if arn > after and used[arn] != PolicyUses():
            try:
                policy = call.catalogue.find(arn)
            except PolicyTextUnavailableError:
                continue
            if policy is not None:
                found.append(policy)
    return found


def _user(call: Call, user: User) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "Path": user.path,
        "UserName": user.name,
        "UserId": user.user_id,
        "Arn": user.arn,
        "CreateDate": user.created_at,
        "GroupList": [
            group.name for group in call.store.group_memberships.groups_of(user.user_id, None, _EVERYTHING)
        ],
        "AttachedManagedPolicies": _attached(call, user.user_id),
        "Tags": [tag.wire for tag in user.tags],
    }
    inline = _inline(call, user.user_id)
    if inline:
        shown["UserPolicyList"] = inline
    return shown | _boundary(user)


def _group(call: Call, group: Group) -> dict[str, Any]:
    return {
        "Path": group.path,
        "GroupName": group.name,
        "GroupId": group.group_id,
        "Arn": group.arn,
        "CreateDate": group.created_at,
        "GroupPolicyList": _inline(call, group.group_id),
        "AttachedManagedPolicies": _attached(call, group.group_id),
    }


def _role(call: Call, role: Role) -> dict[str, Any]:
    profiles = call.store.instance_profiles.list_with_role(role.role_id, None, _EVERYTHING)
    return {
        **show_role(call, role),
        "InstanceProfileList": [show_instance_profile(call, profile) for profile in profiles],
        "RolePolicyList": _inline(call, role.role_id),
        "AttachedManagedPolicies": _attached(call, role.role_id),
        "Tags": [tag.wire for tag in role.tags],
        "RoleLastUsed": show_last_use(call, role),
        **_boundary(role),
    }


def _policy(call: Call, policy: AnyPolicy) -> dict[str, Any]:
    shown = show_policy(policy, call.store.policy_attachments.uses(call.account_id, policy.arn))
    if not isinstance(policy, ManagedPolicy):
        version = (policy.default_version_id, policy.document, policy.updated_at)
        return shown | {"PolicyVersionList": [_version(*version, default=True)]}
    if policy.description is not None:
        shown["Description"] = policy.description
    versions = call.store.managed_policies.list_versions(policy.policy_id)
    shown["PolicyVersionList"] = [
        _version(
            each.version_id,
            each.document,
            each.created_at,
            default=each.version_id == policy.default_version_id,
        )
        for each in versions
    ]
    return shown


def _version(version_id: str, document: str, created_at: object, *, default: bool) -> dict[str, Any]:
    return {
        "Document": encode_document(document),
        "VersionId": version_id,
        "IsDefaultVersion": default,
        "CreateDate": created_at,
    }


def _inline(call: Call, owner_id: UniqueId) -> list[dict[str, str]]:
    return [
        {"PolicyName": policy.name, "PolicyDocument": encode_document(policy.document)}
        for policy in call.store.inline_policies.page(owner_id, None, _EVERYTHING)
    ]


def _attached(call: Call, owner_id: UniqueId) -> list[dict[str, str]]:
    return [
        {"PolicyName": name_of(arn), "PolicyArn": arn} for arn in call.store.policy_attachments.of(owner_id)
    ]


def _boundary(entity: User | Role) -> dict[str, Any]:
    if entity.permissions_boundary is None:
        return {}
    return {
        "PermissionsBoundary": {
            "PermissionsBoundaryType": "Policy",
            "PermissionsBoundaryArn": entity.permissions_boundary,
        }
    }
