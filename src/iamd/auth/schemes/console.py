"""
Authentication by the cookie of a console session, and its anti-forgery token.

* It is good below `PREFIX`, where the console's own requests go, and nowhere else: a browser adds its cookies to whatever
  another page makes it send, and a request to the AWS wire proves itself by a signature or not at all.
* Every request carries the anti-forgery token besides, also one that only reads (R-82).
* Behind the cookie stands a session as behind temporary credentials, and it lives no longer than one of those would.
"""

from collections.abc import Callable
from typing import Final

from iamd.auth.caller import Caller
from iamd.auth.schemes.live_sessions import LiveSessions, expired_token
from iamd.clock import Clock
from iamd.directory.directory import View
from iamd.directory.snapshots import ConsoleSessionSnapshot
from iamd.domain.console_sessions import ConsoleLimits
from iamd.errors import AccessDenied, ExpiredToken, MissingAuthenticationToken
from iamd.http import Request
from iamd.sessions.console_tokens import (
    Cookie,
    InvalidConsoleTokenError,
    UnknownConsoleKeyError,
    open_cookie,
)
from iamd.sessions.keyring import Keyring

PREFIX: Final = b"/_iamd/api/"
CSRF_HEADER: Final = b"x-iamd-csrf"
HOST_COOKIE: Final = b"__Host-iamd-console"
"""With TLS: a browser takes a cookie of such a name from its own host only, and sends it back to nobody else."""
PLAIN_COOKIE: Final = b"iamd-console"

_BEFORE_ALL_ELSE: Final = frozenset({PREFIX + b"iam/ChangePassword", PREFIX + b"console/SignOut"})
"""What may be done with a password that must be changed."""


class ConsoleScheme:
    """
    Find whose browser asks.

    Args:
        keyring: Has sealed the cookies.
        clock: Sessions live by its `now`.
        live_sessions: What a session must be, however it is used.
        region: Of requests that name none.
        limits: Of console sessions.
        is_secure: Says whether a browser reaches the server by TLS, be that by a proxy's.
    """

    def __init__(
        self,
        keyring: Keyring,
        clock: Clock,
        live_sessions: LiveSessions,
        region: str,
        limits: ConsoleLimits,
        is_secure: Callable[[Request], bool],
    ) -> None:
        self._keyring = keyring
        self.clock = clock
        self.live_sessions = live_sessions
        self.region = region
        self.limits = limits
        self.is_secure = is_secure

    def authenticate(self, request: Request, view: View) -> Caller | None:
        """
        Return whose request it is; None where it is none of the console's, or carries no cookie of its.

        Raises:
            ServiceError: It carries one that does not hold.
        """
        if not request.raw_path.startswith(PREFIX) or self.cookie(request, view) is None:
            return None
        return self.visitor(request, view)[1]

    def visitor(self, request: Request, view: View) -> tuple[ConsoleSessionSnapshot, Caller]:
        """
        Return the console session of *request* and the caller that it makes.

        Raises:
            MissingAuthenticationToken: There is no cookie.
            AccessDenied: The anti-forgery token is not the cookie's, or the password must be changed first.
            ExpiredToken: The session is none, or none any more.
            InvalidClientTokenId: Its principal is gone.
        """
        found, caller = self.session(self.proof(request, view), view)
        if found.console_session.must_change_password and request.raw_path not in _BEFORE_ALL_ELSE:
            raise AccessDenied("The password must be changed before anything else.")
        return found, caller

    def proof(self, request: Request, view: View | None = None) -> Cookie:
        """
        Return the cookie of *request*, which carries its anti-forgery token, too; its session may have ended.

        Raises:
            MissingAuthenticationToken: There is no cookie.
            ExpiredToken: It is not ours.
            AccessDenied: The anti-forgery token is not the cookie's.
        """
        cookie = self.cookie(request, view)
        if cookie is None:
            raise MissingAuthenticationToken("Sign in first.")
        if not cookie.vouches_for(request.header(CSRF_HEADER)):
            raise AccessDenied("The request does not carry the anti-forgery token of the session.")
        return cookie

    def session(self, cookie: Cookie, view: View) -> tuple[ConsoleSessionSnapshot, Caller]:
        """
        Return the console session of *cookie* and the caller that it makes.

        Raises:
            ExpiredToken: The session is none, or none any more.
            InvalidClientTokenId: Its principal is gone.
        """
        now = self.clock.now()
        found = view.console_session(cookie.session_id)
        if found is None or cookie.idle(now, self.limits) or now >= found.console_session.expires_at:
            raise _over()
        return found, self.live_sessions.caller(found.session, self.region, view)

    def cookie(self, request: Request, view: View | None = None) -> Cookie | None:
        """
        Return the cookie that *request* carries, if it does; its session may have ended.

        Raises:
            ExpiredToken: It carries one that is not ours, or two.
        """
        name = HOST_COOKIE if self.is_secure(request) else PLAIN_COOKIE
        pairs = (
            pair.strip().partition(b"=")
            for text in request.header_values(b"cookie")
            for pair in text.split(b";")
        )
        texts = [value for key, _, value in pairs if key == name]
        if not texts:
            return None
        if len(texts) > 1:
            # A neighbor of the same site may have planted the other one.
            raise _over()
        try:
            return open_cookie(self._keyring, texts[0])
        except UnknownConsoleKeyError:
            if view is not None:
                view.renew_sealing_keys()
            raise _over() from None
        except InvalidConsoleTokenError:
            raise _over() from None


def _over() -> ExpiredToken:
    return expired_token("no such console session, or not any more")
