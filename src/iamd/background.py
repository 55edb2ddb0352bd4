"""
What no request waits for: flushing, forgetting, turning keys, telling others.

Each in a thread of its own, which lives on whatever goes wrong: what failed is tried again next time.
"""

import os
import socket
import threading
import traceback
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from functools import cache
from importlib.metadata import version
from typing import Final

import structlog

from iamd.clock import Clock
from iamd.directory.sealing_keys import KeyringKeeper
from iamd.domain.accesses import TRACKED
from iamd.domain.deletion_tasks import REMEMBERED
from iamd.domain.ids import Ids
from iamd.domain.nodes import FORGOTTEN_AFTER, HEARTBEAT, Node
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
    transaction.nodes.forget(now - FORGOTTEN_AFTER)
    transaction.deletion_tasks.forget(now - REMEMBERED)


class Presence:
    """
    What this process says of itself to those that share its database.

    Args:
        node_id: Of this start of it.
        epoch: Tells the last change that it knows of.
        heard: Tells whether the database answers: an end does not wait for one that does not.
        shared: Whether others may be there who want to know; else nothing is written.
    """

    def __init__(
        self, node_id: str, clock: Clock, epoch: Callable[[], int], heard: Callable[[], bool], *, shared: bool
    ) -> None:
        self._clock: Final = clock
        self._epoch: Final = epoch
        self._heard: Final = heard
        self._shared: Final = shared
        now = clock.now()
        self._begun: Final = Node(
            node_id=node_id,
            host=socket.gethostname(),
            process=os.getpid(),
            version=_own_version(),
            started_at=now,
            seen_at=now,
            epoch=0,
        )

    def node(self) -> Node:
        """Return it as it is now."""
        return replace(self._begun, seen_at=self._clock.now(), epoch=self._epoch())

    def all(self, transaction: Transaction) -> list[Node]:
        """Return all that are known, this one among them."""
        own = self.node()
        others = transaction.nodes.all() if self._shared else []
        return [own, *(each for each in others if each.node_id != own.node_id)]

    def tell(self, store: Store) -> None:
        """Say that it is there."""
        if self._shared:
            store.write(lambda transaction: transaction.nodes.put(self.node())).result()

    def leave(self, store: Store) -> None:
        """Say that it is there no longer."""
        if self._shared and self._heard():
            store.write(lambda transaction: transaction.nodes.delete(self._begun.node_id)).result()


@cache
def _own_version() -> str:
    """Ask once: it stands in a file of the installation, and that is looked for."""
    return version("iamd")


class Background:
    """
    Do what no request waits for, until told to stop.

    That is: say that this node is there, flush what is gathered in memory, turn the keyring when its time comes, and forget what is too old.
    """

    def __init__(
        self,
        store: Store,
        usage: Usage,
        sealing_keys: KeyringKeeper,
        clock: Clock,
        ids: Ids,
        presence: Presence,
    ) -> None:
        self._store = store
        self._usage = usage
        self._sealing_keys = sealing_keys
        self._clock = clock
        self._ids = ids
        self._presence = presence
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="iamd-background", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        self._thread.join()
        _quietly(self._flush)
        _quietly(lambda: self._presence.leave(self._store))

    def _run(self) -> None:
        rotate_at = self._clock.monotonic()
        flush_at = rotate_at + _FLUSH_SECONDS
        forget_at = rotate_at + _FORGET_SECONDS
        cut_at = rotate_at
        tell_at = rotate_at
        while not self._stopping.wait(_POLL_SECONDS):
            _quietly(self._sealing_keys.tend)
            if self._clock.monotonic() >= tell_at:
                tell_at = self._clock.monotonic() + HEARTBEAT.total_seconds()
                _quietly(lambda: self._presence.tell(self._store))
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
