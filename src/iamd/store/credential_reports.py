"""Credential reports: the last one of each account."""

from typing import Final

from sqlalchemy import select

from iamd.domain.credential_reports import CredentialReport
from iamd.domain.ids import AccountId
from iamd.store import schema
from iamd.store.execution import Execution
from iamd.store.statements import Statement, given, putting
from iamd.store.values import microseconds, time_of

_TABLE: Final = schema.credential_reports

_PUT: Final = putting(_TABLE)
_FIND: Final = Statement(select(*_TABLE.c).where(_TABLE.c.account_id == given("account_id")))


class CredentialReports:
    def __init__(self, execution: Execution) -> None:
        self._execution: Final = execution

    def find(self, account_id: AccountId) -> CredentialReport | None:
        row = self._execution.row(_FIND, {"account_id": account_id})
        if row is None:
            return None
        return CredentialReport(account_id=row[0], content=row[1], generated_at=time_of(row[2]))

    def put(self, report: CredentialReport) -> None:
        self._execution.write(
            _PUT,
            {
                "account_id": report.account_id,
                "content": report.content,
                "generated_at": microseconds(report.generated_at),
            },
        )
