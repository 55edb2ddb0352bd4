"""Organizational units; alone they change no decision, so nothing of them is logged."""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import Integer, func, select

from iamd.domain.ids import OrganizationId
from iamd.domain.organizational_units import OrganizationalUnit
from iamd.errors.organizations import (
    DuplicateOrganizationalUnitException,
    OrganizationalUnitNotFoundException,
)
from iamd.store import schema
from iamd.store.execution import Execution
from iamd.store.statements import Statement, adding, deleting, given, replacing
from iamd.store.values import tags_of, tags_text

_TABLE: Final = schema.organizational_units
_COLUMNS: Final = tuple(_TABLE.c)
_OURS: Final = _TABLE.c.organization_id == given("organization_id")

_ADD: Final = adding(_TABLE)
_PUT: Final = replacing(_TABLE, "organization_id", "unit_id")
_DELETE: Final = deleting(_TABLE, "organization_id", "unit_id")
_FIND: Final = Statement(select(*_COLUMNS).where(_OURS, _TABLE.c.unit_id == given("unit_id")))
_FIND_BY_NAME: Final = Statement(
    select(*_COLUMNS).where(_OURS, _TABLE.c.parent_id == given("parent_id"), _TABLE.c.name == given("name"))
)
_PAGE: Final = Statement(
    select(*_COLUMNS)
    .where(_OURS, _TABLE.c.unit_id > given("after"))
    .order_by(_TABLE.c.unit_id)
    .limit(given("limit", Integer()))
)
_CHILDREN: Final = Statement(
    select(*_COLUMNS)
    .where(_OURS, _TABLE.c.parent_id == given("parent_id"), _TABLE.c.unit_id > given("after"))
    .order_by(_TABLE.c.unit_id)
    .limit(given("limit", Integer()))
)
_COUNT: Final = Statement(select(func.count()).select_from(_TABLE).where(_OURS))


class OrganizationalUnits:
    def __init__(self, execution: Execution) -> None:
        self._execution: Final = execution

    def add(self, unit: OrganizationalUnit) -> None:
        if self._execution.write(_ADD, _row(unit)) == 0:
            raise DuplicateOrganizationalUnitException

    def find(self, organization_id: OrganizationId, unit_id: str) -> OrganizationalUnit | None:
        row = self._execution.row(_FIND, {"organization_id": organization_id, "unit_id": unit_id})
        return None if row is None else _value(row)

    def find_by_name(
        self, organization_id: OrganizationId, parent_id: str, name: str
    ) -> OrganizationalUnit | None:
        values = {"organization_id": organization_id, "parent_id": parent_id, "name": name}
        row = self._execution.row(_FIND_BY_NAME, values)
        return None if row is None else _value(row)

    def put(self, unit: OrganizationalUnit) -> None:
        # Looked for, not tried: on PostgreSQL a violated constraint would spoil the transaction.
        holder = self.find_by_name(unit.organization_id, unit.parent_id, unit.name)
        if holder is not None and holder.unit_id != unit.unit_id:
            raise DuplicateOrganizationalUnitException
        if self._execution.write(_PUT, _row(unit)) == 0:
            raise OrganizationalUnitNotFoundException

    def delete(self, unit: OrganizationalUnit) -> None:
        values = {"organization_id": unit.organization_id, "unit_id": unit.unit_id}
        if self._execution.remove(_DELETE, values) == 0:
            raise OrganizationalUnitNotFoundException

    def page(
        self, organization_id: OrganizationId, after: str | None, limit: int
    ) -> list[OrganizationalUnit]:
        values = {"organization_id": organization_id, "after": after or "", "limit": limit}
        return [_value(row) for row in self._execution.rows(_PAGE, values)]

    def children(
        self, organization_id: OrganizationId, parent_id: str, after: str | None, limit: int
    ) -> list[OrganizationalUnit]:
        values = {"organization_id": organization_id, "parent_id": parent_id}
        rows = self._execution.rows(_CHILDREN, {**values, "after": after or "", "limit": limit})
        return [_value(row) for row in rows]

    def count(self, organization_id: OrganizationId) -> int:
        return self._execution.count(_COUNT, {"organization_id": organization_id})


def _row(unit: OrganizationalUnit) -> dict[str, Any]:
    return {
        "organization_id": unit.organization_id,
        "unit_id": unit.unit_id,
        "parent_id": unit.parent_id,
        "name": unit.name,
        "tags": tags_text(unit.tags),
    }


def _value(row: Sequence[Any]) -> OrganizationalUnit:
    organization_id, unit_id, parent_id, name, tags = row
    return OrganizationalUnit(
        organization_id=organization_id, unit_id=unit_id, parent_id=parent_id, name=name, tags=tags_of(tags)
    )
