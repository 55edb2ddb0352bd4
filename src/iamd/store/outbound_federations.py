"""Which accounts issue identity tokens, and as which issuers."""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import select

from iamd.domain.ids import AccountId
from iamd.domain.outbound_federation import OutboundFederation
from iamd.store import schema
from iamd.store.execution import Execution
from iamd.store.interface import ChangeKind
from iamd.store.statements import Statement, given, putting
from iamd.store.values import microseconds, time_of

_TABLE: Final = schema.outbound_federations

_PUT: Final = putting(_TABLE)
_FIND: Final = Statement(select(*_TABLE.c).where(_TABLE.c.account_id == given("account_id")))
_FIND_BY_ISSUER: Final = Statement(select(*_TABLE.c).where(_TABLE.c.issuer_id == given("issuer_id")))


class OutboundFederations:
    def __init__(self, execution: Execution) -> None:
        self._execution: Final = execution

    def find(self, account_id: AccountId) -> OutboundFederation | None:
        row = self._execution.row(_FIND, {"account_id": account_id})
        return None if row is None else _value(row)

    def find_by_issuer(self, issuer_id: str) -> OutboundFederation | None:
        row = self._execution.row(_FIND_BY_ISSUER, {"issuer_id": issuer_id})
        return None if row is None else _value(row)

    def put(self, federation: OutboundFederation) -> None:
        self._execution.write(
            _PUT,
            {
                "account_id": federation.account_id,
                "issuer_id": federation.issuer_id,
                "enabled": int(federation.enabled),
                "created_at": microseconds(federation.created_at),
            },
        )
        self._execution.changed(ChangeKind.OUTBOUND_FEDERATION, federation.account_id)


def _value(row: Sequence[Any]) -> OutboundFederation:
    account_id, issuer_id, enabled, created_at = row
    return OutboundFederation(
        account_id=account_id, issuer_id=issuer_id, enabled=bool(enabled), created_at=time_of(created_at)
    )
