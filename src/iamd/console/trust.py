"""Who may become whom, for a page of the console: what ``GET /_iamd/trust-graph`` tells."""

from http import HTTPStatus
from typing import Final

import msgspec

from iamd.console.bodies import read_json
from iamd.http import Request, Response
from iamd.operations.trust_map import TrustMap
from iamd.own_pages import OwnPages
from iamd.visits import Visit

_HEADERS: Final = ((b"content-type", b"application/json"), (b"cache-control", b"no-store"))


class _Asked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole of it: the page itself finds the ways from somebody and to a role."""

    escalations: bool = False


class TrustGraphPage:
    """The page."""

    def __init__(self, receiver: OwnPages, trust_map: TrustMap) -> None:
        self._receiver = receiver
        self._trust_map = trust_map

    async def show(self, request: Request) -> Response:
        """Answer with the trust graph of the visitor's account."""

        async def answer(visit: Visit) -> Response:
            asked = read_json(request, _Asked)
            body = await visit.read(lambda call: self._trust_map.write(call, escalations=asked.escalations))
            return Response(status=HTTPStatus.OK, headers=_HEADERS, body=body)

        return await self._receiver.receive(request, "GetTrustGraph", self._trust_map.action, answer)
