"""
Connections to PostgreSQL that do not wait for ever.

The server ends a statement that takes too long (``statement_timeout``) and says so.  One that has not even said that is not
slow but gone: its machine is frozen, its network swallows what is sent, a pooler in between has lost it.  TCP tells nothing of
that as long as somebody acknowledges.  So whoever hears nothing for longer than the server would have taken to give up gives up
themselves, and closes the connection, whose state nobody knows.  What one connection has found out the others need not.

Nor do they take an old primary for the present one.  Each promotion of a standby begins a new timeline; a server of an earlier one
than has been seen is one that was left behind, and does not know it; a connection to it that is still open is given up when it is
used next.

Imported with psycopg, which is an extra.
"""

from collections.abc import Generator
from contextlib import suppress
from typing import Any, Final, LiteralString, TypeVar, cast

import psycopg

T = TypeVar("T")

_MARGIN: Final = 2.0
"""Seconds for the server's own word that a statement took too long."""
_DEFAULT: Final = 22.0
"""Where the server would never give up; poolers may take no settings."""
_LEAST: Final = 5.0
"""What any statement may take, and the setting up of a connection."""
_INTERVAL: Final = 0.1
"""How often, in seconds, psycopg looks up from its waiting."""
_TIMELINE: Final = (
    "SELECT CASE WHEN NOT pg_is_in_recovery() THEN left(pg_walfile_name(pg_current_wal_lsn()), 8) END"
)
_NOTHING: Final = 0
"""What it says then when nothing has come."""
_LEFT_BEHIND: Final = "the server is an old primary: another one has taken over"


class SilentServerError(psycopg.OperationalError):
    """The server has not answered, and the connection is closed."""


class OldPrimaryError(psycopg.OperationalError):
    """The server, or every one that takes writes, is of an earlier timeline than one that was seen; the connection is closed."""

    sqlstate = "25006"  # read_only_sql_transaction: not the one to write to


class PatientConnection(psycopg.Connection[Any]):
    """
    A connection that is given up when the server is silent for too long.

    Attributes:
        patience: Seconds of silence.
        company: The connections to one server.
        timeline: Of the server, as eight hexadecimal digits; None of a standby, and where there is no such thing.
        system: Tells servers that were once copies of each other from those that were not, whose timelines mean nothing to
            each other; None where the server does not say.
    """

    patience: float = _LEAST
    company: "Company | None" = None
    timeline: str | None = None
    system: str | None = None

    def wait(self, gen: Generator[Any, Any, T], *_more: object, **_options: object) -> T:
        """Drive psycopg's generator to its end, as the parent does."""
        return super().wait(self._heard(gen), _INTERVAL)

    def _heard(self, gen: Generator[Any, Any, T]) -> Generator[Any, Any, T]:
        if self.company is not None and self.company.has_left(self):
            # An address may have moved, and what was connected before has stayed where it was.
            self.close()
            raise OldPrimaryError(_LEFT_BEHIND)
        silent, known = 0.0, None if self.company is None else self.company.silences
        try:
            wanted = next(gen)
            while True:
                ready = yield wanted
                silent = silent + _INTERVAL if ready == _NOTHING else 0.0
                if silent > _LEAST and (silent > self.patience or self._warned(known)):
                    self._give_up(silent)
                wanted = gen.send(ready)
        except StopIteration as end:
            return cast("T", end.value)

    def _warned(self, known: int | None) -> bool:
        """Tell whether another one has given the server up since *known*."""
        return self.company is not None and self.company.silences != known

    def _give_up(self, silent: float) -> None:
        self.close()
        if self.company is not None:
            self.company.silences += 1
        raise SilentServerError(f"no answer for {silent:.0f} seconds")


class Company:
    """
    The connections to one server, of which each knows what the others have found out.

    Attributes:
        silences: How often one was given up.
        timeline: The latest that was seen, of the *system* that was seen last; None before the first.
    """

    def __init__(self) -> None:
        self.silences = 0
        self.timeline: str | None = None
        self.system: str | None = None
        self._looked = False

    def connect(self, *given: Any, **options: Any) -> PatientConnection:
        """
        Connect; from then on wait a little longer than the server lets a statement take.

        Of several hosts it is the first that takes writes and is of the latest timeline that was seen.

        Raises:
            OldPrimaryError: There is none such.
        """
        hosts = _hosts(options)
        if hosts and not self._looked:
            # An old primary may stand first.
            self._see_all(given, options, hosts)
            self._looked = True
        made = self._connect(given, options)
        for host in hosts:
            if not self.is_old(made):
                break
            made.close()
            # Where nobody is there, the next one may be.
            with suppress(psycopg.OperationalError):
                made = self._connect(given, options | host)
        if self.is_old(made):
            made.close()
            raise OldPrimaryError(_LEFT_BEHIND)
        self._see(made)
        return made

    def _see_all(self, given: Any, options: dict[str, Any], hosts: "list[dict[str, str]]") -> None:
        for host in hosts:
            with suppress(psycopg.OperationalError):
                made = self._connect(given, options | host)
                self._see(made)
                made.close()

    def _see(self, made: PatientConnection) -> None:
        if made.system != self.system:
            # All of it was moved elsewhere, to a later version of PostgreSQL for instance.
            self.system, self.timeline = made.system, made.timeline
        self.timeline = max(self.timeline or "", made.timeline or "") or None

    def is_old(self, made: PatientConnection) -> bool:
        """Say whether *made* is one to a server of an earlier timeline than one that was seen."""
        return (
            made.timeline is not None and made.system == self.system and made.timeline < (self.timeline or "")
        )

    def has_left(self, made: PatientConnection) -> bool:
        """Say whether *made*, which is in use, is one to a server that others were seen in the place of since."""
        other = made.system is not None and made.system != self.system
        return made.timeline is not None and (other or self.is_old(made))

    def _connect(self, given: Any, options: dict[str, Any]) -> PatientConnection:
        try:
            made = PatientConnection.connect(*given, **options)
        except psycopg.errors.ConnectionTimeout:
            self.silences += 1
            raise
        try:
            made.company, made.autocommit = self, True
            made.patience = _patience(made)
            timeline = _told(made, _TIMELINE)
            made.system = _told(made, "SELECT system_identifier::text FROM pg_control_system()")
            # Last of all: from here on it may be found to be an old one.
            made.timeline = timeline
        except BaseException:
            made.close()
            raise
        return made


def _patience(connection: PatientConnection) -> float:
    """Return how long to wait for what the server lets take some time."""
    limit = 0
    # An engine that only speaks PostgreSQL's protocol may not know.
    with suppress(psycopg.ProgrammingError, psycopg.NotSupportedError, ValueError):
        question = "SELECT setting FROM pg_settings WHERE name = 'statement_timeout'"
        row = connection.execute(question).fetchone()
        limit = int(row[0]) if row else 0
    return limit / 1000 + _MARGIN if limit else _DEFAULT


def _told(connection: PatientConnection, question: LiteralString) -> str | None:
    # Engines that only speak PostgreSQL's protocol have none, and some services do not tell.
    with suppress(psycopg.ProgrammingError, psycopg.NotSupportedError, psycopg.InternalError):
        row = connection.execute(question).fetchone()
        return str(row[0]) if row and row[0] else None
    return None


def _hosts(options: dict[str, Any]) -> "list[dict[str, str]]":
    """Return the hosts that *options* name, each with what is its own; none where there is only one."""
    # libpq, "Specifying Multiple Hosts": as many of each, or, of ports, a single one for all.
    lists = {
        name: str(options[name]).split(",") for name in ("host", "hostaddr", "port") if options.get(name)
    }
    most = max(map(len, lists.values()), default=0)
    if most < 2:
        return []
    return [
        {name: found[place if len(found) > 1 else 0] for name, found in lists.items()}
        for place in range(most)
    ]
