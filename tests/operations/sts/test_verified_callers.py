"""
Programs that have somebody else vouched for by a presigned GetCallerIdentity, as aws-iam-authenticator, Vault and
Teleport do: they add a header of their own, which is signed, and ask for the answer in JSON.
"""

import json
from typing import Any
from urllib.parse import urlsplit

import pytest
from tests.support.world import ACCOUNT, World

from iamd.http import Request

CLUSTER = "x-k8s-aws-id"


def presigned(world: World, cluster: str) -> str:
    """Return a URL that says who the root is, to one cluster alone."""
    client = world.client("sts", world.root.credentials)

    def add_header(request: Any, **_: Any) -> None:
        request.headers.add_header(CLUSTER, cluster)

    client.meta.events.register("before-sign.sts.GetCallerIdentity", add_header)
    return str(client.generate_presigned_url("get_caller_identity", ExpiresIn=60, HttpMethod="GET"))


def verify(world: World, url: str, cluster: str, *accept: bytes) -> tuple[int, Any]:
    """Send *url* on as a verifier does, and return status and body."""
    parts = urlsplit(url)
    headers = (
        (b"host", parts.netloc.encode()),
        (CLUSTER.encode(), cluster.encode()),
        *((b"accept", value) for value in accept),
    )
    request = Request(
        method="GET", raw_path=parts.path.encode(), raw_query=parts.query.encode(), headers=headers
    )
    response = world.send(request)
    return response.status, json.loads(response.body) if accept else response.body


def test_a_caller_is_vouched_for_in_json(world: World) -> None:
    status, body = verify(world, presigned(world, "one"), "one", b"application/json")
    answer = body["GetCallerIdentityResponse"]
    assert (status, answer["GetCallerIdentityResult"]) == (
        200,
        {"UserId": ACCOUNT, "Account": ACCOUNT, "Arn": f"arn:aws:iam::{ACCOUNT}:root"},
    )
    assert list(answer["ResponseMetadata"]) == ["RequestId"]


def test_without_asking_for_json_it_is_xml(world: World) -> None:
    status, body = verify(world, presigned(world, "one"), "one")
    assert status == 200
    assert body.startswith(b"<GetCallerIdentityResponse ")


@pytest.mark.parametrize("told", ["two", ""])
def test_a_header_of_the_verifier_is_held_to(world: World, told: str) -> None:
    """R-06: what was signed for one cluster is good for no other."""
    status, body = verify(world, presigned(world, "one"), told, b"application/json")
    assert (status, body["Error"]["Code"]) == (403, "SignatureDoesNotMatch")


def test_times_are_seconds_since_1970(world: World) -> None:
    """As Kong reads them."""
    client = world.client("sts", world.root.credentials)
    url = client.generate_presigned_url("get_session_token", HttpMethod="GET")
    status, body = verify(world, url, "", b"application/json")
    expires = body["GetSessionTokenResponse"]["GetSessionTokenResult"]["Credentials"]["Expiration"]
    assert status == 200
    assert 0 < expires - world.clock.now().timestamp() <= 3600
