"""
What no request waits for: flushing, forgetting, turning keys, telling others.

Each in a thread of its own, which lives on whatever goes wrong: what failed is tried again next time.
"""

import threading
import traceback
from collections.abc import Callable
from datetime import datetime
from typing import Final

import structlog

from iamd.clock import Clock
from iamd.directory.sealing_keys import KeyringKeeper
from iamd.domain.accesses import TRACKED
from iamd.domain.ids import Ids
from iamd.operations.delegation_notices import Courier
from iamd.operations.token_signing_keys import rotate
from iamd.operations.usage import Usage
from iamd.sessions.rotation import RETIRED_FOR
from iamd.store.errors import StoreError
from iamd.store.interface import Store, Transaction

_FLUSH_SECONDS: Final = 5.0
_FORGET_SECONDS: Final = 86_400.0
_POLL_SECONDS: Final = 0.5
_CUT_SECONDS: Final = 60.0
KEPT_CHANGES: Final = 100_000
"""How much of the log of changes is kept; a node that is farther behind forgets all that it remembers."""
_EXPIRE_SECONDS: Final = 60.0
_ROTATE_SECONDS: Final = 60.0

_log = structlog.get_logger("iamd")


def forget_what_is_too_old(transaction: Transaction, now: datetime) -> None:
    transaction.accesses.forget(now - TRACKED)
    transaction.session_revocations.forget(now - RETIRED_FOR)
    transaction.console_sessions.forget(now)


class Background:
    """
    Do what no request waits for, until told to stop.

    That is: flush what is gathered in memory, turn the keyring when its time comes, and forget what is too old.
    """

    def __init__(
        self, store: Store, usage: Usage, sealing_keys: KeyringKeeper, clock: Clock, ids: Ids
    ) -> None:
        self._store = store
        self._usage = usage
        self._sealing_keys = sealing_keys
        self._clock = clock
        self._ids = ids
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="iamd-background", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        self._thread.join()
        _quietly(self._flush)

    def _run(self) -> None:
        rotate_at = self._clock.monotonic()
        flush_at = rotate_at + _FLUSH_SECONDS
        forget_at = rotate_at + _FORGET_SECONDS
        cut_at = rotate_at
        while not self._stopping.wait(_POLL_SECONDS):
            _quietly(self._sealing_keys.tend)
            if self._clock.monotonic() >= flush_at:
                flush_at = self._clock.monotonic() + _FLUSH_SECONDS
                _quietly(self._flush)
            if self._clock.monotonic() >= forget_at:
                forget_at = self._clock.monotonic() + _FORGET_SECONDS
                _quietly(self._forget)
            if self._clock.monotonic() >= cut_at:
                cut_at = self._clock.monotonic() + _CUT_SECONDS
                _quietly(self._cut)
            if self._clock.monotonic() >= rotate_at:
                rotate_at = self._clock.monotonic() + _ROTATE_SECONDS
                _quietly(lambda: rotate(self._store, self._ids, self._clock.now()))

    def _flush(self) -> None:
        for part in self._usage.noted().parts():
            self._store.write(part.write).result()
            self._usage.forget(part)

    def _forget(self) -> None:
        now = self._clock.now()
        self._store.write(lambda transaction: forget_what_is_too_old(transaction, now)).result()

    def _cut(self) -> None:
        self._store.write(lambda transaction: transaction.forget_changes(KEPT_CHANGES)).result()


class Delivery:
    """Tell product providers what they are to hear, until told to stop; in a thread of its own, since it may be slow."""

    def __init__(self, courier: Courier, clock: Clock, *, sends: bool) -> None:
        self._courier = courier
        self._clock = clock
        self._sends = sends
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="iamd-delivery", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        self._thread.join()

    def _run(self) -> None:
        expire_at = self._clock.monotonic()
        while not self._stopping.wait(_POLL_SECONDS if self._sends else _EXPIRE_SECONDS):
            if self._clock.monotonic() >= expire_at:
                expire_at = self._clock.monotonic() + _EXPIRE_SECONDS
                _quietly(self._courier.expire)
            if self._sends:
                _quietly(self._send)

    def _send(self) -> None:
        while not self._stopping.is_set() and self._courier.send():
            pass


def _quietly(work: Callable[[], None]) -> None:
    """Do *work*; a database that cannot be reached now is tried again next time."""
    try:
        work()
    except StoreError as error:
        _log.warning("background work failed", error=str(error))
    except Exception:  # noqa: BLE001  without this thread, nothing more would be done of what it does
        _log.error("background work failed", traceback=traceback.format_exc())
