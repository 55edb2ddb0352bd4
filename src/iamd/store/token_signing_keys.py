"""What identity tokens are signed with; private keys are sealed (`iamd.store.encryption`)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Integer, select

from iamd.domain.ids import AccountId
from iamd.domain.token_signing_keys import SigningAlgorithm, TokenSigningKey
from iamd.errors import EntityAlreadyExists, NoSuchEntity
from iamd.store import schema
from iamd.store.encryption import Place
from iamd.store.execution import Execution
from iamd.store.interface import ChangeKind
from iamd.store.statements import Statement, adding, deleting, given, replacing
from iamd.store.values import microseconds, microseconds_or_none, time_of, time_or_none

_TABLE: Final = schema.token_signing_keys
_FEDERATIONS: Final = schema.outbound_federations

_ADD: Final = adding(_TABLE)
_PUT: Final = replacing(_TABLE, "key_id")
_DELETE: Final = deleting(_TABLE, "key_id")
_OF: Final = Statement(
    select(*_TABLE.c)
    .where(_TABLE.c.account_id == given("account_id"))
    .order_by(_TABLE.c.signs_from, _TABLE.c.key_id)
)
_LONGEST_SIGNING: Final = Statement(
    select(*_TABLE.c)
    .join(_FEDERATIONS, _FEDERATIONS.c.account_id == _TABLE.c.account_id)
    .where(
        _FEDERATIONS.c.enabled == 1,
        _TABLE.c.signs_until.is_(None),
        _TABLE.c.signs_from <= given("at"),
    )
    .order_by(_TABLE.c.signs_from, _TABLE.c.key_id)
    .limit(given("limit", Integer()))
)
_RETIRED: Final = Statement(
    select(*_TABLE.c)
    .where(_TABLE.c.signs_until <= given("at"))
    .order_by(_TABLE.c.signs_until, _TABLE.c.key_id)
    .limit(given("limit", Integer()))
)


class TokenSigningKeys:
    def __init__(self, execution: Execution) -> None:
        self._execution: Final = execution

    def add(self, key: TokenSigningKey) -> None:
        if self._execution.write(_ADD, self._row(key)) == 0:
            raise EntityAlreadyExists(f"Token signing key {key.key_id} already exists.")
        self._changed(key)

    def put(self, key: TokenSigningKey) -> None:
        if self._execution.write(_PUT, self._row(key)) == 0:
            raise _missing(key)
        self._changed(key)

    def delete(self, key: TokenSigningKey) -> None:
        if self._execution.remove(_DELETE, {"key_id": key.key_id}) == 0:
            raise _missing(key)
        self._changed(key)

    def of(self, account_id: AccountId) -> list[TokenSigningKey]:
        return [self._value(row) for row in self._execution.rows(_OF, {"account_id": account_id})]

    def signing_since(self, at: datetime, limit: int) -> list[TokenSigningKey]:
        return self._page(_LONGEST_SIGNING, at, limit)

    def retired_since(self, at: datetime, limit: int) -> list[TokenSigningKey]:
        return self._page(_RETIRED, at, limit)

    def _page(self, statement: Statement, at: datetime, limit: int) -> list[TokenSigningKey]:
        rows = self._execution.rows(statement, {"at": microseconds(at), "limit": limit})
        return [self._value(row) for row in rows]

    def _changed(self, key: TokenSigningKey) -> None:
        self._execution.changed(ChangeKind.OUTBOUND_FEDERATION, key.account_id)

    def _row(self, key: TokenSigningKey) -> dict[str, Any]:
        return {
            "key_id": key.key_id,
            "account_id": key.account_id,
            "algorithm": key.algorithm.value,
            "public_key": key.public_key,
            "private_key": self._execution.vault.seal(Place.TOKEN_SIGNING_KEY, key.key_id, key.private_key),
            "created_at": microseconds(key.created_at),
            "signs_from": microseconds(key.signs_from),
            "signs_until": microseconds_or_none(key.signs_until),
        }

    def _value(self, row: Sequence[Any]) -> TokenSigningKey:
        key_id, account_id, algorithm, public_key, private_key, created_at, signs_from, signs_until = row
        return TokenSigningKey(
            account_id=account_id,
            key_id=key_id,
            algorithm=SigningAlgorithm(algorithm),
            public_key=public_key,
            private_key=self._execution.vault.open(Place.TOKEN_SIGNING_KEY, key_id, private_key),
            created_at=time_of(created_at),
            signs_from=time_of(signs_from),
            signs_until=time_or_none(signs_until),
        )


def _missing(key: TokenSigningKey) -> NoSuchEntity:
    return NoSuchEntity(f"Token signing key {key.key_id} cannot be found.")
