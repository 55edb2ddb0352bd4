"""
A private PostgreSQL server for the tests, from the binaries that the system has.

It listens on a Unix socket in a directory of its own and nowhere else, so it needs no port and no password, and it
dies with the process that started it.  It does not sync to disk: what it holds is worth nothing after the tests.
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
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final
from urllib.parse import parse_qs, quote, urlsplit, urlunsplit

import psycopg
from psycopg import sql

_START_SECONDS: Final = 60
_READY: Final = "database system is ready to accept connections"
_OWNER: Final = "iamd"
_UNPRIVILEGED: Final = "postgres"  # the user that Debian's package makes
_SETTINGS: Final = (
    "listen_addresses=",
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "shared_buffers=16MB",
    "max_connections=50",
    "max_wal_size=1GB",
    "lc_messages=C",
    "log_min_messages=warning",
)


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
    binaries = server_binaries()
    launcher = _launcher()
    folder = Path(tempfile.mkdtemp(prefix="iamd-postgres-"))
    try:
        if os.geteuid() == 0:
            shutil.chown(folder, user=_UNPRIVILEGED)
        data = folder / "data"
        how = ("-U", _OWNER, "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync")
        subprocess.run(  # noqa: S603  our own words and paths, no shell
            [*launcher, str(binaries / "initdb"), "-D", str(data), *how],
            check=True,
            cwd=folder,
            stdout=subprocess.DEVNULL,
        )
        options = [word for setting in _SETTINGS for word in ("-c", setting)]
        with _running(
            [*launcher, str(binaries / "postgres"), "-D", str(data), "-k", str(folder), *options], folder
        ):
            yield f"postgresql://{_OWNER}@/postgres?host={quote(str(folder), safe='')}"
    finally:
        shutil.rmtree(folder, ignore_errors=True)


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


def _launcher() -> list[str]:
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
def _running(command: list[str], folder: Path) -> Iterator[None]:
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
        if _READY in line:
            settled.set()
    settled.set()
