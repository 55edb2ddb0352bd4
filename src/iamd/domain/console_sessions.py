"""
Console sessions: somebody who has signed in with a browser.

A session is found by a digest of what the browser's cookie holds: who reads the archive cannot make a cookie of it.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from iamd.domain.ids import AccountId


class SignInMethod(StrEnum):
    """How somebody has signed in."""

    PASSWORD = "password"  # noqa: S105  the name of a method
    LINK = "link"
    """A link that was asked for with an access key, or with temporary credentials."""
    FEDERATION = "federation"
    """The federation endpoint, with temporary credentials."""
    SAML = "saml"
    SWITCH_ROLE = "switch role"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsoleLimits:
    """
    How long console sessions live, and how many at once; the operator's choice.

    Attributes:
        idle: How long one may lie unused.
        longest: How long one lasts in any case.
        at_once: How many of one caller there may be; a user, a root user, or a session of a role by its name.
    """

    idle: timedelta
    longest: timedelta
    at_once: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsoleSession:
    """
    A console session, whether it has ended or not.

    Attributes:
        session_id: Names it, and opens nothing.
        account_id: Of the principal.
        principal_id: The unique id of the user or role, or the account id of a root user.
        access_key_id: Of the temporary credentials that it stands for; nobody has their secret.
        arn: Who it is, as GetCallerIdentity tells it.
        session: Those credentials' session, as `iamd.sessions.session.write_session` writes it.
        token_id: Of the sign-in token that it was made with, which is good for one session; None without one.
        parent_id: The session from which the role was switched to; None for all others.
        must_change_password: Whether it is good for nothing else yet.
        expires_at: When it ends at the latest.
        ended_at: When it was ended; None for one that was not.
    """

    session_id: str
    account_id: AccountId
    principal_id: str
    access_key_id: str
    arn: str
    session: str
    method: SignInMethod
    created_at: datetime
    expires_at: datetime
    source_ip: str
    user_agent: str
    token_id: str | None = None
    parent_id: str | None = None
    must_change_password: bool = False
    ended_at: datetime | None = None
