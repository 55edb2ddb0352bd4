"""Delegation requests, in the order of their creation."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Integer, Select, Text, func, or_, select

from iamd.domain.delegation_requests import Approver, DelegationRequest, DelegationState, Owner
from iamd.domain.ids import AccountId
from iamd.domain.policy_templates import ParameterType, PolicyParameter
from iamd.errors import EntityAlreadyExists, NoSuchEntity
from iamd.store import schema
from iamd.store.execution import Execution
from iamd.store.interface import ChangeKind
from iamd.store.statements import Statement, adding, deleting, given, replacing
from iamd.store.values import microseconds, microseconds_or_none, time_of, time_or_none

_TABLE: Final = schema.delegation_requests
_COLUMNS: Final = tuple(column for column in _TABLE.c if column.name != "sequence")
_EXPIRED: Final = DelegationState.EXPIRED.value


def _page() -> Select[Any]:
    other = _TABLE.alias("other")
    after = select(other.c.sequence).where(other.c.request_id == given("after")).scalar_subquery()
    return (
        select(*_COLUMNS)
        .where(
            _TABLE.c.owner_account_id == given("account_id"),
            _TABLE.c.owner_arn.is_not(None),
            or_(given("owner_arn", Text()) == "", _TABLE.c.owner_arn == given("owner_arn")),
            _TABLE.c.sequence > func.coalesce(after, 0),
        )
        .order_by(_TABLE.c.sequence)
        .limit(given("limit", Integer()))
    )


_ADD: Final = adding(_TABLE)
_PUT: Final = replacing(_TABLE, "request_id")
_DELETE: Final = deleting(_TABLE, "request_id")
_DELETE_NOTICES: Final = deleting(schema.delegation_notices, "request_id")
_FIND: Final = Statement(select(*_COLUMNS).where(_TABLE.c.request_id == given("request_id")))
_PAGE: Final = Statement(_page())
_COUNT: Final = Statement(
    select(func.count())
    .select_from(_TABLE)
    .where(_TABLE.c.requestor_account_id == given("account_id"), _TABLE.c.state != _EXPIRED)
)
_OVERDUE: Final = Statement(
    select(*_COLUMNS)
    .where(_TABLE.c.state != _EXPIRED, _TABLE.c.expires_at <= given("now"))
    .order_by(_TABLE.c.expires_at)
    .limit(given("limit", Integer()))
)
_PAST: Final = Statement(
    select(_TABLE.c.request_id)
    .where(_TABLE.c.state == _EXPIRED, _TABLE.c.expires_at < given("before"))
    .order_by(_TABLE.c.expires_at)
    .limit(given("limit", Integer()))
)


class DelegationRequests:
    def __init__(self, execution: Execution) -> None:
        self._execution: Final = execution

    def add(self, request: DelegationRequest) -> None:
        if self._execution.write(_ADD, _row(request)) == 0:
            raise EntityAlreadyExists(
                f"Delegation request with requestor workflow id {request.workflow_id} already exists."
            )
        self._changed(request.request_id)

    def find(self, request_id: str) -> DelegationRequest | None:
        row = self._execution.row(_FIND, {"request_id": request_id})
        return None if row is None else _value(row)

    def put(self, request: DelegationRequest) -> None:
        if self._execution.write(_PUT, _row(request)) == 0:
            raise NoSuchEntity(f"Delegation request {request.request_id} cannot be found.")
        self._changed(request.request_id)

    def page(
        self, account_id: AccountId, owner_arn: str | None, after: str | None, limit: int
    ) -> list[DelegationRequest]:
        given_values = {
            "account_id": account_id,
            "owner_arn": owner_arn or "",
            "after": after or "",
            "limit": limit,
        }
        return [_value(row) for row in self._execution.rows(_PAGE, given_values)]

    def count(self, requestor_account_id: AccountId) -> int:
        return self._execution.count(_COUNT, {"account_id": requestor_account_id})

    def overdue(self, now: datetime, limit: int) -> list[DelegationRequest]:
        rows = self._execution.rows(_OVERDUE, {"now": microseconds(now), "limit": limit})
        return [_value(row) for row in rows]

    def past(self, before: datetime, limit: int) -> list[str]:
        rows = self._execution.rows(_PAST, {"before": microseconds(before), "limit": limit})
        return [request_id for (request_id,) in rows]

    def delete(self, request_id: str) -> None:
        self._execution.write(_DELETE_NOTICES, {"request_id": request_id})
        self._execution.write(_DELETE, {"request_id": request_id})
        self._changed(request_id)

    def _changed(self, request_id: str) -> None:
        self._execution.changed(ChangeKind.DELEGATION_REQUEST, request_id)


def _row(request: DelegationRequest) -> dict[str, Any]:
    owner, approver = request.owner, request.approver
    return {
        "request_id": request.request_id,
        "requestor_account_id": request.requestor_account_id,
        "requestor_name": request.requestor_name,
        "workflow_id": request.workflow_id,
        "description": request.description,
        "message": request.message,
        "template_arn": request.template_arn,
        "parameters": json.dumps([(each.name, each.type, each.values) for each in request.parameters]),
        "policy": request.policy,
        "session_duration": request.session_duration,
        "redirect_url": request.redirect_url,
        "notification_channel": request.notification_channel,
        "only_send_by_owner": int(request.only_send_by_owner),
        "owner_account_id": request.owner_account_id,
        "created_at": microseconds(request.created_at),
        "updated_at": microseconds(request.updated_at),
        "expires_at": microseconds(request.expires_at),
        "state": request.state.value,
        "owner_arn": None if owner is None else owner.arn,
        "owner_user_id": None if owner is None else owner.user_id,
        "approver_arn": None if approver is None else approver.arn,
        "approver_session": None if approver is None else approver.session,
        "notes": request.notes,
        "rejection_reason": request.rejection_reason,
        "finalized_at": microseconds_or_none(request.finalized_at),
    }


def _value(row: Sequence[Any]) -> DelegationRequest:
    of = dict(zip((column.name for column in _COLUMNS), row, strict=True))
    parameters = json.loads(of["parameters"])
    return DelegationRequest(
        request_id=of["request_id"],
        requestor_account_id=of["requestor_account_id"],
        requestor_name=of["requestor_name"],
        workflow_id=of["workflow_id"],
        description=of["description"],
        message=of["message"],
        template_arn=of["template_arn"],
        parameters=tuple(
            PolicyParameter(name, ParameterType(type_), tuple(values)) for name, type_, values in parameters
        ),
        policy=of["policy"],
        session_duration=of["session_duration"],
        redirect_url=of["redirect_url"],
        notification_channel=of["notification_channel"],
        only_send_by_owner=bool(of["only_send_by_owner"]),
        owner_account_id=of["owner_account_id"],
        created_at=time_of(of["created_at"]),
        updated_at=time_of(of["updated_at"]),
        expires_at=time_of(of["expires_at"]),
        state=DelegationState(of["state"]),
        owner=None if of["owner_arn"] is None else Owner(arn=of["owner_arn"], user_id=of["owner_user_id"]),
        approver=None
        if of["approver_arn"] is None
        else Approver(arn=of["approver_arn"], session=of["approver_session"]),
        notes=of["notes"],
        rejection_reason=of["rejection_reason"],
        finalized_at=time_or_none(of["finalized_at"]),
    )
