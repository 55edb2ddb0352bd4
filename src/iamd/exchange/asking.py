"""
Whether whoever imports may: the permissions that the same changes would need one by one.

What is made needs what its making needs, on the very resource; what is changed needs what that change needs.  Thus an
import can do nothing that a service control policy, a permissions boundary or a Deny keeps its caller from.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from iamd.auth.authorize import Guard
from iamd.auth.context import parameter_context
from iamd.auth.target import ContextValue, Target
from iamd.domain.groups import Group
from iamd.domain.instance_profiles import InstanceProfile
from iamd.domain.managed_policies import ManagedPolicy
from iamd.domain.roles import Role
from iamd.domain.tags import Tag
from iamd.domain.users import User
from iamd.exchange import contents as file
from iamd.exchange.as_requests import NAMES, Asked, Entity, requests_for, wire_tags
from iamd.operations.by_handler import ByHandler
from iamd.operations.call import Call
from iamd.operations.iam import groups, managed_policies, permissions_boundaries, roles, tags, users
from iamd.operations.iam.instance_profiles import passed_role
from iamd.operations.registry import Handler
from iamd.store.policies_interface import OwnerKind

Owner = User | Group | Role

_TAGGING: Final[dict[type, tuple[str, Handler, Handler]]] = {
    User: ("UserName", tags.tag_user, tags.untag_user),
    Role: ("RoleName", tags.tag_role, tags.untag_role),
    InstanceProfile: ("InstanceProfileName", tags.tag_instance_profile, tags.untag_instance_profile),
    ManagedPolicy: ("PolicyArn", tags.tag_policy, tags.untag_policy),
}
_BOUNDING: Final[dict[type, tuple[Handler, Handler]]] = {
    User: (
        permissions_boundaries.put_user_permissions_boundary,
        permissions_boundaries.delete_user_permissions_boundary,
    ),
    Role: (
        permissions_boundaries.put_role_permissions_boundary,
        permissions_boundaries.delete_role_permissions_boundary,
    ),
}


class Asking:
    """
    Ask for one caller, in one account.

    Every method raises AccessDenied, or returns nothing.
    """

    def __init__(self, call: Call, operations: ByHandler) -> None:
        """
        Take who asks.

        Args:
            call: Of whoever imports.
            operations: All that are built.
        """
        self._call: Final = call
        self._guard: Final[Guard] = call.guard
        self._operations: Final = operations

    def policy(
        self, entity: file.Policy, policy: ManagedPolicy, there: ManagedPolicy | None, *, changed: bool
    ) -> None:
        if there is None:
            first, *others = requests_for(entity, policy.account_id)
            self.new(first)
            self._each(others, _target(policy))
            return
        if changed or policy != there:
            asked = {"PolicyArn": policy.arn}
            for handler in (managed_policies.create_policy_version, managed_policies.delete_policy_version):
                self._on((handler, asked), _target(there))
        self._retagged(there, policy, policy.arn)

    def group(self, entity: file.Group, group: Group, there: Group | None) -> None:
        self._named(entity, group, there, groups.update_group, "GroupName")

    def user(self, entity: file.User, user: User, there: User | None) -> None:
        self._named(entity, user, there, users.update_user, "UserName")
        if there is not None:
            self._retagged(there, user, user.name)
            self._rebounded(there, user)

    def role(self, entity: file.Role, role: Role, there: Role | None) -> None:
        if there is None:
            self._made(entity, role)
            return
        if role != there:
            target = _bounded(there)
            asked = {"RoleName": role.name}
            self._on((roles.update_role, asked), target)
            if (role.trust_policy, role.trusted_ids) != (there.trust_policy, there.trusted_ids):
                self._on((roles.update_assume_role_policy, asked), target)
        self._retagged(there, role, role.name)
        self._rebounded(there, role)

    def instance_profile(
        self,
        entity: file.InstanceProfile,
        profile: InstanceProfile,
        there: InstanceProfile | None,
        role: Role | None,
    ) -> None:
        made, *added = requests_for(entity, profile.account_id)
        if there is None:
            self.new(made)
        else:
            self._retagged(there, profile, profile.name)
        if role is not None and (there is None or there.role_id != role.role_id):
            self._each(added, _target(profile))
            self._guard.authorize("", (passed_role(_target(role), role.account_id),), {})

    def belonging(self, entity: file.Attachment | file.InlinePolicy, owner: Owner) -> None:
        (request,) = requests_for(entity, owner.account_id)
        self._on(request, _bounded(owner))

    def membership(self, entity: file.Membership, group: Group) -> None:
        (request,) = requests_for(entity, group.account_id)
        self._on(request, _target(group))

    def account(self, request: Asked, context: Mapping[str, ContextValue] | None = None) -> None:
        """Ask for something that is the account's own."""
        self._on(request, Target(arn="*", account_id=self._call.account_id, context=context or {}))

    def _named(
        self, entity: Entity, value: Group | User, there: Group | User | None, update: Handler, name: str
    ) -> None:
        if there is None:
            self._made(entity, value)
        elif there.arn != value.arn:
            # AWS: whoever renames needs the permission on both.
            for each in (there, value):
                self._on((update, {name: there.name}), _target(each))

    def _made(self, entity: Entity, value: Owner) -> None:
        (request,) = requests_for(entity, value.account_id)
        self.new(request)

    def new(self, request: Asked) -> None:
        """Ask for something that is to be made, whose resource its parameters tell."""
        handler, params = request
        targets = self._operations[handler].targets(self._call, params)
        self._guard.authorize(self._operations.action(handler), targets, parameter_context("iam", params))

    def _each(self, requests: Iterable[Asked], target: Target) -> None:
        for request in requests:
            self._on(request, target)

    def _on(self, request: Asked, target: Target) -> None:
        handler, params = request
        self._guard.authorize(self._operations.action(handler), (target,), parameter_context("iam", params))

    def _retagged(self, there: Any, value: Any, name: str) -> None:
        member, tag, untag = _TAGGING[type(value)]
        new = {each.key: each.value for each in value.tags if each not in there.tags}
        gone = [each.key for each in there.tags if each.key not in {kept.key for kept in value.tags}]
        if new:
            self._on((tag, {member: name, "Tags": wire_tags(new)}), _target(there))
        if gone:
            self._on((untag, {member: name, "TagKeys": gone}), _target(there))

    def _rebounded(self, there: User | Role, value: User | Role) -> None:
        if there.permissions_boundary == value.permissions_boundary:
            return
        put, delete = _BOUNDING[type(value)]
        asked: dict[str, Any] = {NAMES[_kind(value)]: value.name}
        if value.permissions_boundary is None:
            self._on((delete, asked), _bounded(there))
        else:
            asked["PermissionsBoundary"] = value.permissions_boundary
            self._on((put, asked), _target(there))


def _kind(owner: Owner) -> str:
    match owner:
        case User():
            return OwnerKind.USER.value
        case Group():
            return OwnerKind.GROUP.value
        case Role():
            return OwnerKind.ROLE.value


def _target(value: Owner | InstanceProfile | ManagedPolicy) -> Target:
    tags_: tuple[Tag, ...] = () if isinstance(value, Group) else value.tags
    return Target(arn=value.arn, account_id=value.account_id, tags=tags_)


def _bounded(owner: Owner) -> Target:
    """Return the target of an action that knows ``iam:PermissionsBoundary``."""
    boundary = None if isinstance(owner, Group) else owner.permissions_boundary
    target = _target(owner)
    if boundary is None:
        return target
    context: dict[str, ContextValue] = {"iam:PermissionsBoundary": boundary}
    return Target(arn=target.arn, account_id=target.account_id, tags=target.tags, context=context)
