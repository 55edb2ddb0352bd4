"""A client that sends bytes, for tests of what a server makes of them."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple
from urllib.parse import urlsplit

PATIENCE = 20.0
"""Seconds; far beyond every deadline in the tests, so that only a server that hangs runs into it."""


class Answer(NamedTuple):
    status: int
    headers: dict[str, str]
    body: bytes


@contextmanager
def connection(url: str) -> Iterator[socket.socket]:
    """Connect to the server at *url*."""
    parts = urlsplit(url)
    with socket.create_connection((parts.hostname or "", parts.port or 80), timeout=PATIENCE) as opened:
        yield opened


def read_answer(opened: socket.socket, *, with_body: bool = True) -> Answer:
    """Read one answer; the connection stays open."""
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        byte = opened.recv(1)
        if not byte:
            raise ConnectionError(f"closed after {head!r}")
        head += byte
    status_line, *lines = head.decode("latin-1").splitlines()[:-1]
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    body = b""
    missing = int(headers.get("content-length", "0")) if with_body else 0
    while missing and (piece := opened.recv(missing)):
        body += piece
        missing -= len(piece)
    return Answer(int(status_line.split(" ")[1]), headers, body)


def is_closed(opened: socket.socket) -> bool:
    """Say whether the server closes the connection without another byte; waits until it does."""
    try:
        return opened.recv(1) == b""
    except ConnectionResetError:
        return True


def ask(url: str, raw: bytes) -> Answer:
    """Send *raw* on a connection of its own and read one answer."""
    with connection(url) as opened:
        opened.sendall(raw)
        return read_answer(opened)
