"""
Two PostgreSQL servers, of which the one follows the other, and takes over when it is told to.

The primary acknowledges a commit when the standby has it, too (``synchronous_standby_names``), and waits for as long as there is
none.  Each is of `tests.support.postgres`: private, on a Unix socket in a folder of its own.
"""

import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import psycopg
from tests.support.postgres import KEEPING, cluster, launcher, running, server_binaries, server_command

_DATABASE: Final = "iamd_pair"
_ATTACH_SECONDS: Final = 60


class Server:
    """One of the two, which runs or does not."""

    def __init__(self, folder: Path) -> None:
        self.folder: Final = folder
        self._runs = ExitStack()

    def start(self) -> None:
        self._runs.enter_context(running(server_command(self.folder, KEEPING), self.folder))

    def crash(self) -> None:
        """Stop it without a checkpoint and without a word to its clients."""
        self._runs.close()

    def ask(self, statement: str, database: str = "postgres") -> list[Any]:
        url = f"postgresql://iamd@/{database}?host={quote(str(self.folder), safe='')}"
        with psycopg.connect(url, autocommit=True) as connection:
            cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []

    def follow(self, primary: "Server") -> None:
        """Become the standby of *primary*, from nothing."""
        shutil.rmtree(self.folder / "data", ignore_errors=True)
        subprocess.run(  # noqa: S603  our own words and paths, no shell
            [
                *(*launcher(), str(server_binaries() / "pg_basebackup")),
                *("-h", str(primary.folder), "-U", "iamd", "-D", str(self.folder / "data")),
                *("--write-recovery-conf", "--checkpoint=fast", "--no-sync"),
            ],
            check=True,
            cwd=self.folder,
            stdout=subprocess.DEVNULL,
        )
        self.start()


class Pair:
    """
    The two.

    Attributes:
        url: Of a database, with both hosts, in the order in which the two were made.
        primary: Takes writes.
        other: The standby; after `fail_over`, what was the primary.
    """

    def __init__(self, one: Server, two: Server) -> None:
        hosts = ",".join(str(each.folder) for each in (one, two))
        self.url: Final = f"postgresql://iamd@/{_DATABASE}?host={quote(hosts, safe='')}"
        self.primary, self.other = one, two
        one.start()
        self.attach()
        one.ask(f"CREATE DATABASE {_DATABASE} TEMPLATE template0")

    def attach(self) -> None:
        """Make the other one the standby, without which nothing is acknowledged any more."""
        self.other.crash()
        # A copy of the primary, which waits for nobody when it takes over.
        self.primary.ask("ALTER SYSTEM RESET synchronous_standby_names")
        self.other.follow(self.primary)
        self.primary.ask("ALTER SYSTEM SET synchronous_standby_names = '*'")
        self.primary.ask("SELECT pg_reload_conf()")
        deadline = time.monotonic() + _ATTACH_SECONDS
        while self.primary.ask("SELECT sync_state FROM pg_stat_replication") != [("sync",)]:
            if time.monotonic() > deadline:
                raise RuntimeError("the standby does not follow")
            time.sleep(0.05)

    def let_commits_be_lost(self) -> None:
        """Keep what is written from now on from the standby, and acknowledge it all the same."""
        self.primary.ask("ALTER SYSTEM RESET synchronous_standby_names")
        self.primary.ask("SELECT pg_reload_conf()")
        self.other.crash()

    def crash(self) -> None:
        """Let the primary crash."""
        self.primary.crash()

    def fail_over(self) -> None:
        """Let the standby take over."""
        self.primary, self.other = self.other, self.primary
        self.primary.ask("SELECT pg_promote(wait => true)")

    def cut_off(self) -> None:
        """End all connections to the primary."""
        self.primary.ask(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname <> 'postgres' AND pid <> pg_backend_pid()"
        )

    def epoch_of(self, server: Server) -> int:
        """Return the epoch of the last change that *server* tells of."""
        return int(server.ask("SELECT max(epoch) FROM changes", _DATABASE)[0][0])


@contextmanager
def failover_pair() -> Iterator[Pair]:
    """
    Start the two, and stop them.

    Raises:
        PostgresUnavailableError: There are no binaries, or we are root and there is nobody to run them as.
    """
    with cluster() as (one, _), cluster() as (two, _):
        servers = Server(one), Server(two)
        try:
            yield Pair(*servers)
        finally:
            for each in servers:
                each.crash()
