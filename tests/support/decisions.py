"""Denials of a world, and what may be read of them."""

import json
from typing import Any

from tests.support.world import Actor, World

from iamd.auth.denial import DECISION_ID_HEADER
from iamd.http import Request, Response
from iamd.server.decisions import PREFIX, decision_routes


def last_decision(world: World) -> str:
    """Return the id of the denial that was answered last."""
    headers = dict(world.responses[-1].headers)
    return headers[DECISION_ID_HEADER].decode()


def ask(world: World, actor: Actor | None, decision_id: str, service: str = "iam") -> Response:
    """Ask for the page of a decision, as *actor* or unsigned."""
    path = PREFIX + decision_id.encode()
    request = Request(method="GET", raw_path=path, headers=((b"host", b"127.0.0.1:4263"),))
    if actor is not None and actor.credentials is not None:
        request = actor.credentials.sign(request, service)
    route = decision_routes(world.app.pipeline)["GET", PREFIX]
    response: Response = world.loop.run(route(request))
    return response


def page(world: World, actor: Actor, decision_id: str | None = None) -> dict[str, Any]:
    """Return the page of a decision, the last one when none is named; it must be told."""
    response = ask(world, actor, decision_id or last_decision(world))
    told: dict[str, Any] = json.loads(response.body)
    assert response.status == 200, told
    return told
