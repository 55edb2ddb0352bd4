"""Names that stand in several places: whoever is renamed is renamed in all of them."""

from typing import Final

from sqlalchemy import Column, Table, update

from iamd.store import schema
from iamd.store.execution import Execution
from iamd.store.statements import Statement, given
from iamd.store.values import name_key


def _renaming(table: Table, id_column: Column[str], key: Column[str]) -> Statement:
    changed = update(table).where(id_column == given("id"), key != given("key"))
    return Statement(changed.values({key.name: given("key")}))


_MEMBERSHIPS: Final = schema.group_memberships
_ATTACHMENTS: Final = schema.policy_attachments
_RENAME: Final = (
    _renaming(_MEMBERSHIPS, _MEMBERSHIPS.c.user_id, _MEMBERSHIPS.c.user_key),
    _renaming(_ATTACHMENTS, _ATTACHMENTS.c.owner_id, _ATTACHMENTS.c.owner_key),
)


def rename(execution: Execution, owner_id: str, name: str) -> None:
    """Give the user or group *owner_id* its *name* wherever lists are in the order of names."""
    for statement in _RENAME:
        execution.write(statement, {"id": owner_id, "key": name_key(name)})
