"""What a job's statements run through: a cursor inside a transaction, the vault, and the changes gathered so far."""

from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any, Final, Protocol, TypeVar

from sqlalchemy import Dialect, func, select

from iamd.errors import ConcurrentModification, DeleteConflict, InvalidInput
from iamd.store import schema
from iamd.store.encryption import Vault
from iamd.store.errors import StoreError, is_foreign_key_violation, spoils_statement_only, translate
from iamd.store.interface import Change, ChangeKind
from iamd.store.statements import Statement

# fact 16: the text for whatever has none of its own; operations look for the others before.
_REFERENCED: Final = "Cannot delete entity, must remove referenced objects first."
_EPOCH: Final = Statement(select(func.coalesce(func.max(schema.changes.c.epoch), 0)))

# Not released when the job is done: COMMIT does it for all, and who goes back goes to the last one of this name.
SAVE: Final = "SAVEPOINT job"
UNDO: Final = "ROLLBACK TO SAVEPOINT job"

T = TypeVar("T")

_MOST_READ: Final = 32
"""How many answers a job keeps."""

Thing = tuple[ChangeKind, str]
"""What the log of changes names."""


class Cursor(Protocol):
    """The part of a DBAPI cursor (PEP 249) that is used here."""

    @property
    def rowcount(self) -> int: ...
    def execute(self, statement: str, parameters: Any = ..., /) -> Any: ...
    def executemany(self, statement: str, parameters: Any, /) -> Any: ...
    def fetchall(self) -> Sequence[Any]: ...


class Execution:
    """
    Run the statements of one job.

    Attributes:
        changes: What the job has changed, each thing once, in order.
        failure: The first error of the database; it stands even if the job catches it, since a transaction that had one
            cannot be trusted.
        lost: That error, if it has spoiled the whole transaction and not only the job's part of it.
        saved: Whether there is a savepoint; what only looks needs none, and has nothing to be undone.
        erased: Whether the job has removed everything, of which the log of changes says nothing.
    """

    def __init__(
        self,
        cursor: Cursor,
        dialect: Dialect,
        vault: Vault,
        base_epoch: int | None = None,
        untold: AbstractSet[Thing] | None = None,
        *,
        in_batch: bool = False,
    ) -> None:
        """
        Begin a job.

        Args:
            cursor: Inside a transaction.
            dialect: Of the database.
            vault: Seals and opens what is stored.
            base_epoch: The last of the log; without it the job may only read.
            untold: What has changed before the job without the listeners having been told; None where that is not known.
            in_batch: Whether the transaction is that of other jobs, too, so that the job needs a savepoint before it writes.
        """
        self.vault: Final = vault
        self.changes: Final[list[Change]] = []
        self.failure: Exception | None = None
        self.lost: StoreError | None = None
        self.saved = False
        self.erased = False
        self._in_batch = in_batch
        self._cursor = cursor
        self._dialect = dialect
        self._base_epoch = base_epoch
        self._untold = untold
        self._seen: set[Thing] = set()
        self._read: dict[tuple[str, tuple[Any, ...]], Sequence[tuple[Any, ...]]] = {}

    def rows(self, statement: Statement, values: Mapping[str, Any]) -> Sequence[tuple[Any, ...]]:
        """
        Run a query and return all of its rows, which are not to be changed.

        A job that may write often asks for the same twice: when it is authorized, and when it is done.  Between two writes
        nobody else can have changed the answer.
        """
        self.check()
        text, bound = statement.bind(self._dialect, values)
        if self._base_epoch is None:
            return self._ask(self._query, text, bound)
        found = self._read.get((text, bound))
        if found is None:
            found = self._ask(self._query, text, bound)
            if len(self._read) < _MOST_READ:
                self._read[text, bound] = found
        return found

    def row(self, statement: Statement, values: Mapping[str, Any]) -> tuple[Any, ...] | None:
        """Run a query that has one row or none."""
        rows = self.rows(statement, values)
        return rows[0] if rows else None

    def count(self, statement: Statement, values: Mapping[str, Any]) -> int:
        """Run a query whose one value is a number."""
        return int(self.rows(statement, values)[0][0])

    def write(self, statement: Statement, values: Mapping[str, Any]) -> int:
        """
        Run a statement that writes; return how many rows it touched.

        Raises:
            StoreError: The job may only read, or the database failed.
        """
        self._begin_to_write()
        self._run(statement, values)
        return self._cursor.rowcount

    def write_all(self, statement: Statement, rows: Sequence[Mapping[str, Any]]) -> int:
        """
        Run a statement that writes once for each of *rows*; return how many rows all of them touched.

        The driver is asked once, which costs a tenth of asking it for each.

        Raises:
            StoreError: The job may only read, or the database failed.
        """
        self._begin_to_write()
        if not rows:
            return 0
        self.check()
        bound = [statement.bind(self._dialect, row) for row in rows]
        self._ask(self._cursor.executemany, bound[0][0], [values for _, values in bound])
        return self._cursor.rowcount

    def remove(self, statement: Statement, values: Mapping[str, Any]) -> int:
        """
        Run a statement that deletes; return how many rows are gone.

        Raises:
            DeleteConflict: Something else still belongs to what is deleted.
            StoreError: The job may only read, or the database failed.
        """
        try:
            return self.write(statement, values)
        except ConcurrentModification as error:
            if error.__cause__ is None or not is_foreign_key_violation(error.__cause__):
                raise
            self.failure = DeleteConflict(_REFERENCED)
            raise self.failure from error.__cause__

    def changed(self, kind: ChangeKind, id_: str) -> None:
        """Append to the log of changes; the writer stores it with the commit."""
        if self._base_epoch is None:
            raise StoreError("a job that was given to `read` tried to write")
        if (kind, id_) not in self._seen:
            self._seen.add((kind, id_))
            self.changes.append(Change(self._base_epoch + len(self.changes) + 1, kind, id_))

    def told(self, things: AbstractSet[Thing]) -> bool:
        """See `iamd.store.interface.Transaction`."""
        if self._untold is None or self.erased:
            return False
        return things.isdisjoint(self._untold) and things.isdisjoint(self._seen)

    def check(self) -> None:
        """Raise the failure that there was; what a job did after it has caught one is built on sand."""
        if self.failure is not None:
            raise self.failure

    @property
    def dialect_name(self) -> str:
        """``sqlite`` or ``postgresql``."""
        return self._dialect.name

    @property
    def epoch(self) -> int:
        if self._base_epoch is None:
            return self.count(_EPOCH, {})
        return self._base_epoch + len(self.changes)

    def _begin_to_write(self) -> None:
        """
        See that what the job writes can be undone without that of others.

        Raises:
            StoreError: The job may only read.
        """
        if self._base_epoch is None:
            raise StoreError("a job that was given to `read` tried to write")
        self._read.clear()
        if self._in_batch and not self.saved:
            self.check()
            self._ask(self._cursor.execute, SAVE, ())
            self.saved = True

    def undo(self) -> None:
        """Undo what the job has written, where it shares its transaction."""
        if self.saved:
            self._cursor.execute(UNDO)

    def _run(self, statement: Statement, values: Mapping[str, Any]) -> None:
        self.check()
        text, bound = statement.bind(self._dialect, values)
        self._ask(self._cursor.execute, text, bound)

    def _query(self, text: str, bound: Any) -> Sequence[Any]:
        """Run a query to its end: damage that SQLite meets at a later row spoils as much as what it meets at the first."""
        self._cursor.execute(text, bound)
        return self._cursor.fetchall()

    def _ask(self, run: Callable[[str, Any], T], text: str, bound: Any) -> T:
        """Let the driver *run* a statement, and turn its errors into ours."""
        try:
            return run(text, bound)
        except UnicodeEncodeError:
            raise InvalidInput("a text holds a character that cannot be stored") from None
        except self._dialect.loaded_dbapi.Error as error:
            self.failure = translate(error)
            # PostgreSQL's transaction is over after any error, unless there is a savepoint to go back to.
            alone = self._in_batch and not self.saved
            if isinstance(self.failure, StoreError) and (alone or not spoils_statement_only(error)):
                self.lost = self.failure
            raise self.failure from error
