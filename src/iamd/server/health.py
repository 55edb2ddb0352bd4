"""
Whether the server lives, and whether it can answer.

For load balancers and orchestrators: without authentication, and so without details.
"""

import json
from collections.abc import Callable, Mapping
from http import HTTPStatus

from iamd.http import Request, Response
from iamd.server.app import Handle, Routes

Check = Callable[[], bool]
"""Says at once, without raising, whether something works that requests need."""


def health_routes(checks: Mapping[str, Check]) -> Routes:
    """
    Return the pages of health.

    ``/_iamd/health/live`` answers 200 for as long as the process serves at all; ``/_iamd/health/ready``, and
    ``/_iamd/health``, answer 200 when each of *checks* says yes, and 503 otherwise, with the outcome of each by name.
    """

    async def live(_: Request) -> Response:
        return _json(HTTPStatus.OK, {"status": "live"})

    async def ready(_: Request) -> Response:
        outcomes = {name: check() for name, check in checks.items()}
        works = all(outcomes.values())
        return _json(
            HTTPStatus.OK if works else HTTPStatus.SERVICE_UNAVAILABLE,
            {
                "status": "ready" if works else "not ready",
                "checks": {name: "ok" if outcome else "failed" for name, outcome in outcomes.items()},
            },
        )

    pages: dict[bytes, Handle] = {
        b"/_iamd/health": ready,
        b"/_iamd/health/live": live,
        b"/_iamd/health/ready": ready,
    }
    return {(method, path): page for path, page in pages.items() for method in ("GET", "HEAD")}


def _json(status: HTTPStatus, content: object) -> Response:
    return Response(
        status=status,
        headers=((b"content-type", b"application/json"), (b"cache-control", b"no-store")),
        body=json.dumps(content).encode() + b"\n",
    )
