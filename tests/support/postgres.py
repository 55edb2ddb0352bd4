"""
A private PostgreSQL server for the tests, from the binaries that the system has.

It listens on a Unix socket in a directory of its own and nowhere else, so it needs no port and no password, and it
dies with the process that started it.  Unless it is to be `durable_server`, it does not sync to disk: what it holds is worth
nothing after the tests.
"""

import os
import pwd
import re
import secrets
import shutil
import signal
import subprocess
import tempfile
import threading
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, Final
from urllib.parse import parse_qs, quote, urlsplit, urlunsplit

import psycopg
from psycopg import sql

_START_SECONDS: Final = 60
_READY: Final = re.compile("database system is ready to accept (read.only )?connections")
_OWNER: Final = "iamd"
_UNPRIVILEGED: Final = "postgres"  # the user that Debian's package makes
_FORGETFUL: Final = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")
_SETTINGS: Final = (
    "listen_addresses=",
    "shared_buffers=16MB",
    "max_connections=50",
    "max_wal_size=1GB",
    "lc_messages=C",
    "log_min_messages=warning",
)

KEEPING: Final = (*_SETTINGS, *(each for each in _FORGETFUL if not each.startswith("synchronous_commit")))
"""Settings of a server that keeps what it has acknowledged when it crashes, though not when the machine does."""


class PostgresUnavailableError(Exception):
    """No server was named, and none can be started; the text says why."""


def server_binaries() -> Path:
    """
    Find the newest server's folder of binaries.

    Debian keeps them off the ``PATH``, in a folder per major version.

    Raises:
        PostgresUnavailableError: There are none.
    """
    found = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    if found:
        return max(found, key=lambda folder: int(re.sub(r"\D", "", folder.parent.name) or 0))
    initdb = shutil.which("initdb")
    if initdb is None:
        raise PostgresUnavailableError(
            "this machine has no PostgreSQL server (Debian: apt-get install postgresql)"
        )
    return Path(initdb).resolve().parent


@contextmanager
def private_server() -> Iterator[str]:
    """
    Start a server, yield the URL of its maintenance database, and stop it.

    Raises:
        PostgresUnavailableError: There are no binaries, or we are root and there is nobody to run them as.
        RuntimeError: The server did not start; the text ends with what it said.
    """
    with cluster() as (folder, url), running(server_command(folder, (*_SETTINGS, *_FORGETFUL)), folder):
        yield url


@contextmanager
def durable_server() -> Iterator[str]:
    """Start a server that forces what it acknowledges to the disk, for measurements; else as `private_server`."""
    with cluster() as (folder, url), running(server_command(folder, _SETTINGS), folder):
        yield url


class Restartable:
    """
    A server that crashes when told to, and keeps what it has acknowledged.

    Attributes:
        url: Of its maintenance database.
    """

    def __init__(self, url: str, command: list[str], folder: Path) -> None:
        self.url = url
        self._command = command
        self._folder = folder
        self._runs = ExitStack()

    def start(self) -> None:
        """Return once it answers."""
        self._runs.enter_context(running(self._command, self._folder))

    def crash(self) -> None:
        """Stop it without a checkpoint and without a word to its clients."""
        self._runs.close()


@contextmanager
def restartable_server() -> Iterator[Restartable]:
    """Start a server that can be stopped and started; raises as `private_server` does."""
    with cluster() as (folder, url):
        server = Restartable(url, server_command(folder, KEEPING), folder)
        server.start()
        try:
            yield server
        finally:
            server.crash()


@contextmanager
def cluster() -> Iterator[tuple[Path, str]]:
    """Make a folder with an empty cluster in it, and the URL that it will have."""
    binaries = server_binaries()
    folder = Path(tempfile.mkdtemp(prefix="iamd-postgres-"))
    try:
        if os.geteuid() == 0:
            launcher()
            shutil.chown(folder, user=_UNPRIVILEGED)
        how = ("-U", _OWNER, "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync")
        subprocess.run(  # noqa: S603  our own words and paths, no shell
            [*launcher(), str(binaries / "initdb"), "-D", str(folder / "data"), *how],
            check=True,
            cwd=folder,
            stdout=subprocess.DEVNULL,
        )
        yield folder, f"postgresql://{_OWNER}@/postgres?host={quote(str(folder), safe='')}"
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def server_command(folder: Path, settings: Iterable[str]) -> list[str]:
    options = [word for setting in settings for word in ("-c", setting)]
    server = str(server_binaries() / "postgres")
    return [*launcher(), server, "-D", str(folder / "data"), "-k", str(folder), *options]


@contextmanager
def fresh_database(server: str) -> Iterator[str]:
    """Create an empty database on *server* (a URL), yield its URL, and drop it with whoever is still connected."""
    name = f"iamd_test_{secrets.token_hex(6)}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(name)))
    try:
        yield urlunsplit(urlsplit(server)._replace(path=f"/{name}"))
    finally:
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def where(server: str) -> str:
    """Say where *server* is, without the password that its URL may hold."""
    parts = urlsplit(server)
    return parts.hostname or parse_qs(parts.query).get("host", ["localhost"])[0]


def launcher() -> list[str]:
    """
    Return the words before a command of the server's.

    PostgreSQL refuses to run as root, so root becomes another user for it.  Should the tests be killed, the kernel
    ends the server for them.
    """
    setpriv = shutil.which("setpriv")
    if os.geteuid() != 0:
        return [setpriv, "--pdeathsig", "SIGQUIT"] if setpriv else []
    try:
        user = pwd.getpwnam(_UNPRIVILEGED)
    except KeyError:
        raise PostgresUnavailableError(
            f"PostgreSQL does not run as root, and there is no user `{_UNPRIVILEGED}`"
        ) from None
    if setpriv is None:
        raise PostgresUnavailableError(
            "PostgreSQL does not run as root, and there is no setpriv to become another user"
        )
    become = [f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]
    return [setpriv, *become, "--pdeathsig", "SIGQUIT"]


@contextmanager
def running(command: list[str], folder: Path) -> Iterator[None]:
    """Run the server in the foreground for the length of a ``with``."""
    with subprocess.Popen(  # noqa: S603  our own words and paths, no shell
        command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, errors="replace"
    ) as process:
        said: deque[str] = deque(maxlen=30)
        settled = threading.Event()
        reader = threading.Thread(target=_read, args=(process.stderr, said, settled), daemon=True)
        reader.start()
        try:
            if not settled.wait(_START_SECONDS) or process.poll() is not None:
                raise RuntimeError("PostgreSQL did not start:\n" + "".join(said))
            yield
        finally:
            # SIGQUIT is its immediate shutdown: nothing here is worth a checkpoint.
            process.send_signal(signal.SIGQUIT)
            process.wait()
            reader.join()


def _read(stream: IO[str] | None, said: deque[str], settled: threading.Event) -> None:
    """Keep the pipe empty, and tell when the server is ready or gone."""
    for line in stream or ():
        said.append(line)
        if _READY.search(line):
            settled.set()
    settled.set()
