"""Services that organizations have let in; what changes is the organization."""

from typing import Any, Final

from sqlalchemy import Integer, select

from iamd.domain.ids import OrganizationId
from iamd.domain.service_accesses import ServiceAccess
from iamd.store import schema
from iamd.store.execution import Execution
from iamd.store.interface import ChangeKind
from iamd.store.statements import Statement, adding, deleting, given
from iamd.store.values import microseconds, time_of

_TABLE: Final = schema.service_accesses
_OURS: Final = _TABLE.c.organization_id == given("organization_id")

_ADD: Final = adding(_TABLE)
_DELETE: Final = deleting(_TABLE, "organization_id", "service_principal")
_FIND: Final = Statement(
    select(_TABLE.c.enabled_at).where(_OURS, _TABLE.c.service_principal == given("service_principal"))
)
_PAGE: Final = Statement(
    select(_TABLE.c.service_principal, _TABLE.c.enabled_at)
    .where(_OURS, _TABLE.c.service_principal > given("after"))
    .order_by(_TABLE.c.service_principal)
    .limit(given("limit", Integer()))
)


class ServiceAccesses:
    def __init__(self, execution: Execution) -> None:
        self._execution: Final = execution

    def add(self, access: ServiceAccess) -> bool:
        row = _key(access) | {"enabled_at": microseconds(access.enabled_at)}
        return self._write(_ADD, access, row)

    def find(self, organization_id: OrganizationId, service_principal: str) -> ServiceAccess | None:
        key = {"organization_id": organization_id, "service_principal": service_principal}
        row = self._execution.row(_FIND, key)
        return None if row is None else _value(organization_id, service_principal, row[0])

    def delete(self, access: ServiceAccess) -> bool:
        return self._write(_DELETE, access, _key(access))

    def page(self, organization_id: OrganizationId, after: str | None, limit: int) -> list[ServiceAccess]:
        values = {"organization_id": organization_id, "after": after or "", "limit": limit}
        return [_value(organization_id, *row) for row in self._execution.rows(_PAGE, values)]

    def _write(self, statement: Statement, access: ServiceAccess, values: dict[str, Any]) -> bool:
        touched = self._execution.write(statement, values) > 0
        if touched:
            self._execution.changed(ChangeKind.ORGANIZATION, access.organization_id)
        return touched


def _key(access: ServiceAccess) -> dict[str, Any]:
    return {"organization_id": access.organization_id, "service_principal": access.service_principal}


def _value(organization_id: OrganizationId, service_principal: str, enabled_at: int) -> ServiceAccess:
    return ServiceAccess(
        organization_id=organization_id,
        service_principal=service_principal,
        enabled_at=time_of(enabled_at),
    )
