"""
``GET /_iamd/decisions/ID``: why a request was denied, or allowed.

Signed as every request is; the caller needs ``iam:GetRequestAuthorizationDetails``, and must be of one of the two accounts
that the request concerned.  To everybody else the id is of nothing.
"""

import json
from typing import Final, Protocol

from iamd.auth.authorization_messages import AuthorizationMessages
from iamd.auth.decision_page import decision_page
from iamd.errors import NoSuchEntity
from iamd.http import Request, Response
from iamd.operations.call import Call
from iamd.own_pages import OwnPages
from iamd.server.app import Routes

PREFIX: Final = b"/_iamd/decisions/"
ACTION: Final = "iam:GetRequestAuthorizationDetails"
"""AWS: the action of the API that tells of denials by their authorization ids."""

_PAGE: Final = "GetDecision"


class Look(Protocol):
    def __call__(self, call: Call, /) -> bytes: ...


def decision_routes(pipeline: OwnPages) -> Routes:
    """Return the routes of this page."""

    async def route(request: Request) -> Response:
        decision_id = request.raw_path.removeprefix(PREFIX).decode("latin-1")

        def look(call: Call) -> bytes:
            recorded = pipeline.decisions.find(decision_id, call.account_id, call.now)
            if recorded is None:
                raise NoSuchEntity("There is no such decision, or not any more.")
            messages = AuthorizationMessages(call.tools.keyring)
            page = decision_page(decision_id, recorded, call.account_id, messages)
            return json.dumps(page).encode() + b"\n"

        return await pipeline.inquire(request, _PAGE, ACTION, look)

    return {("GET", PREFIX): route}
