"""
The two databases: how a connection is made, how transactions begin, how others' commits are noticed.

Every connection is in the driver's autocommit mode, and BEGIN and COMMIT are sent as text, which makes both databases alike.

SQLite: two pools on one file.  The writer begins IMMEDIATE, so that it never finds at its first write that somebody else
was quicker; readers begin deferred and see one snapshot (WAL).

PostgreSQL: the writer first takes an advisory lock that it holds until its transaction ends, so that writers of all
nodes run one after the other, each of whose statements see all that was committed before (READ COMMITTED).  Thus a job
runs under the same promises as on SQLite, needs no row locks, and epochs become visible in their order.
"""

import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import URL, Dialect, Engine, PoolProxiedConnection, create_engine, event, make_url
from sqlalchemy.exc import SQLAlchemyError

from iamd.store.errors import StoreError, translate
from iamd.store.execution import Cursor
from iamd.store.sqlite_driver import DRIVER

if TYPE_CHECKING:
    from iamd.store.patience import Company

_BUSY_SECONDS: Final = 5
# Any number will do, if only all nodes have the same; this one is "iamd" in ASCII.
_WRITERS_LOCK: Final = 0x69616D64
_ATTRIBUTES: Final = "target_session_attrs"
# Of one database: NOTIFY does not reach others.
_CHANNEL: Final = "iamd_changes"
# What the log of changes has for itself of the readers' connections.
_LINES: Final = 2
_CONNECT_SECONDS: Final = 5
# A statement that waits longer fails, and its request is told to try again; a node that hangs in the middle of a
# transaction loses it, and with it the lock that the others wait for.  A server that does not even say so is given up a little
# later (`iamd.store.patience`).
_POSTGRES_OPTIONS: Final = (
    "-c lock_timeout=5000 -c statement_timeout=20000 -c idle_in_transaction_session_timeout=10000"
    # A node that is cut off opens new connections when it is back.  The server does not hear of the end of the old ones, and
    # would count them for two hours: a dozen cuts, and nobody may connect any more.
    " -c tcp_keepalives_idle=30 -c tcp_keepalives_interval=10 -c tcp_keepalives_count=3"
)


@dataclass(frozen=True, slots=True)
class Database:
    """
    A database and the ways in which the two kinds differ.

    Attributes:
        begin_write: What begins a transaction that writes; the last statement answers with the ticket that
            `was_committed` takes, on PostgreSQL.
        begin_read: What begins a transaction that sees one snapshot.
        moved: Asked in autocommit mode, its answer moves when another connection has committed; None when there is no
            such question, and the log itself has to be asked.
        shared: Whether other processes may have it open, and `moved` costs so little that each request may ask.
        try_lock: Answers whether the writers' lock was free; None where the database has a lock of its own.
        channel: Where each commit is told of by NOTIFY; None where it is not.
    """

    writer: Engine
    readers: Engine
    begin_write: Sequence[str]
    begin_read: str
    moved: str | None
    shared: bool = False
    try_lock: str | None = None
    channel: str | None = None

    @property
    def dialect(self) -> Dialect:
        return self.writer.dialect

    @property
    def tells_lost_commits(self) -> bool:
        """
        Whether a COMMIT whose answer was lost can have succeeded, and `was_committed` can tell.

        Not so on SQLite: there a COMMIT that fails has not happened.
        """
        return self.dialect.name == "postgresql"

    def dispose(self) -> None:
        self.writer.dispose()
        self.readers.dispose()


def sqlite_database(path: Path, *, durable: bool, readers: int) -> Database:
    """
    Describe a database file, which is made, for its owner's eyes only, when it is not there.

    A *durable* one keeps what was acknowledged even if the power fails.  *readers* may read at once.
    """
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
    except OSError as error:
        raise StoreError(f"cannot open the database file `{path}`: {error.strerror}") from error
    pragmas = (
        f"PRAGMA busy_timeout = {_BUSY_SECONDS * 1000}",  # first: the others may have to wait
        f"PRAGMA synchronous = {'FULL' if durable else 'OFF'}",  # before the next, which writes
        "PRAGMA journal_mode = WAL",
        "PRAGMA foreign_keys = ON",
        "PRAGMA secure_delete = ON",  # as most platforms build their SQLite: what is deleted is overwritten
    )
    return Database(
        writer=_sqlite_engine(path, pragmas, 1),
        readers=_sqlite_engine(path, (*pragmas, "PRAGMA query_only = ON"), readers + _LINES),
        begin_write=("BEGIN IMMEDIATE",),
        begin_read="BEGIN",
        moved="PRAGMA data_version",
        shared=durable,
    )


def postgres_database(url: str, *, readers: int) -> Database:
    """Describe a PostgreSQL database; what *url* says in its query goes before our own settings."""
    parsed = _postgres_url(url)
    settings: dict[str, Any] = {
        "connect_timeout": _CONNECT_SECONDS,
        "tcp_user_timeout": _CONNECT_SECONDS * 1000,
        "keepalives_idle": _CONNECT_SECONDS,
        "keepalives_interval": 2,
        "keepalives_count": 3,
        "application_name": "iamd",
        "client_encoding": "utf8",
        "options": _POSTGRES_OPTIONS,
    }
    settings = {name: value for name, value in settings.items() if name not in parsed.query}
    # A standby, or a primary that has been demoted, is no place to write; nor to read from: it may not know yet what was
    # written a moment ago, and what is read from it would be remembered.
    attributes = parsed.query.get(_ATTRIBUTES, "read-write")
    if attributes not in {"read-write", "primary"}:
        raise StoreError(f"{_ATTRIBUTES} of the URL of the database can be read-write or primary only")
    settings[_ATTRIBUTES] = attributes

    if find_spec("psycopg") is None:
        raise StoreError("PostgreSQL needs a driver that is not installed: pip install 'iamd[postgres]'")

    @cache
    def company() -> "Company":
        from iamd.store.patience import Company  # noqa: PLC0415  psycopg is an extra

        return Company()

    return Database(
        writer=_postgres_engine(parsed, settings, 1, company),
        readers=_postgres_engine(parsed, settings, readers + _LINES, company),
        begin_write=(
            "BEGIN ISOLATION LEVEL READ COMMITTED",
            f"SELECT pg_advisory_xact_lock({_WRITERS_LOCK}), pg_current_xact_id()::text",
        ),
        begin_read="BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
        moved=None,
        try_lock=f"SELECT pg_try_advisory_xact_lock({_WRITERS_LOCK})",
        channel=_CHANNEL,
    )


def is_overheard(url: str, environ: Mapping[str, str]) -> bool:
    """
    Say whether what is said to the PostgreSQL at *url* may pass others, who could listen, or answer in its place.

    Raises:
        StoreError: *url* cannot be read.
    """
    parsed = _postgres_url(url)
    named = parsed.query.get("host") or parsed.host or environ.get("PGHOST", "")
    hosts = [each for text in ([named] if isinstance(named, str) else named) for each in text.split(",")]
    if all(each[:1] in {"", "/", "@"} or _is_loopback(each) for each in hosts):
        return False
    # By itself the library takes an encrypted connection where one is offered, from whomever, and a plain one elsewhere.
    return parsed.query.get("sslmode", environ.get("PGSSLMODE")) != "verify-full"


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host.rpartition(":")[0] if host.count(":") == 1 else host.strip("[]")).is_loopback
    except ValueError:
        return host.partition(":")[0] == "localhost"


def _postgres_url(url: str) -> URL:
    try:
        parsed = make_url(url).set(drivername="postgresql+psycopg")
    except (SQLAlchemyError, ValueError):
        # Its text may quote the password.
        raise StoreError("the URL of the database cannot be read") from None
    if "@" in f"{parsed.host}{parsed.database}":
        # What follows it of the password would be looked up as the name of a host, and told.
        raise StoreError(
            "the URL of the database has more than one `@`: write `%40` in a password, and `%25` for `%`"
        )
    return parsed


class Line:
    """
    A connection of one's own, which is opened when first needed and again after it broke.

    Each new one is first given to *begin*.
    """

    def __init__(self, engine: Engine, begin: Callable[[Cursor], None] | None = None) -> None:
        self._engine: Final = engine
        self._begin: Final = begin
        self._connection: PoolProxiedConnection | None = None
        self._cursor: Cursor | None = None

    def cursor(self) -> Cursor:
        """
        Return a cursor in autocommit mode.

        Raises:
            StoreError: The database cannot be reached.
        """
        if self._cursor is None:
            self._connection = connect(self._engine)
            self._cursor = self._connection.cursor()
            if self._begin is not None:
                self._begin(self._cursor)
        return self._cursor

    def drop(self) -> None:
        """Give the connection up, and with it whatever it had begun."""
        if self._connection is not None:
            discard(self._connection, self._engine)
        self._connection = self._cursor = None


def connect(engine: Engine) -> PoolProxiedConnection:
    """
    Take a connection from the pool.

    Raises:
        StoreError: The database cannot be reached.
    """
    try:
        return engine.raw_connection()
    except (SQLAlchemyError, engine.dialect.loaded_dbapi.Error) as error:
        raise translate(error) from error


def discard(connection: PoolProxiedConnection, engine: Engine) -> None:
    """Close *connection* for good; what it had begun is undone."""
    failures = (SQLAlchemyError, engine.dialect.loaded_dbapi.Error)
    with suppress(*failures):
        # First of all: SQLite does not really close while anything, a traceback for instance, holds a statement of
        # the connection, and until then its locks would stay.
        connection.rollback()
    with suppress(*failures):
        connection.invalidate()


def hurry(cursor: Cursor, seconds: float) -> None:
    """Wait for no answer longer than so many *seconds* on the connection of *cursor*; SQLite's is not far away."""
    connection: Any = getattr(cursor, "connection", None)
    if hasattr(connection, "patience"):
        connection.patience = seconds


def timeline_of(cursor: Cursor) -> str | None:
    """Return the timeline of the server at the other end, which changes when a standby takes over; None on SQLite."""
    connection: Any = getattr(cursor, "connection", None)
    timeline = getattr(connection, "timeline", None)
    return None if timeline is None else f"{connection.system}/{timeline}"


def was_committed(cursor: Cursor, ticket: str) -> bool:
    """
    Tell what became of the transaction that had *ticket*; only on PostgreSQL.

    To be asked while holding the writers' lock: the lost transaction held it until its end, so that its end is known; and on
    the timeline that it began on: on another, the number of a transaction may be that of another one.
    """
    cursor.execute(f"SELECT pg_xact_status('{int(ticket)}'::xid8)")
    ((status,),) = cursor.fetchall()
    return bool(status == "committed")


def _sqlite_engine(path: Path, pragmas: Sequence[str], size: int) -> Engine:
    return create_engine(
        URL.create(DRIVER, database=str(path)),
        isolation_level="AUTOCOMMIT",
        hide_parameters=True,
        pool_size=size,
        max_overflow=0,
        connect_args={"pragmas": pragmas},
    )


def _postgres_engine(
    url: URL, connect_args: dict[str, Any], size: int, company: Callable[[], "Company"]
) -> Engine:
    engine = create_engine(
        url,
        isolation_level="AUTOCOMMIT",
        hide_parameters=True,
        paramstyle="format",  # positional, as SQLite's
        pool_size=size,
        max_overflow=0,
        connect_args=connect_args,
    )

    def open_(_dialect: Dialect, _record: Any, given: Any, options: Any) -> Any:
        return company().connect(*given, **options)

    event.listen(engine, "do_connect", open_)
    return engine
