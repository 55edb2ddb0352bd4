"""
``GET /_iamd/trust-graph``: who may become whom in the caller's account.

``from`` and ``to``, each an ARN or a name, narrow it down to the ways from somebody and to a role;
``escalations=true`` looks for those, too.  Signed as every request
is; the caller needs what it would need to read all that the graph is made of.
"""

from http import HTTPStatus
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from iamd.http import Request, Response
from iamd.operations.trust_map import TrustMap
from iamd.own_pages import OwnPages
from iamd.server.app import Routes
from iamd.server.queries import read_query
from iamd.visits import Visit

PATH: Final = b"/_iamd/trust-graph"

_PAGE: Final = "GetTrustGraph"
_JSON: Final = ((b"content-type", b"application/json"), (b"cache-control", b"no-store"))

_Name = Annotated[str, Meta(min_length=1, max_length=2048)]


class _Asked(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    source: _Name | None = msgspec.field(name="from", default=None)
    target: _Name | None = msgspec.field(name="to", default=None)
    escalations: bool = False


def trust_graph_routes(pipeline: OwnPages, trust_map: TrustMap) -> Routes:
    """Return the route of this page."""

    async def route(request: Request) -> Response:
        async def answer(visit: Visit) -> Response:
            asked = read_query(request.raw_query, _Asked)
            body = await visit.read(
                lambda call: trust_map.write(
                    call, source=asked.source, target=asked.target, escalations=asked.escalations
                )
            )
            return Response(status=HTTPStatus.OK, headers=_JSON, body=body)

        return await pipeline.receive(request, _PAGE, trust_map.action, answer)

    return {("GET", PATH): route}
