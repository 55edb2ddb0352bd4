"""
The permissions policies that a user, group or role has, one by one; a user has those of its groups too.

What bounds an entity is none of them: AWS's reports on access know permissions policies only.
"""

from dataclasses import dataclass

from iamd.domain.arns import name_of
from iamd.domain.groups import Group
from iamd.domain.ids import UniqueId
from iamd.domain.users import User
from iamd.errors import ServiceFailure
from iamd.operations.call import Call
from iamd.operations.entities import Entity
from iamd.store.policies_interface import OwnerKind
from iampolicy import Policy, PolicyKind, parse

_EVERYTHING = 10_000
"""More than the quotas allow of anything that an entity can have."""


@dataclass(frozen=True, slots=True)
class HeldPolicy:
    """
    A policy, and who it is attached to.

    Attributes:
        arn: None for an inline policy.
    """

    owner_kind: OwnerKind
    owner_name: str
    name: str
    arn: str | None
    policy: Policy


def held_policies(call: Call, entity: Entity) -> list[HeldPolicy]:
    """
    Return the policies of *entity*: managed ones first, each of them once; in the order of names.

    Raises:
        ServiceFailure: The text of one cannot be had.
    """
    owners = [_owner(entity)]
    if isinstance(entity, User):
        owners += map(_owner, call.store.group_memberships.groups_of(entity.user_id, None, _EVERYTHING))
    managed: dict[str, HeldPolicy] = {}
    inline: list[HeldPolicy] = []
    for kind, id_, name, arn in owners:
        for policy_arn in call.store.policy_attachments.of(id_):
            if policy_arn not in managed:
                policy = managed_policy_text(call, policy_arn)
                managed[policy_arn] = HeldPolicy(kind, name, policy.name, policy_arn, policy)
        for own in call.store.inline_policies.page(id_, None, _EVERYTHING):
            compiled = parse(own.document, PolicyKind.IDENTITY, name=own.name, arn=f"{arn}/{own.name}")
            inline.append(HeldPolicy(kind, name, own.name, None, compiled))
    return [*(managed[arn] for arn in sorted(managed, key=lambda arn: (name_of(arn), arn))), *inline]


def managed_policy_text(call: Call, arn: str) -> Policy:
    """
    Return a managed policy, AWS's or a customer's, in the version in force.

    Raises:
        ServiceFailure: Its text cannot be had.
    """
    found = call.view.policy(arn)
    if found is None:
        text = f"The text of the policy {arn} is not installed."
        raise ServiceFailure(text, detail=text)
    return found.policy


def _owner(entity: Entity) -> tuple[OwnerKind, UniqueId, str, str]:
    if isinstance(entity, User):
        return OwnerKind.USER, entity.user_id, entity.name, entity.arn
    if isinstance(entity, Group):
        return OwnerKind.GROUP, entity.group_id, entity.name, entity.arn
    return OwnerKind.ROLE, entity.role_id, entity.name, entity.arn
