"""
Changing the master key, while everything goes on.

A node may hold two master keys: it opens what is sealed under either, and seals under the one that the database names.  So
the change has no moment at which anything fails: every node is given the new key besides the old one; the database is told
to seal under it; every blob is sealed anew, some in each transaction; and when none is left under the old key, that is
taken away from the nodes.  What is left to do is told by the blobs themselves, so that whoever was interrupted goes on.
"""

from typing import Final

from sqlalchemy import LargeBinary, func, select, update

from iamd.store import schema
from iamd.store.encryption import HEADER_SIZE
from iamd.store.execution import Execution
from iamd.store.interface import ChangeKind
from iamd.store.sealed import SEALED_COLUMNS, SealedColumn
from iamd.store.statements import Statement, given

CHECK: Final = "master_key_check"
"""The row of ``meta`` whose value is sealed under the key that seals."""

_META: Final = schema.meta
FIND_CHECK: Final = Statement(select(_META.c.value).where(_META.c.name == given("name")))
_PUT_CHECK: Final = Statement(update(_META).where(_META.c.name == given("name")).values(value=given("value")))


class _Blobs:
    """The statements of one column."""

    def __init__(self, sealed: SealedColumn) -> None:
        self.place: Final = sealed.place
        header = func.substr(sealed.blob, 1, HEADER_SIZE, type_=LargeBinary())
        others = (sealed.blob.is_not(None), header != given("header", LargeBinary()))
        self.count: Final = Statement(select(func.count()).select_from(sealed.table).where(*others))
        self.some: Final = Statement(
            select(sealed.row_id, sealed.blob).where(*others).order_by(sealed.row_id).limit(given("limit"))
        )
        self.put: Final = Statement(
            update(sealed.table)
            .where(sealed.row_id == given("row_id"))
            .values({sealed.blob.name: given("blob", LargeBinary())})
        )


_BLOBS: Final = [_Blobs(each) for each in SEALED_COLUMNS]


class MasterKeys:
    """The master keys of this node, as one transaction sees them; their ids are eight hexadecimal digits."""

    def __init__(self, execution: Execution) -> None:
        self._execution: Final = execution

    def held(self) -> tuple[str, ...]:
        """Return the ids of those that this node holds."""
        return self._execution.vault.key_ids

    def sealing(self) -> str:
        """Return the id of the one that the database names."""
        row = self._execution.row(FIND_CHECK, {"name": CHECK})
        return self._execution.vault.key_id_of("" if row is None else row[0])

    def seal_with(self, key_id: str) -> None:
        """
        Have every node seal with the key *key_id* from now on; each writer hears of it before its next job.

        Raises:
            WrongMasterKeyError: This node does not hold it.
        """
        vault = self._execution.vault
        self._execution.write(_PUT_CHECK, {"name": CHECK, "value": vault.check_value(CHECK, key_id)})
        self._execution.changed(ChangeKind.MASTER_KEY, key_id)

    def left(self) -> int:
        """Return how many blobs are sealed with another key than the one that seals."""
        values = {"header": self._execution.vault.header_of(self.sealing())}
        return sum(self._execution.count(each.count, values) for each in _BLOBS)

    def reseal(self, limit: int) -> int:
        """
        Seal up to *limit* of those anew; return how many it were.

        Raises:
            DamagedRecordError: One does not open; it is left as it is, and so are the others.
        """
        vault, key_id = self._execution.vault, self.sealing()
        header, done = vault.header_of(key_id), 0
        for each in _BLOBS:
            rows = self._execution.rows(each.some, {"header": header, "limit": limit - done})
            anew = [
                {
                    "row_id": row_id,
                    "blob": vault.seal(each.place, row_id, vault.open(each.place, row_id, blob), key_id),
                }
                for row_id, blob in rows
            ]
            self._execution.write_all(each.put, anew)
            done += len(anew)
            if done == limit:
                break
        return done
