"""The published documents of issuers; and the whole way of a token, from one account to a role of another."""

import http.client
import json
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet
from tests.support.answers import refusal
from tests.support.identity_tokens import DISCOVERY, document, fetch, key_ids
from tests.support.loops import LoopThread, loop_thread
from tests.support.world import ACCOUNT, ENDPOINT, Actor, Credentials, World, allow
from tests.support.world import document as policy

from iamd.http import Response
from iamd.secret import Secret
from iamd.server.app import Door
from iamd.server.oidc import oidc_routes
from iamd.server.run import ServerThread
from iamd.settings import Settings
from iamd.store.errors import StoreError

OTHER = "210987654321"
OTHER_KEY = ("AKIAOTHEREXAMPLE0000", "other/secret/access/key/of/the/tests/000")
PAGES = (DISCOVERY, "/.well-known/jwks.json")


def issuer_of(world: World) -> str:
    return str(world.root.iam.enable_outbound_web_identity_federation()["IssuerIdentifier"])


def headers_of(response: Response) -> dict[str, str]:
    return {name.decode(): value.decode() for name, value in response.headers}


def test_the_discovery_document(world: World) -> None:
    issuer = issuer_of(world)
    assert document(world, issuer + DISCOVERY) == {
        "issuer": issuer,
        "jwks_uri": f"{issuer}/.well-known/jwks.json",
        "response_types_supported": ["id_token"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256", "ES384"],
        "claims_supported": ["iss", "aud", "sub", "iat", "exp", "jti", "https://sts.amazonaws.com/"],
    }


def test_others_may_keep_them_for_a_while(world: World) -> None:
    path = issuer_of(world).removeprefix(ENDPOINT)
    for page in PAGES:
        response = fetch(world, path + page)
        assert headers_of(response) == {
            "content-type": "application/json",
            "cache-control": "public, max-age=3600",
        }
        assert fetch(world, path + page, "HEAD").status == 200
        assert fetch(world, path + page, "POST").status == 404


def test_nothing_private_is_published(world: World) -> None:
    """RFC 7518, sections 6.2.2 and 6.3.2: the members of private keys."""
    issuer = issuer_of(world)
    members = {name for key in document(world, f"{issuer}/.well-known/jwks.json")["keys"] for name in key}
    assert members == {"kty", "use", "alg", "kid", "n", "e", "crv", "x", "y"}


@pytest.mark.parametrize(
    "path",
    [
        "/_iamd/oidc/",
        "/_iamd/oidc/{id}",
        "/_iamd/oidc/{id}/",
        "/_iamd/oidc/{id}/.well-known/",
        "/_iamd/oidc/{id}/.well-known/jwks",
        "/_iamd/oidc/{id}/x/.well-known/jwks.json",
        "/_iamd/oidc/{id}/.well-known/jwks.json/",
        "/_iamd/oidc//.well-known/jwks.json",
        "/_iamd/oidc/{ID}/.well-known/jwks.json",
        "/_iamd/oidc/123456789012/.well-known/jwks.json",
        "/_iamd/oidc/\xff\x00'\"/.well-known/jwks.json",
        "/_iamd/oidc/" + "a" * 5000 + "/.well-known/jwks.json",
        "/_iamd/oidc/%7bid%7d/.well-known/jwks.json",
    ],
    ids=lambda path: path[:60],
)
def test_there_is_no_other_page(world: World, path: str) -> None:
    issuer_id = issuer_of(world).rpartition("/")[2]
    response = fetch(world, path.replace("{id}", issuer_id).replace("{ID}", issuer_id.upper()))
    assert (response.status, response.body) == (404, b'{"error": "no such page"}\n')
    assert headers_of(response)["cache-control"] == "no-store"


def test_pages_are_answered_from_memory(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever asks needs no proof, so that asking must cost little; and changes are seen at once."""
    issuer = issuer_of(world)
    before = key_ids(world, issuer)

    def fails(_: object) -> None:
        raise StoreError("lost")

    monkeypatch.setattr(world.app.store, "read", fails)
    assert key_ids(world, issuer) == before
    world.app.directory.clear()
    lost = fetch(world, issuer.removeprefix(ENDPOINT) + DISCOVERY)
    assert (lost.status, lost.body) == (503, b'{"error": "the database does not answer"}\n')


def test_a_server_that_knows_no_url_publishes_nothing(world: World, loop: LoopThread) -> None:
    issuer = issuer_of(world)
    world.app.tools.public_url._url = None
    assert fetch(world, issuer.removeprefix(ENDPOINT) + DISCOVERY).status == 404


def get(url: str) -> Any:
    """Fetch as any program does."""
    host, _, path = url.partition("://")[2].partition("/")
    connection = http.client.HTTPConnection(host, timeout=30)
    connection.request("GET", f"/{path}")
    answer = connection.getresponse()
    read = json.loads(answer.read())
    connection.close()
    assert answer.status == 200
    return read


def test_from_one_account_to_a_role_of_another(tmp_path: Any) -> None:
    """The token of a role session is taken by AssumeRoleWithWebIdentity, which finds the keys as for any issuer."""
    seed = tmp_path / "seed.json"
    key = {"id": OTHER_KEY[0], "secret": OTHER_KEY[1]}
    seed.write_text(json.dumps({"accounts": [{"id": OTHER, "root_access_key": key}]}))
    settings = Settings(
        account_id=ACCOUNT,
        root_access_key_id="AKIAROOTEXAMPLE00000",
        root_secret_access_key=Secret("root/secret/access/key/of/the/tests/0000"),
        seed=seed,
        port=0,
        allow_private_issuers=True,
    )
    with loop_thread() as loop:
        world = World(loop, settings)
        app = world.app
        routes = oidc_routes(app.directory, app.tools.public_url, app.clock)
        with ServerThread(Door(app.pipeline.handle, routes)) as server:
            app.tools.public_url.listening_at(server.url)
            _walk(world, server.url)
        world.close()


def _walk(world: World, url: str) -> None:
    issuer = issuer_of(world)
    assert issuer.startswith(f"{url}/_iamd/oidc/")
    name = issuer.partition("://")[2]
    theirs = Actor(world, Credentials(*OTHER_KEY))
    provider = theirs.iam.create_open_id_connect_provider(Url=issuer, ClientIDList=["partner"])
    subject = f"arn:aws:iam::{ACCOUNT}:role/worker"
    trust = allow(
        "sts:AssumeRoleWithWebIdentity",
        None,
        Principal={"Federated": provider["OpenIDConnectProviderArn"]},
        Condition={"StringEquals": {f"{name}:sub": subject, f"{name}:aud": "partner"}},
    )
    role = theirs.iam.create_role(RoleName="guest", AssumeRolePolicyDocument=policy(trust))["Role"]["Arn"]
    theirs.iam.put_role_policy(
        RoleName="guest", PolicyName="own", PolicyDocument=policy(allow("iam:ListUsers"))
    )

    ours = world.role("worker", {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, allow("sts:GetWebIdentityToken"))
    session = world.user("bob", allow("*")).assume(ours)
    nobody = world.client("sts", None)

    def enter(audience: str, algorithm: str) -> Any:
        asked = {"Audience": [audience], "SigningAlgorithm": algorithm}
        token = session.sts.get_web_identity_token(**asked)["WebIdentityToken"]
        # As a service does that has heard of OpenID Connect and not of iamd.
        keys = KeySet.import_key_set(get(get(issuer + DISCOVERY)["jwks_uri"]))
        assert jwt.decode(token, keys, algorithms=[algorithm]).claims["sub"] == subject
        return nobody.assume_role_with_web_identity(
            RoleArn=role, RoleSessionName="visit", WebIdentityToken=token
        )

    for algorithm in ("RS256", "ES384"):
        answer = enter("partner", algorithm)
        assert answer["SubjectFromWebIdentityToken"] == subject
        guest = Actor(world, Credentials.of(answer["Credentials"]))
        assert guest.sts.get_caller_identity()["Arn"] == f"arn:aws:sts::{OTHER}:assumed-role/guest/visit"
        assert guest.iam.list_users()["Users"] == []
    assert refusal(enter, audience="somebody", algorithm="ES384") == (
        "InvalidIdentityToken",
        "Incorrect token audience",
    )
