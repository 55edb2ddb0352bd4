"""
What the archive promises of console sessions.

The rules of `iamd.store.interface` hold here, too.
"""

from datetime import datetime
from typing import Protocol

from iamd.domain.console_sessions import ConsoleSession


class ConsoleSessions(Protocol):
    """Found by their ids, which are those of the whole installation."""

    def add(self, session: ConsoleSession) -> None:
        """
        Keep a new one.

        Raises:
            AccessDenied: A session was made with its sign-in token before.
        """
        ...

    def find(self, session_id: str) -> ConsoleSession | None: ...
    def of_account(self, account_id: str, now: datetime) -> list[ConsoleSession]:
        """Return those of all principals of an account that have neither ended nor expired, the newest first."""
        ...

    def of_caller(self, account_id: str, arn: str, now: datetime) -> list[ConsoleSession]:
        """Return those of an account whose `arn` it is, as `of_account`."""
        ...

    def end(self, session_id: str, at: datetime) -> None:
        """End it, and those of roles that were switched to from it; nothing happens to one that has ended."""
        ...

    def forget(self, before: datetime) -> None:
        """Drop those that have expired before."""
        ...
