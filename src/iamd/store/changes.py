"""
The log of changes as the rest of the process hears of it: each change once, in the order of epochs.

Two speak here, the writer after its commits and whoever calls `poll`; a lock makes them one.
"""

import threading
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

from sqlalchemy import Dialect, func, insert, select

from iamd.store import schema
from iamd.store.engines import Database, Line
from iamd.store.errors import translate
from iamd.store.execution import Cursor
from iamd.store.interface import Change, ChangeKind
from iamd.store.statements import Statement, given

Listener = Callable[[Sequence[Change]], None]

_TABLE: Final = schema.changes
_LAST: Final = Statement(select(func.coalesce(func.max(_TABLE.c.epoch), 0)))
_SINCE: Final = Statement(
    select(_TABLE.c.epoch, _TABLE.c.kind, _TABLE.c.id)
    .where(_TABLE.c.epoch > given("epoch"))
    .order_by(_TABLE.c.epoch)
)
# A plain insert: an epoch that is there already must fail.
_APPEND: Final = Statement(
    insert(_TABLE).values(epoch=given("epoch"), kind=given("kind"), id=given("id")).inline()
)


def last_epoch(cursor: Cursor, dialect: Dialect) -> int:
    """Return the epoch of the last change, 0 when there was none."""
    cursor.execute(*_LAST.bind(dialect, {}))
    return int(cursor.fetchall()[0][0])


def changes_since(cursor: Cursor, dialect: Dialect, epoch: int) -> list[Change]:
    """Return what came after *epoch*, in order."""
    cursor.execute(*_SINCE.bind(dialect, {"epoch": epoch}))
    return [Change(row[0], ChangeKind(row[1]), row[2]) for row in cursor.fetchall()]


def append_changes(cursor: Cursor, dialect: Dialect, changes: Iterable[Change]) -> None:
    bound = [
        _APPEND.bind(dialect, {"epoch": change.epoch, "kind": change.kind.value, "id": change.id})
        for change in changes
    ]
    if bound:
        cursor.executemany(bound[0][0], [values for _, values in bound])


class ChangeLog:
    """
    Tell listeners of changes.

    Attributes:
        seen: The epoch up to which the listeners have been told; it begins at the last one when the log is opened.
    """

    def __init__(self, database: Database) -> None:
        self._database: Final = database
        self._line: Final = Line(database.readers)
        self._lock: Final = threading.Lock()
        self._listeners: tuple[Listener, ...] = ()
        try:
            cursor = self._line.cursor()
            # In this order: what comes in between is looked at once too often, not once too seldom.
            self._moved = self._ask(cursor)
            self.seen = last_epoch(cursor, database.dialect)
        except database.dialect.loaded_dbapi.Error as error:
            raise translate(error) from error

    def listen(self, listener: Listener) -> None:
        with self._lock:
            self._listeners = (*self._listeners, listener)

    def publish(self, changes: Sequence[Change]) -> None:
        """Tell the listeners of those *changes* that they have not heard of; must leave no gap behind ``seen``."""
        with self._lock:
            self._publish(changes)

    def poll(self) -> None:
        """
        Look for commits of others.

        Raises:
            StoreError: The database cannot be reached.
        """
        with self._lock:
            try:
                cursor = self._line.cursor()
                moved = self._ask(cursor)
                if moved is not None and moved == self._moved:
                    return
                news = changes_since(cursor, self._database.dialect, self.seen)
            except self._database.dialect.loaded_dbapi.Error as error:
                self._line.drop()
                # The number is counted by each connection for itself: that of the next one means nothing here.
                self._moved = None
                raise translate(error) from error
            self._publish(news)
            self._moved = moved

    def close(self) -> None:
        with self._lock:
            self._line.drop()

    def _publish(self, changes: Sequence[Change]) -> None:
        news = [change for change in changes if change.epoch > self.seen]
        if not news:
            return
        for listener in self._listeners:
            listener(news)
        # INVARIANT: moved on only after all listeners have heard, so that one that failed is told again.
        self.seen = news[-1].epoch

    def _ask(self, cursor: Cursor) -> Any:
        if self._database.moved is None:
            return None
        cursor.execute(self._database.moved)
        return cursor.fetchall()[0][0]
