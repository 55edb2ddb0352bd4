"""
Sign-in tokens: made for whoever has credentials, and traded in, once, for a console session.

Every way to sign in but that by password ends here, so that one page, on which one says yes to replacing another session,
trades tokens in, and no link signs anybody in by itself (R-82).  A token stands behind the ``#`` of a link: no server and
no proxy writes that into a log.
"""

import json
from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta

from iamd.auth.caller import Caller
from iamd.console.answers import json_answer
from iamd.console.bodies import read_json
from iamd.console.sessions import Beginning, Sessions
from iamd.directory.directory import FreshView
from iamd.domain.console_sessions import SignInMethod
from iamd.domain.ids import Ids
from iamd.errors import AccessDenied
from iamd.http import Request, Response
from iamd.operations.call import Call
from iamd.secret import Secret
from iamd.sessions.console_tokens import (
    TOKEN_LIFE,
    Cookie,
    InvalidConsoleTokenError,
    SignIn,
    open_sign_in,
    seal_sign_in,
)
from iamd.sessions.keyring import Keyring
from iamd.sessions.session import ACCESS_KEY_PREFIX, Session, SessionKind
from iamd.store.interface import Transaction
from iamd.visits import Guest

PAGE: Final = b"/_iamd/console/"
ACTION: Final = "sts:GetSessionToken"
"""What a link is: other credentials for the same identity.  On AWS nobody needs a permission for those."""

_OVER: Final = "The sign-in link is not valid, or not any more. Ask for another one."


class _Redeem(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    token: Annotated[str, Meta(min_length=1, max_length=16_384)]

    def __repr__(self) -> str:
        return "_Redeem(…)"


class Links:
    """Make sign-in tokens, and trade them in."""

    def __init__(self, sessions: Sessions, keyring: Keyring, ids: Ids) -> None:
        self._sessions = sessions
        self._keyring = keyring
        self._ids = ids

    def token(self, session: Session, method: SignInMethod) -> Secret:
        """Return a token for a console session that stands for *session*."""
        return seal_sign_in(
            self._keyring,
            SignIn(
                token_id=self._ids.uuid(),
                method=method.value,
                session=session,
                good_until=self._sessions.now + TOKEN_LIFE,
            ),
        )

    def token_of(self, caller: Caller) -> Secret:
        """
        Return a token with which *caller* can sign in as itself.

        Raises:
            AccessDenied: It has delegated access: its session is the approver's, which the console would take for the whole
                of it.
        """
        if caller.delegation is not None:
            raise AccessDenied("Delegated access does not sign in to the console.")
        return self.token(caller.session or self._own_session(caller), SignInMethod.LINK)

    def page(self, call: Call) -> bytes:
        """Answer a signed request for a link: with the path, for whoever asks knows how the server is reached."""
        token = self.token_of(call.caller).reveal()
        return json.dumps({"path": (PAGE + b"#/sign-in/").decode() + token}).encode() + b"\n"

    def location(self, token: Secret) -> bytes:
        """Return the path at which a browser trades *token* in."""
        return PAGE + b"#/sign-in/" + token.reveal().encode()

    async def redeem(self, guest: Guest, request: Request) -> Response:
        """
        Begin a session for a token.

        Raises:
            AccessDenied: It is none, it is too late for it, or it was used.
            ServiceError: What it stands for is over.
        """
        # Before a transaction is begun that would write: anybody can send what is none.
        sign_in = self._opened(read_json(request, _Redeem).token.encode())

        def begin(transaction: Transaction, view: FreshView) -> Cookie:
            return self._begin(guest, transaction, view, request, sign_in)

        cookie = await guest.write(begin)
        response = json_answer({"next": None})
        given = self._sessions.given(request, cookie)
        return Response(status=response.status, headers=(*response.headers, *given), body=response.body)

    def _opened(self, text: bytes) -> SignIn:
        try:
            return open_sign_in(self._keyring, text)
        except InvalidConsoleTokenError:
            raise AccessDenied(_OVER) from None

    def _begin(
        self, guest: Guest, transaction: Transaction, view: FreshView, request: Request, sign_in: SignIn
    ) -> Cookie:
        if self._sessions.now >= sign_in.good_until:
            raise AccessDenied(_OVER, detail="too late")
        scheme = self._sessions.scheme
        guest.caller = scheme.live_sessions.caller(sign_in.session, scheme.region, view)
        beginning = Beginning(
            session=sign_in.session,
            caller=guest.caller,
            method=SignInMethod(sign_in.method),
            token_id=sign_in.token_id,
        )
        return self._sessions.begin(transaction, request, beginning)

    def _own_session(self, caller: Caller) -> Session:
        """Return a session for somebody with a long-term access key."""
        issued_at = self._sessions.now.replace(microsecond=0)
        return Session(
            kind=SessionKind.CONSOLE,
            access_key_id=self._ids.access_key_id(ACCESS_KEY_PREFIX, caller.account_id),
            account_id=caller.account_id,
            principal_id=caller.snapshot.unique_id,
            issued_at=issued_at,
            expires_at=issued_at + self._sessions.scheme.limits.longest,
            parent_access_key_id=caller.access_key_id,
        )


def wire(answer: Response) -> dict[str, Any]:
    """Return the result of an operation that the console has called."""
    content: dict[str, Any] = json.loads(answer.body)
    return content
