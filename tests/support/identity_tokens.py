"""What others see of a world's identity tokens: its published documents, and a library that verifies with them."""

import json
from typing import Any

from joserfc import jwt
from joserfc.jwk import KeySet
from tests.support.world import ENDPOINT, World

from iamd.http import Request, Response
from iamd.server.app import Door
from iamd.server.oidc import oidc_routes

NAMESPACE = "https://sts.amazonaws.com/"
DISCOVERY = "/.well-known/openid-configuration"


def fetch(world: World, path: str, method: str = "GET") -> Response:
    """Ask for a page without any proof, as its server would answer."""
    app = world.app
    routes = oidc_routes(app.directory, app.tools.public_url, app.clock)
    door = Door(app.pipeline.handle, routes)
    response: Response = world.loop.run(door._own(Request(method=method, raw_path=path.encode())))
    return response


def document(world: World, url: str) -> dict[str, Any]:
    """Return the JSON that *url* leads to; it must be there."""
    response = fetch(world, url.removeprefix(ENDPOINT))
    assert response.status == 200, response.body
    read: dict[str, Any] = json.loads(response.body)
    return read


def published_keys(world: World, issuer: str) -> list[dict[str, Any]]:
    """Find the keys as OpenID Connect Discovery has it."""
    keys: list[dict[str, Any]] = document(world, document(world, issuer + DISCOVERY)["jwks_uri"])["keys"]
    return keys


def key_ids(world: World, issuer: str) -> list[str]:
    return [key["kid"] for key in published_keys(world, issuer)]


def verified(world: World, token: str, issuer: str) -> jwt.Token:
    """Return header and claims of a token that the published keys verify."""
    keys = KeySet.import_key_set({"keys": published_keys(world, issuer)})
    return jwt.decode(token, keys, algorithms=["RS256", "ES384"])
