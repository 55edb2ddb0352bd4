"""
What users, groups, roles, instance profiles and managed policies have in common: an id, and a name in an account.

`Named` holds the queries; a noun says how its values become rows and back, and in which words it is missing or there.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Final, Generic, Protocol, TypeVar

from sqlalchemy import Column, Integer, Table, func, select

from iamd.domain.ids import AccountId
from iamd.errors import EntityAlreadyExists, ServiceError
from iamd.store import schema
from iamd.store.counts import change_count, count_of
from iamd.store.execution import Execution
from iamd.store.policies_interface import OwnerKind
from iamd.store.statements import Statement, adding, deleting, given, replacing
from iamd.store.values import name_key


class NamedValue(Protocol):
    """A value of the domain that has a friendly name and a path in an account."""

    @property
    def account_id(self) -> AccountId: ...
    @property
    def name(self) -> str: ...
    @property
    def path(self) -> str: ...


V = TypeVar("V", bound=NamedValue)

_FEW: Final = 200
"""So many are read and sorted sooner than many thousands are looked at."""


def columns_of(table: Table) -> list[Column[Any]]:
    """Return the columns that make up a value: all but the key that names are compared by."""
    return [column for column in table.c if column.name != "name_key"]


class NamedStatements:
    """The statements on one table."""

    def __init__(self, table: Table) -> None:
        (identity,) = table.primary_key
        columns = columns_of(table)
        mine = table.c.account_id == given("account_id")
        self.table: Final = table
        self.id_column: Final = identity.name
        self.add: Final = adding(table)
        self.put: Final = replacing(table, identity.name, "account_id")
        self.delete: Final = deleting(table, identity.name, "account_id")
        self.find: Final = Statement(select(*columns).where(mine, table.c.name_key == given("name_key")))
        self.find_by_id: Final = Statement(select(*columns).where(identity == given(identity.name)))
        self.taken: Final = Statement(
            select(identity).where(
                mine, table.c.name_key == given("name_key"), identity != given(identity.name)
            )
        )
        behind = select(*columns).where(mine, table.c.name_key > given("after"))
        # Not LIKE, which SQLite compares without regard to case.
        in_path = func.substr(table.c.path, 1, given("prefix_length", Integer())) == given("prefix")
        limit = given("limit", Integer())
        self.page: Final = Statement(behind.order_by(table.c.name_key).limit(limit))
        self.page_in_path: Final = Statement(behind.where(in_path).order_by(table.c.name_key).limit(limit))
        of_path = mine, table.c.path >= given("prefix"), table.c.path < given("prefix_end")
        some = select(identity).where(*of_path).limit(limit).subquery()
        self.count_in_path: Final = Statement(select(func.count()).select_from(some))
        # In no order, so that the index of paths is what it goes by.
        self.all_in_path: Final = Statement(select(*columns).where(*of_path))
        self.name_at: Final = [column.name for column in columns].index("name")


class Named(ABC, Generic[V]):
    """
    A collection of such entities.

    Attributes:
        owner_kind: What the entity is in ``owners``; None when it owns nothing.
    """

    statements: ClassVar[NamedStatements]
    owner_kind: ClassVar[OwnerKind | None] = None

    def __init__(self, execution: Execution) -> None:
        self._execution: Final = execution

    def add(self, value: V) -> None:
        row = self._row(value)
        id_ = row[self.statements.id_column]
        if self.owner_kind is not None and not add_owner(
            self._execution, id_, value.account_id, self.owner_kind
        ):
            raise self._exists(value.name)
        if self._execution.write(self.statements.add, row) == 0:
            if self.owner_kind is not None:
                remove_owner(self._execution, id_)
            raise self._exists(value.name)
        change_count(self._execution, value.account_id, self.statements.table, +1)
        self._changed(value)

    def add_all(self, values: Sequence[V]) -> None:
        """
        Add *values*, all of one account, in a few statements.

        Raises:
            EntityAlreadyExists: An id or a name of one is taken.  Which of them, the caller has looked before.
        """
        if not values:
            return
        account_id = values[0].account_id
        rows = [self._row(value) for value in values]
        if self.owner_kind is not None:
            add_owners(
                self._execution,
                [row[self.statements.id_column] for row in rows],
                account_id,
                self.owner_kind,
            )
        if self._execution.write_all(self.statements.add, rows) != len(rows):
            raise EntityAlreadyExists(f"A name or an id in {self.statements.table.name} is taken.")
        change_count(self._execution, account_id, self.statements.table, len(rows))
        for value in values:
            self._changed(value)

    def find(self, account_id: AccountId, name: str) -> V | None:
        row = self._execution.row(
            self.statements.find, {"account_id": account_id, "name_key": name_key(name)}
        )
        return None if row is None else self._value(row)

    def find_by_id(self, id_: str) -> V | None:
        row = self._execution.row(self.statements.find_by_id, {self.statements.id_column: id_})
        return None if row is None else self._value(row)

    def get(self, account_id: AccountId, name: str) -> V:
        found = self.find(account_id, name)
        if found is None:
            raise self._missing(name)
        return found

    def put(self, value: V) -> None:
        row = self._row(value)
        # Looked for, not tried: on PostgreSQL a violated constraint would spoil the transaction.  Writers run one
        # after the other, so that nobody takes the name in between.
        if self._execution.row(self.statements.taken, row) is not None:
            raise self._exists(value.name)
        if self._execution.write(self.statements.put, row) == 0:
            raise self._gone(value)
        self._changed(value)

    def delete(self, value: V) -> None:
        id_ = self._bind(value)[self.statements.id_column]
        key = {self.statements.id_column: id_, "account_id": value.account_id}
        if self._execution.remove(self.statements.delete, key) == 0:
            raise self._gone(value)
        change_count(self._execution, value.account_id, self.statements.table, -1)
        if self.owner_kind is not None:
            remove_owner(self._execution, id_)
        self._changed(value)

    def page(self, account_id: AccountId, path_prefix: str, after: str | None, limit: int) -> list[V]:
        return [self._value(row) for row in self.page_of_rows(account_id, path_prefix, after, limit)]

    def page_of_rows(
        self, account_id: AccountId, path_prefix: str, after: str | None, limit: int
    ) -> Sequence[Sequence[Any]]:
        """
        Return the rows of a page.

        By name, or by path where few have it: else a search for what is rare would look at everything.
        """
        behind = name_key(after or "")
        given_: dict[str, Any] = {"account_id": account_id, "after": behind, "limit": limit}
        if path_prefix == "/":
            return self._execution.rows(self.statements.page, given_)
        of_path = {"account_id": account_id, "prefix": path_prefix, "prefix_end": _end_of(path_prefix)}
        if self._execution.count(self.statements.count_in_path, {**of_path, "limit": _FEW + 1}) > _FEW:
            in_path = {"prefix": path_prefix, "prefix_length": len(path_prefix)}
            return self._execution.rows(self.statements.page_in_path, {**given_, **in_path})
        rows = self._execution.rows(self.statements.all_in_path, of_path)
        at = self.statements.name_at
        keyed = sorted((name_key(row[at]), place, row) for place, row in enumerate(rows))
        return [row for key, _, row in keyed if key > behind][:limit]

    def count(self, account_id: AccountId) -> int:
        return count_of(self._execution, account_id, self.statements.table)

    def _row(self, value: V) -> dict[str, Any]:
        return {
            "account_id": value.account_id,
            "name": value.name,
            "name_key": name_key(value.name),
            "path": value.path,
            **self._bind(value),
        }

    @abstractmethod
    def _bind(self, value: V) -> Mapping[str, Any]:
        """Return the id and whatever is not common to all."""

    @abstractmethod
    def _value(self, row: Sequence[Any]) -> V:
        """Read a row of `columns_of` the table."""

    @abstractmethod
    def _exists(self, name: str) -> ServiceError: ...

    @abstractmethod
    def _missing(self, name: str) -> ServiceError: ...

    def _gone(self, value: V) -> ServiceError:
        """Return the error for a value that is no longer there by its id."""
        return self._missing(value.name)

    @abstractmethod
    def _changed(self, value: V) -> None:
        """Append to the log of changes, if a decision may depend on such an entity."""


def _end_of(prefix: str) -> str:
    """Return the first text that is behind all that begin with *prefix*, in the order of code points."""
    return prefix[:-1] + chr(ord(prefix[-1]) + 1)


_ADD_OWNER: Final = adding(schema.owners)
_REMOVE_OWNER: Final = deleting(schema.owners, "owner_id")


def add_owner(execution: Execution, owner_id: str, account_id: AccountId, kind: str) -> bool:
    """Make *owner_id* somebody who can own keys, devices and policies; return False when the id is taken."""
    row = {"owner_id": owner_id, "account_id": account_id, "owner_kind": kind}
    return execution.write(_ADD_OWNER, row) > 0


def add_owners(execution: Execution, owner_ids: Sequence[str], account_id: AccountId, kind: str) -> None:
    """
    Do what `add_owner` does for all of *owner_ids*.

    Raises:
        EntityAlreadyExists: One of them is taken.
    """
    rows = [{"owner_id": each, "account_id": account_id, "owner_kind": kind} for each in owner_ids]
    if execution.write_all(_ADD_OWNER, rows) != len(rows):
        raise EntityAlreadyExists(f"The id of a {kind} is taken.")


def remove_owner(execution: Execution, owner_id: str) -> None:
    """Undo `add_owner`; raises DeleteConflict when something still belongs to it."""
    execution.remove(_REMOVE_OWNER, {"owner_id": owner_id})
