"""
The trail: takes events off the road, and has them written.

What holds here:

* Whoever reads waits for nothing: the event is put in line, and a thread writes what is in line a moment later, together.
  The line is bounded.  Where nothing can be written any more it fills up, and then nobody gets an answer.
* Whoever has written something gets the answer when the record is where it cannot be lost; and while a target fails or
  hangs, nobody begins to write.
* A target that fails keeps what it was given, in order, and is tried again.  No target gets a record twice, or waits for
  another one that fails.
"""

import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Final, Protocol

import msgspec
import structlog

from iamd.audit.entry import Entry, Scribe
from iamd.audit.event import Event
from iamd.audit.stored import Records, StoredTarget
from iamd.errors import ServiceUnavailable

PATIENCE: Final = 5.0
"""Seconds that a target may take before the trail counts as blocked."""
_MOST_WAITING: Final = 10_000
_MOST_AT_ONCE: Final = 1_000
_GATHER_SECONDS: Final = 0.02
_TOGETHER_SECONDS: Final = 0.0005
_RETRY_SECONDS: Final = 1.0
_MOST_IN_SECOND: Final = 10

_log = structlog.get_logger("iamd")


class TargetError(Exception):
    """A target has not taken what it was given; the text is for the operator."""


class TrailBlockedError(ServiceUnavailable):
    """The trail cannot be written, so that nothing may be done or told."""

    code = "ServiceUnavailable"

    def __init__(self, detail: str) -> None:
        super().__init__("The request has failed due to a temporary failure of the server.", detail=detail)


class Target(Protocol):
    """Where records go.  Used by the thread of the trail alone."""

    def write(self, entries: Sequence[Entry]) -> None:
        """
        Write *entries*, all of them or none, so that they are not lost when the machine stops.

        Raises:
            TargetError: They are not written.
        """
        ...

    def close(self) -> None: ...


class _Lane:
    """One target, and what it has not taken yet."""

    def __init__(self, target: Target, *, of_store: bool) -> None:
        self.target: Final = target
        self.of_store: Final = of_store
        self.pending: Final[deque[Entry]] = deque()
        self.failure = ""

    def take(self, entries: Sequence[Entry]) -> None:
        self.pending.extend(entry for entry in entries if not (self.of_store and entry.stored))

    def flush(self) -> None:
        while self.pending:
            part = [self.pending[place] for place in range(min(len(self.pending), _MOST_AT_ONCE))]
            try:
                self.target.write(part)
            except TargetError as error:
                if not self.failure:
                    _log.error("audit failed", error=str(error))
                self.failure = str(error)
                return
            for _ in part:
                self.pending.popleft()
        if self.failure:
            _log.warning("audit works again")
        self.failure = ""


class Trail:
    """
    The way of events to their targets.

    Attributes:
        keeps: Whether it keeps anything; if not, nobody need make an event for it.
    """

    def __init__(
        self,
        scribe: Scribe,
        targets: Sequence[Target],
        monotonic: Callable[[], float],
        *,
        stored: StoredTarget | None = None,
        most_waiting: int = _MOST_WAITING,
    ) -> None:
        """
        Begin.

        Args:
            scribe: Makes entries.
            targets: Where records go, besides the database.
            monotonic: Counts seconds.
            stored: The database, for what is not part of a transaction.
            most_waiting: Events in line; when there are more, nobody gets an answer.
        """
        self.scribe: Final = scribe
        self._stored: Final = stored
        self.stores: Final = stored is not None
        """Whether records of changes are part of their transactions."""
        self._lanes: Final = [_Lane(target, of_store=False) for target in targets]
        if stored is not None:
            self._lanes.append(_Lane(stored, of_store=True))
        self.keeps: Final = bool(self._lanes)
        self._monotonic: Final = monotonic
        self._most_waiting: Final = most_waiting
        self._line: Final[deque[tuple[Event | Entry | None, Future[None] | None]]] = deque()
        self._behind = 0
        self._second, self._in_second, self._left_out = monotonic(), 0, 0
        self._busy_since: float | None = None
        self._wake: Final = threading.Event()
        self._hurry: Final = threading.Event()
        self._pause: Final = threading.Event()
        self._closing = False
        self._thread: threading.Thread | None = None
        if self.keeps:
            self._thread = threading.Thread(target=self._run, name="iamd-audit", daemon=True)
            self._thread.start()

    @property
    def waiting(self) -> int:
        """How many events are not written yet."""
        return len(self._line) + self._behind

    @property
    def blocked(self) -> bool:
        """Whether nobody may begin to change anything."""
        try:
            self.check()
        except TrailBlockedError:
            return True
        return False

    def store(self, records: Records, event: Event) -> Entry:
        """Write *event* in the transaction of *records*, and return what is to be confirmed to the other targets."""
        if self._stored is None:
            raise RuntimeError("the database is no target")
        entry = self.scribe.entry(event, stored=True)
        self._stored.append(records, [entry])
        return entry

    def record(self, event: Event) -> None:
        """
        Put *event* in line; returns at once.

        Raises:
            TrailBlockedError: The line is full.
        """
        if len(self._line) + self._behind >= self._most_waiting:
            raise TrailBlockedError("the audit trail cannot be written, and as much waits for it as may")
        self._line.append((event, None))
        if not self._wake.is_set():
            self._wake.set()

    def record_some(self, event: Event) -> None:
        """
        Put *event* in line, if there were not too many of its kind in this second; the next one tells how many were left out.

        For what anybody can cause at no cost: it must not fill a disk.

        Raises:
            TrailBlockedError: The line is full.
        """
        now = self._monotonic()
        if now - self._second >= 1.0:
            self._second, self._in_second = now, 0
        if self._in_second >= _MOST_IN_SECOND:
            self._left_out += 1
            return
        self._in_second += 1
        self.record(msgspec.structs.replace(event, left_out=self._left_out))
        self._left_out = 0

    def check(self) -> None:
        """
        Demand that something may be begun whose record has to be written before it is answered.

        Raises:
            TrailBlockedError: It could not be.
        """
        for lane in self._lanes:
            if lane.failure:
                raise TrailBlockedError(f"the audit trail cannot be written: {lane.failure}")
        busy_since = self._busy_since
        if busy_since is not None and self._monotonic() - busy_since > PATIENCE:
            raise TrailBlockedError("the audit trail cannot be written: a target hangs")

    def confirm(self, event: Event | Entry | None) -> "Future[None]":
        """
        Put *event* in line, and return what is done when every target has it, and all before it.

        It fails with TrailBlockedError when one has not.  Without an event it is done when all before it are written.
        """
        future: Future[None] = Future()
        if isinstance(event, Entry) and event.stored and all(lane.of_store for lane in self._lanes):
            future.set_result(None)
            return future
        self._line.append((event, future))
        self._hurry.set()
        self._wake.set()
        return future

    def flush(self) -> None:
        """
        Return when everything that was put in line is written.

        Raises:
            TrailBlockedError: It cannot be.
        """
        if self.keeps:
            self.confirm(None).result(PATIENCE)

    def close(self) -> None:
        """Write what is in line, and let go of the targets."""
        if self._thread is None:
            return
        self._closing = True
        self._pause.set()
        self._hurry.set()
        self._wake.set()
        self._thread.join(PATIENCE)
        self._thread = None
        for lane in self._lanes:
            if lane.pending:
                _log.error("audit failed", error=lane.failure, lost=len(lane.pending))
            lane.target.close()

    def _run(self) -> None:
        while True:
            self._wake.wait(_RETRY_SECONDS if self._behind else None)
            self._wake.clear()
            if not self._closing:
                # What comes within a moment is written together, unless somebody waits for it.
                self._hurry.wait(_GATHER_SECONDS)
                # Who waits was in one batch with others, who are a moment behind: forced to the disk once, not twice.
                self._pause.wait(_TOGETHER_SECONDS)
            self._hurry.clear()
            self._busy_since = self._monotonic()
            try:
                self._write()
            except Exception:
                # Nothing that a record is made of may end the trail in silence: from here on it counts as blocked.
                _log.exception("audit failed")
                raise
            self._busy_since = None
            if self._closing and not self._line:
                return

    def _write(self) -> None:
        """Write what is in line, and what was left, and tell those who wait."""
        line = [self._line.popleft() for _ in range(len(self._line))]
        self._behind += len(line)
        entries = [each if isinstance(each, Entry) else self.scribe.entry(each) for each, _ in line if each]
        for lane in self._lanes:
            lane.take(entries)
            lane.flush()
        self._behind = max((len(lane.pending) for lane in self._lanes), default=0)
        failure = next((lane.failure for lane in self._lanes if lane.failure), "")
        for _, future in line:
            if future is None or not future.set_running_or_notify_cancel():
                continue
            if failure:
                future.set_exception(TrailBlockedError(f"the audit trail cannot be written: {failure}"))
            else:
                future.set_result(None)
