"""
``POST /_iamd/sessions/revoke``: end one session, or all of an account.

For the operator alone, signed as every request is, and noted in the chronicle.  It bears on the next request; on other
nodes as soon as they hear of it, which takes a second at most.
"""

import json
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from iamd.domain.ids import AccountId
from iamd.domain.session_revocations import RevocationKind, SessionRevocation
from iamd.errors import InvalidInput, NoSuchEntity
from iamd.http import Request, Response
from iamd.operations.call import Call
from iamd.own_pages import OwnPages
from iamd.server.app import Routes

PATH: Final = b"/_iamd/sessions/revoke"


class _Revoke(msgspec.Struct, forbid_unknown_fields=True):
    account: Annotated[str, Meta(pattern=r"\A[0-9]{12}\Z")] | None = None
    session: Annotated[str, Meta(pattern=r"\AASIA[A-Z2-7]{16}\Z")] | None = None

    def __post_init__(self) -> None:
        if (self.account is None) == (self.session is None):
            raise ValueError("expected either `account` or `session`")


def session_routes(pipeline: OwnPages, account_id: str) -> Routes:
    """Return the route; *account_id* is the server's own."""

    async def revoke(request: Request) -> Response:
        def work(call: Call) -> bytes:
            revocation = _asked(call, request)
            call.store.session_revocations.put(revocation)
            page = {
                "kind": revocation.kind.value,
                "subject": revocation.subject,
                "at": revocation.at.isoformat(),
            }
            return json.dumps(page).encode() + b"\n"

        return await pipeline.administer(request, "RevokeSessions", account_id, work)

    return {("POST", PATH): revoke}


def _asked(call: Call, request: Request) -> SessionRevocation:
    """
    Read what shall end.

    Raises:
        InvalidInput: It cannot be read.
        NoSuchEntity: There is no such account.
    """
    try:
        asked = msgspec.json.decode(request.body, type=_Revoke)
    except msgspec.DecodeError as error:
        raise InvalidInput(f"the body of the request: {error}") from error
    if asked.session is not None:
        return SessionRevocation(RevocationKind.SESSION, asked.session, call.now)
    account_id = AccountId(asked.account or "")
    if call.store.accounts.find(account_id) is None:
        raise NoSuchEntity(f"The account {account_id} cannot be found.")
    return SessionRevocation(RevocationKind.ACCOUNT, account_id, call.now)
