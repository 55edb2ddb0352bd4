"""Access keys; the secret access key is sealed (`iamd.store.encryption`)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Integer, func, or_, select, update

from iamd.domain.access_keys import AccessKey, AccessKeyStatus
from iamd.errors import EntityAlreadyExists, NoSuchEntity
from iamd.store import schema
from iamd.store.encryption import Place
from iamd.store.execution import Execution
from iamd.store.interface import ChangeKind
from iamd.store.statements import Statement, adding, deleting, given, replacing
from iamd.store.values import microseconds, microseconds_or_none, time_of, time_or_none

_TABLE: Final = schema.access_keys
_COLUMNS: Final = tuple(column for column in _TABLE.c if column.name != "sequence")
_OTHER: Final = _TABLE.alias("other")

_ADD: Final = adding(_TABLE)
_PUT: Final = replacing(_TABLE, "access_key_id")
_DELETE: Final = deleting(_TABLE, "access_key_id")
_FIND: Final = Statement(select(*_COLUMNS).where(_TABLE.c.access_key_id == given("access_key_id")))
_PAGE: Final = Statement(
    select(*_COLUMNS)
    .where(
        _TABLE.c.owner_id == given("owner_id"),
        # Behind a key that has been deleted since, the list begins again: one too many is better than one too few.
        _TABLE.c.sequence
        > func.coalesce(
            select(_OTHER.c.sequence).where(_OTHER.c.access_key_id == given("after")).scalar_subquery(), 0
        ),
    )
    .order_by(_TABLE.c.sequence)
    .limit(given("limit", Integer()))
)
_COUNT: Final = Statement(
    select(func.count()).select_from(_TABLE).where(_TABLE.c.owner_id == given("owner_id"))
)
# Uses are gathered and stored later, by several nodes: a late one does not set the time back.
_RECORD_USE: Final = Statement(
    update(_TABLE)
    .where(
        _TABLE.c.access_key_id == given("access_key_id"),
        or_(_TABLE.c.last_used_at.is_(None), _TABLE.c.last_used_at <= given("at")),
    )
    .values(last_used_at=given("at"), last_used_service=given("service"), last_used_region=given("region")),
)


class AccessKeys:
    def __init__(self, execution: Execution) -> None:
        self._execution: Final = execution

    def add(self, access_key: AccessKey) -> None:
        if self._execution.write(_ADD, self._row(access_key)) == 0:
            raise EntityAlreadyExists(f"The Access Key with id {access_key.access_key_id} already exists.")
        self._execution.changed(ChangeKind.ACCESS_KEY, access_key.access_key_id)

    def find(self, access_key_id: str) -> AccessKey | None:
        row = self._execution.row(_FIND, {"access_key_id": access_key_id})
        return None if row is None else self._value(row)

    def get(self, owner_id: str, access_key_id: str) -> AccessKey:
        access_key = self.find(access_key_id)
        if access_key is None or access_key.owner_id != owner_id:
            raise _missing(access_key_id)
        return access_key

    def put(self, access_key: AccessKey) -> None:
        if self._execution.write(_PUT, self._row(access_key)) == 0:
            raise _missing(access_key.access_key_id)
        self._execution.changed(ChangeKind.ACCESS_KEY, access_key.access_key_id)

    def delete(self, access_key: AccessKey) -> None:
        if self._execution.remove(_DELETE, {"access_key_id": access_key.access_key_id}) == 0:
            raise _missing(access_key.access_key_id)
        self._execution.changed(ChangeKind.ACCESS_KEY, access_key.access_key_id)

    def page(self, owner_id: str, after: str | None, limit: int) -> list[AccessKey]:
        rows = self._execution.rows(_PAGE, {"owner_id": owner_id, "after": after or "", "limit": limit})
        return [self._value(row) for row in rows]

    def count(self, owner_id: str) -> int:
        return self._execution.count(_COUNT, {"owner_id": owner_id})

    def record_uses(self, uses: Sequence[tuple[str, datetime, str, str]]) -> None:
        rows = [
            {"access_key_id": access_key_id, "at": microseconds(at), "service": service, "region": region}
            for access_key_id, at, service, region in uses
        ]
        self._execution.write_all(_RECORD_USE, rows)

    def _row(self, access_key: AccessKey) -> dict[str, Any]:
        return {
            "access_key_id": access_key.access_key_id,
            "account_id": access_key.account_id,
            "owner_id": access_key.owner_id,
            "secret": self._execution.vault.seal(
                Place.ACCESS_KEY_SECRET, access_key.access_key_id, access_key.secret
            ),
            "created_at": microseconds(access_key.created_at),
            "status": access_key.status.value,
            "last_used_at": microseconds_or_none(access_key.last_used_at),
            "last_used_service": access_key.last_used_service,
            "last_used_region": access_key.last_used_region,
        }

    def _value(self, row: Sequence[Any]) -> AccessKey:
        access_key_id, account_id, owner_id, secret, created_at, status, *last_used = row
        last_used_at, last_used_service, last_used_region = last_used
        return AccessKey(
            account_id=account_id,
            access_key_id=access_key_id,
            owner_id=owner_id,
            secret=self._execution.vault.open(Place.ACCESS_KEY_SECRET, access_key_id, secret),
            created_at=time_of(created_at),
            status=AccessKeyStatus(status),
            last_used_at=time_or_none(last_used_at),
            last_used_service=last_used_service,
            last_used_region=last_used_region,
        )


def _missing(access_key_id: str) -> NoSuchEntity:
    return NoSuchEntity(f"The Access Key with id {access_key_id} cannot be found.")  # fact 22
