"""Members of organizations; what changes is their account."""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import Integer, func, select

from iamd.domain.ids import AccountId, OrganizationId
from iamd.domain.organization_members import JoinedMethod, OrganizationMember
from iamd.errors.organizations import AccountNotFoundException, AlreadyInOrganizationException
from iamd.store import schema
from iamd.store.execution import Execution
from iamd.store.interface import ChangeKind
from iamd.store.statements import Statement, adding, deleting, given, replacing
from iamd.store.values import microseconds, tags_of, tags_text, time_of

_TABLE: Final = schema.organization_members
_COLUMNS: Final = tuple(_TABLE.c)
_OURS: Final = _TABLE.c.organization_id == given("organization_id")

_ADD: Final = adding(_TABLE)
_PUT: Final = replacing(_TABLE, "account_id", "organization_id")
_DELETE: Final = deleting(_TABLE, "account_id", "organization_id")
_FIND: Final = Statement(select(*_COLUMNS).where(_TABLE.c.account_id == given("account_id")))
_PAGE: Final = Statement(
    select(*_COLUMNS)
    .where(_OURS, _TABLE.c.account_id > given("after"))
    .order_by(_TABLE.c.account_id)
    .limit(given("limit", Integer()))
)
_CHILDREN: Final = Statement(
    select(*_COLUMNS)
    .where(_OURS, _TABLE.c.parent_id == given("parent_id"), _TABLE.c.account_id > given("after"))
    .order_by(_TABLE.c.account_id)
    .limit(given("limit", Integer()))
)
_COUNT: Final = Statement(select(func.count()).select_from(_TABLE).where(_OURS))


class OrganizationMembers:
    def __init__(self, execution: Execution) -> None:
        self._execution: Final = execution

    def add(self, member: OrganizationMember) -> None:
        if self._execution.write(_ADD, _row(member)) == 0:
            raise AlreadyInOrganizationException
        self._execution.changed(ChangeKind.ACCOUNT, member.account_id)

    def find(self, account_id: AccountId) -> OrganizationMember | None:
        row = self._execution.row(_FIND, {"account_id": account_id})
        return None if row is None else _value(row)

    def put(self, member: OrganizationMember) -> None:
        if self._execution.write(_PUT, _row(member)) == 0:
            raise AccountNotFoundException
        self._execution.changed(ChangeKind.ACCOUNT, member.account_id)

    def delete(self, member: OrganizationMember) -> None:
        values = {"account_id": member.account_id, "organization_id": member.organization_id}
        if self._execution.remove(_DELETE, values) == 0:
            raise AccountNotFoundException
        self._execution.changed(ChangeKind.ACCOUNT, member.account_id)

    def page(
        self, organization_id: OrganizationId, after: str | None, limit: int
    ) -> list[OrganizationMember]:
        values = {"organization_id": organization_id, "after": after or "", "limit": limit}
        return [_value(row) for row in self._execution.rows(_PAGE, values)]

    def children(
        self, organization_id: OrganizationId, parent_id: str, after: str | None, limit: int
    ) -> list[OrganizationMember]:
        values = {"organization_id": organization_id, "parent_id": parent_id}
        rows = self._execution.rows(_CHILDREN, {**values, "after": after or "", "limit": limit})
        return [_value(row) for row in rows]

    def count(self, organization_id: OrganizationId) -> int:
        return self._execution.count(_COUNT, {"organization_id": organization_id})


def _row(member: OrganizationMember) -> dict[str, Any]:
    return {
        "account_id": member.account_id,
        "organization_id": member.organization_id,
        "parent_id": member.parent_id,
        "joined_method": member.joined_method.value,
        "joined_at": microseconds(member.joined_at),
        "tags": tags_text(member.tags),
    }


def _value(row: Sequence[Any]) -> OrganizationMember:
    account_id, organization_id, parent_id, joined_method, joined_at, tags = row
    return OrganizationMember(
        account_id=account_id,
        organization_id=organization_id,
        parent_id=parent_id,
        joined_method=JoinedMethod(joined_method),
        joined_at=time_of(joined_at),
        tags=tags_of(tags),
    )
