"""Requests to create an account; no decision depends on one."""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import select

from iamd.domain.account_creations import AccountCreation, CreationState
from iamd.domain.ids import OrganizationId
from iamd.errors import EntityAlreadyExists
from iamd.store import schema
from iamd.store.execution import Execution
from iamd.store.statements import Statement, adding, given
from iamd.store.values import microseconds, microseconds_or_none, time_of, time_or_none

_TABLE: Final = schema.account_creations
_COLUMNS: Final = tuple(column for column in _TABLE.c if column.name != "sequence")
_OURS: Final = _TABLE.c.organization_id == given("organization_id")

_ADD: Final = adding(_TABLE)
_FIND: Final = Statement(select(*_COLUMNS).where(_OURS, _TABLE.c.request_id == given("request_id")))
_ALL: Final = Statement(select(*_COLUMNS).where(_OURS).order_by(_TABLE.c.sequence.desc()))


class AccountCreations:
    def __init__(self, execution: Execution) -> None:
        self._execution: Final = execution

    def add(self, creation: AccountCreation) -> None:
        row = {
            "organization_id": creation.organization_id,
            "request_id": creation.request_id,
            "account_name": creation.account_name,
            "state": creation.state.value,
            "requested_at": microseconds(creation.requested_at),
            "completed_at": microseconds_or_none(creation.completed_at),
            "account_id": creation.account_id,
            "failure_reason": creation.failure_reason,
        }
        if self._execution.write(_ADD, row) == 0:
            raise EntityAlreadyExists(f"Request {creation.request_id} already exists.")

    def find(self, organization_id: OrganizationId, request_id: str) -> AccountCreation | None:
        row = self._execution.row(_FIND, {"organization_id": organization_id, "request_id": request_id})
        return None if row is None else _value(row)

    def all(self, organization_id: OrganizationId, states: Sequence[CreationState]) -> list[AccountCreation]:
        rows = self._execution.rows(_ALL, {"organization_id": organization_id})
        return [creation for creation in map(_value, rows) if creation.state in states]


def _value(row: Sequence[Any]) -> AccountCreation:
    organization_id, request_id, account_name, state, requested_at, completed_at, *rest = row
    account_id, failure_reason = rest
    return AccountCreation(
        organization_id=organization_id,
        request_id=request_id,
        account_name=account_name,
        state=CreationState(state),
        requested_at=time_of(requested_at),
        completed_at=time_or_none(completed_at),
        account_id=account_id,
        failure_reason=failure_reason,
    )
