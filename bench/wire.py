"""Requests as boto3 makes them, made beforehand, and the cheapest client that can send them."""

import selectors
import socket
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Self

import boto3
import botocore.awsrequest
import botocore.config
from bench.servers import ACCESS_KEY, Server
from botocore.compat import HTTPHeaders

CONNECTIONS = 8
_ZEROS: Final = memoryview(bytes(1024 * 1024))


@dataclass(frozen=True)
class Load:
    """
    What is asked of a server.

    Attributes:
        requests: Whole HTTP requests, sent in turn.
    """

    name: str
    server: Server
    requests: Sequence[bytes]


@dataclass(frozen=True)
class Figures:
    """
    What some requests came to.

    Attributes:
        cpu: Seconds of the server's CPU time.
        seconds: How long all of them took.
        latencies: How long each of them took.
    """

    cpu: float
    seconds: float
    latencies: Sequence[float]


Credentials = tuple[str, str, str | None]
"""Access key id, secret access key, and session token if there is one."""

USER: Final[Credentials] = (*ACCESS_KEY, None)


def requests_of(
    server: Server,
    operation: str,
    parameters: Sequence[Mapping[str, Any]],
    credentials: Credentials = USER,
    service: str = "sts",
) -> list[bytes]:
    """Return the bytes that boto3 sends to *server* for each of *parameters*."""
    client = client_of(server, credentials, service)
    made: list[bytes] = []

    def keep(request: Any, **_: Any) -> Any:
        made.append(_bytes_of(request, server.port))
        return botocore.awsrequest.AWSResponse(request.url, 200, HTTPHeaders(), _Empty())

    handler: Any = keep  # What it returns is taken for the answer, which the stubs do not know.
    client.meta.events.register("before-send", handler)
    for each in parameters:
        getattr(client, operation)(**each)
    return made


def client_of(server: Server, credentials: Credentials = USER, service: str = "sts") -> Any:
    """Return a client that asks once."""
    make: Any = boto3.client
    return make(
        service,
        region_name="us-east-1",
        endpoint_url=f"http://127.0.0.1:{server.port}",
        aws_access_key_id=credentials[0],
        aws_secret_access_key=credentials[1],
        aws_session_token=credentials[2],
        config=botocore.config.Config(retries={"max_attempts": 0}),
    )


def _bytes_of(request: Any, port: int) -> bytes:
    """Return what botocore's prepared *request* is on the connection."""
    body = request.body or b""
    head = [f"{request.method} / HTTP/1.1", f"Host: 127.0.0.1:{port}", "Accept-Encoding: identity"]
    for name, value in request.headers.items():
        head.append(f"{name}: {value.decode() if isinstance(value, bytes) else value}")
    return "\r\n".join([*head, "", ""]).encode() + (body if isinstance(body, bytes) else body.encode())


_OPERATIONS: Final = (
    b"GetCallerIdentity",
    b"AssumeRole",
    b"AssumeRoleWithWebIdentity",
    b"ListUsers",
    b"CreateUser",
)


class _Empty:
    """An empty answer, as far as botocore reads one."""

    @staticmethod
    def stream() -> list[bytes]:
        return [b"<r>%s</r>" % b"".join(b"<%sResult/>" % each for each in _OPERATIONS)]


class Client:
    """Some connections that are kept, with one request on each of them at a time."""

    def __init__(self, load: Load, connections: int = CONNECTIONS) -> None:
        self._load = load
        self._sockets = [self._connect() for _ in range(connections)]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for connection in self._sockets:
            connection.close()

    def microseconds(self, count: int) -> float:
        """Send *count* requests and return the server's CPU time for one."""
        before = self._load.server.cpu_seconds()
        sent = 0
        requests = self._load.requests
        while sent < count:
            for connection in self._sockets:
                connection.sendall(requests[sent % len(requests)])
                sent += 1
            self._sockets = [self._answered(connection) for connection in self._sockets]
        return (self._load.server.cpu_seconds() - before) / sent * 1e6

    def ask(self, requests: Sequence[bytes]) -> Figures:
        """Send each of *requests* once, the next on whichever connection has been answered."""
        began = time.perf_counter()
        cpu = self._load.server.cpu_seconds()
        left, latencies, sent_at = iter(requests), [], {}
        with selectors.DefaultSelector() as selector:
            for number in range(len(self._sockets)):
                request = next(left, None)
                if request is not None:
                    selector.register(self._sockets[number], selectors.EVENT_READ, number)
                    sent_at[number] = time.perf_counter()
                    self._sockets[number].sendall(request)
            while sent_at:
                for key, _ in selector.select():
                    number = key.data
                    before = self._sockets[number]
                    now = self._answered(before)
                    latencies.append(time.perf_counter() - sent_at.pop(number))
                    if now is not before:
                        selector.unregister(before)
                        selector.register(now, selectors.EVENT_READ, number)
                        self._sockets[number] = now
                    request = next(left, None)
                    if request is not None:
                        sent_at[number] = time.perf_counter()
                        now.sendall(request)
        return Figures(self._load.server.cpu_seconds() - cpu, time.perf_counter() - began, latencies)

    def length(self) -> int:
        """Send one request and return the length of its answer's body."""
        self._sockets[0].sendall(self._load.requests[0])
        head, body = _receive(self._sockets[0])
        self._check(head, body)
        return len(body)

    def _answered(self, connection: socket.socket) -> socket.socket:
        head, body = _receive(connection)
        self._check(head, body)
        if b"\r\nconnection: close" in head.lower():
            connection.close()
            return self._connect()
        return connection

    def _check(self, head: bytes, body: bytes) -> None:
        if not head.startswith((b"HTTP/1.1 200", b"HTTP/1.0 200")):
            raise RuntimeError(f"{self._load.name}: {head.decode()} {body.decode()}")

    def _connect(self) -> socket.socket:
        connection = socket.create_connection(("127.0.0.1", self._load.server.port))
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection


def exchange(server: Server, head: bytes, size: int) -> None:
    """Send a request with a body of *size* bytes on a connection of its own, and throw the answer away."""
    with socket.create_connection(("127.0.0.1", server.port)) as connection:
        connection.sendall(head)
        while size:
            connection.sendall(_ZEROS[:size])
            size -= min(size, len(_ZEROS))
        data = b""
        while b"\r\n\r\n" not in data:
            data += _some(connection)
        answered, _, body = data.partition(b"\r\n\r\n")
        if not answered.startswith(b"HTTP/1.1 200"):
            raise RuntimeError(f"{server.name}: {data.decode()}")
        fields = dict(line.lower().split(b":", 1) for line in answered.split(b"\r\n")[1:])
        left = int(fields[b"content-length"]) - len(body)
        buffer = bytearray(1024 * 1024)
        while left:
            got = connection.recv_into(buffer)
            if not got:
                raise ConnectionError("the server has closed the connection")
            left -= got


def _receive(connection: socket.socket) -> tuple[bytes, bytes]:
    """Return the head and the body of one answer; its length is told, or it is in chunks."""
    data = b""
    while b"\r\n\r\n" not in data:
        data += _some(connection)
    head, _, body = data.partition(b"\r\n\r\n")
    fields = dict(line.lower().split(b":", 1) for line in head.split(b"\r\n")[1:])
    if b"content-length" not in fields:
        while not body.endswith(b"0\r\n\r\n"):
            body += _some(connection)
        return head, body
    while len(body) < int(fields[b"content-length"]):
        body += _some(connection)
    return head, body


def _some(connection: socket.socket) -> bytes:
    data = connection.recv(65536)
    if not data:
        raise ConnectionError("the server has closed the connection")
    return data
