"""
The one writer of a node: group commit.

Its thread takes whatever jobs wait, runs each in one transaction, with a savepoint before it first writes, commits once, tells
the listeners, and only then resolves the futures.

* A job that raises goes back to its savepoint; the others stand.
* A transaction that is lost (at COMMIT, or because the database failed underneath) is run again job by job, each with a
  bounded number of attempts if the failure may pass.  Where the database does not answer at all, all of them are refused.
* When the answer to a COMMIT was lost, the database is asked what became of it before anything is run again.
* Epochs are counted here, not by the database: the writer holds the lock of all writers from before it reads the last
  epoch until its COMMIT.  So they have no gaps, and no reader ever sees an epoch before a smaller one.
"""

import queue
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from typing import Any, Final, Generic, TypeVar

from iamd.store.changes import ChangeLog, News, append_changes
from iamd.store.encryption import Vault
from iamd.store.engines import Database, Line, timeline_of, was_committed
from iamd.store.errors import StoreClosedError, StoreError, translate
from iamd.store.execution import Cursor, Execution
from iamd.store.interface import Change, ChangeKind, Transaction
from iamd.store.master_keys import CHECK, FIND_CHECK
from iamd.store.transaction import StoreTransaction

T = TypeVar("T")

# PostgreSQL remembers up to 64 savepoints of a transaction where others can look them up fast.
_LARGEST_BATCH: Final = 64
_COMMITTED: Final = "COMMIT"
# Seconds before each attempt of what may be tried again.
_DELAYS: Final = (0.0, 0.02, 0.1)


class _Submission(Generic[T]):
    """A job, and the future that its submitter waits for."""

    def __init__(self, job: Callable[[Transaction], T]) -> None:
        self.job: Final = job
        self.future: Final[Future[T]] = Future()

    def acknowledge(self, result: T, error: BaseException | None) -> None:
        if error is None:
            self.future.set_result(result)
        else:
            self.future.set_exception(error)


@dataclass(slots=True)
class _Attempt:
    """
    One transaction: what its jobs came to, and what the log is to say.

    Attributes:
        news: Those of others that have not been heard of here, then our own.
        ticket: By which PostgreSQL knows the transaction, on the *timeline* that it began on.
        sent: Whether its COMMIT was sent.
    """

    outcomes: list[tuple[_Submission[Any], Any, BaseException | None]] = field(default_factory=list)
    news: News = field(default_factory=lambda: News((), None))
    ticket: str | None = None
    timeline: str | None = None
    sent: bool = False


class _LostError(Exception):
    """
    A transaction was lost.

    Attributes:
        in_doubt: Nobody knows whether it was: its COMMIT was not answered, and the database cannot be asked.
    """

    def __init__(self, error: StoreError, *, in_doubt: bool = False) -> None:
        super().__init__(str(error))
        self.error = error
        self.in_doubt = in_doubt


class Writer:
    """Run jobs that write, on a thread of its own."""

    def __init__(self, database: Database, vault: Vault, log: ChangeLog) -> None:
        self._database: Final = database
        self._vault: Final = vault
        self._log: Final = log
        self._line = Line(database.writer)
        self._key_changed = False
        log.listen(self._hear)
        log.on_lost(self._forget)
        self._queue: Final[queue.SimpleQueue[_Submission[Any] | None]] = queue.SimpleQueue()
        self._door: Final = threading.Lock()
        self._closing: Final = threading.Event()
        self._thread: Final = threading.Thread(target=self._run, name="iamd-writer", daemon=True)
        self._thread.start()

    def submit(self, job: Callable[[Transaction], T]) -> Future[T]:
        """Queue *job*; its future fails with StoreClosedError when the writer is closed."""
        submission = _Submission(job)
        with self._door:
            if not self._closing.is_set():
                self._queue.put(submission)
                return submission.future
        submission.future.set_exception(StoreClosedError("the store is closed"))
        return submission.future

    def close(self) -> None:
        """Finish what is queued, then end the thread."""
        with self._door:
            if not self._closing.is_set():
                self._closing.set()
                self._queue.put(None)
        self._thread.join()

    def _run(self) -> None:
        while (batch := self._next_batch()) is not None:
            started = [submission for submission in batch if submission.future.set_running_or_notify_cancel()]
            try:
                if started:
                    self._settle(started)
            except BaseException as error:  # noqa: BLE001  whatever it is, nobody may wait for ever
                self._line.drop()
                for submission in started:
                    if not submission.future.done():
                        submission.future.set_exception(error)
        self._line.drop()

    def _next_batch(self) -> list[_Submission[Any]] | None:
        """Wait for a job, and take those that wait behind it; None at the end."""
        first = self._queue.get()
        if first is None:
            return None
        batch = [first]
        while len(batch) < _LARGEST_BATCH:
            try:
                item = self._queue.get_nowait()
            except queue.Empty:
                break
            if item is None:
                self._queue.put(None)  # nothing comes behind it
                break
            batch.append(item)
        return batch

    def _settle(self, batch: Sequence[_Submission[Any]]) -> None:
        """Run *batch* until each of its futures is resolved."""
        alone = len(batch) == 1
        try:
            self._acknowledge(self._commit(batch, attempts=len(_DELAYS) if alone else 1))
        except _LostError as lost:
            if alone or lost.in_doubt or lost.error.silent:
                _refuse(batch, lost.error)
            else:
                self._settle_one_by_one(batch)

    def _settle_one_by_one(self, batch: Sequence[_Submission[Any]]) -> None:
        for place, submission in enumerate(batch):
            try:
                self._acknowledge(self._commit([submission], attempts=len(_DELAYS)))
            except _LostError as lost:
                _refuse([submission], lost.error)
                if lost.error.transient:
                    # The database is away or held by somebody; the rest would only wait in vain for as long each.
                    _refuse(batch[place + 1 :], lost.error)
                    return

    def _acknowledge(self, attempt: _Attempt) -> None:
        """Tell the listeners, then the submitters."""
        failure: StoreError | None = None
        try:
            self._log.publish(attempt.news)
        except Exception as error:  # noqa: BLE001  a listener's bug; the writer must live on
            # The write is kept, but somebody here may decide by what was before: that is not to be called success.
            failure = StoreError("a listener failed on committed changes")
            failure.__cause__ = error
        for submission, result, raised in attempt.outcomes:
            submission.acknowledge(result, raised or failure)

    def _commit(self, batch: Sequence[_Submission[Any]], attempts: int) -> _Attempt:
        """
        Run *batch* in a transaction, and again, up to *attempts* times, when a failure may pass.

        Raises:
            _LostError: It could not be committed.
        """
        for delay in _DELAYS[:attempts]:
            self._closing.wait(delay)
            attempt = _Attempt()
            try:
                self._attempt(batch, attempt)
            except (StoreError, self._database.dialect.loaded_dbapi.Error) as error:
                self._line.drop()
                lost = _store_error(error)
            else:
                return attempt
            if self._happened(attempt):
                return attempt
            if not lost.transient or lost.silent:
                break
        raise _LostError(lost)

    def _attempt(self, batch: Sequence[_Submission[Any]], attempt: _Attempt) -> None:
        """Run *batch* and commit; a job that fails alone is rolled back instead."""
        dialect = self._database.dialect
        cursor = self._line.cursor()
        attempt.ticket = self._begin(cursor)
        attempt.timeline = timeline_of(cursor)
        attempt.news = self._log.news(cursor)
        self._adopt_master_key(cursor, attempt.news)
        own: list[Change] = []
        untold = {(each.kind, each.id) for each in attempt.news.changes} if attempt.news.complete else None
        for submission in batch:
            epoch = attempt.news.epoch + len(own)
            execution = Execution(cursor, dialect, self._vault, epoch, untold, in_batch=len(batch) > 1)
            changed = self._perform(submission, attempt, execution)
            own += changed
            if execution.erased:
                untold, attempt.news = None, replace(attempt.news, complete=False)
            if untold is not None:
                untold.update((each.kind, each.id) for each in changed)
        if len(batch) == 1 and attempt.outcomes[0][2] is not None:
            cursor.execute("ROLLBACK")
            return
        append_changes(cursor, dialect, own)
        if own and self._database.channel is not None:
            # Told with the commit, and to nobody without it.
            cursor.execute(f"NOTIFY {self._database.channel}")
        attempt.news = attempt.news.then(own)
        attempt.sent = True
        cursor.execute("COMMIT")
        # PostgreSQL takes it for ROLLBACK, and says so without an error, where a statement has failed that nobody minded.
        if getattr(cursor, "statusmessage", _COMMITTED) != _COMMITTED:
            raise StoreError("the database has rolled back what it was to commit", transient=True)

    def _adopt_master_key(self, cursor: Cursor, news: News) -> None:
        """
        Seal with the key that the database names.

        INVARIANT: once the log says that another key seals, nothing is sealed with the one before, by no node: what is
        left under it can only become less.

        Raises:
            WrongMasterKeyError: This node does not hold that key; it can write nothing.
        """
        changed = not news.complete or any(each.kind is ChangeKind.MASTER_KEY for each in news.changes)
        if changed or self._key_changed:
            self._key_changed = True
            cursor.execute(*FIND_CHECK.bind(self._database.dialect, {"name": CHECK}))
            rows = cursor.fetchall()
            self._vault.adopt(CHECK, rows[0][0] if rows else "")
            self._key_changed = False

    def _hear(self, changes: Sequence[Change]) -> None:
        if any(each.kind is ChangeKind.MASTER_KEY for each in changes):
            self._key_changed = True

    def _forget(self) -> None:
        self._key_changed = True

    @staticmethod
    def _perform(submission: _Submission[Any], attempt: _Attempt, execution: Execution) -> Sequence[Change]:
        """
        Run one job; return what it changed, nothing if it failed.

        Raises:
            StoreError: The database failed so that the whole transaction is spoiled.
        """
        try:
            result = submission.job(StoreTransaction(execution))
            execution.check()
        except BaseException as error:  # noqa: BLE001  it belongs to whoever waits for the future
            if execution.lost is not None:
                raise execution.lost from None
            execution.undo()
            attempt.outcomes.append((submission, None, error))
            return ()
        attempt.outcomes.append((submission, result, None))
        return execution.changes

    def _begin(self, cursor: Cursor) -> str | None:
        """Begin a transaction as the only writer; return its ticket."""
        for text in self._database.begin_write:
            cursor.execute(text)
        return str(cursor.fetchall()[0][-1]) if self._database.tells_lost_commits else None

    def _happened(self, attempt: _Attempt) -> bool:
        """
        Tell whether the COMMIT of a lost *attempt* took effect although we were not told.

        Raises:
            _LostError: The database cannot be asked: to run the jobs again might do them twice.
        """
        if not attempt.sent or attempt.ticket is None:
            return False
        for delay in _DELAYS:
            self._closing.wait(delay)
            try:
                cursor = self._line.cursor()
                # The lost transaction holds the writers' lock until its end, so that behind _begin its end is known.
                self._begin(cursor)
                committed = was_committed(cursor, attempt.ticket)
                same = timeline_of(cursor) == attempt.timeline
                cursor.execute("ROLLBACK")
            except (StoreError, self._database.dialect.loaded_dbapi.Error) as error:
                self._line.drop()
                if _store_error(error).silent:
                    break
            else:
                if same:
                    return committed
                # A standby has taken over, and may not have had it; by now the number may be that of another one.
                break
        unknown = StoreError("the connection was lost at COMMIT, and its fate is not known", transient=True)
        raise _LostError(unknown, in_doubt=True)


def _refuse(batch: Sequence[_Submission[Any]], error: StoreError) -> None:
    for submission in batch:
        submission.future.set_exception(error)


def _store_error(error: Exception) -> StoreError:
    """Translate what lost a transaction; a constraint that COMMIT finds violated may hold the next time."""
    translated = error if isinstance(error, StoreError) else translate(error)
    if isinstance(translated, StoreError):
        return translated
    return StoreError("the database refused to commit", transient=True)
