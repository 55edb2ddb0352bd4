"""Users, groups and roles alike, as what owns inline policies and has managed ones attached."""

from dataclasses import dataclass

from iamd.domain.ids import UniqueId
from iamd.domain.roles import check_modifiable
from iamd.operations.call import Call, Params
from iamd.store.policies_interface import OwnerKind


@dataclass(frozen=True, slots=True)
class Owner:
    """A user, group or role; its name as it was written when it was made."""

    kind: OwnerKind
    id: UniqueId
    name: str


def owner(call: Call, params: Params, kind: OwnerKind) -> Owner:
    """
    Return the entity that a request names.

    Raises:
        NoSuchEntity: There is no such entity in the caller's account.
    """
    match kind:
        case OwnerKind.USER:
            user = call.store.users.get(call.account_id, params["UserName"])
            return Owner(kind, user.user_id, user.name)
        case OwnerKind.GROUP:
            group = call.store.groups.get(call.account_id, params["GroupName"])
            return Owner(kind, group.group_id, group.name)
        case OwnerKind.ROLE:
            role = call.store.roles.get(call.account_id, params["RoleName"])
            return Owner(kind, role.role_id, role.name)


def modifiable_owner(call: Call, params: Params, kind: OwnerKind) -> Owner:
    """
    Return the entity that a request names, to be changed.

    Raises:
        NoSuchEntity: There is no such entity in the caller's account.
        UnmodifiableEntity: It is a role that only a service may change.
    """
    if kind is OwnerKind.ROLE:
        check_modifiable(call.store.roles.get(call.account_id, params["RoleName"]))
    return owner(call, params, kind)
