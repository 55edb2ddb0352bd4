"""Denials of a world, and what may be read of them."""

import json
from datetime import UTC, datetime
from typing import Any

from tests.support.world import Actor, World

from iamd.auth.denial import DECISION_ID_HEADER
from iamd.http import Request, Response
from iamd.secret import Secret
from iamd.server.decisions import PREFIX, decision_routes
from iamd.sigv4.sign import Credentials, sign


def last_decision(world: World) -> str:
    """Return the id of the denial that was answered last."""
    headers = dict(world.responses[-1].headers)
    return headers[DECISION_ID_HEADER].decode()


def ask(world: World, actor: Actor | None, decision_id: str, service: str = "iam") -> Response:
    """Ask for the page of a decision, as *actor* or unsigned."""
    path = PREFIX + decision_id.encode()
    request = Request(method="GET", raw_path=path, headers=((b"host", b"127.0.0.1:4263"),))
    if actor is not None and actor.credentials is not None:
        token = actor.credentials.session_token
        request = sign(
            request,
            Credentials(
                access_key_id=actor.credentials.access_key_id,
                secret_access_key=Secret(actor.credentials.secret_access_key),
                session_token=Secret(token) if token else None,
            ),
            region="us-east-1",
            service=service,
            at=datetime.now(UTC),
        )
    route = decision_routes(world.app.pipeline)["GET", PREFIX]
    response: Response = world.loop.run(route(request))
    return response


def page(world: World, actor: Actor, decision_id: str | None = None) -> dict[str, Any]:
    """Return the page of a decision, the last one when none is named; it must be told."""
    response = ask(world, actor, decision_id or last_decision(world))
    told: dict[str, Any] = json.loads(response.body)
    assert response.status == 200, told
    return told
