"""
Ask an identity provider over HTTP: little, briefly, and only there.

What holds for every request (R-51):

* ``https://``, unless the operator allows private issuers; then ``http://``, too.
* No redirect is followed, no proxy of the environment used, nothing decompressed.
* The addresses of the host are checked, and the connection is made to one that was checked: no second look-up in
  between can lead elsewhere.
* At most 64 kB are read, and five seconds spent.

It blocks, so never on the event loop.
"""

import socket
import ssl
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import httpcore2

from iamd.federation.addresses import AddressRefusedError, check_address
from iamd.federation.tls import known_authorities, pinned, shown_chain

SECONDS = 5.0
MAX_BYTES = 64 * 1024

Resolve = Callable[[str, int], list[str]]


class FetchError(Exception):
    """
    Nothing was got; the text is for the log.

    Attributes:
        answered: Whether the other side answered, though not with 200.
    """

    def __init__(self, text: str, *, answered: bool = False) -> None:
        super().__init__(text)
        self.answered = answered


@dataclass(frozen=True, slots=True)
class Ask:
    """
    A request.

    Attributes:
        form: The body of a POST; a GET without one.
        form_type: The media type of *form*.
        thumbprints: Of certificates to believe besides those of known authorities.
    """

    url: str
    headers: tuple[tuple[str, str], ...] = ()
    form: bytes | None = None
    form_type: str = "application/x-www-form-urlencoded"
    thumbprints: tuple[str, ...] = ()


def resolve_host(host: str, port: int) -> list[str]:
    """Return the addresses of *host*, in the order of the machine's resolver."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


class Fetcher:
    """
    Send requests.

    Args:
        monotonic: Seconds, for the time limit.
        private: Whether private addresses and plain HTTP are allowed.
        resolve: Finds the addresses of a host.
    """

    def __init__(
        self, monotonic: Callable[[], float], *, private: bool, resolve: Resolve = resolve_host
    ) -> None:
        self._monotonic = monotonic
        self._private = private
        self._resolve = resolve

    def get(self, ask: Ask) -> bytes:
        """
        Return the body of the answer, whose status must be 200.

        Raises:
            FetchError: There is none, or it is too large, late, or not to be believed.
        """
        url = _url(ask.url, private=self._private)
        backend = _CheckedBackend(self._resolve, self._monotonic, private=self._private)
        try:
            return self._get(ask, url, backend, known_authorities())
        except httpcore2.ConnectError as error:
            if not _is_distrust(error) or not ask.thumbprints:
                raise FetchError(f"`{_shown(ask.url)}` cannot be reached: {error}") from error
        except (httpcore2.TimeoutException, httpcore2.NetworkError, httpcore2.ProtocolError) as error:
            raise FetchError(f"`{_shown(ask.url)}` does not answer: {type(error).__name__}") from error
        try:
            context = pinned(backend.chain(url), ask.thumbprints)
            if context is None:
                raise FetchError(f"no certificate of `{_shown(ask.url)}` has a thumbprint of the provider")
            return self._get(ask, url, backend, context)
        except (
            OSError,
            httpcore2.TimeoutException,
            httpcore2.NetworkError,
            httpcore2.ProtocolError,
        ) as error:
            raise FetchError(f"`{_shown(ask.url)}` cannot be reached: {error}") from error

    @staticmethod
    def _get(ask: Ask, url: httpcore2.URL, backend: "_CheckedBackend", context: ssl.SSLContext) -> bytes:
        headers = [
            ("Host", url.host.decode() if url.port is None else f"{url.host.decode()}:{url.port}"),
            ("Accept", "application/json"),
            ("User-Agent", "iamd"),
            ("Connection", "close"),
            *ask.headers,
        ]
        if ask.form is not None:
            headers += [
                ("Content-Type", ask.form_type),
                ("Content-Length", str(len(ask.form))),
            ]
        timeout = dict.fromkeys(("connect", "read", "write", "pool"), SECONDS)
        with (
            httpcore2.ConnectionPool(ssl_context=context, max_connections=1, network_backend=backend) as pool,
            pool.stream(
                "GET" if ask.form is None else "POST",
                url,
                headers=headers,
                content=ask.form,
                extensions={"timeout": timeout},
            ) as response,
        ):
            if response.status != 200:
                raise FetchError(
                    f"`{_shown(ask.url)}` answers {response.status}", answered=response.status < 500
                )
            encodings = {
                value.lower() for name, value in response.headers if name.lower() == b"content-encoding"
            }
            if encodings - {b"identity"}:
                raise FetchError(f"`{_shown(ask.url)}` answers in an encoding that was not asked for")
            return _bounded(ask.url, response.iter_stream())


def _url(text: str, *, private: bool) -> httpcore2.URL:
    try:
        url = httpcore2.URL(text)
        text.encode("ascii")
    except (ValueError, TypeError) as error:
        raise FetchError("not a URL") from error
    if url.scheme != b"https" and not (private and url.scheme == b"http"):
        raise FetchError(f"`{_shown(text)}` is not https")
    if not url.host or "@" in text.partition("://")[2].partition("/")[0]:
        raise FetchError(f"`{_shown(text)}` names no host")
    return url


def _is_distrust(error: BaseException | None) -> bool:
    """Tell whether a certificate was not believed; of whatever it was wrapped in."""
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError):
            return True
        error = error.__cause__ or error.__context__
    return False


def _shown(url: str) -> str:
    """Leave the query out: it may hold a token (R-78)."""
    return url.partition("?")[0]


def _bounded(url: str, chunks: Iterable[bytes]) -> bytes:
    body = bytearray()
    for chunk in chunks:
        body += chunk
        if len(body) > MAX_BYTES:
            raise FetchError(f"`{_shown(url)}` answers with more than {MAX_BYTES} bytes")
    return bytes(body)


class _CheckedBackend(httpcore2.NetworkBackend):
    """Connects to addresses that were checked, until the time is over; one for each fetch."""

    def __init__(self, resolve: Resolve, monotonic: Callable[[], float], *, private: bool) -> None:
        self._resolve = resolve
        self._private = private
        self._sockets = httpcore2.SyncBackend()
        self._deadline = _Deadline(monotonic)

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ARG002  ours is stricter
        local_address: str | None = None,
        socket_options: Any = None,
    ) -> httpcore2.NetworkStream:
        failure: Exception = FetchError(f"`{host}` has no address")
        for address in self._addresses(host, port):
            try:
                stream = self._sockets.connect_tcp(
                    address, port, self._deadline.remaining(), local_address, socket_options
                )
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
                failure = error
            else:
                return _TimedStream(stream, self._deadline)
        raise failure

    def chain(self, url: httpcore2.URL) -> list[bytes]:
        """Return the certificates that the host shows, which nobody has checked."""
        host = url.host.decode()
        stream = self.connect_tcp(host, url.port or 443)
        connection: socket.socket = stream.get_extra_info("socket")
        connection.settimeout(self._deadline.remaining())
        return shown_chain(connection, host)

    def _addresses(self, host: str, port: int) -> list[str]:
        try:
            addresses = self._resolve(host.strip("[]"), port)
        except (OSError, UnicodeError) as error:
            raise FetchError(f"`{host}` has no address") from error
        for address in addresses:
            # All of them: a name that points inside as well as outside is not to be trusted with either.
            try:
                check_address(address, private=self._private)
            except AddressRefusedError as error:
                raise FetchError(f"`{host}` has the address {address}, which is not allowed") from error
        return addresses


class _Deadline:
    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._at = monotonic() + SECONDS

    def remaining(self) -> float:
        left = self._at - self._monotonic()
        if left <= 0:
            raise FetchError(f"no whole answer in {SECONDS:g} seconds")
        return left


class _TimedStream(httpcore2.NetworkStream):
    """A stream whose every step has what is left of the time for the whole."""

    def __init__(self, stream: httpcore2.NetworkStream, deadline: _Deadline) -> None:
        self._stream = stream
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002  ours is stricter
        return self._stream.read(max_bytes, self._deadline.remaining())

    def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002  ours is stricter
        self._stream.write(buffer, self._deadline.remaining())

    def close(self) -> None:
        with suppress(OSError):
            self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ARG002  ours is stricter
    ) -> httpcore2.NetworkStream:
        stream = self._stream.start_tls(ssl_context, server_hostname, self._deadline.remaining())
        return _TimedStream(stream, self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)
