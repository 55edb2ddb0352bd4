"""
What the smaller credentials of users have in common: an id, an owner, the order in which they were made.

`Owned` holds the queries; a noun says how its values become rows and back, and in which words one is missing.  No decision
about a request depends on one, so that the log of changes does not speak of them.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Final, Generic, TypeVar

from sqlalchemy import Column, Integer, Table, func, select

from iamd.errors import EntityAlreadyExists, ServiceError
from iamd.store.execution import Execution
from iamd.store.statements import Statement, adding, deleting, given, replacing

V = TypeVar("V")

_OWNER: Final = 2
"""Where the owner stands in a row: behind the id and the account."""


class OwnedStatements:
    """The statements on one table, whose primary key is a sequence and whose second column the id."""

    def __init__(self, table: Table) -> None:
        self.columns: Final[tuple[Column[Any], ...]] = tuple(c for c in table.c if c.name != "sequence")
        identity = self.columns[0]
        self.id_column: Final = identity.name
        self.add: Final = adding(table)
        self.put: Final = replacing(table, identity.name)
        self.delete: Final = deleting(table, identity.name)
        self.find: Final = Statement(select(*self.columns).where(identity == given(identity.name)))
        self.page: Final = self.paging(table, "owner_id")
        self.count: Final = Statement(
            select(func.count()).select_from(table).where(table.c.owner_id == given("owner_id"))
        )

    def paging(self, table: Table, of: str) -> Statement:
        """Page through the rows whose column *of* has the value given for it, in the order of creation."""
        other = table.alias("other")
        # Behind one that has been deleted since, the list begins again: one too many is better than one too few.
        after = select(other.c.sequence).where(other.c[self.id_column] == given("after")).scalar_subquery()
        return Statement(
            select(*self.columns)
            .where(table.c[of] == given(of), table.c.sequence > func.coalesce(after, 0))
            .order_by(table.c.sequence)
            .limit(given("limit", Integer()))
        )


class Owned(ABC, Generic[V]):
    """A collection of such credentials."""

    statements: ClassVar[OwnedStatements]

    def __init__(self, execution: Execution) -> None:
        self._execution: Final = execution

    def add(self, value: V) -> None:
        row = self._row(value)
        if self._execution.write(self.statements.add, row) == 0:
            raise EntityAlreadyExists(f"{row[self.statements.id_column]} already exists.")

    def find(self, id_: str) -> V | None:
        row = self._execution.row(self.statements.find, {self.statements.id_column: id_})
        return None if row is None else self._value(row)

    def get(self, owner_id: str, id_: str) -> V:
        row = self._execution.row(self.statements.find, {self.statements.id_column: id_})
        if row is None or row[_OWNER] != owner_id:
            raise self._missing(id_)
        return self._value(row)

    def put(self, value: V) -> None:
        row = self._row(value)
        if self._execution.write(self.statements.put, row) == 0:
            raise self._missing(row[self.statements.id_column])

    def delete(self, value: V) -> None:
        id_ = self._row(value)[self.statements.id_column]
        if self._execution.remove(self.statements.delete, {self.statements.id_column: id_}) == 0:
            raise self._missing(id_)

    def page(self, owner_id: str, after: str | None, limit: int) -> list[V]:
        rows = self._execution.rows(
            self.statements.page, {"owner_id": owner_id, "after": after or "", "limit": limit}
        )
        return [self._value(row) for row in rows]

    def count(self, owner_id: str) -> int:
        return self._execution.count(self.statements.count, {"owner_id": owner_id})

    @abstractmethod
    def _row(self, value: V) -> Mapping[str, Any]:
        """Return all columns but the sequence."""

    @abstractmethod
    def _value(self, row: Sequence[Any]) -> V:
        """Read a row of the statements' columns: id, account, owner, and what else there is."""

    @abstractmethod
    def _missing(self, id_: str) -> ServiceError: ...
