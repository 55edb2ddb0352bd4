"""
Following the log of changes: hear what other nodes and processes have committed, and know since when nothing was heard.

A thread of its own, which does nothing else, so that no other work delays what ends somebody's access.
"""

import threading
import traceback
from typing import Final

import structlog

from iamd.clock import Clock
from iamd.directory.lease import Contact, Lease
from iamd.store.errors import StoreError
from iamd.store.interface import Store

_WAIT_SECONDS: Final = 0.5
"""How long at most between two looks; a notification of the database ends the wait before."""

_log = structlog.get_logger("iamd")


class Follower:
    """Look for changes, and renew the lease that memory is believed for, until told to stop."""

    def __init__(self, store: Store, lease: Lease, clock: Clock) -> None:
        self._store: Final = store
        self._lease: Final = lease
        self._clock: Final = clock
        self._stopping: Final = threading.Event()
        self._told = Contact.OK
        self._thread: Final = threading.Thread(target=self._run, name="iamd-follower", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        self._store.wake()
        self._thread.join()

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._look()
            self._tell()
            self._store.wait(_WAIT_SECONDS)

    def _look(self) -> None:
        asked_at = self._clock.monotonic()
        try:
            self._store.poll()
        except StoreError as error:
            if self._lease.contact is Contact.OK:
                _log.warning("the database does not answer", error=str(error))
            self._lease.fail(silent=error.silent)
        except Exception:  # noqa: BLE001  without this thread nothing would be heard any more
            _log.error("changes not heard of", traceback=traceback.format_exc())
            self._lease.fail()
        else:
            self._lease.renew(asked_at)

    def _tell(self) -> None:
        """Say in the log when it has changed how it stands with the database."""
        contact = self._lease.contact
        if contact is self._told:
            return
        self._told = contact
        if contact is Contact.OK:
            _log.warning("the database answers again")
        elif contact is Contact.FAILED:
            _log.error("the database has not answered for too long: every request is refused")
