"""An upstream that says what a test tells it to, bytes and all, and keeps what it was sent."""

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

_SECONDS = 20.0


@dataclass(frozen=True)
class Say:
    """
    What is said to one request.

    Attributes:
        raw: Sent as it is.
        early: Said when the head of the request is there, and no more of it is read.
        close: Whether the connection ends then.
    """

    raw: bytes
    early: bool = False
    close: bool = False


OK = Say(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")


@dataclass
class Scripted:
    """
    A server on a thread, and one for each of its connections.

    Attributes:
        script: What is said next; `OK` when nothing is left.
        heads: Of the requests, in the order in which they came, and the number of the connection of each.
        bodies: Of those that were read to their end.
        ended: One for each connection that the client has ended.
    """

    url: str
    script: list[Say] = field(default_factory=list)
    heads: list[tuple[int, bytes]] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    ended: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    tls: ssl.SSLContext | None = None
    _connections: int = 0

    def serve(self, listener: socket.socket) -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            self._connections += 1
            threading.Thread(target=self._talk, args=(connection, self._connections), daemon=True).start()

    def _talk(self, connection: socket.socket, number: int) -> None:
        connection.settimeout(_SECONDS)
        with suppress(OSError), self._opened(connection) as opened:
            self._answer(opened, number)
        self.ended.release()

    def _opened(self, connection: socket.socket) -> socket.socket:
        return self.tls.wrap_socket(connection, server_side=True) if self.tls is not None else connection

    def _answer(self, connection: socket.socket, number: int) -> None:
        while (head := _until(connection, b"\r\n\r\n")) is not None:
            self.heads.append((number, head))
            said = self.script.pop(0) if self.script else OK
            if not said.early:
                self.bodies.append(_body(connection, head))
            connection.sendall(said.raw)
            if said.close:
                return


def _until(connection: socket.socket, end: bytes) -> bytes | None:
    """Read to *end*, and no further; None where the connection ends."""
    data = b""
    while not data.endswith(end):
        byte = connection.recv(1)
        if not byte:
            return None
        data += byte
    return data


def _body(connection: socket.socket, head: bytes) -> bytes:
    fields = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:-2])
    if b"transfer-encoding" not in fields:
        return _exactly(connection, int(fields.get(b"content-length", b"0")))
    body = b""
    while size := int(_until(connection, b"\r\n") or b"0", 16):
        body += _exactly(connection, size)
        _exactly(connection, 2)
    _exactly(connection, 2)
    return body


def _exactly(connection: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        piece = connection.recv(size - len(data))
        if not piece:
            raise ConnectionError("ended within a body")
        data += piece
    return data


@contextmanager
def scripted_upstream(tls: ssl.SSLContext | None = None) -> Iterator[Scripted]:
    """Run one on a free port, with TLS or without."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        scheme, host = ("https", "localhost") if tls is not None else ("http", "127.0.0.1")
        upstream = Scripted(f"{scheme}://{host}:{listener.getsockname()[1]}", tls=tls)
        thread = threading.Thread(target=upstream.serve, args=(listener,), daemon=True)
        thread.start()
        yield upstream
        listener.shutdown(socket.SHUT_RDWR)
    thread.join(_SECONDS)
