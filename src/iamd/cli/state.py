"""
The state files: how `iamd env` and `iamd exec` find the server that `iamd dev` started.

A running development server has one file in the user's state folder, with its endpoint and the access key of its root
user.  Only the user may read it (mode 0600), and a file that others could have read or written is refused.
"""

import http.client
import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import msgspec

from iamd.cli.connections import connection_to
from iamd.cli.failures import NoServerError
from iamd.secret import Secret

HEALTH_PATH: Final = "/_iamd/health"

_HEALTH_SECONDS: Final = 5.0
_PREFIX: Final = "server-"
_SUFFIX: Final = ".json"


class SeededKey(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, eq=False):
    """An access key that a seed file made; ``owner`` is a user's name, or ``root``."""

    account_id: str
    owner: str
    access_key_id: str
    secret_access_key: Secret


class ServerState(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, eq=False):
    """
    A running development server.

    Attributes:
        endpoint: A URL with scheme, host and port, and without a path.
        access_key_id: Of the account's root user, as is the secret.
        pid: Of the server's process.
        session_token: Where they are temporary; never of a root user.
    """

    endpoint: str
    region: str
    account_id: str
    access_key_id: str
    secret_access_key: Secret
    pid: int
    session_token: Secret | None = None
    seeded: tuple[SeededKey, ...] = ()

    @property
    def port(self) -> int:
        """
        Return the port of the endpoint.

        Raises:
            ValueError: The endpoint has none.
        """
        port = urlsplit(self.endpoint).port
        if port is None:
            raise ValueError(f"{self.endpoint} names no port")
        return port


def state_folder(environ: Mapping[str, str]) -> Path:
    """Return the folder of the state files; it may not exist yet."""
    # XDG Base Directory Specification: a relative path there is invalid and ignored.
    named = Path(environ.get("XDG_STATE_HOME", ""))
    home = named if named.is_absolute() else Path(environ.get("HOME") or Path.home()) / ".local" / "state"
    return home / "iamd"


@contextmanager
def published(state: ServerState, environ: Mapping[str, str]) -> Iterator[Path]:
    """Keep the server's state file there for the length of a ``with``."""
    folder = state_folder(environ)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for left in folder.glob(f"{_PREFIX}*{_SUFFIX}"):
        # A server that was killed could not remove its own.
        owner = _owner(left)
        if owner is not None and not _is_running(owner):
            left.unlink(missing_ok=True)
    path = folder / f"{_PREFIX}{state.port}{_SUFFIX}"
    # A temporary file has mode 0600 from the start; renamed, it is there as a whole or not at all.
    descriptor, temporary = tempfile.mkstemp(dir=folder)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(msgspec.json.encode(state, enc_hook=_encode))
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    try:
        yield path
    finally:
        # Another server may have taken the port, and the file, since.
        if _owner(path) == state.pid:
            path.unlink(missing_ok=True)


def known_servers(environ: Mapping[str, str]) -> list[ServerState]:
    """
    Return the development servers that there are state files of, running or not.

    Raises:
        NoServerError: A file cannot be read, or others could have written it.
    """
    return [_read(path) for path in sorted(state_folder(environ).glob(f"{_PREFIX}*{_SUFFIX}"))]


def find_server(environ: Mapping[str, str], port: int | None = None) -> ServerState:
    """
    Return the running server, or the one on *port*; it has answered a moment ago.

    Raises:
        NoServerError: There is none, there are several and *port* is None, or it does not answer.
    """
    states = known_servers(environ)
    running = [state for state in states if _is_running(state.pid) and port in (None, state.port)]
    if not running:
        gone = [state for state in states if port in (None, state.port)]
        if gone:
            raise NoServerError(
                f"the server at {gone[-1].endpoint} (process {gone[-1].pid}) is gone; start one with `iamd dev`"
            )
        where = "" if port is None else f" on port {port}"
        raise NoServerError(f"no server is running{where}; start one with `iamd dev`")
    if len(running) > 1:
        ports = ", ".join(str(state.port) for state in running)
        raise NoServerError(f"several servers are running, on the ports {ports}; name one with `--port`")
    _check_health(running[0])
    return running[0]


def _read(path: Path) -> ServerState:
    try:
        with path.open("rb") as file:
            about = os.fstat(file.fileno())
            if about.st_uid != os.geteuid() or about.st_mode & 0o077:
                raise NoServerError(
                    f"{path} is open to others than you; remove it and start `iamd dev` again"
                )
            text = file.read()
        state = msgspec.json.decode(text, type=ServerState, dec_hook=_decode)
        _ = state.port
    except (OSError, ValueError) as error:
        raise NoServerError(f"{path} cannot be read; remove it: {error}") from None
    return state


def _owner(path: Path) -> int | None:
    try:
        return _read(path).pid
    except NoServerError:
        return None


def _is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        # Somebody else's process has the number by now.
        return False
    return True


def _check_health(state: ServerState) -> None:
    connection = connection_to(state.endpoint, _HEALTH_SECONDS)
    try:
        connection.request("GET", HEALTH_PATH)
        status = connection.getresponse().status
    except (OSError, http.client.HTTPException) as error:
        raise NoServerError(f"the server at {state.endpoint} does not answer: {error!r}") from None
    finally:
        connection.close()
    if status != http.HTTPStatus.OK:
        raise NoServerError(f"the server at {state.endpoint} is not well: {HEALTH_PATH} answers {status}")


def _encode(value: Any) -> object:
    if isinstance(value, Secret):
        return value.reveal()
    raise TypeError(f"a state file holds no {type(value).__name__}")


def _decode(kind: type, value: Any) -> object:
    if kind is Secret and isinstance(value, str):
        return Secret(value)
    raise ValueError("Expected `str`")
