"""Requests that are signed, and the pages of decision points that they are sent to."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from tests.support.world import Actor, World

from iamd.http import Request, Response
from iamd.secret import Secret
from iamd.sigv4.sign import Credentials, sign

HOST = b"127.0.0.1:4263"


def signed(request: Request, actor: Actor | None, service: str) -> Request:
    """Return *request* with the signature of *actor*; as it is for nobody."""
    if actor is None or actor.credentials is None:
        return request
    token = actor.credentials.session_token
    return sign(
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


def call_page(world: World, request: Request) -> Response:
    """Answer *request* by the page that the door would choose."""
    pages = world.app.decision_points
    found = pages.get((request.method, request.raw_path))
    if found is None:
        found = next(
            handle
            for (method, path), handle in pages.items()
            if method == request.method and path.endswith(b"/") and request.raw_path.startswith(path)
        )
    response: Response = world.loop.run(found(request))
    return response


def post(path: bytes, body: object, headers: Mapping[bytes, bytes] | None = None) -> Request:
    """Return a request with *body* as JSON, or as it is."""
    return Request(
        method="POST",
        raw_path=path,
        headers=((b"host", HOST), *(headers or {}).items()),
        body=body if isinstance(body, bytes) else json.dumps(body).encode(),
    )


def told(response: Response) -> Any:
    return json.loads(response.body)
