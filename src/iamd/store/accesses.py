"""Accesses: who has asked for which action, and when last."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import BigInteger, Text, case, delete, func, select

from iamd.domain.accesses import Access
from iamd.domain.ids import AccountId
from iamd.store import schema
from iamd.store.execution import Execution
from iamd.store.statements import Statement, given, putting
from iamd.store.values import microseconds, time_of

_TABLE: Final = schema.accesses
_COLUMNS: Final = tuple(_TABLE.c)

_NEWER: Final = _TABLE.c.at <= given("at")
# Accesses are gathered and stored later, by several nodes: a late one does not set the time back.
_RECORD: Final = putting(
    _TABLE,
    at=case((_NEWER, given("at", BigInteger())), else_=_TABLE.c.at),
    region=case((_NEWER, given("region", Text())), else_=_TABLE.c.region),
)
_OF: Final = Statement(
    select(*_COLUMNS).where(_TABLE.c.principal_id == given("principal_id"), _TABLE.c.at >= given("since"))
)
_RANKED: Final = (
    select(
        *_COLUMNS,
        # The rest of the order is for two in the same microsecond: the answer is to be the same each time.
        func.row_number()
        .over(
            partition_by=_TABLE.c.service,
            order_by=(_TABLE.c.at.desc(), _TABLE.c.principal_id, _TABLE.c.action),
        )
        .label("place"),
    )
    .where(_TABLE.c.account_id == given("account_id"), _TABLE.c.at >= given("since"))
    .subquery()
)
_LAST_OF_SERVICES: Final = Statement(
    select(*[_RANKED.c[column.name] for column in _COLUMNS])
    .where(_RANKED.c.place == 1)
    .order_by(_RANKED.c.service)
)
_FORGET: Final = Statement(delete(_TABLE).where(_TABLE.c.at < given("before")))


class Accesses:
    def __init__(self, execution: Execution) -> None:
        self._execution: Final = execution

    def record_all(self, accesses: Sequence[Access]) -> None:
        self._execution.write_all(_RECORD, [_row(access) for access in accesses])

    def of(self, principal_id: str, since: datetime) -> list[Access]:
        values = {"principal_id": principal_id, "since": microseconds(since)}
        return [_value(row) for row in self._execution.rows(_OF, values)]

    def last_of_services(self, account_id: AccountId, since: datetime) -> list[Access]:
        values = {"account_id": account_id, "since": microseconds(since)}
        return [_value(row) for row in self._execution.rows(_LAST_OF_SERVICES, values)]

    def forget(self, before: datetime) -> None:
        self._execution.write(_FORGET, {"before": microseconds(before)})


def _row(access: Access) -> dict[str, Any]:
    return {
        "principal_id": access.principal_id,
        "service": access.service,
        "action": access.action,
        "account_id": access.account_id,
        "at": microseconds(access.at),
        "region": access.region,
    }


def _value(row: Sequence[Any]) -> Access:
    principal_id, service, action, account_id, at, region = row
    return Access(
        account_id=account_id,
        principal_id=principal_id,
        service=service,
        action=action,
        at=time_of(at),
        region=region,
    )
