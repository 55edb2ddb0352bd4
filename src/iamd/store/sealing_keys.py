"""The keyring of session tokens and markers; its material is sealed (`iamd.store.encryption`)."""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import select

from iamd.domain.sealing_keys import SealingKey, SealingKeyState
from iamd.errors import EntityAlreadyExists, NoSuchEntity
from iamd.store import schema
from iamd.store.encryption import Place
from iamd.store.execution import Execution
from iamd.store.interface import ChangeKind
from iamd.store.statements import Statement, adding, deleting, replacing
from iamd.store.values import microseconds, time_of

_TABLE: Final = schema.sealing_keys

_ADD: Final = adding(_TABLE)
_PUT: Final = replacing(_TABLE, "key_id")
_DELETE: Final = deleting(_TABLE, "key_id")
_ALL: Final = Statement(select(*_TABLE.c).order_by(_TABLE.c.created_at, _TABLE.c.key_id))


class SealingKeys:
    def __init__(self, execution: Execution) -> None:
        self._execution: Final = execution

    def add(self, key: SealingKey) -> None:
        if self._execution.write(_ADD, self._row(key)) == 0:
            raise EntityAlreadyExists(f"Sealing key {key.key_id} already exists.")
        self._execution.changed(ChangeKind.SEALING_KEY, key.key_id)

    def put(self, key: SealingKey) -> None:
        if self._execution.write(_PUT, self._row(key)) == 0:
            raise NoSuchEntity(f"Sealing key {key.key_id} cannot be found.")
        self._execution.changed(ChangeKind.SEALING_KEY, key.key_id)

    def delete(self, key: SealingKey) -> None:
        if self._execution.write(_DELETE, {"key_id": key.key_id}) == 0:
            raise NoSuchEntity(f"Sealing key {key.key_id} cannot be found.")
        self._execution.changed(ChangeKind.SEALING_KEY, key.key_id)

    def all(self) -> list[SealingKey]:
        """Return the keys, oldest first."""
        return [self._value(row) for row in self._execution.rows(_ALL, {})]

    def _row(self, key: SealingKey) -> dict[str, Any]:
        return {
            "key_id": key.key_id,
            "state": key.state.value,
            "material": self._execution.vault.seal(Place.SEALING_KEY_MATERIAL, key.key_id, key.material),
            "created_at": microseconds(key.created_at),
            "changed_at": microseconds(key.changed_at),
        }

    def _value(self, row: Sequence[Any]) -> SealingKey:
        key_id, state, material, created_at, changed_at = row
        return SealingKey(
            key_id=key_id,
            state=SealingKeyState(state),
            material=self._execution.vault.open(Place.SEALING_KEY_MATERIAL, key_id, material),
            created_at=time_of(created_at),
            changed_at=time_of(changed_at),
        )
