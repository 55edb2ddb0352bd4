"""
Roles that a request hands on: which they are, and what is to be known of them, only the server knows.

A role's ARN has its path, which its name does not tell, and policies are about ARNs; which role an instance profile has is
told by nothing in a request.  So are its tags, which conditions may ask about.  All of this is looked up in the store: a
request that hands a role on is rare, and no hot path.
"""

from collections.abc import Iterable
from typing import Literal

from iamd.auth.target import Target
from iamd.domain.arns import name_of
from iamd.domain.ids import AccountId
from iamd.domain.roles import Role
from iamd.enforcement.mapping.asked import UnmappedRequest
from iamd.enforcement.mapping.passing import ACTION
from iamd.store.interface import Transaction


class PassedRole(Target, frozen=True, kw_only=True):
    """
    A role by its name, or an instance profile by its own, to be looked up.

    Attributes:
        how: What `name` is of.
        name: Without its path.
    """

    how: Literal["role", "profile"]
    name: str


def to_be_looked_up(targets: Iterable[Target]) -> bool:
    """Say whether one of *targets* is a role that is handed on."""
    return any(target.action == ACTION for target in targets)


def looked_up(transaction: Transaction, targets: Iterable[Target]) -> tuple[Target, ...]:
    """
    Return *targets* with roles by their ARNs, and with the tags of these.

    A role that is not there is asked under the ARN that it would have; an instance profile without a role hands on none.

    Raises:
        UnmappedRequest: There is no such instance profile.
    """
    found: list[Target] = []
    for target in targets:
        if target.action != ACTION:
            found.append(target)
            continue
        role, handed_on = _role_of(transaction, target)
        if handed_on:
            arn, tags = (target.arn, ()) if role is None else (role.arn, role.tags)
            context = target.context
            found.append(
                Target(arn=arn, account_id=target.account_id, tags=tags, action=ACTION, context=context)
            )
    return tuple(found)


def _role_of(transaction: Transaction, target: Target) -> tuple[Role | None, bool]:
    """Return the role, if there is such a one, and whether there is one to be handed on."""
    account_id = AccountId(target.account_id)
    if not isinstance(target, PassedRole):
        role = transaction.roles.find(account_id, name_of(target.arn))
        # An ARN is exact: the path must be the role's own (semantics 47).
        return (role if role is not None and role.arn == target.arn else None), True
    if target.how == "role":
        return transaction.roles.find(account_id, target.name), True
    profile = transaction.instance_profiles.find(account_id, target.name)
    if profile is None:
        raise UnmappedRequest(f"There is no instance profile {target.name}: nobody knows its role.")
    role = None if profile.role_id is None else transaction.roles.find_by_id(profile.role_id)
    return role, role is not None
