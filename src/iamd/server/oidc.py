"""
``GET /_iamd/oidc/ISSUER/.well-known/…``: what others verify identity tokens with.

The discovery document (OpenID Connect Discovery 1.0, section 4) and the key set (RFC 7517) of each account that issues
tokens, or did.  For everybody, without a signature, since there is nothing secret in them; and answered from memory.
"""

import asyncio
import json
import re
from collections.abc import Mapping
from datetime import datetime
from http import HTTPStatus
from typing import Any, Final

from iamd.clock import Clock
from iamd.directory.directory import Directory
from iamd.directory.load import Need
from iamd.directory.snapshots import IssuerSnapshot
from iamd.domain.outbound_federation import ISSUER_PATH
from iamd.domain.token_signing_keys import KEY_SET_SECONDS, SigningAlgorithm, is_published
from iamd.http import Request, Response
from iamd.operations.public_url import PublicUrl
from iamd.server.app import Routes
from iamd.store.errors import StoreError

PREFIX: Final = ISSUER_PATH.encode()
_DISCOVERY: Final = "/.well-known/openid-configuration"
_KEYS: Final = "/.well-known/jwks.json"
_UUID: Final = re.compile("[0-9a-f-]{36}")


def oidc_routes(directory: Directory, public_url: PublicUrl, clock: Clock) -> Routes:
    """Return the routes of these pages."""

    async def route(request: Request) -> Response:
        issuer_id, slash, page = request.raw_path.removeprefix(PREFIX).decode("latin-1").partition("/")
        url = public_url.find()
        if url is None or not _UUID.fullmatch(issuer_id) or slash + page not in {_DISCOVERY, _KEYS}:
            return _no_such_page()
        need = Need("issuer", issuer_id)
        try:
            found = directory.find(need) or await asyncio.get_running_loop().run_in_executor(
                None, directory.load, need
            )
        except StoreError:
            return _json(
                HTTPStatus.SERVICE_UNAVAILABLE, {"error": "the database does not answer"}, "no-store"
            )
        if not isinstance(found, IssuerSnapshot):
            return _no_such_page()
        document = (
            _discovery(found.federation.issuer(url))
            if slash + page == _DISCOVERY
            else _key_set(found, clock.now())
        )
        return _json(HTTPStatus.OK, document, f"public, max-age={KEY_SET_SECONDS}")

    return {(method, PREFIX): route for method in ("GET", "HEAD")}


def _discovery(issuer: str) -> dict[str, Any]:
    return {
        "issuer": issuer,
        "jwks_uri": issuer + _KEYS,
        "response_types_supported": ["id_token"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": [algorithm.value for algorithm in SigningAlgorithm],
        "claims_supported": ["iss", "aud", "sub", "iat", "exp", "jti", "https://sts.amazonaws.com/"],
    }


def _key_set(issuer: IssuerSnapshot, now: datetime) -> dict[str, Any]:
    return {"keys": [json.loads(key) for key, signs_until in issuer.keys if is_published(signs_until, now)]}


def _no_such_page() -> Response:
    return _json(HTTPStatus.NOT_FOUND, {"error": "no such page"}, "no-store")


def _json(status: HTTPStatus, document: Mapping[str, Any], caching: str) -> Response:
    return Response(
        status=status,
        headers=((b"content-type", b"application/json"), (b"cache-control", caching.encode())),
        body=json.dumps(document).encode() + b"\n",
    )
