"""
Console sessions, from the door's side: begun, told of, renewed, ended.

Whoever signs in gets new chance in a new cookie, whatever the browser held before (R-82); what it held ends.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from iamd.auth.caller import Caller
from iamd.auth.schemes.console import HOST_COOKIE, PLAIN_COOKIE, ConsoleScheme
from iamd.clock import Clock
from iamd.console.answers import Headers
from iamd.directory.directory import View
from iamd.domain.console_sessions import ConsoleSession, SignInMethod
from iamd.domain.ids import Ids
from iamd.errors import ServiceError
from iamd.http import Request
from iamd.sessions.console_tokens import CHANCE, Cookie, seal_cookie
from iamd.sessions.keyring import Keyring
from iamd.sessions.session import Session, write_session
from iamd.store.interface import Transaction

_SHOWN_USER_AGENT: Final = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class Beginning:
    """
    What a new console session is made of.

    Attributes:
        session: Of the temporary credentials that it stands for.
        token_id: As of `ConsoleSession`.
        parent: The console session from which a role is switched to; it goes on beside the new one.
    """

    session: Session
    caller: Caller
    method: SignInMethod
    token_id: str | None = None
    parent: ConsoleSession | None = None
    must_change_password: bool = False


class Sessions:
    """Begin and end them."""

    def __init__(self, scheme: ConsoleScheme, keyring: Keyring, ids: Ids, clock: Clock) -> None:
        self.scheme = scheme
        self._keyring = keyring
        self._ids = ids
        self._clock = clock

    def begin(self, transaction: Transaction, request: Request, beginning: Beginning) -> Cookie:
        """
        Begin one, and end the one that *request* comes with, unless it is the parent.

        The oldest of the same caller ends, too, where there would be more than may be: to refuse the new one instead would
        let whoever holds the others keep somebody out.

        Raises:
            AccessDenied: The sign-in token was used before.
        """
        now = self._clock.now().replace(microsecond=0)
        cookie = Cookie(self._ids.token(CHANCE), now)
        session, parent = beginning.session, beginning.parent
        ends = [session.expires_at, now + self.scheme.limits.longest] + (
            [] if parent is None else [parent.expires_at]
        )
        user_agent = (request.header(b"user-agent") or b"").decode("latin-1")
        held = self.held(request)
        if held is not None and (parent is None or held.session_id != parent.session_id):
            transaction.console_sessions.end(held.session_id, now)
        transaction.console_sessions.add(
            ConsoleSession(
                session_id=cookie.session_id,
                account_id=session.account_id,
                principal_id=session.principal_id,
                access_key_id=session.access_key_id,
                arn=beginning.caller.arn,
                session=write_session(session),
                method=beginning.method,
                created_at=now,
                expires_at=min(ends),
                source_ip=request.peer,
                user_agent="".join(filter(str.isprintable, user_agent))[:_SHOWN_USER_AGENT],
                token_id=beginning.token_id,
                parent_id=None if parent is None else parent.session_id,
                must_change_password=beginning.must_change_password,
            )
        )
        self._cut(transaction, session.account_id, beginning, cookie, now)
        return cookie

    def _cut(
        self, transaction: Transaction, account_id: str, beginning: Beginning, cookie: Cookie, now: datetime
    ) -> None:
        """End the oldest sessions of a caller who has more than may be; neither the new one nor the one it comes from."""
        kept = {cookie.session_id, "" if beginning.parent is None else beginning.parent.session_id}
        listed = transaction.console_sessions.of_caller(account_id, beginning.caller.arn, now)
        others = [each for each in listed if each.session_id not in kept]
        for each in others[self.scheme.limits.at_once - 1 :]:
            transaction.console_sessions.end(each.session_id, now)

    def held(self, request: Request) -> Cookie | None:
        """Return the cookie that *request* comes with, if that is one of ours."""
        try:
            return self.scheme.cookie(request)
        except ServiceError:
            return None

    def visitor(self, request: Request, view: View) -> tuple[ConsoleSession, Caller, Cookie]:
        """
        Return whose browser asks.

        Raises:
            ServiceError: Nobody's, or of a session that is over.
        """
        found, caller = self.scheme.visitor(request, view)
        return found.console_session, caller, self.scheme.proof(request, view)

    def check_proof(self, request: Request) -> None:
        """
        Refuse, before a transaction is begun that would write, whoever has no session of ours.

        Raises:
            ServiceError: As `visitor`, which is asked in the transaction all the same.
        """
        self.scheme.proof(request)

    def given(self, request: Request, cookie: Cookie) -> Headers:
        """Return the header that gives a browser *cookie*."""
        return ((b"set-cookie", self._set(request, seal_cookie(self._keyring, cookie).reveal().encode())),)

    def taken(self, request: Request) -> Headers:
        """Return the header that takes the cookie away."""
        return ((b"set-cookie", self._set(request, b"") + b"; Max-Age=0"),)

    def renewed(self, request: Request) -> Headers:
        """Return the header that keeps the session of *request* from being idle, where it is time for that."""
        held, now, limits = self.held(request), self._clock.now(), self.scheme.limits
        if held is None or held.idle(now, limits) or not held.is_due(now, limits):
            return ()
        return self.given(request, Cookie(held.chance, now.replace(microsecond=0)))

    @property
    def now(self) -> datetime:
        return self._clock.now()

    def _set(self, request: Request, value: bytes) -> bytes:
        if self.scheme.is_secure(request):
            return b"%b=%b; Path=/; Secure; HttpOnly; SameSite=Strict" % (HOST_COOKIE, value)
        return b"%b=%b; Path=/_iamd/; HttpOnly; SameSite=Strict" % (PLAIN_COOKIE, value)
