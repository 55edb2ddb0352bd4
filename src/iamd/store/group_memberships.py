"""Who is in which group.  What changes is the user: the group's policies begin or cease to be its own."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import Integer, func, select

from iamd.domain.groups import Group
from iamd.domain.ids import UniqueId
from iamd.domain.users import User
from iamd.store import schema
from iamd.store.execution import Execution
from iamd.store.groups import group_of
from iamd.store.interface import ChangeKind
from iamd.store.named import columns_of
from iamd.store.statements import Statement, adding, deleting, given
from iamd.store.users import user_of
from iamd.store.values import name_key

_TABLE: Final = schema.group_memberships
_USERS: Final = schema.users
_GROUPS: Final = schema.groups

_ADD: Final = adding(_TABLE)
_REMOVE: Final = deleting(_TABLE, "user_id", "group_id")
_USERS_IN: Final = Statement(
    select(*columns_of(_USERS))
    .join(_TABLE, _TABLE.c.user_id == _USERS.c.user_id)
    .where(_TABLE.c.group_id == given("group_id"), _TABLE.c.user_key > given("after"))
    .order_by(_TABLE.c.user_key)
    .limit(given("limit", Integer()))
)
_GROUPS_OF: Final = Statement(
    select(*columns_of(_GROUPS))
    .join(_TABLE, _TABLE.c.group_id == _GROUPS.c.group_id)
    .where(_TABLE.c.user_id == given("user_id"), _GROUPS.c.name_key > given("after"))
    .order_by(_GROUPS.c.name_key)
    .limit(given("limit", Integer()))
)
_COUNT_GROUPS_OF: Final = Statement(
    select(func.count()).select_from(_TABLE).where(_TABLE.c.user_id == given("user_id"))
)


class GroupMemberships:
    def __init__(self, execution: Execution) -> None:
        self._execution: Final = execution

    def add(self, group: Group, user: User) -> None:
        # fact 27: a second time is no error.
        if self._execution.write(_ADD, _row(group, user)):
            self._execution.changed(ChangeKind.USER, user.user_id)

    def add_all(self, memberships: Sequence[tuple[Group, User]]) -> None:
        rows = [_row(group, user) for group, user in memberships]
        if self._execution.write_all(_ADD, rows):
            for row in rows:
                self._execution.changed(ChangeKind.USER, row["user_id"])

    def remove(self, group: Group, user: User) -> bool:
        removed = self._execution.remove(_REMOVE, {"user_id": user.user_id, "group_id": group.group_id})
        if removed:
            self._execution.changed(ChangeKind.USER, user.user_id)
        return removed > 0

    def users_in(self, group_id: UniqueId, after: str | None, limit: int) -> list[User]:
        rows = self._execution.rows(
            _USERS_IN, {"group_id": group_id, "after": name_key(after or ""), "limit": limit}
        )
        return [user_of(row) for row in rows]

    def groups_of(self, user_id: UniqueId, after: str | None, limit: int) -> list[Group]:
        rows = self._execution.rows(
            _GROUPS_OF, {"user_id": user_id, "after": name_key(after or ""), "limit": limit}
        )
        return [group_of(row) for row in rows]

    def count_groups_of(self, user_id: UniqueId) -> int:
        return self._execution.count(_COUNT_GROUPS_OF, {"user_id": user_id})


def _row(group: Group, user: User) -> dict[str, str]:
    return {"user_id": user.user_id, "group_id": group.group_id, "user_key": name_key(user.name)}
