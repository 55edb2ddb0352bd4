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
from iamd.errors import NoSuchEntity
from iamd.http import Request, Response
from iamd.operations.call import Call
from iamd.server.app import Routes
from iamd.server.decisions import ACTION, Inquirer

PREFIX: Final = b"/_iamd/soft/"

_PAGE: Final = "GetSoftReport"
# What the wire answers is refused in soft mode, too.
_OF_THE_WIRE: Final = ("iam:", "organizations:", "sts:")
_HANDED_ON: Final = "iam:PassRole"
_KINDS: Final = ("role", "user")


def soft_routes(pipeline: Inquirer, missing_policy: Callable[[Iterable[Denial]], dict[str, Any]]) -> Routes:
    """Return the routes of this page; *missing_policy* makes the document."""

    async def route(request: Request) -> Response:
        kind, _, name = request.raw_path.removeprefix(PREFIX).decode("latin-1").partition("/")

        def look(call: Call) -> bytes:
            if kind and (kind not in _KINDS or not name):
                raise NoSuchEntity("There is no such report.")
            found = [
                each
                for each in pipeline.decisions.all()
                if each.account_id == call.account_id
                and _is_of_the_gateway(each.request.action)
                and (not kind or _is_by(each.caller_arn, kind, unquote(name)))
            ]
            return json.dumps(missing_policy(found), indent=2).encode() + b"\n"

        return await pipeline.inquire(request, _PAGE, ACTION, look)

    return {("GET", PREFIX): route}


def _is_of_the_gateway(action: str) -> bool:
    return action == _HANDED_ON or not action.startswith(_OF_THE_WIRE)


def _is_by(caller_arn: str, kind: str, name: str) -> bool:
    resource = caller_arn.split(":", 5)[-1].split("/")
    if kind == "role":
        return resource[0] == "assumed-role" and resource[1:2] == [name]
    return resource[0] == "user" and resource[-1] == name
