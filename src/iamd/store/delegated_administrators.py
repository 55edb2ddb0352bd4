"""Delegated administrators, one row for each account and service; what changes is the organization."""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import select

from iamd.domain.delegated_administrators import DelegatedAdministrator
from iamd.domain.ids import AccountId, OrganizationId
from iamd.store import schema
from iamd.store.execution import Execution
from iamd.store.interface import ChangeKind
from iamd.store.statements import Statement, adding, deleting, given
from iamd.store.values import microseconds, time_of

_TABLE: Final = schema.delegated_administrators
_COLUMNS: Final = tuple(_TABLE.c)
_OURS: Final = _TABLE.c.organization_id == given("organization_id")

_ADD: Final = adding(_TABLE)
_DELETE: Final = deleting(_TABLE, "organization_id", "account_id", "service_principal")
_ALL: Final = Statement(
    select(*_COLUMNS).where(_OURS).order_by(_TABLE.c.account_id, _TABLE.c.service_principal)
)
_OF_ACCOUNT: Final = Statement(
    select(*_COLUMNS)
    .where(_OURS, _TABLE.c.account_id == given("account_id"))
    .order_by(_TABLE.c.service_principal)
)


class DelegatedAdministrators:
    def __init__(self, execution: Execution) -> None:
        self._execution: Final = execution

    def add(self, administrator: DelegatedAdministrator) -> bool:
        row = _key(administrator) | {"enabled_at": microseconds(administrator.enabled_at)}
        return self._write(_ADD, administrator, row)

    def delete(self, administrator: DelegatedAdministrator) -> bool:
        return self._write(_DELETE, administrator, _key(administrator))

    def all(self, organization_id: OrganizationId) -> list[DelegatedAdministrator]:
        rows = self._execution.rows(_ALL, {"organization_id": organization_id})
        return [_value(row) for row in rows]

    def of(self, organization_id: OrganizationId, account_id: AccountId) -> list[DelegatedAdministrator]:
        key = {"organization_id": organization_id, "account_id": account_id}
        return [_value(row) for row in self._execution.rows(_OF_ACCOUNT, key)]

    def _write(
        self, statement: Statement, administrator: DelegatedAdministrator, values: dict[str, Any]
    ) -> bool:
        touched = self._execution.write(statement, values) > 0
        if touched:
            self._execution.changed(ChangeKind.ORGANIZATION, administrator.organization_id)
        return touched


def _key(administrator: DelegatedAdministrator) -> dict[str, Any]:
    return {
        "organization_id": administrator.organization_id,
        "account_id": administrator.account_id,
        "service_principal": administrator.service_principal,
    }


def _value(row: Sequence[Any]) -> DelegatedAdministrator:
    organization_id, account_id, service_principal, enabled_at = row
    return DelegatedAdministrator(
        organization_id=organization_id,
        account_id=account_id,
        service_principal=service_principal,
        enabled_at=time_of(enabled_at),
    )
