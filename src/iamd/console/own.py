"""
What a browser asks about its own session, and about others of the same principal.

Whoever has signed in sees and ends the sessions of the same user, role or root, as whoever has a key can make and delete
keys; the root user sees and ends those of the whole account.
"""

from typing import Annotated, Any

import msgspec
from msgspec import Meta

from iamd.auth.caller import Caller
from iamd.console.answers import Headers, json_answer
from iamd.console.bodies import read_json
from iamd.console.sessions import Beginning, Sessions
from iamd.directory.directory import FreshView
from iamd.domain.console_sessions import ConsoleSession
from iamd.errors import AccessDenied, NoSuchEntity
from iamd.http import Request, Response
from iamd.sessions.console_tokens import Cookie
from iamd.sessions.session import read_session
from iamd.store.interface import Transaction
from iamd.visits import Guest


class _End(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    session_id: Annotated[str, Meta(pattern=r"\A[0-9a-f]{64}\Z")] = msgspec.field(name="sessionId")


class OwnSessions:
    """See above."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    async def show(self, guest: Guest, request: Request) -> Response:
        """
        Tell a page that has just been opened who is signed in, and the anti-forgery token.

        The one question that the cookie alone answers: no page of another origin can read it.
        """

        def look(transaction: Transaction, view: FreshView) -> dict[str, Any] | None:
            cookie = self._sessions.scheme.cookie(request, view)
            if cookie is None:
                return None
            found, caller = self._sessions.scheme.session(cookie, view)
            guest.caller = caller
            account = transaction.accounts.find(caller.account_id)
            session = found.console_session
            return {
                "arn": caller.arn,
                "name": caller.snapshot.name,
                "kind": caller.kind.value,
                "sessionName": found.session.session_name,
                "accountId": caller.account_id,
                "accountAlias": account.alias if account else None,
                "method": session.method.value,
                "mfa": found.session.mfa_at is not None,
                "csrf": cookie.csrf_token,
                "expiresAt": session.expires_at.timestamp(),
                "idleSeconds": int(self._sessions.scheme.limits.idle.total_seconds()),
                "mustChangePassword": session.must_change_password,
                "switched": session.parent_id is not None,
            }

        if self._sessions.held(request) is None:
            return json_answer({"session": None})
        return json_answer({"session": await guest.read(look)})

    async def sign_out(self, guest: Guest, request: Request) -> Response:
        """End the session, and take the cookie away."""

        def end(transaction: Transaction, view: FreshView) -> None:
            session, guest.caller, _ = self._sessions.visitor(request, view)
            transaction.console_sessions.end(session.session_id, self._sessions.now)
            if session.parent_id is not None:
                transaction.console_sessions.end(session.parent_id, self._sessions.now)

        self._sessions.check_proof(request)
        await guest.write(end)
        return _with(json_answer({}), self._sessions.taken(request))

    async def switch_back(self, guest: Guest, request: Request) -> Response:
        """
        End the session of a role that was switched to, and go on as whoever did that.

        Raises:
            AccessDenied: Nobody has switched to it, or that session is over.
        """

        def begin(transaction: Transaction, view: FreshView) -> Cookie:
            session, _, _ = self._sessions.visitor(request, view)
            parent = transaction.console_sessions.find(session.parent_id or "")
            if parent is None or parent.ended_at is not None or self._sessions.now >= parent.expires_at:
                raise AccessDenied("There is no session to go back to. Sign in again.")
            before = read_session(parent.session)
            scheme = self._sessions.scheme
            guest.caller = scheme.live_sessions.caller(before, scheme.region, view)
            transaction.console_sessions.end(parent.session_id, self._sessions.now)
            beginning = Beginning(session=before, caller=guest.caller, method=parent.method)
            return self._sessions.begin(transaction, request, beginning)

        self._sessions.check_proof(request)
        return _with(json_answer({}), self._sessions.given(request, await guest.write(begin)))

    async def list(self, guest: Guest, request: Request) -> Response:
        """Tell of all sessions that the visitor may end."""

        def look(transaction: Transaction, view: FreshView) -> list[dict[str, Any]]:
            own, guest.caller, _ = self._sessions.visitor(request, view)
            caller = guest.caller
            listed = transaction.console_sessions.of_account(caller.account_id, self._sessions.now)
            return [_show(each, own) for each in listed if _may_end(caller, each)]

        return json_answer({"sessions": await guest.read(look)})

    async def end(self, guest: Guest, request: Request) -> Response:
        """
        End a session.

        Raises:
            NoSuchEntity: There is none that the visitor may end.
        """
        session_id = read_json(request, _End).session_id

        def work(transaction: Transaction, view: FreshView) -> None:
            _, guest.caller, _ = self._sessions.visitor(request, view)
            found = transaction.console_sessions.find(session_id)
            if found is None or not _may_end(guest.caller, found):
                raise NoSuchEntity("There is no such session.")
            transaction.console_sessions.end(session_id, self._sessions.now)

        self._sessions.check_proof(request)
        await guest.write(work)
        return json_answer({})


def _may_end(caller: Caller, session: ConsoleSession) -> bool:
    if session.account_id != caller.account_id:
        return False
    return caller.of_root or session.principal_id == caller.snapshot.unique_id


def _show(session: ConsoleSession, own: ConsoleSession) -> dict[str, Any]:
    return {
        "sessionId": session.session_id,
        "arn": session.arn,
        "method": session.method.value,
        "createdAt": session.created_at.timestamp(),
        "expiresAt": session.expires_at.timestamp(),
        "sourceIp": session.source_ip,
        "userAgent": session.user_agent,
        "own": session.session_id == own.session_id,
    }


def _with(response: Response, headers: Headers) -> Response:
    return Response(status=response.status, headers=(*response.headers, *headers), body=response.body)
