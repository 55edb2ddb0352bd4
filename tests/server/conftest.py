"""A server whose only operation says what it was asked."""

import json
from collections.abc import Iterator

import pytest

from iamd.http import Request, Response
from iamd.server.app import Door
from iamd.server.health import health_routes
from iamd.server.limits import Limits
from iamd.server.run import ServerThread


async def echo(request: Request) -> Response:
    """Answer with the request as it was understood."""
    said = {
        "method": request.method,
        "path": request.raw_path.decode("latin-1"),
        "query": request.raw_query.decode("latin-1"),
        "headers": [[name.decode("latin-1"), value.decode("latin-1")] for name, value in request.headers],
        "body": request.body.decode("latin-1"),
        "peer": request.peer,
        "local": request.local,
        "secure": request.secure,
    }
    return Response(
        status=200, headers=((b"content-type", b"application/json"),), body=json.dumps(said).encode()
    )


@pytest.fixture(scope="session")
def server() -> Iterator[ServerThread]:
    """Give a server with the default limits."""
    with ServerThread(Door(echo, health_routes({"store": lambda: True}))) as running:
        yield running


@pytest.fixture(scope="session")
def hasty_server() -> Iterator[ServerThread]:
    """Give a server that waits for nobody."""
    limits = Limits(
        head_seconds=0.1, body_seconds=0.15, idle_seconds=0.2, write_seconds=0.2, linger_seconds=0.1
    )
    with ServerThread(Door(echo), limits=limits) as running:
        yield running
