"""Sessions that have been ended before their time."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import delete, or_, select

from iamd.domain.session_revocations import RevocationKind, SessionRevocation
from iamd.store import schema
from iamd.store.execution import Execution
from iamd.store.interface import ChangeKind
from iamd.store.statements import Statement, given, putting
from iamd.store.values import microseconds, time_of

_TABLE: Final = schema.session_revocations

_PUT: Final = putting(_TABLE)
_ALL: Final = Statement(select(*_TABLE.c).order_by(_TABLE.c.at, _TABLE.c.kind, _TABLE.c.subject))
_OF: Final = Statement(
    select(*_TABLE.c).where(
        or_(
            (_TABLE.c.kind == RevocationKind.ACCOUNT.value) & (_TABLE.c.subject == given("account_id")),
            (_TABLE.c.kind == RevocationKind.SESSION.value) & (_TABLE.c.subject == given("access_key_id")),
        )
    )
)
_FORGET: Final = Statement(delete(_TABLE).where(_TABLE.c.at < given("before")))


class SessionRevocations:
    def __init__(self, execution: Execution) -> None:
        self._execution: Final = execution

    def put(self, revocation: SessionRevocation) -> None:
        values = {
            "kind": revocation.kind.value,
            "subject": revocation.subject,
            "at": microseconds(revocation.at),
        }
        self._execution.write(_PUT, values)
        self._execution.changed(ChangeKind.SESSION_REVOCATION, revocation.text)

    def of(self, account_id: str, access_key_id: str) -> list[SessionRevocation]:
        values = {"account_id": account_id, "access_key_id": access_key_id}
        return [_value(row) for row in self._execution.rows(_OF, values)]

    def all(self) -> list[SessionRevocation]:
        return [_value(row) for row in self._execution.rows(_ALL, {})]

    def forget(self, before: datetime) -> None:
        self._execution.write(_FORGET, {"before": microseconds(before)})


def _value(row: Sequence[Any]) -> SessionRevocation:
    kind, subject, at = row
    return SessionRevocation(RevocationKind(kind), subject, time_of(at))
