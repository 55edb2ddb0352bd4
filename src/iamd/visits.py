"""
Work for those at the server's own pages, as the pages see it: in transactions, and on threads where it is slow.

Two kinds of people come: a visitor, who has signed the request; and a guest, who is about to prove by something else who
they are, at the console's door.
"""

from collections.abc import Awaitable, Callable
from typing import Protocol, TypeVar

from iamd.auth.caller import Caller
from iamd.awaited import awaited
from iamd.directory.directory import Directory, FreshView
from iamd.operations.call import Call
from iamd.store.interface import Store, Transaction

T = TypeVar("T")


class Entered(Protocol):
    def __call__(self, transaction: Transaction, work: Callable[[Call], T], /) -> T: ...


class Visit:
    """Somebody at one of the server's own pages, whose work is done in transactions."""

    def __init__(self, store: Store, entered: Entered, check: Callable[[], None]) -> None:
        self._store = store
        self._entered = entered
        self._check = check
        self.changed = False

    async def read(self, work: Callable[[Call], T]) -> T:
        """Do *work* on a thread, in a transaction that may only read."""
        return await awaited(self._store.read(lambda transaction: self._entered(transaction, work)))

    async def write(self, work: Callable[[Call], T]) -> T:
        """
        Do *work* on the writer's thread; it may be run again.

        Raises:
            TrailBlockedError: It could not be noted.
        """
        self._check()
        done = await awaited(self._store.write(lambda transaction: self._entered(transaction, work)))
        self.changed = True
        return done


class Guest:
    """
    Somebody whom nobody knows yet.

    Attributes:
        caller: Who they turn out to be, for the chronicle.
        changed: Whether something was written, and committed; likewise.
    """

    def __init__(
        self,
        store: Store,
        directory: Directory,
        slowly: Callable[[Callable[[], object]], Awaitable[object]],
        check: Callable[[], None],
        record: Callable[[Transaction, "Guest"], None],
    ) -> None:
        """
        Take what the guest's pages need.

        Args:
            store: Where transactions are.
            directory: Sees what is in them.
            slowly: Does what takes a core for a while.
            check: Raises when what is written could not be noted.
            record: Notes in a transaction what was written in it, where the chronicle is kept in the database.
        """
        self._store = store
        self._directory = directory
        self._slowly = slowly
        self._check = check
        self._record = record
        self.caller: Caller | None = None
        self.changed = False

    async def read(self, work: Callable[[Transaction, FreshView], T]) -> T:
        """Do *work* on a thread, in a transaction that may only read."""
        return await awaited(
            self._store.read(lambda transaction: work(transaction, FreshView(self._directory, transaction)))
        )

    async def write(self, work: Callable[[Transaction, FreshView], T]) -> T:
        """
        Do *work* on the writer's thread; it may be run again.

        Raises:
            TrailBlockedError: It could not be noted.
        """
        self._check()

        def job(transaction: Transaction) -> T:
            result = work(transaction, FreshView(self._directory, transaction))
            self._record(transaction, self)
            return result

        done = await awaited(self._store.write(job))
        self.changed = True
        return done

    async def slowly(self, work: Callable[[], T]) -> T:
        """
        Do *work* that takes a core for a while, as hashing a password does.

        Raises:
            Throttling: Too many others are waiting for that.
        """
        done: list[T] = []
        await self._slowly(lambda: done.append(work()))
        return done[0]
