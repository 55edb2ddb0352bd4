"""Records of the audit trail."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import delete, insert, select, tuple_

from iamd.domain.audit_records import AuditRecord
from iamd.store import schema
from iamd.store.audit_interface import Place
from iamd.store.execution import Execution
from iamd.store.statements import Statement, given
from iamd.store.values import microseconds, time_of

_TABLE: Final = schema.audit_records
_COLUMNS: Final = tuple(_TABLE.c)
_ORDER: Final = (_TABLE.c.at, _TABLE.c.chain_id, _TABLE.c.sequence)
_FOREVER: Final = (1 << 63) - 1

# A plain insert: a place that is taken already must fail.
_ADD: Final = Statement(
    insert(_TABLE).values({column.name: given(column.name) for column in _COLUMNS}).inline()
)
_LAST: Final = Statement(
    select(_TABLE.c.sequence, _TABLE.c.digest)
    .where(_TABLE.c.chain_id == given("chain_id"))
    .order_by(_TABLE.c.sequence.desc())
    .limit(1)
)
_NEWEST: Final = Statement(select(_TABLE.c.digest).order_by(*[column.desc() for column in _ORDER]).limit(1))
_PAGE: Final = Statement(
    select(*_COLUMNS)
    .where(
        _TABLE.c.at >= given("since"),
        _TABLE.c.at < given("until"),
        tuple_(*_ORDER) > tuple_(given("at"), given("chain_id"), given("sequence")),
    )
    .order_by(*_ORDER)
    .limit(given("limit"))
)
_BEFORE: Final = Statement(
    select(*_COLUMNS)
    .where(
        _TABLE.c.at >= given("since"),
        _TABLE.c.at < given("until"),
        _TABLE.c.account_id == given("account_id"),
        tuple_(*_ORDER) < tuple_(given("at"), given("chain_id"), given("sequence")),
    )
    .order_by(*[column.desc() for column in _ORDER])
    .limit(given("limit"))
)
_LATEST: Final = Statement(
    select(*_COLUMNS).order_by(*[column.desc() for column in _ORDER]).limit(given("limit"))
)
_OLD: Final = (
    select(_TABLE.c.chain_id, _TABLE.c.sequence)
    .where(_TABLE.c.at < given("before"))
    .order_by(*_ORDER)
    .limit(given("limit"))
)
_FORGET: Final = Statement(
    delete(_TABLE).where(tuple_(_TABLE.c.chain_id, _TABLE.c.sequence).in_(_OLD.scalar_subquery()))
)


class AuditRecords:
    def __init__(self, execution: Execution) -> None:
        self._execution: Final = execution

    def add_all(self, records: Sequence[AuditRecord]) -> None:
        self._execution.write_all(_ADD, [_row(record) for record in records])

    def last(self, chain_id: str) -> tuple[int, str] | None:
        row = self._execution.row(_LAST, {"chain_id": chain_id})
        return None if row is None else (row[0], row[1])

    def newest_digest(self) -> str | None:
        row = self._execution.row(_NEWEST, {})
        return None if row is None else str(row[0])

    def page(
        self, since: datetime | None, until: datetime | None, after: Place | None, limit: int
    ) -> list[AuditRecord]:
        at, chain_id, sequence = after if after is not None else (None, "", 0)
        values = {
            "since": 0 if since is None else microseconds(since),
            "until": _FOREVER if until is None else microseconds(until),
            "at": -1 if at is None else microseconds(at),
            "chain_id": chain_id,
            "sequence": sequence,
            "limit": limit,
        }
        return [_value(row) for row in self._execution.rows(_PAGE, values)]

    def before(
        self, account_id: str, since: datetime | None, until: datetime | None, place: Place | None, limit: int
    ) -> list[AuditRecord]:
        at, chain_id, sequence = place if place is not None else (None, "", 0)
        values = {
            "account_id": account_id,
            "since": 0 if since is None else microseconds(since),
            "until": _FOREVER if until is None else microseconds(until),
            "at": _FOREVER if at is None else microseconds(at),
            "chain_id": chain_id,
            "sequence": sequence,
            "limit": limit,
        }
        return [_value(row) for row in self._execution.rows(_BEFORE, values)]

    def latest(self, limit: int) -> list[AuditRecord]:
        return [_value(row) for row in self._execution.rows(_LATEST, {"limit": limit})][::-1]

    def forget(self, before: datetime, limit: int) -> int:
        return self._execution.write(_FORGET, {"before": microseconds(before), "limit": limit})


def _row(record: AuditRecord) -> dict[str, Any]:
    return {
        "chain_id": record.chain_id,
        "sequence": record.sequence,
        "digest": record.digest,
        "event_id": record.event_id,
        "at": microseconds(record.at),
        "account_id": record.account_id,
        "name": record.name,
        "principal": record.principal,
        "error_code": record.error_code,
        "line": record.line,
    }


def _value(row: Sequence[Any]) -> AuditRecord:
    chain_id, sequence, digest, event_id, at, account_id, name, principal, error_code, line = row
    return AuditRecord(
        chain_id=chain_id,
        sequence=sequence,
        digest=digest,
        event_id=event_id,
        at=time_of(at),
        account_id=account_id,
        name=name,
        principal=principal,
        error_code=error_code,
        line=line,
    )
