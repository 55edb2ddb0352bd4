"""Handshakes; no decision depends on one."""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import select

from iamd.domain.handshakes import Handshake, HandshakeAction, HandshakeState
from iamd.domain.ids import AccountId, OrganizationId
from iamd.errors import EntityAlreadyExists
from iamd.errors.organizations import HandshakeNotFoundException
from iamd.store import schema
from iamd.store.execution import Execution
from iamd.store.statements import Statement, adding, deleting, given, replacing
from iamd.store.values import (
    microseconds,
    microseconds_or_none,
    tags_of,
    tags_text,
    time_of,
    time_or_none,
)

_TABLE: Final = schema.handshakes
_COLUMNS: Final = tuple(_TABLE.c)

_ADD: Final = adding(_TABLE)
_PUT: Final = replacing(_TABLE, "handshake_id")
_DELETE: Final = deleting(_TABLE, "handshake_id")
_FIND: Final = Statement(select(*_COLUMNS).where(_TABLE.c.handshake_id == given("handshake_id")))
_OF_ORGANIZATION: Final = Statement(
    select(*_COLUMNS)
    .where(_TABLE.c.organization_id == given("organization_id"))
    .order_by(_TABLE.c.requested_at, _TABLE.c.handshake_id)
)
_OF_ACCOUNT: Final = Statement(
    select(*_COLUMNS)
    .where(_TABLE.c.account_id == given("account_id"))
    .order_by(_TABLE.c.requested_at, _TABLE.c.handshake_id)
)
_OF_EMAIL: Final = Statement(
    select(*_COLUMNS)
    .where(_TABLE.c.email == given("email"))
    .order_by(_TABLE.c.requested_at, _TABLE.c.handshake_id)
)


class Handshakes:
    def __init__(self, execution: Execution) -> None:
        self._execution: Final = execution

    def add(self, handshake: Handshake) -> None:
        if self._execution.write(_ADD, _row(handshake)) == 0:
            raise EntityAlreadyExists(f"Handshake {handshake.handshake_id} already exists.")

    def find(self, handshake_id: str) -> Handshake | None:
        row = self._execution.row(_FIND, {"handshake_id": handshake_id})
        return None if row is None else _value(row)

    def put(self, handshake: Handshake) -> None:
        if self._execution.write(_PUT, _row(handshake)) == 0:
            raise HandshakeNotFoundException

    def delete(self, handshake: Handshake) -> None:
        if self._execution.write(_DELETE, {"handshake_id": handshake.handshake_id}) == 0:
            raise HandshakeNotFoundException

    def of_organization(self, organization_id: OrganizationId) -> list[Handshake]:
        rows = self._execution.rows(_OF_ORGANIZATION, {"organization_id": organization_id})
        return [_value(row) for row in rows]

    def of_account(self, account_id: AccountId, email: str | None) -> list[Handshake]:
        found = [_value(row) for row in self._execution.rows(_OF_ACCOUNT, {"account_id": account_id})]
        if email is not None:
            found += [_value(row) for row in self._execution.rows(_OF_EMAIL, {"email": email})]
        return sorted(found, key=lambda each: (each.requested_at, each.handshake_id))


def _row(handshake: Handshake) -> dict[str, Any]:
    return {
        "organization_id": handshake.organization_id,
        "handshake_id": handshake.handshake_id,
        "action": handshake.action.value,
        "state": handshake.state.value,
        "account_id": handshake.account_id,
        "email": handshake.email,
        "parent_id": handshake.parent_id,
        "requested_at": microseconds(handshake.requested_at),
        "expires_at": microseconds(handshake.expires_at),
        "completed_at": microseconds_or_none(handshake.completed_at),
        "notes": handshake.notes,
        "tags": tags_text(handshake.tags),
    }


def _value(row: Sequence[Any]) -> Handshake:
    organization_id, handshake_id, action, state, account_id, email, parent_id, *times, notes, tags = row
    requested_at, expires_at, completed_at = times
    return Handshake(
        organization_id=organization_id,
        handshake_id=handshake_id,
        action=HandshakeAction(action),
        state=HandshakeState(state),
        account_id=account_id,
        email=email,
        parent_id=parent_id,
        requested_at=time_of(requested_at),
        expires_at=time_of(expires_at),
        completed_at=time_or_none(completed_at),
        notes=notes,
        tags=tags_of(tags),
    )
