"""IAM groups."""

from collections.abc import Sequence
from typing import Any

from iamd.domain.groups import Group
from iamd.errors import EntityAlreadyExists, NoSuchEntity, ServiceError
from iamd.store import schema
from iamd.store.interface import ChangeKind
from iamd.store.named import Named, NamedStatements
from iamd.store.policies_interface import OwnerKind
from iamd.store.renames import rename
from iamd.store.values import microseconds, time_of


class Groups(Named[Group]):
    statements = NamedStatements(schema.groups)
    owner_kind = OwnerKind.GROUP

    def put(self, value: Group) -> None:
        super().put(value)
        rename(self._execution, value.group_id, value.name)

    def _bind(self, value: Group) -> dict[str, Any]:
        return {"group_id": value.group_id, "created_at": microseconds(value.created_at)}

    def _value(self, row: Sequence[Any]) -> Group:
        return group_of(row)

    def _exists(self, name: str) -> ServiceError:
        return EntityAlreadyExists(f"Group with name {name} already exists.")  # fact 26

    def _missing(self, name: str) -> ServiceError:
        return NoSuchEntity(f"The group with name {name} cannot be found.")  # fact 26

    def _changed(self, value: Group) -> None:
        self._execution.changed(ChangeKind.GROUP, value.group_id)


def group_of(row: Sequence[Any]) -> Group:
    """Read a row of `columns_of` the table of groups."""
    group_id, account_id, name, path, created_at = row
    return Group(
        account_id=account_id, group_id=group_id, name=name, path=path, created_at=time_of(created_at)
    )
