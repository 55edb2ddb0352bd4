"""Outbound federation: on, off, and as which issuer."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from tests.support.answers import arn, content, denial, refusal
from tests.support.identity_tokens import key_ids, verified
from tests.support.loops import LoopThread
from tests.support.world import ACCOUNT, ENDPOINT, Actor, Credentials, World, allow

from iamd.secret import Secret
from iamd.settings import Settings

ISSUER = re.compile(
    re.escape(ENDPOINT) + "/_iamd/oidc/[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
)
DISABLED = ("FeatureDisabled", "Outbound web identity federation is disabled for your account")
ENABLED = ("FeatureEnabled", "Outbound web identity federation is already enabled for your account")
NO_TOKENS = (
    "OutboundWebIdentityFederationDisabledException",
    "Outbound web identity federation is disabled for your account",
)
ASKED = {"Audience": ["service"], "SigningAlgorithm": "ES384"}
OPERATIONS = {
    "enable_outbound_web_identity_federation": "iam:EnableOutboundWebIdentityFederation",
    "get_outbound_web_identity_federation_info": "iam:GetOutboundWebIdentityFederationInfo",
    "disable_outbound_web_identity_federation": "iam:DisableOutboundWebIdentityFederation",
}


def settings(**changes: Any) -> Settings:
    given: dict[str, Any] = {
        "account_id": ACCOUNT,
        "root_access_key_id": "AKIAROOTEXAMPLE00000",
        "root_secret_access_key": Secret("root/secret/access/key/of/the/tests/0000"),
    }
    return Settings(**given | changes)


@pytest.fixture
def worlds(loop: LoopThread) -> Iterator[Any]:
    """Give a function that makes a world with some settings."""
    made: list[World] = []

    def make(**changes: Any) -> World:
        made.append(World(loop, settings(**changes)))
        return made[-1]

    yield make
    for world in made:
        world.close()


def test_from_on_to_off_and_on_again(world: World, root: Actor) -> None:
    """The issuer stays: what trusts it is elsewhere.  Off, what was issued is good until it expires."""
    iam, sts = root.iam, root.sts
    assert refusal(iam.get_outbound_web_identity_federation_info) == DISABLED
    assert refusal(iam.disable_outbound_web_identity_federation) == DISABLED
    assert refusal(sts.get_web_identity_token, **ASKED) == NO_TOKENS

    answer = content(iam.enable_outbound_web_identity_federation())
    issuer = answer["IssuerIdentifier"]
    assert answer == {"IssuerIdentifier": issuer}
    assert ISSUER.fullmatch(issuer)
    assert refusal(iam.enable_outbound_web_identity_federation) == ENABLED
    told = {"IssuerIdentifier": issuer, "JwtVendingEnabled": True}
    assert content(iam.get_outbound_web_identity_federation_info()) == told
    token = sts.get_web_identity_token(**ASKED)["WebIdentityToken"]
    keys = key_ids(world, issuer)

    assert content(iam.disable_outbound_web_identity_federation()) == {}
    assert refusal(iam.disable_outbound_web_identity_federation) == DISABLED
    assert refusal(iam.get_outbound_web_identity_federation_info) == DISABLED
    assert refusal(sts.get_web_identity_token, **ASKED) == NO_TOKENS
    assert verified(world, token, issuer).claims["aud"] == "service"

    assert content(iam.enable_outbound_web_identity_federation()) == {"IssuerIdentifier": issuer}
    assert content(iam.get_outbound_web_identity_federation_info()) == told
    assert key_ids(world, issuer) == keys


@pytest.mark.parametrize("operation", OPERATIONS)
def test_each_needs_its_permission(world: World, operation: str) -> None:
    action = OPERATIONS[operation]
    world.root.iam.enable_outbound_web_identity_federation()
    outsider = world.user("outsider", {"Effect": "Allow", "NotAction": action, "Resource": "*"})
    assert refusal(getattr(outsider.iam, operation)) == denial(arn("user/outsider"), action, "*")
    insider = world.user("insider", allow(action))
    if operation.startswith("enable"):
        assert refusal(insider.iam.enable_outbound_web_identity_federation) == ENABLED
    else:
        getattr(insider.iam, operation)()


def test_nobody_has_a_key_made_who_may_not_ask_for_one(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """R-22: a key takes a tenth of a second of somebody's processor."""
    made: list[str] = []
    monkeypatch.setattr(
        "iamd.operations.iam.outbound_federation.new_keys", lambda account_id, *_: made.append(account_id)
    )
    nobody = world.user("nobody")
    assert refusal(nobody.iam.enable_outbound_web_identity_federation)[0] == "AccessDenied"
    assert made == []


def test_each_account_is_an_issuer_of_its_own(worlds: Any, tmp_path: Any) -> None:
    other = "210987654321"
    seed = tmp_path / "seed.yaml"
    key = {"id": "AKIAOTHEREXAMPLE0000", "secret": "other/secret/access/key/of/tests"}
    seed.write_text(f"accounts: [{{id: '{other}', root_access_key: {key}}}]")
    world = worlds(seed=seed)
    theirs = world.client("iam", Credentials(key["id"], key["secret"]))
    first = world.root.iam.enable_outbound_web_identity_federation()["IssuerIdentifier"]
    assert refusal(theirs.get_outbound_web_identity_federation_info) == DISABLED
    second = theirs.enable_outbound_web_identity_federation()["IssuerIdentifier"]
    assert first != second
    assert set(key_ids(world, first)) & set(key_ids(world, second)) == set()


def test_the_operator_says_what_others_know_the_server_by(worlds: Any) -> None:
    world = worlds(public_url="https://iamd.example.com")
    issuer = world.root.iam.enable_outbound_web_identity_federation()["IssuerIdentifier"]
    assert issuer.startswith("https://iamd.example.com/_iamd/oidc/")


@pytest.mark.parametrize(
    ("host", "port", "listening", "expected"),
    [
        ("127.0.0.1", 4263, "http://127.0.0.1:4263", "http://127.0.0.1:4263"),
        ("::1", 4263, "http://[::1]:4263", "http://[::1]:4263"),
        ("iamd.internal", 80, "http://10.0.0.1:80", "http://iamd.internal:80"),
        ("127.0.0.1", 0, "http://127.0.0.1:34567", "http://127.0.0.1:34567"),
        ("0.0.0.0", 4263, "http://0.0.0.0:4263", None),  # noqa: S104  to be told apart
        ("::", 0, "http://[::]:34567", None),
    ],
)
def test_without_that_it_is_where_the_server_listens(
    worlds: Any, host: str, port: int, listening: str, expected: str | None
) -> None:
    """An address that is every address is none: an issuer that nobody reaches verifies nothing."""
    world = worlds(host=host, port=port)
    world.app.tools.public_url.listening_at(listening)
    iam = world.root.iam
    if expected is None:
        refused = refusal(iam.enable_outbound_web_identity_federation)
        assert refused[0] == "UnsupportedOperation"
        assert "`public_url`" in refused[1]
        assert refusal(iam.get_outbound_web_identity_federation_info) == DISABLED
    else:
        issuer = iam.enable_outbound_web_identity_federation()["IssuerIdentifier"]
        assert issuer.startswith(f"{expected}/_iamd/oidc/")


def test_what_is_not_known_yet_makes_no_issuer(worlds: Any) -> None:
    world = worlds(port=0)
    assert refusal(world.root.iam.enable_outbound_web_identity_federation)[0] == "UnsupportedOperation"
