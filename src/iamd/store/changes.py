"""
The log of changes as the rest of the process hears of it: each change once, in the order of epochs.

Two speak here, the writer after its commits and whoever calls `poll`; a lock makes them one.

The log is not kept for ever.  Epochs have no gaps, so whoever reads on from the last line that they know finds that line
first.  Who does not (the log was cut behind them, or the database was put back to what it once was) cannot be told what
has changed, and has to forget whatever they remember.  Nor can they where a standby has taken over: it need not have had the
last lines, and what it has written since, under the same numbers, may look like them.
"""

import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from sqlalchemy import Dialect, delete, func, insert, select

from iamd.store import schema
from iamd.store.alarm import Alarm
from iamd.store.engines import Database, Line, hurry, timeline_of
from iamd.store.errors import translate
from iamd.store.execution import Cursor
from iamd.store.interface import Change, ChangeKind
from iamd.store.statements import Statement, given

Listener = Callable[[Sequence[Change]], None]
Forgetter = Callable[[], None]
Entry = tuple[int, str, str]
"""A line of the log: epoch, kind, id."""

_TABLE: Final = schema.changes
_COLUMNS: Final = (_TABLE.c.epoch, _TABLE.c.kind, _TABLE.c.id)
_LAST: Final = Statement(select(*_COLUMNS).order_by(_TABLE.c.epoch.desc()).limit(1))
_FROM: Final = Statement(select(*_COLUMNS).where(_TABLE.c.epoch >= given("epoch")).order_by(_TABLE.c.epoch))
# A plain insert: an epoch that is there already must fail.
_APPEND: Final = Statement(
    insert(_TABLE).values(epoch=given("epoch"), kind=given("kind"), id=given("id")).inline()
)
CUT: Final = Statement(
    delete(_TABLE).where(_TABLE.c.epoch <= select(func.max(_TABLE.c.epoch)).scalar_subquery() - given("kept"))
)
"""Forget all but the last *kept* lines."""

_PATIENCE: Final = 5.0
"""Seconds that a look at the log may take, which is small: whoever looks must soon know that nothing is heard."""
_KINDS: Final = {kind.value: kind for kind in ChangeKind}


@dataclass(frozen=True, slots=True)
class News:
    """
    What the log holds behind the last line that was known.

    Attributes:
        changes: In order.  Kinds that only a later version of iamd knows are left out: nothing here depends on them.
        last: The last line of the log; None when it is empty.
        complete: Whether nothing else has changed.
        timeline: Of the server that has it; see `timeline_of`.
    """

    changes: Sequence[Change]
    last: Entry | None
    complete: bool = True
    timeline: str | None = None

    @property
    def epoch(self) -> int:
        return self.last[0] if self.last is not None else 0

    def then(self, own: Sequence[Change]) -> "News":
        """Return what it is with *own* changes behind."""
        if not own:
            return self
        last = own[-1]
        entry = last.epoch, last.kind.value, last.id
        return replace(self, changes=[*self.changes, *own], last=entry)


def append_changes(cursor: Cursor, dialect: Dialect, changes: Iterable[Change]) -> None:
    bound = [
        _APPEND.bind(dialect, {"epoch": change.epoch, "kind": change.kind.value, "id": change.id})
        for change in changes
    ]
    if bound:
        cursor.executemany(bound[0][0], [values for _, values in bound])


class ChangeLog:
    """Tell listeners of changes."""

    def __init__(self, database: Database) -> None:
        self._database: Final = database
        self._alarm: Final = Alarm(database.channel, database.dialect.loaded_dbapi.Error)
        self._line: Final = Line(database.readers, self._begin)
        self._look: Final = Line(database.readers)
        self._lock: Final = threading.Lock()
        self._look_lock: Final = threading.Lock()
        self._listeners: tuple[Listener, ...] = ()
        self._forgetters: tuple[Forgetter, ...] = ()
        self._looked: Any = None
        try:
            cursor = self._line.cursor()
            # In this order: what comes in between is looked at once too often, not once too seldom.
            self._moved = self._ask(cursor)
            self._last = self._last_entry(cursor)
            self._timeline = timeline_of(cursor)
        except database.dialect.loaded_dbapi.Error as error:
            raise translate(error) from error

    @property
    def seen(self) -> int:
        """The epoch up to which the listeners have been told; it begins at the last one when the log is opened."""
        return self._last[0] if self._last is not None else 0

    def _begin(self, cursor: Cursor) -> None:
        hurry(cursor, _PATIENCE)
        self._alarm.listen(cursor)

    def listen(self, listener: Listener) -> None:
        with self._lock:
            self._listeners = (*self._listeners, listener)

    def on_lost(self, forgetter: Forgetter) -> None:
        """Call *forgetter* when it cannot be told what has changed."""
        with self._lock:
            self._forgetters = (*self._forgetters, forgetter)

    def news(self, cursor: Cursor) -> News:
        """Return what came after what the listeners know."""
        known, timeline = self._last, timeline_of(cursor)
        cursor.execute(*_FROM.bind(self._database.dialect, {"epoch": known[0] if known is not None else 0}))
        entries: list[Entry] = [tuple(row) for row in cursor.fetchall()]
        if known is None:
            complete = not entries or entries[0][0] == 1
        elif entries and entries[0] == known:
            complete = True
            del entries[0]
        else:
            complete = False
        complete = complete and timeline == self._timeline
        last = entries[-1] if entries else known if complete else self._last_entry(cursor)
        changes = [
            Change(epoch, _KINDS[kind], id_) for epoch, kind, id_ in entries if complete and kind in _KINDS
        ]
        return News(changes, last, complete, timeline)

    def publish(self, news: News) -> None:
        """Tell the listeners what they have not heard of; must leave no gap behind ``seen``."""
        with self._lock:
            self._publish(news)

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
                news = self.news(cursor)
            except self._database.dialect.loaded_dbapi.Error as error:
                self._line.drop()
                # The number is counted by each connection for itself: that of the next one means nothing here.
                self._moved = None
                raise translate(error) from error
            self._publish(news)
            self._moved = moved

    def freshen(self) -> None:
        """
        Look for commits of others on a file that they may have open, too; made to be asked at each request.

        Raises:
            StoreError: The file cannot be read.
        """
        with self._look_lock:
            try:
                moved = self._ask(self._look.cursor())
            except self._database.dialect.loaded_dbapi.Error as error:
                self._look.drop()
                self._looked = None
                raise translate(error) from error
            if moved != self._looked:
                self.poll()
                self._looked = moved

    def wait(self, seconds: float) -> None:
        """Wait for that long, or until there may be something to `poll` for."""
        self._alarm.wait(seconds)

    def wake(self) -> None:
        """End a `wait`, now or the next one."""
        self._alarm.wake()

    def close(self) -> None:
        with self._look_lock, self._lock:
            self._line.drop()
            self._look.drop()
            self._alarm.close()

    def _publish(self, news: News) -> None:
        if not news.complete:
            for forgetter in self._forgetters:
                forgetter()
        elif news.epoch > self.seen:
            fresh = [change for change in news.changes if change.epoch > self.seen]
            for listener in self._listeners if fresh else ():
                listener(fresh)
        else:
            return
        # INVARIANT: moved on only after all have heard, so that one that failed is told again.
        self._last, self._timeline = news.last, news.timeline

    def _last_entry(self, cursor: Cursor) -> Entry | None:
        cursor.execute(*_LAST.bind(self._database.dialect, {}))
        rows = cursor.fetchall()
        return tuple(rows[0]) if rows else None

    def _ask(self, cursor: Cursor) -> Any:
        if self._database.moved is None:
            return None
        cursor.execute(self._database.moved)
        return cursor.fetchall()[0][0]
