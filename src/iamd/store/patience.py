"""
Connections to PostgreSQL that do not wait for ever.

The server ends a statement that takes too long (``statement_timeout``) and says so.  One that has not even said that is not
slow but gone: its machine is frozen, its network swallows what is sent, a pooler in between has lost it.  TCP tells nothing of
that as long as somebody acknowledges.  So whoever hears nothing for longer than the server would have taken to give up gives up
themselves, and closes the connection, whose state nobody knows.  What one connection has found out the others need not.

Imported with psycopg, which is an extra.
"""

from collections.abc import Generator
from contextlib import suppress
from typing import Any, Final, TypeVar, cast

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
_NOTHING: Final = 0
"""What it says then when nothing has come."""


class SilentServerError(psycopg.OperationalError):
    """The server has not answered, and the connection is closed."""


class PatientConnection(psycopg.Connection[Any]):
    """
    A connection that is given up when the server is silent for too long.

    Attributes:
        patience: Seconds of silence.
        company: The connections to one server.
    """

    patience: float = _LEAST
    company: "Company | None" = None

    def wait(self, gen: Generator[Any, Any, T], *_more: object, **_options: object) -> T:
        """Drive psycopg's generator to its end, as the parent does."""
        return super().wait(self._heard(gen), _INTERVAL)

    def _heard(self, gen: Generator[Any, Any, T]) -> Generator[Any, Any, T]:
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
    """

    def __init__(self) -> None:
        self.silences = 0

    def connect(self, *given: Any, **options: Any) -> PatientConnection:
        """Connect; from then on wait a little longer than the server lets a statement take."""
        try:
            made = PatientConnection.connect(*given, **options)
        except psycopg.errors.ConnectionTimeout:
            self.silences += 1
            raise
        try:
            made.company, made.autocommit = self, True
            made.patience = _patience(made)
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
