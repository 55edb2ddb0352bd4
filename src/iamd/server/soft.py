"""
``GET /_iamd/soft/``: the least policy that would have allowed what the gateway has let through in soft mode.

``/_iamd/soft/role/NAME`` and ``/_iamd/soft/user/NAME`` tell of one caller alone.  Signed as every request is; the caller needs
``iam:GetRequestAuthorizationDetails``, and is told of callers of their own account only.
"""

import json
from collections.abc import Callable, Iterable
from typing import Any, Final
from urllib.parse import unquote

from iamd.auth.decisions import Denial
from iamd.auth.let_through import KINDS, let_through
from iamd.errors import NoSuchEntity
from iamd.http import Request, Response
from iamd.operations.call import Call
from iamd.own_pages import OwnPages
from iamd.server.app import Routes
from iamd.server.decisions import ACTION

PREFIX: Final = b"/_iamd/soft/"

_PAGE: Final = "GetSoftReport"


def soft_routes(pipeline: OwnPages, missing_policy: Callable[[Iterable[Denial]], dict[str, Any]]) -> Routes:
    """Return the routes of this page; *missing_policy* makes the document."""

    async def route(request: Request) -> Response:
        kind, _, name = request.raw_path.removeprefix(PREFIX).decode("latin-1").partition("/")

        def look(call: Call) -> bytes:
            if kind and (kind not in KINDS or not name):
                raise NoSuchEntity("There is no such report.")
            found = let_through(pipeline.decisions.all(), call.account_id, kind, unquote(name))
            return json.dumps(missing_policy(found), indent=2).encode() + b"\n"

        return await pipeline.inquire(request, _PAGE, ACTION, look)

    return {("GET", PREFIX): route}
