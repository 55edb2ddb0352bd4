"""
Whether the server lives, and whether it can answer.

For load balancers and orchestrators: without authentication, and so without details.
"""

import json
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Final

from iamd.http import Request, Response
from iamd.server.app import Handle, Routes

Check = Callable[[], bool | str]
"""
Says at once, without raising, whether something works that requests need; or, in a word, how well: whatever is not
``failed`` does not keep the server from answering.
"""

_FAILED: Final = "failed"


def health_routes(checks: Mapping[str, Check]) -> Routes:
    """
    Return the pages of health.

    ``/_iamd/health/live`` answers 200 for as long as the process serves at all; ``/_iamd/health/ready``, and
    ``/_iamd/health``, answer 200 when nothing of *checks* has failed, and 503 otherwise, with the outcome of each by name.
    The store is ``stale`` while the database does not answer and requests are still answered from memory.
    """

    async def live(_: Request) -> Response:
        return _json(HTTPStatus.OK, {"status": "live"})

    async def ready(_: Request) -> Response:
        outcomes = {name: _word(check()) for name, check in checks.items()}
        works = _FAILED not in outcomes.values()
        return _json(
            HTTPStatus.OK if works else HTTPStatus.SERVICE_UNAVAILABLE,
            {
                "status": "ready" if works else "not ready",
                "checks": outcomes,
            },
        )

    pages: dict[bytes, Handle] = {
        b"/_iamd/health": ready,
        b"/_iamd/health/live": live,
        b"/_iamd/health/ready": ready,
    }
    return {(method, path): page for path, page in pages.items() for method in ("GET", "HEAD")}


def _word(outcome: bool | str) -> str:
    return outcome if isinstance(outcome, str) else "ok" if outcome else _FAILED


def _json(status: HTTPStatus, content: object) -> Response:
    return Response(
        status=status,
        headers=((b"content-type", b"application/json"), (b"cache-control", b"no-store")),
        body=json.dumps(content).encode() + b"\n",
    )
