"""
A way to PostgreSQL that can be cut: what lies between a node and its database, as a network is when it fails.

Connections go through a relay on a port of this machine.  It can *freeze*, and then takes whatever is sent and answers
nothing, as a machine that hangs or a pooler that has lost its server; or *drop* packets, as a firewall or a cable does, so that
not even TCP hears of anything.
"""

import ctypes
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from enum import StrEnum
from typing import Final
from urllib.parse import parse_qs, urlsplit, urlunsplit

_ATTACH_FILTER: Final = 26
_DETACH_FILTER: Final = 27
_RETURN_NOTHING: Final = struct.pack("HBBI", 0x06, 0, 0, 0)
"""A packet filter (Linux, socket(7)) that lets no packet through."""


class Cut(StrEnum):
    """How a way can be cut."""

    FROZEN = "frozen"
    DROPPED = "dropped"


class SeveredWay:
    """
    The relay.

    Attributes:
        url: Of the database, by this way.
    """

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._server: Final = f"{parse_qs(parts.query)['host'][0]}/.s.PGSQL.5432"
        self._listener: Final = socket.create_server(("127.0.0.1", 0))
        self._passing: Final = threading.Event()
        self._passing.set()
        self._lock: Final = threading.Lock()
        self._near: list[socket.socket] = []
        self._dropping = False
        port = self._listener.getsockname()[1]
        user = parts.username or "iamd"
        self.url: Final = urlunsplit(parts._replace(netloc=f"{user}@127.0.0.1:{port}", query=""))
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self, how: Cut) -> None:
        """Let nothing through any more, and say so to nobody."""
        with self._lock:
            self._passing.clear()
            if how is Cut.DROPPED:
                self._dropping = True
                for each in (self._listener, *self._near):
                    _drop(each)

    def heal(self) -> None:
        """Let through what comes, and what has been waiting."""
        with self._lock:
            if self._dropping:
                self._dropping = False
                for each in (self._listener, *self._near):
                    with suppress(OSError):
                        each.setsockopt(socket.SOL_SOCKET, _DETACH_FILTER, 0)
            self._passing.set()

    def close(self) -> None:
        self.heal()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                # As PostgreSQL does, which iamd tells to: the end of a connection may have been said while nothing came through.
                near.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
                for option, value in (
                    (socket.TCP_KEEPIDLE, 5),
                    (socket.TCP_KEEPINTVL, 2),
                    (socket.TCP_KEEPCNT, 3),
                ):
                    near.setsockopt(socket.IPPROTO_TCP, option, value)
                far = socket.socket(socket.AF_UNIX)
                with self._lock:
                    self._near.append(near)
                    if self._dropping:
                        _drop(near)
                try:
                    far.connect(self._server)
                except OSError:
                    near.close()
                    far.close()
                    self._near.remove(near)
                    continue
                threading.Thread(target=self._join, args=(near, far), daemon=True).start()

    def _join(self, near: socket.socket, far: socket.socket) -> None:
        with near, far:
            back = threading.Thread(target=self._relay, args=(far, near), daemon=True)
            back.start()
            self._relay(near, far)
            back.join()
            with self._lock:
                self._near.remove(near)

    def _relay(self, one: socket.socket, other: socket.socket) -> None:
        with suppress(OSError):
            while data := one.recv(65536):
                self._passing.wait()
                other.sendall(data)
        for each in (one, other):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)


@contextmanager
def severed_way(url: str) -> Iterator[SeveredWay]:
    """Lay a way to the database at *url*, which is on a Unix socket, for the length of a ``with``."""
    way = SeveredWay(url)
    try:
        yield way
    finally:
        way.close()


def _drop(connection: socket.socket) -> None:
    code = ctypes.create_string_buffer(_RETURN_NOTHING)
    with suppress(OSError):  # it may have been closed meanwhile
        connection.setsockopt(socket.SOL_SOCKET, _ATTACH_FILTER, struct.pack("HL", 1, ctypes.addressof(code)))
