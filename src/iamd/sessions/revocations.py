"""
Which sessions have been ended before their time; in memory, since every request with a session asks.

What is here is what the store holds.  An entry is forgotten when every session that it could speak of has expired.
"""

from collections.abc import Iterable
from datetime import datetime

from iamd.domain.limits import LONGEST_SESSION
from iamd.domain.session_revocations import RevocationKind, SessionRevocation
from iamd.sessions.session import Session


class Revocations:
    """The revocations that this node knows of; asked by many threads, told by one at a time."""

    def __init__(self, known: Iterable[SessionRevocation] = ()) -> None:
        self._accounts: dict[str, datetime] = {}
        self._sessions: dict[str, datetime] = {}
        for each in known:
            self._take(each)

    def note(self, revocation: SessionRevocation) -> None:
        """Take *revocation* in, and forget those so old that whatever they speak of has expired."""
        self._take(revocation)
        before = revocation.at - LONGEST_SESSION
        for kept in (self._accounts, self._sessions):
            for subject in [subject for subject, at in kept.items() if at < before]:
                del kept[subject]

    def _take(self, revocation: SessionRevocation) -> None:
        kept = self._sessions if revocation.kind is RevocationKind.SESSION else self._accounts
        # Of two of the same account the later one counts, in whatever order they come.
        kept[revocation.subject] = max(kept.get(revocation.subject, revocation.at), revocation.at)

    def ended(self, session: Session) -> bool:
        """Tell whether *session* has been ended."""
        before = self._accounts.get(session.account_id)
        return (before is not None and session.issued_at < before) or session.access_key_id in self._sessions

    def all(self) -> list[SessionRevocation]:
        """Return those that are known."""
        return [
            SessionRevocation(kind, subject, at)
            for kind, kept in (
                (RevocationKind.ACCOUNT, self._accounts),
                (RevocationKind.SESSION, self._sessions),
            )
            for subject, at in kept.items()
        ]

    def clear(self) -> None:
        self._accounts.clear()
        self._sessions.clear()
