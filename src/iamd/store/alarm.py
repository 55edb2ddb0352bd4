"""
What ends a wait for changes before its time: a notification of PostgreSQL's, or somebody of this process.

LISTEN and NOTIFY make other nodes look at once.  They are a help and no more: whoever waits looks again after a while in
any case, since a pooler between us and the server, or an engine that only speaks PostgreSQL's protocol, may lose or refuse
them.
"""

import select
import socket
from contextlib import suppress
from typing import Any, Final

from iamd.store.execution import Cursor


class Alarm:
    """
    Wait for a reason to look.

    Args:
        channel: Where PostgreSQL says that something was committed; None where nobody says it.
        refusal: What the driver raises when it cannot be listened to.
    """

    def __init__(self, channel: str | None, refusal: type[Exception]) -> None:
        self._channel: Final = channel
        self._refusal: Final = refusal
        self._connection: Any = None
        self._rung = False
        self._reader, self._writer = socket.socketpair()
        self._reader.setblocking(False)
        self._writer.setblocking(False)

    def listen(self, cursor: Cursor) -> None:
        """Hear of what is committed through the connection of *cursor*, as long as that lives."""
        self._connection = None
        if self._channel is None:
            return
        # A standby refuses it; and a connection that is lost is noticed by whoever asks it next.
        with suppress(self._refusal):
            cursor.execute(f"LISTEN {self._channel}")
            connection: Any = getattr(cursor, "connection", None)
            connection.add_notify_handler(self._ring)
            self._connection = connection

    def wait(self, seconds: float) -> None:
        """Wait at most that long."""
        poll = select.poll()
        if self._rung:
            self._rung = False
            return
        with suppress(OSError, ValueError, self._refusal):
            poll.register(self._reader, select.POLLIN)
            connection = self._connection
            if connection is not None and not connection.closed:
                # Another thread may close it meanwhile: a reason to look, too.
                poll.register(connection.fileno(), select.POLLIN)
            poll.poll(seconds * 1000)
            self._reader.recv(4096)

    def wake(self) -> None:
        """End the wait that is, or the next one."""
        with suppress(OSError):  # a full pipe wakes as well, and a closed one has nobody who waits
            self._writer.send(b"!")

    def close(self) -> None:
        self._reader.close()
        self._writer.close()

    def _ring(self, _notification: object) -> None:
        """
        Note that a notification came with the answer to something else, which may not yet hold what it tells of.

        Without this there would be nothing left to read on the connection, and so nothing to end the next wait.
        """
        self._rung = True
