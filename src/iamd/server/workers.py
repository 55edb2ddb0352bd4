"""
Several processes behind the same sockets.

The parent listens, and answers nothing: it starts the workers, starts one anew that has died, passes signals on, and ends
when they have.  It has no threads and opens no database, so that it can fork at any time.

* SIGTERM and SIGINT: the sockets close, so that new connections are refused; each worker lets requests in flight end.
* SIGHUP: passed on.
* A worker that cannot start ends them all, with its exit code: what is wrong with the first is wrong with the others.
* A worker whose parent is gone ends, too: nobody would tell it to.
"""

import os
import signal
import socket
import sys
import threading
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Final

import structlog

from iamd.clock import Clock

_ENDING: Final = frozenset({signal.SIGTERM, signal.SIGINT})
_SIGNALS: Final = (*_ENDING, signal.SIGHUP, signal.SIGCHLD)
_POLL_SECONDS: Final = 0.05
_MOST_RESTARTS: Final = 10
_WITHIN_SECONDS: Final = 60.0

Work = Callable[[Callable[[], None]], int]
"""What a worker does until it is told to stop: it says when it is ready, and returns its exit code."""

_log = structlog.get_logger("iamd")


class Workers:
    """
    Run *count* processes that do *work*, until told to stop.

    Args:
        count: How many.
        sockets: Listen; the workers have them, too.
        work: See `Work`; in each process.
        on_ready: Called when all are ready, once.
        stop_seconds: How long they may take to stop before they are killed.
        clock: For that.
    """

    def __init__(
        self,
        count: int,
        sockets: Sequence[socket.socket],
        work: Work,
        *,
        on_ready: Callable[[], None],
        stop_seconds: float,
        clock: Clock,
    ) -> None:
        self._count: Final = count
        self._sockets: Final = sockets
        self._work: Final = work
        self._on_ready: Final = on_ready
        self._stop_seconds: Final = stop_seconds
        self._clock: Final = clock
        self._ready: Final[set[int]] = set()
        self._running: Final[set[int]] = set()
        self._restarts: Final[deque[float]] = deque(maxlen=_MOST_RESTARTS)
        self._told = False
        # The workers write their ids into the first when they are ready; the second ends when the parent does.
        self._ready_pipe: Final = os.pipe()
        self._life_pipe: Final = os.pipe()
        os.set_blocking(self._ready_pipe[0], False)

    def run(self) -> int:
        """Return the exit code: 0 after a signal, another when the workers could not go on."""
        blocked = signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
        try:
            for _ in range(self._count):
                self._start()
            code = self._watch()
            for each in self._sockets:
                each.close()
            return self._stop(code)
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, blocked)
            for descriptor in (*self._ready_pipe, *self._life_pipe):
                os.close(descriptor)

    def _start(self) -> None:
        pid = os.fork()
        if pid == 0:
            self._be_worker()
        self._running.add(pid)

    def _be_worker(self) -> None:
        """Work, and end the process: nothing of the parent's is to happen in it."""
        code = 1
        try:
            os.close(self._life_pipe[1])
            signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)
            threading.Thread(target=self._outlive_nobody, name="iamd-parent", daemon=True).start()
            code = self._work(lambda: _say(self._ready_pipe[1]))
        except SystemExit as ended:
            code = ended.code if isinstance(ended.code, int) else 1
        except BaseException as error:  # noqa: BLE001  a process ends here, and says why
            _log.error("worker failed", error=repr(error), exc_info=True)
        finally:
            with suppress(OSError, ValueError):
                sys.stdout.flush()
                sys.stderr.flush()
            os._exit(code)

    def _outlive_nobody(self) -> None:
        os.read(self._life_pipe[0], 1)
        os.kill(os.getpid(), signal.SIGTERM)

    def _watch(self) -> int:
        """Wait for a signal to stop, starting anew what has died; return the exit code to stop with."""
        while True:
            self._hear_who_is_ready()
            got = signal.sigtimedwait(_SIGNALS, _POLL_SECONDS if len(self._ready) < self._count else 1.0)
            if got is None:
                continue
            if got.si_signo in _ENDING:
                return 0
            if got.si_signo == signal.SIGHUP:
                self._tell(signal.SIGHUP)
                continue
            for pid, code in self._dead():
                if pid not in self._ready:
                    return code or 1
                self._ready.discard(pid)
                if not self._may_restart():
                    _log.error("workers die too often", within_seconds=_WITHIN_SECONDS)
                    return 1
                _log.error("worker died", pid=pid, code=code)
                self._start()

    def _may_restart(self) -> bool:
        now = self._clock.monotonic()
        if len(self._restarts) == _MOST_RESTARTS and now - self._restarts[0] < _WITHIN_SECONDS:
            return False
        self._restarts.append(now)
        return True

    def _stop(self, code: int) -> int:
        """Stop the workers, and kill those that do not; return *code*, or the first of theirs that is not 0."""
        self._tell(signal.SIGTERM)
        killed_at = self._clock.monotonic() + self._stop_seconds
        while self._running:
            for _, ended in self._dead():
                # One that had not come so far as to listen to signals has ended all the same.
                code = code or (0 if ended == 128 + signal.SIGTERM else ended)
            left = killed_at - self._clock.monotonic()
            if left <= 0 and self._running:
                _log.error("workers killed", pids=sorted(self._running))
                self._tell(signal.SIGKILL)
                killed_at = self._clock.monotonic() + self._stop_seconds
                code = code or 1
            elif self._running:
                got = signal.sigtimedwait(_SIGNALS, min(max(left, 0.0), 1.0))
                if got is not None and got.si_signo in _ENDING:
                    # A second one: requests in flight are ended, too.
                    self._tell(signal.SIGTERM)
        return code

    def _tell(self, number: signal.Signals) -> None:
        for pid in self._running:
            with suppress(ProcessLookupError):
                os.kill(pid, number)

    def _dead(self) -> list[tuple[int, int]]:
        """Return those that have ended since, with their exit codes; that of one killed by a signal is above 128."""
        found = []
        for pid in tuple(self._running):
            ended, status = os.waitpid(pid, os.WNOHANG)
            if ended:
                self._running.discard(pid)
                code = os.waitstatus_to_exitcode(status)
                found.append((pid, 128 - code if code < 0 else code))
        return found

    def _hear_who_is_ready(self) -> None:
        with suppress(BlockingIOError):
            self._ready.update(int(line) for line in os.read(self._ready_pipe[0], 65_536).split())
        if not self._told and len(self._ready) >= self._count:
            self._told = True
            self._on_ready()


def _say(descriptor: int) -> None:
    # In one piece, as every write of so little to a pipe.
    os.write(descriptor, b"%d\n" % os.getpid())
