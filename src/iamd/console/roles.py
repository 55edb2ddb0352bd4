"""
Switching to a role: sts:AssumeRole by the session of the browser, like anybody else's.

AWS: *Switch from a user to an IAM role (console)*: a role session is named after the user, and lasts for as long as the role
allows, but no longer than the session that it began with.  Switching back is ending it.
"""

import json
from datetime import timedelta
from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta

from iamd.auth.caller import Caller
from iamd.auth.schemes.console import PREFIX
from iamd.console.answers import json_answer
from iamd.console.bodies import read_json
from iamd.console.links import wire
from iamd.console.sessions import Beginning, Sessions
from iamd.directory.directory import FreshView
from iamd.domain.arns import Arn, name_of
from iamd.domain.console_sessions import ConsoleSession, SignInMethod
from iamd.domain.ids import AccountId
from iamd.errors import AccessDenied
from iamd.http import Request, Response
from iamd.operations.by_handler import ByHandler
from iamd.operations.sts.assume_role import assume_role
from iamd.pipeline import Pipeline
from iamd.secret import Secret
from iamd.sessions.console_tokens import Cookie
from iamd.sessions.keyring import Keyring
from iamd.sessions.session import SessionKind
from iamd.sessions.token import open_token
from iamd.store.interface import Transaction
from iamd.visits import Guest

_SHORTEST: Final = 900
_CHAINED: Final = 3600
"""AWS: role chaining, at most an hour (R-12)."""
_LONGEST_NAME: Final = 64


class _Switch(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    role_arn: Annotated[str, Meta(max_length=2048)] = msgspec.field(name="roleArn")


class RoleSwitch:
    """See above."""

    def __init__(self, clicks: Pipeline, sessions: Sessions, keyring: Keyring, operations: ByHandler) -> None:
        self._clicks = clicks
        self._sessions = sessions
        self._keyring = keyring
        self._assume_role = operations.action(assume_role).partition(":")[2]

    async def switch(self, guest: Guest, request: Request) -> Response:
        """
        Assume a role, and give the browser a session of it.

        Raises:
            ServiceError: The browser's own session is none.
        """
        role_arn = read_json(request, _Switch).role_arn

        def look(transaction: Transaction, view: FreshView) -> dict[str, Any]:
            session, caller, _ = self._sessions.visitor(request, view)
            guest.caller = caller
            return self._parameters(transaction, caller, session, role_arn)

        parameters = await guest.read(look)
        asked = msgspec.structs.replace(
            request,
            raw_path=PREFIX + b"sts/" + self._assume_role.encode(),
            body=json.dumps(parameters).encode(),
        )
        answer = await self._clicks.click(asked, "sts")
        if answer.status != 200:
            return answer
        session, _ = open_token(self._keyring, Secret(wire(answer)["Credentials"]["SessionToken"]))

        def begin(transaction: Transaction, view: FreshView) -> Cookie:
            # Once more: meanwhile somebody may have ended it, and with it all that it begins.
            held, _, _ = self._sessions.visitor(request, view)
            parent = _origin(transaction, held)
            scheme = self._sessions.scheme
            caller = scheme.live_sessions.caller(session, scheme.region, view)
            method = SignInMethod.SWITCH_ROLE
            beginning = Beginning(session=session, caller=caller, method=method, parent=parent)
            return self._sessions.begin(transaction, request, beginning)

        given = self._sessions.given(request, await guest.write(begin))
        done = json_answer({"next": None})
        return Response(status=done.status, headers=(*done.headers, *given), body=done.body)

    def _parameters(
        self, transaction: Transaction, caller: Caller, session: ConsoleSession, role_arn: str
    ) -> dict[str, Any]:
        parameters: dict[str, Any] = {"RoleArn": role_arn, "RoleSessionName": _session_name(caller)}
        arn = Arn.parse(role_arn)
        role = None if arn is None else transaction.roles.find(AccountId(arn.account), name_of(arn.resource))
        if role is None:
            # Whether there is one is not for us to say.
            return parameters
        left = (session.expires_at - self._sessions.now) // timedelta(seconds=1)
        chained = caller.session is not None and caller.session.kind is SessionKind.ROLE
        longest = min(role.max_session_duration, left, _CHAINED if chained else left)
        return {**parameters, "DurationSeconds": max(_SHORTEST, longest)}


def _origin(transaction: Transaction, held: ConsoleSession) -> ConsoleSession:
    """Return the session that *held* was switched to from, or itself: all roles end with that, and lead back to it."""
    if held.parent_id is None:
        return held
    parent = transaction.console_sessions.find(held.parent_id)
    if parent is None or parent.ended_at is not None:
        raise AccessDenied("The session that the role was switched to from is over. Sign in again.")
    return parent


def _session_name(caller: Caller) -> str:
    session = caller.session
    return ((session.session_name if session else "") or caller.snapshot.name)[:_LONGEST_NAME]
