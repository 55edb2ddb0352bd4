"""
Serve a door: in the foreground until a signal comes, or in a thread until told to stop.

uvicorn runs the loop; its own shutdown, access log, server header, proxy headers, lifespan and logging set-up are
off.  Behind a proxy nothing that a client can write about its address or scheme is believed.
"""

import asyncio
import itertools
import os
import signal
import socket
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from types import FrameType, TracebackType
from typing import TYPE_CHECKING, Protocol, Self

import structlog
import uvicorn

from iamd.server.app import Door
from iamd.server.limits import Limits
from iamd.server.protocol import with_limits

if TYPE_CHECKING:
    from iamd.server.tls import TLS

_BACKLOG = 2048
_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_TICKS = 10
"""Of a second, as uvicorn counts them."""
_LOOK_SECONDS = 0.005
_LOOKS_IN_SILENCE = 200

_log = structlog.get_logger("iamd")


class Beside(Protocol):
    """A server of another protocol, in the same event loop."""

    async def start(self) -> None:
        """Listen. Raises OSError: the address is not there, or is taken."""

    async def stop(self, seconds: float) -> None:
        """Take nothing new, and let what is in flight end within *seconds*."""


class ListenError(OSError):
    """
    An address is not there, or is taken.

    Attributes:
        said: Which one, and why.
    """

    def __init__(self, host: str, port: int, error: OSError) -> None:
        self.said = f"cannot listen on {host} port {port}: {os.strerror(error.errno or 0)}"
        super().__init__(error.errno, self.said)


def listen(host: str, port: int) -> socket.socket:
    """
    Return a socket that listens; port 0 takes a free one.

    Raises:
        ListenError: The address is not there, or is taken.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=_BACKLOG)
    except OSError as error:
        raise ListenError(host, port, error) from error


def listen_on(addresses: Iterable[tuple[str, int]]) -> list[socket.socket]:
    """
    Return sockets that listen, one for each of *addresses*.

    Raises:
        ListenError: One cannot be listened on; then none is.
    """
    with ExitStack() as opened:
        sockets = [opened.enter_context(listen(*each)) for each in addresses]
        opened.pop_all()
    return sockets


def url_of(listener: socket.socket, scheme: str = "http") -> str:
    """Return the URL under which *listener* is reached from the same machine, without a slash at its end."""
    host, port = listener.getsockname()[:2]
    return f"{scheme}://[{host}]:{port}" if ":" in host else f"{scheme}://{host}:{port}"


def serve(
    door: Door,
    host: str,
    port: int,
    *,
    listeners: Sequence[tuple[str, int]] = (),
    beside: Sequence[Beside] = (),
    on_ready: Callable[[str], None] = lambda _: None,
    limits: Limits | None = None,
    shutdown_seconds: int = 30,
) -> None:
    """
    Serve *door* until SIGINT or SIGTERM, then let requests in flight end, and return.

    Args:
        door: What to serve.
        host: An address or a name of this machine.
        port: Or 0.
        listeners: Further addresses and ports to listen on.
        beside: Further servers, of other protocols.
        on_ready: Called with the URL once connections are accepted.
        limits: The default ones when None.
        shutdown_seconds: How long requests in flight may take after the signal; a second signal ends them at once.

    Raises:
        ListenError: An address cannot be listened on.
    """
    sockets = listen_on([(host, port), *listeners])
    url = url_of(sockets[0])
    serve_on(
        sockets,
        door,
        beside=beside,
        on_ready=lambda: on_ready(url),
        limits=limits,
        shutdown_seconds=shutdown_seconds,
    )


def serve_on(
    sockets: Sequence[socket.socket],
    door: Door,
    *,
    beside: Sequence[Beside] = (),
    tls: "TLS | None" = None,
    on_ready: Callable[[], None] = lambda: None,
    on_hangup: Callable[[], None] | None = None,
    limits: Limits | None = None,
    shutdown_seconds: int = 30,
) -> None:
    """
    Serve *door* as `serve` does, on sockets that listen already.

    Args:
        sockets: Closed at the end.
        door: What to serve.
        beside: Further servers, of other protocols.
        tls: What connections are encrypted with; clear text when None.
        on_ready: Called once connections are accepted.
        on_hangup: Called upon SIGHUP, which ends the process when None.
        limits: The default ones when None.
        shutdown_seconds: As of `serve`.
    """
    server = _Server(
        door,
        limits or Limits(),
        shutdown_seconds,
        on_ready,
        beside=beside,
        tls=tls,
        on_hangup=on_hangup,
    )
    server.run(sockets=list(sockets))


class ServerThread:
    """
    A server in a thread of its own: for tests, and for programs that carry iamd inside.

    ``with ServerThread(door) as server: … server.url …``
    """

    def __init__(
        self,
        door: Door,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        listeners: Sequence[tuple[str, int]] = (),
        beside: Sequence[Beside] = (),
        limits: Limits | None = None,
        tls: "TLS | None" = None,
    ) -> None:
        self._addresses = [(host, port), *listeners]
        self._ready = threading.Event()
        self._server = _Server(door, limits or Limits(), 5, self._ready.set, beside=beside, tls=tls)
        self._thread: threading.Thread | None = None
        self._failure: BaseException | None = None
        self.url = ""
        """Known once started."""

    def start(self) -> None:
        """
        Return once connections are accepted.

        Raises:
            ListenError: An address cannot be listened on.
            RuntimeError: It was started before, or the loop could not start.
        """
        if self._thread is not None:
            raise RuntimeError("a server thread is started once")
        sockets = listen_on(self._addresses)
        self.url = url_of(sockets[0])
        self._thread = threading.Thread(target=self._run, args=(sockets,), name="iamd-server", daemon=True)
        self._thread.start()
        self._ready.wait()
        if self._failure is not None:
            raise RuntimeError("the server could not start") from self._failure

    def stop(self) -> None:
        """Let requests in flight end, close all connections, and return when the thread is gone."""
        if self._thread is not None:
            self._server.end()
            self._thread.join()

    @property
    def connections(self) -> int:
        """How many are open."""
        return len(self._server.server_state.connections)

    def _run(self, sockets: list[socket.socket]) -> None:
        try:
            self._server.run(sockets=sockets)
        except BaseException as failure:  # noqa: BLE001  of another thread: handed to the one that waits
            self._failure = failure
        finally:
            for listener in sockets:
                listener.close()
            self._ready.set()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()


class _Server(uvicorn.Server):
    def __init__(
        self,
        door: Door,
        limits: Limits,
        shutdown_seconds: int,
        on_ready: Callable[[], None],
        *,
        beside: Sequence[Beside] = (),
        tls: "TLS | None" = None,
        on_hangup: Callable[[], None] | None = None,
    ) -> None:
        super().__init__(
            uvicorn.Config(
                door,
                loop="auto",  # uvloop where it is installed
                http=with_limits(limits),
                ws="none",
                lifespan="off",
                interface="asgi3",
                log_config=None,
                access_log=False,
                proxy_headers=False,
                server_header=False,
                backlog=_BACKLOG,
                # The SDKs correct their clocks by the Date header, which stays.
                timeout_graceful_shutdown=shutdown_seconds,
            )
        )
        self._on_ready = on_ready
        self._beside = beside
        self._shutdown_seconds = shutdown_seconds
        self._tls = tls
        self._on_hangup = on_hangup
        self._elsewhere = door.elsewhere if isinstance(door, Door) else None
        self._ended = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None

    def end(self) -> None:
        """Have it end; for other threads."""
        self.should_exit = True
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._ended.set)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        self._loop = asyncio.get_running_loop()
        for each in self._beside:
            await each.start()
        if self._tls is not None:
            self.config.ssl = self._tls.context
        await super().startup(sockets)
        self._on_ready()

    async def main_loop(self) -> None:
        # uvicorn's own does not look up before its tenth of a second is over; every tenth tick makes a Date.
        ticks = itertools.cycle(range(_TICKS))
        while not await self.on_tick(next(ticks)):
            with suppress(TimeoutError):
                await asyncio.wait_for(self._ended.wait(), 1 / _TICKS)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        await asyncio.gather(
            self._drain(sockets or []), *(each.stop(self._shutdown_seconds) for each in self._beside)
        )
        # Whoever has not answered the end of their encrypted connection by now is not waited for: the loop would be.
        for connection in list(self.server_state.connections):
            if connection.transport is not None:
                connection.transport.abort()
        if self._elsewhere is not None:
            await self._elsewhere.close()

    async def _drain(self, sockets: Sequence[socket.socket]) -> None:
        """Take no more connections, and wait for what is under way: as uvicorn's does, but not longer than it takes."""
        for server in self.servers:
            server.close()
        for listener in sockets:
            listener.close()
        state = self.server_state
        for connection in list(state.connections):
            connection.shutdown()
        try:
            async with asyncio.timeout(self._shutdown_seconds):
                looks = itertools.count()
                while (state.connections or state.tasks) and not self.force_exit:
                    if next(looks) == _LOOKS_IN_SILENCE:
                        _log.info(
                            "requests in flight are waited for",
                            connections=len(state.connections),
                            seconds=self._shutdown_seconds,
                        )
                    await asyncio.sleep(_LOOK_SECONDS)
        except TimeoutError:
            _log.warning("requests are cut off", requests=len(state.tasks))
            for task in state.tasks:
                task.cancel()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        # uvicorn raises the signal again when it is done, which would end the process before the store is closed.
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {number: signal.signal(number, self._on_signal) for number in _SIGNALS}
        hangup = self._on_hangup
        if hangup is not None:
            before[signal.SIGHUP] = signal.signal(signal.SIGHUP, lambda _number, _frame: hangup())
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        self.force_exit = self.should_exit
        self.should_exit = True
