"""Virtual MFA devices; the seed is sealed (`iamd.store.encryption`)."""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, Integer, select

from iamd.domain.ids import AccountId
from iamd.domain.mfa_devices import MFADevice
from iamd.errors import EntityAlreadyExists, NoSuchEntity
from iamd.store import schema
from iamd.store.counts import change_count, count_of
from iamd.store.encryption import Place
from iamd.store.execution import Execution
from iamd.store.interface import ChangeKind
from iamd.store.named import columns_of
from iamd.store.statements import Statement, adding, deleting, given, replacing
from iamd.store.values import (
    microseconds,
    microseconds_or_none,
    name_key,
    tags_of,
    tags_text,
    time_of,
    time_or_none,
)

_TABLE: Final = schema.mfa_devices
_COLUMNS: Final = tuple(columns_of(_TABLE))

_ADD: Final = adding(_TABLE)
_PUT: Final = replacing(_TABLE, "serial_number")
_DELETE: Final = deleting(_TABLE, "serial_number")
_FIND: Final = Statement(select(*_COLUMNS).where(_TABLE.c.serial_number == given("serial_number")))


def _page(*conditions: ColumnElement[bool]) -> Statement:
    return Statement(
        select(*_COLUMNS)
        .where(
            _TABLE.c.account_id == given("account_id"), _TABLE.c.serial_number > given("after"), *conditions
        )
        .order_by(_TABLE.c.serial_number)
        .limit(given("limit", Integer()))
    )


_PAGES: Final[dict[bool | None, Statement]] = {
    None: _page(),
    True: _page(_TABLE.c.owner_id.is_not(None)),
    False: _page(_TABLE.c.owner_id.is_(None)),
}
_OWNER_OF: Final = Statement(
    select(_TABLE.c.owner_id).where(_TABLE.c.serial_number == given("serial_number"))
)
_IN_USE: Final = f"{_TABLE} in use"
_LIST_OF: Final = Statement(
    select(*_COLUMNS)
    .where(_TABLE.c.owner_id == given("owner_id"))
    .order_by(_TABLE.c.enabled_at, _TABLE.c.serial_number)
)


class MFADevices:
    def __init__(self, execution: Execution) -> None:
        self._execution: Final = execution

    def add(self, device: MFADevice) -> None:
        if self._execution.write(_ADD, self._row(device)) == 0:
            raise EntityAlreadyExists("MFA device already exists.")  # fact 65
        self._count(device.account_id, _TABLE.name, +1)
        self._count(device.account_id, _IN_USE, int(device.owner_id is not None))
        self._execution.changed(ChangeKind.MFA_DEVICE, device.serial_number)

    def find(self, serial_number: str) -> MFADevice | None:
        row = self._execution.row(_FIND, {"serial_number": serial_number})
        return None if row is None else self._value(row)

    def put(self, device: MFADevice) -> None:
        before = self._is_in_use(device)
        if self._execution.write(_PUT, self._row(device)) == 0:
            raise _missing(device)
        self._count(device.account_id, _IN_USE, int(device.owner_id is not None) - before)
        self._execution.changed(ChangeKind.MFA_DEVICE, device.serial_number)

    def delete(self, device: MFADevice) -> None:
        before = self._is_in_use(device)
        if self._execution.remove(_DELETE, {"serial_number": device.serial_number}) == 0:
            raise _missing(device)
        self._count(device.account_id, _TABLE.name, -1)
        self._count(device.account_id, _IN_USE, -before)
        self._execution.changed(ChangeKind.MFA_DEVICE, device.serial_number)

    def page(
        self, account_id: AccountId, after: str | None, limit: int, *, in_use: bool | None = None
    ) -> list[MFADevice]:
        rows = self._execution.rows(
            _PAGES[in_use], {"account_id": account_id, "after": after or "", "limit": limit}
        )
        return [self._value(row) for row in rows]

    def list_of(self, owner_id: str) -> list[MFADevice]:
        return [self._value(row) for row in self._execution.rows(_LIST_OF, {"owner_id": owner_id})]

    def counts(self, account_id: AccountId) -> tuple[int, int]:
        return count_of(self._execution, account_id, _TABLE), count_of(self._execution, account_id, _IN_USE)

    def _is_in_use(self, device: MFADevice) -> int:
        row = self._execution.row(_OWNER_OF, {"serial_number": device.serial_number})
        return int(row is not None and row[0] is not None)

    def _count(self, account_id: AccountId, collection: str, by: int) -> None:
        if by:
            change_count(self._execution, account_id, collection, by)

    def _row(self, device: MFADevice) -> dict[str, Any]:
        return {
            "serial_number": device.serial_number,
            "account_id": device.account_id,
            "name": device.name,
            "name_key": name_key(device.name),
            "path": device.path,
            "seed": self._execution.vault.seal(Place.MFA_SEED, device.serial_number, device.seed),
            "created_at": microseconds(device.created_at),
            "owner_id": device.owner_id,
            "enabled_at": microseconds_or_none(device.enabled_at),
            "last_step": device.last_step,
            "tags": tags_text(device.tags),
        }

    def _value(self, row: Sequence[Any]) -> MFADevice:
        serial_number, account_id, name, path, seed, created_at, *rest = row
        owner_id, enabled_at, last_step, tags = rest
        return MFADevice(
            account_id=account_id,
            name=name,
            path=path,
            seed=self._execution.vault.open(Place.MFA_SEED, serial_number, seed),
            created_at=time_of(created_at),
            owner_id=owner_id,
            enabled_at=time_or_none(enabled_at),
            last_step=last_step,
            tags=tags_of(tags),
        )


def _missing(device: MFADevice) -> NoSuchEntity:
    return NoSuchEntity(f"MFA Device with serial number {device.serial_number} does not exist.")  # fact 65
