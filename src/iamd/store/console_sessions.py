"""Console sessions; what is in them is no secret."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import delete, or_, select, update

from iamd.domain.console_sessions import ConsoleSession, SignInMethod
from iamd.errors import AccessDenied
from iamd.store import schema
from iamd.store.execution import Execution
from iamd.store.interface import ChangeKind
from iamd.store.statements import Statement, adding, given
from iamd.store.values import microseconds, time_of

_TABLE: Final = schema.console_sessions

_ADD: Final = adding(_TABLE)
_FIND: Final = Statement(select(*_TABLE.c).where(_TABLE.c.session_id == given("session_id")))
_LIVE: Final = (
    select(*_TABLE.c)
    .where(
        _TABLE.c.account_id == given("account_id"),
        _TABLE.c.ended_at.is_(None),
        _TABLE.c.expires_at > given("now"),
    )
    .order_by(_TABLE.c.created_at.desc(), _TABLE.c.session_id)
)
_OF_ACCOUNT: Final = Statement(_LIVE)
_OF_CALLER: Final = Statement(_LIVE.where(_TABLE.c.arn == given("arn")))
_ITS_OWN: Final = or_(
    _TABLE.c.session_id == given("session_id"), _TABLE.c.parent_id == given("session_id")
) & _TABLE.c.ended_at.is_(None)
_OPEN: Final = Statement(select(_TABLE.c.session_id).where(_ITS_OWN))
_END: Final = Statement(update(_TABLE).where(_ITS_OWN).values(ended_at=given("at")))
_FORGET: Final = Statement(delete(_TABLE).where(_TABLE.c.expires_at < given("before")))


class ConsoleSessions:
    def __init__(self, execution: Execution) -> None:
        self._execution: Final = execution

    def add(self, session: ConsoleSession) -> None:
        if self._execution.write(_ADD, _row(session)) == 0:
            raise AccessDenied("The sign-in link was used before.")

    def find(self, session_id: str) -> ConsoleSession | None:
        row = self._execution.row(_FIND, {"session_id": session_id})
        return None if row is None else _value(row)

    def of_account(self, account_id: str, now: datetime) -> list[ConsoleSession]:
        values = {"account_id": account_id, "now": microseconds(now)}
        return [_value(row) for row in self._execution.rows(_OF_ACCOUNT, values)]

    def of_caller(self, account_id: str, arn: str, now: datetime) -> list[ConsoleSession]:
        values = {"account_id": account_id, "arn": arn, "now": microseconds(now)}
        return [_value(row) for row in self._execution.rows(_OF_CALLER, values)]

    def end(self, session_id: str, at: datetime) -> None:
        ended = [row[0] for row in self._execution.rows(_OPEN, {"session_id": session_id})]
        self._execution.write(_END, {"session_id": session_id, "at": microseconds(at)})
        for each in ended:
            self._execution.changed(ChangeKind.CONSOLE_SESSION, each)

    def forget(self, before: datetime) -> None:
        self._execution.write(_FORGET, {"before": microseconds(before)})


def _row(session: ConsoleSession) -> dict[str, Any]:
    return {
        "session_id": session.session_id,
        "account_id": session.account_id,
        "principal_id": session.principal_id,
        "access_key_id": session.access_key_id,
        "arn": session.arn,
        "session": session.session,
        "method": session.method.value,
        "created_at": microseconds(session.created_at),
        "expires_at": microseconds(session.expires_at),
        "source_ip": session.source_ip,
        "user_agent": session.user_agent,
        "token_id": session.token_id,
        "parent_id": session.parent_id,
        "must_change_password": int(session.must_change_password),
        "ended_at": None if session.ended_at is None else microseconds(session.ended_at),
    }


def _value(row: Sequence[Any]) -> ConsoleSession:
    values = dict(zip(_TABLE.c.keys(), row, strict=True))
    ended_at = values["ended_at"]
    return ConsoleSession(
        **values
        | {
            "method": SignInMethod(values["method"]),
            "created_at": time_of(values["created_at"]),
            "expires_at": time_of(values["expires_at"]),
            "must_change_password": bool(values["must_change_password"]),
            "ended_at": None if ended_at is None else time_of(ended_at),
        }
    )
