"""Inline policies; what changes is their owner."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import Integer, select

from iamd.domain.ids import UniqueId
from iamd.domain.inline_policies import InlinePolicy
from iamd.errors import NoSuchEntity
from iamd.store import schema
from iamd.store.execution import Execution
from iamd.store.interface import ChangeKind
from iamd.store.policies_interface import OwnerKind
from iamd.store.statements import Statement, deleting, given, putting

_TABLE: Final = schema.inline_policies
_COLUMNS: Final = (_TABLE.c.owner_id, _TABLE.c.name, _TABLE.c.document)

_PUT: Final = putting(_TABLE)
_DELETE: Final = deleting(_TABLE, "owner_id", "name")
_FIND: Final = Statement(
    select(*_COLUMNS).where(_TABLE.c.owner_id == given("owner_id"), _TABLE.c.name == given("name"))
)
_PAGE: Final = Statement(
    select(*_COLUMNS)
    .where(_TABLE.c.owner_id == given("owner_id"), _TABLE.c.name > given("after"))
    .order_by(_TABLE.c.name)
    .limit(given("limit", Integer()))
)


class InlinePolicies:
    def __init__(self, execution: Execution) -> None:
        self._execution: Final = execution

    def put(self, kind: OwnerKind, policy: InlinePolicy) -> None:
        self._execution.write(
            _PUT, {"owner_id": policy.owner_id, "name": policy.name, "document": policy.document}
        )
        self._execution.changed(ChangeKind(kind), policy.owner_id)

    def put_all(self, kind: OwnerKind, policies: Sequence[InlinePolicy]) -> None:
        rows = [
            {"owner_id": policy.owner_id, "name": policy.name, "document": policy.document}
            for policy in policies
        ]
        self._execution.write_all(_PUT, rows)
        for policy in policies:
            self._execution.changed(ChangeKind(kind), policy.owner_id)

    def find(self, owner_id: UniqueId, name: str) -> InlinePolicy | None:
        row = self._execution.row(_FIND, {"owner_id": owner_id, "name": name})
        return None if row is None else InlinePolicy(owner_id=row[0], name=row[1], document=row[2])

    def delete(self, kind: OwnerKind, policy: InlinePolicy) -> None:
        if self._execution.remove(_DELETE, {"owner_id": policy.owner_id, "name": policy.name}) == 0:
            raise NoSuchEntity(f"The {kind} policy with name {policy.name} cannot be found.")  # fact 29
        self._execution.changed(ChangeKind(kind), policy.owner_id)

    def page(self, owner_id: UniqueId, after: str | None, limit: int) -> list[InlinePolicy]:
        rows = self._execution.rows(_PAGE, {"owner_id": owner_id, "after": after or "", "limit": limit})
        return [InlinePolicy(owner_id=row[0], name=row[1], document=row[2]) for row in rows]
