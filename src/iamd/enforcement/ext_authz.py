"""
Envoy's ``ext_authz`` over gRPC: the service ``envoy.service.auth.v3.Authorization``, with its one method ``Check``.

The same questions and answers as the pages of `iamd.enforcement.doors`, on a port of its own.  What holds here:

* Envoy proves itself with the key of an enforcement point, in the metadata ``x-iamd-pep-key`` of each call; before that
  nothing of a message is read.
* Whatever goes wrong is answered by a denial and no error of gRPC, so that a filter that is set to let requests pass
  when nobody answers (``failure_mode_allow``) does not do so for those either.
* A message is limited in size, and calls in number: what is too much is refused by gRPC, before it comes here.
"""

from ipaddress import ip_address
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote

import grpc
from grpc import aio

from iamd.auth.denial import DECISION_ID_HEADER
from iamd.enforcement import ext_authz_messages as messages
from iamd.enforcement.doors import Answered, Doors
from iamd.enforcement.original import KEY_HEADER
from iamd.http import Request

MOST_CALLS: Final = 1000
"""At one time; more are answered by ``RESOURCE_EXHAUSTED``."""

LONGEST_MESSAGE: Final = 2 * 1024 * 1024
"""A body of a megabyte, and the head of the request twice."""

_OPTIONS: Final = (
    ("grpc.max_receive_message_length", LONGEST_MESSAGE),
    ("grpc.max_concurrent_streams", MOST_CALLS),
)


class ExtAuthz:
    """
    The server; started and stopped in the event loop of the other doors.

    Attributes:
        port: Where it listens, once started.
    """

    def __init__(
        self,
        doors: Doors,
        host: str,
        port: int,
        *,
        files: tuple[Path, Path] | None = None,
        shared: bool = False,
    ) -> None:
        """
        Open nothing yet.

        Args:
            doors: Answer.
            host: An address or a name of this machine.
            port: 0 takes a free one.
            files: Of the certificate and its key, for TLS; read anew for each connection once they have changed.
            shared: Whether other processes of this server listen on the same port.
        """
        self._doors = doors
        self._host = host
        self.port = port
        self._files = files
        self._shared = shared
        self._server: aio.Server | None = None

    async def start(self) -> None:
        """
        Listen.

        Raises:
            OSError: The address is not there, or is taken.
        """
        # Two servers on one port would share its connections, and nobody would know.
        options = (*_OPTIONS, ("grpc.so_reuseport", int(self._shared)))
        server = aio.server(options=options, maximum_concurrent_rpcs=MOST_CALLS)
        service, _, method = messages.METHOD.strip("/").partition("/")
        # Without a deserializer: bytes come, and are read by us once it is known whose they are.
        handler = grpc.unary_unary_rpc_method_handler(self._check)
        server.add_registered_method_handlers(service, {method: handler})
        server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(service, {method: handler}),))
        host = f"[{self._host}]" if ":" in self._host else self._host
        address = f"{host}:{self.port}"
        try:
            if self._files is None:
                self.port = server.add_insecure_port(address)
            else:
                self.port = server.add_secure_port(address, _credentials(*self._files))
        except RuntimeError as error:
            said = str(error).partition(";")[0]
            raise OSError(f"cannot listen on {self._host} port {self.port}: {said}") from error
        await server.start()
        self._server = server

    async def stop(self, seconds: float) -> None:
        """Take no more calls, and let those in flight end within *seconds*."""
        if self._server is not None:
            await self._server.stop(seconds)
            self._server = None

    async def _check(self, message: bytes, context: Any) -> bytes:
        keys = [value for name, value in context.invocation_metadata() or () if name == KEY_HEADER.decode()]
        key = keys[0] if len(keys) == 1 else ""
        asking = Request(
            method="POST",
            raw_path=messages.METHOD.encode(),
            peer=_peer(context.peer()),
        )
        answered = await self._doors.told(
            key.encode() if isinstance(key, str) else None, asking, lambda: messages.read(message)
        )
        return messages.write(answered.response, _noted(answered))


def _credentials(certificate: Path, key: Path) -> grpc.ServerCredentials:
    """
    Return what connections are encrypted with.

    Raises:
        OSError: A file cannot be read.
    """

    def read() -> tuple[bytes, bytes]:
        return key.read_bytes(), certificate.read_bytes()

    known = read()

    def newest() -> Any:
        nonlocal known
        try:
            found = read()
        except OSError:
            # What there is goes on.
            return None
        if found == known:
            return None
        known = found
        return grpc.ssl_server_certificate_configuration([found])

    return grpc.dynamic_ssl_server_credentials(grpc.ssl_server_certificate_configuration([known]), newest)


def _noted(answered: Answered) -> dict[str, str]:
    """Return what Envoy may write into its access log."""
    visit, headers = answered.visit, dict(answered.response.headers)
    noted = {"request_id": visit.request_id}
    if visit.caller is not None:
        noted |= {
            "principal": visit.caller.arn,
            "account": visit.caller.account_id,
            "access_key_id": visit.caller.access_key_id,
        }
    if visit.operation is not None:
        noted["operation"] = visit.operation
    if DECISION_ID_HEADER in headers:
        noted["decision_id"] = headers[DECISION_ID_HEADER].decode()
    return noted


def _peer(text: str) -> str:
    """Return the address of what gRPC calls ``ipv4:127.0.0.1:5000`` or ``ipv6:%5B::1%5D:5000``."""
    kind, _, rest = unquote(text).partition(":")
    address = rest.rpartition(":")[0].strip("[]")
    try:
        return str(ip_address(address)) if kind in {"ipv4", "ipv6"} else "0.0.0.0"  # noqa: S104  nobody's
    except ValueError:
        return "0.0.0.0"  # noqa: S104
