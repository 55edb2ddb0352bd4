"""Notices to product providers that are yet to be delivered."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Integer, select

from iamd.domain.delegation_notices import DelegationNotice, NoticeKind
from iamd.store import schema
from iamd.store.execution import Execution
from iamd.store.statements import Statement, adding, deleting, given, replacing
from iamd.store.values import microseconds, time_of

_TABLE: Final = schema.delegation_notices

_ADD: Final = adding(_TABLE)
_PUT: Final = replacing(_TABLE, "notice_id")
_DELETE: Final = deleting(_TABLE, "notice_id")
_DUE: Final = Statement(
    select(*[column for column in _TABLE.c if column.name != "sequence"])
    .where(_TABLE.c.due_at <= given("now"))
    .order_by(_TABLE.c.sequence)
    .limit(given("limit", Integer()))
)


class DelegationNotices:
    def __init__(self, execution: Execution) -> None:
        self._execution: Final = execution

    def add(self, notice: DelegationNotice) -> None:
        self._execution.write(_ADD, _row(notice))

    def put(self, notice: DelegationNotice) -> None:
        self._execution.write(_PUT, _row(notice))

    def delete(self, notice: DelegationNotice) -> None:
        self._execution.write(_DELETE, {"notice_id": notice.notice_id})

    def due(self, now: datetime, limit: int) -> list[DelegationNotice]:
        return [_value(row) for row in self._execution.rows(_DUE, {"now": microseconds(now), "limit": limit})]


def _row(notice: DelegationNotice) -> dict[str, Any]:
    return {
        "notice_id": notice.notice_id,
        "request_id": notice.request_id,
        "kind": notice.kind.value,
        "state": notice.state,
        "at": microseconds(notice.at),
        "due_at": microseconds(notice.due_at),
        "attempts": notice.attempts,
    }


def _value(row: Sequence[Any]) -> DelegationNotice:
    notice_id, request_id, kind, state, at, due_at, attempts = row
    return DelegationNotice(
        notice_id=notice_id,
        request_id=request_id,
        kind=NoticeKind(kind),
        state=state,
        at=time_of(at),
        due_at=time_of(due_at),
        attempts=attempts,
    )
