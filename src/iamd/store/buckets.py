"""Buckets: whose they are, and their policies."""

from collections.abc import Sequence
from typing import Any, Final

import msgspec
from sqlalchemy import select

from iamd.domain.buckets import Bucket, PublicAccessBlock
from iamd.errors import EntityAlreadyExists, NoSuchEntity
from iamd.store import schema
from iamd.store.execution import Execution
from iamd.store.interface import ChangeKind
from iamd.store.statements import Statement, adding, deleting, given, replacing
from iamd.store.values import microseconds, time_of, trusted_ids_of, trusted_ids_text

_TABLE: Final = schema.buckets

_ADD: Final = adding(_TABLE)
_PUT: Final = replacing(_TABLE, "name")
_DELETE: Final = deleting(_TABLE, "name")
_FIND: Final = Statement(select(*_TABLE.c).where(_TABLE.c.name == given("name")))
_NAMES: Final = Statement(select(_TABLE.c.name).order_by(_TABLE.c.name))


class Buckets:
    def __init__(self, execution: Execution) -> None:
        self._execution: Final = execution

    def add(self, bucket: Bucket) -> None:
        if self._execution.write(_ADD, _row(bucket)) == 0:
            raise EntityAlreadyExists(f"The bucket {bucket.name} already exists.")
        self._changed(bucket.name, "")

    def find(self, name: str) -> Bucket | None:
        row = self._execution.row(_FIND, {"name": name})
        return None if row is None else _value(row)

    def put(self, bucket: Bucket) -> None:
        if self._execution.write(_PUT, _row(bucket)) == 0:
            raise _missing(bucket)
        self._changed(bucket.name)

    def delete(self, bucket: Bucket) -> None:
        if self._execution.remove(_DELETE, {"name": bucket.name}) == 0:
            raise _missing(bucket)
        self._changed(bucket.name, "")

    def names(self) -> list[str]:
        return [name for (name,) in self._execution.rows(_NAMES, {})]

    def _changed(self, *ids: str) -> None:
        for each in ids:
            self._execution.changed(ChangeKind.BUCKET, each)


def _row(bucket: Bucket) -> dict[str, Any]:
    block = bucket.public_access_block
    return {
        "name": bucket.name,
        "account_id": bucket.account_id,
        "policy": bucket.policy,
        "trusted_ids": trusted_ids_text(bucket.trusted_ids),
        "public_access_block": None if block is None else msgspec.json.encode(block).decode(),
        "created_at": microseconds(bucket.created_at),
    }


def _value(row: Sequence[Any]) -> Bucket:
    name, account_id, policy, trusted_ids, block, created_at = row
    return Bucket(
        name=name,
        account_id=account_id,
        policy=policy,
        trusted_ids=trusted_ids_of(trusted_ids),
        public_access_block=None if block is None else msgspec.json.decode(block, type=PublicAccessBlock),
        created_at=time_of(created_at),
    )


def _missing(bucket: Bucket) -> NoSuchEntity:
    return NoSuchEntity(f"The bucket {bucket.name} cannot be found.")
