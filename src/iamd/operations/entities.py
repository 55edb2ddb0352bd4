"""Users, groups and roles, as an ARN names them."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from iamd.domain.arns import PARTITION, Arn, name_of
from iamd.domain.groups import Group
from iamd.domain.roles import Role
from iamd.domain.users import User
from iamd.errors import NoSuchEntity
from iamd.operations.call import Call

Entity = User | Group | Role

KINDS: Final = frozenset({"user", "group", "role"})
_ACCOUNT_DIGITS: Final = 12


@dataclass(frozen=True, slots=True)
class EntityName:
    """What the ARN of an entity says; *kind* is ``user``, ``group`` or ``role``."""

    kind: str
    account: str
    name: str
    arn: str


def parse_entity(arn: str, kinds: Collection[str] = KINDS) -> EntityName | None:
    """Read the ARN of an entity of one of *kinds*; None when it is none."""
    parsed = Arn.parse(arn)
    if parsed is None or parsed.service != "iam" or parsed.partition != PARTITION:
        return None
    kind, slash, rest = parsed.resource.partition("/")
    if kind not in kinds or not slash or not name_of(rest) or len(parsed.account) != _ACCOUNT_DIGITS:
        return None
    return EntityName(kind, parsed.account, name_of(rest), arn)


def find_entity(call: Call, entity: EntityName) -> Entity | None:
    """Return the entity of the caller's account that has this very ARN: the path must be its own."""
    if entity.account != call.account_id:
        return None
    found: Entity | None
    match entity.kind:
        case "user":
            found = call.store.users.find(call.account_id, entity.name)
        case "group":
            found = call.store.groups.find(call.account_id, entity.name)
        case _:
            found = call.store.roles.find(call.account_id, entity.name)
    return found if found is not None and found.arn == entity.arn else None


def get_entity(call: Call, entity: EntityName) -> Entity:
    """
    Return the entity of the caller's account that has this very ARN.

    Raises:
        NoSuchEntity: There is none.
    """
    found = find_entity(call, entity)
    if found is None:
        raise NoSuchEntity(f"The {entity.kind} with name {entity.name} cannot be found.")
    return found
