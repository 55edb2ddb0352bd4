"""Access reports: compressed, since most of one is names of services that nobody has used."""

import zlib
from collections.abc import Sequence
from typing import Any, Final

import msgspec
from sqlalchemy import delete, or_, select

from iamd.domain.access_reports import (
    KEPT,
    MOST_KEPT,
    AccessReport,
    OrganizationAccess,
    ReportFailure,
    ReportKind,
    ServiceAccess,
)
from iamd.domain.ids import AccountId
from iamd.errors import EntityAlreadyExists
from iamd.store import schema
from iamd.store.execution import Execution
from iamd.store.statements import Statement, adding, given
from iamd.store.values import microseconds, time_of

_TABLE: Final = schema.access_reports
_COLUMNS: Final = tuple(column for column in _TABLE.c if column.name != "sequence")
_OTHER: Final = _TABLE.alias("other")

_ADD: Final = adding(_TABLE)
_FIND: Final = Statement(
    select(*_COLUMNS).where(_TABLE.c.account_id == given("account_id"), _TABLE.c.job_id == given("job_id"))
)
_THE_FIRST_TOO_MANY: Final = (
    select(_OTHER.c.sequence)
    .where(_OTHER.c.account_id == given("account_id"))
    .order_by(_OTHER.c.sequence.desc())
    .limit(1)
    .offset(MOST_KEPT)
    .scalar_subquery()
)
_PURGE: Final = Statement(
    delete(_TABLE).where(
        _TABLE.c.account_id == given("account_id"),
        or_(_TABLE.c.created_at < given("before"), _TABLE.c.sequence <= _THE_FIRST_TOO_MANY),
    )
)


class AccessReports:
    def __init__(self, execution: Execution) -> None:
        self._execution: Final = execution

    def add(self, report: AccessReport) -> None:
        if self._execution.write(_ADD, _row(report)) == 0:
            raise EntityAlreadyExists(f"The job with id {report.job_id} already exists.")
        before = microseconds(report.created_at - KEPT)
        self._execution.write(_PURGE, {"account_id": report.account_id, "before": before})

    def find(self, account_id: AccountId, job_id: str) -> AccessReport | None:
        row = self._execution.row(_FIND, {"account_id": account_id, "job_id": job_id})
        return None if row is None else _value(row)


def _row(report: AccessReport) -> dict[str, Any]:
    return {
        "job_id": report.job_id,
        "account_id": report.account_id,
        "requester": report.requester,
        "kind": report.kind.value,
        "created_at": microseconds(report.created_at),
        "completed_at": microseconds(report.completed_at),
        "failed": int(isinstance(report.outcome, ReportFailure)),
        "content": zlib.compress(msgspec.json.encode(report.outcome)),
    }


def _value(row: Sequence[Any]) -> AccessReport:
    job_id, account_id, requester, kind, created_at, completed_at, failed, content = row
    kind = ReportKind(kind)
    type_: type[ServiceAccess | OrganizationAccess | ReportFailure] = ServiceAccess
    if failed:
        type_ = ReportFailure
    elif kind is ReportKind.ORGANIZATION:
        type_ = OrganizationAccess
    return AccessReport(
        account_id=account_id,
        job_id=job_id,
        requester=requester,
        kind=kind,
        created_at=time_of(created_at),
        completed_at=time_of(completed_at),
        outcome=msgspec.json.decode(zlib.decompress(content), type=type_),
    )
