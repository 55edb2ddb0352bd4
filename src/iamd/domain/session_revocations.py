"""
Ended sessions: one, or all that an account had at some time.

Sessions of a role or of a user are ended as on AWS, by a policy (``AWSRevokeOlderSessions``).  AWS has nothing of the kind
for one session, nor for all of an account, those of its root user included; that is what this is for.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Self

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class RevocationKind(StrEnum):
    """What is ended."""

    ACCOUNT = "account"
    """All sessions of an account that were begun before."""
    SESSION = "session"
    """The session of one temporary access key id."""


@dataclass(frozen=True, slots=True)
class SessionRevocation:
    """
    That sessions have ended before their time.

    Attributes:
        subject: The account id, or the access key id (``ASIA…``) of the session.
        at: When it was said.
    """

    kind: RevocationKind
    subject: str
    at: datetime

    @property
    def text(self) -> str:
        """All of it in one line, as the log of changes tells it to other nodes."""
        return f"{self.kind.value}/{self.subject}/{(self.at - _EPOCH) // _MICROSECOND}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `text`."""
        kind, subject, at = text.split("/")
        return cls(RevocationKind(kind), subject, _EPOCH + timedelta(microseconds=int(at)))
