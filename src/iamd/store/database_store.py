"""The store on a database: readers, the writer, the log of changes."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Final, TypeVar

from iamd.store.changes import ChangeLog, Forgetter, Listener
from iamd.store.encryption import Vault
from iamd.store.engines import Database, connect, discard
from iamd.store.errors import StoreClosedError, StoreError, translate
from iamd.store.execution import Execution
from iamd.store.interface import Transaction
from iamd.store.transaction import StoreTransaction
from iamd.store.writer import Writer

T = TypeVar("T")

_ATTEMPTS: Final = 2


class DatabaseStore:
    """See `iamd.store.interface.Store`; made by `iamd.store.open`."""

    def __init__(
        self,
        database: Database,
        vault: Vault,
        cluster_id: str,
        *,
        readers: int,
        after_close: Callable[[], object] = lambda: None,
    ) -> None:
        self._database: Final = database
        self._vault: Final = vault
        self._cluster_id: Final = cluster_id
        self._after_close: Final = after_close
        self._log: Final = ChangeLog(database)
        self._writer: Final = Writer(database, vault, self._log)
        self._readers: Final = ThreadPoolExecutor(readers, thread_name_prefix="iamd-reader")
        # How often the database was waited for in vain.
        self._silences = 0

    @property
    def cluster_id(self) -> str:
        return self._cluster_id

    @property
    def lacks_master_key(self) -> bool:
        return self._vault.lacks_key

    def read(self, job: Callable[[Transaction], T]) -> Future[T]:
        try:
            return self._readers.submit(self._read, job, self._silences)
        except RuntimeError:
            closed: Future[T] = Future()
            closed.set_exception(StoreClosedError("the store is closed"))
            return closed

    def write(self, job: Callable[[Transaction], T]) -> Future[T]:
        return self._writer.submit(job)

    def on_changes(self, listener: Listener) -> None:
        self._log.listen(listener)

    def on_lost(self, forgetter: Forgetter) -> None:
        self._log.on_lost(forgetter)

    @property
    def epoch(self) -> int:
        return self._log.seen

    @property
    def freshen(self) -> Callable[[], None] | None:
        return self._log.freshen if self._database.shared else None

    def poll(self) -> None:
        self._log.poll()

    def wait(self, seconds: float) -> None:
        self._log.wait(seconds)

    def wake(self) -> None:
        self._log.wake()

    def close(self) -> None:
        """Finish what was submitted, and let go of the database; a second time nothing happens."""
        self._writer.close()
        self._readers.shutdown()
        self._log.close()
        self._database.dispose()
        self._after_close()

    def _read(self, job: Callable[[Transaction], T], silences: int) -> T:
        """
        Run *job*, and once more when the failure may pass: a pooled connection may have died unnoticed.

        Args:
            job: May run twice.
            silences: How many there were when the job came.  Where the database does not answer, whoever waits in the queue
                waits no longer than who was before them.
        """
        for attempt in range(1, _ATTEMPTS + 1):
            if silences != self._silences:
                raise StoreError("the database does not answer", transient=True, silent=True)
            try:
                return self._read_once(job)
            except StoreError as error:
                if error.silent:
                    self._silences += 1
                if not error.transient or attempt == _ATTEMPTS:
                    raise
                # The others of the pool have most likely died with this one: a database that came back must not be
                # taken for one that is away.
                self._database.readers.dispose()
        raise AssertionError  # the last attempt returns or raises

    def _read_once(self, job: Callable[[Transaction], T]) -> T:
        connection = connect(self._database.readers)
        error_type = self._database.dialect.loaded_dbapi.Error
        try:
            cursor = connection.cursor()
            cursor.execute(self._database.begin_read)
            execution = Execution(cursor, self._database.dialect, self._vault)
            result = job(StoreTransaction(execution))
            execution.check()
        except (StoreError, error_type) as error:
            discard(connection, self._database.readers)
            if isinstance(error, error_type):
                raise translate(error) from error
            raise
        else:
            return result
        finally:
            # The pool rolls back whatever was begun.
            connection.close()
