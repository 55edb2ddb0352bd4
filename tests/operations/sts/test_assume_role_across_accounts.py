"""
R-32: from another account both sides must allow, whomever the trust policy names (semantics 62, 65).

The roles are in the world's account; who assumes them is in another one.
"""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from tests.support.answers import arn, refusal
from tests.support.loops import LoopThread
from tests.support.world import ACCOUNT, Actor, Credentials, World, allow, deny, document

from iamd.secret import Secret
from iamd.settings import Settings

OTHERS = "210987654321"
ROOT_KEY = ("AKIAROOTEXAMPLE00000", "root/secret/access/key/of/the/tests/0000")

IDENTITIES: dict[str, list[dict[str, Any]]] = {
    "none": [],
    "allow": [allow("sts:AssumeRole")],
    "deny": [allow("sts:AssumeRole"), deny("sts:AssumeRole")],
    "bounded": [allow("sts:AssumeRole")],
}
TRUSTED = {
    "nobody of theirs": ACCOUNT,
    "account": OTHERS,
    "root": arn("root", OTHERS),
    "user": arn("user/{}", OTHERS),
    "everybody": "*",
    "denied": "*",
}
NO_TRUST = "no role trust policy allows"
DENIED_BY = {
    "trust": "an explicit deny in the role trust policy",
    "identity": "an explicit deny in an identity-based",
}
REASONS: dict[str, str | None] = {
    "none": "no identity-based policy allows",
    "allow": None,
    "deny": DENIED_BY["identity"],
    "bounded": "no permissions boundary allows",
}
# Who is not let in by the trust policy hears of that, unless their own policies deny it.
EXPECTED: dict[tuple[str, str], str | None] = {
    (trusted, identity): {
        "nobody of theirs": DENIED_BY["identity"] if identity == "deny" else NO_TRUST,
        "denied": DENIED_BY["identity"] if identity == "deny" else DENIED_BY["trust"],
    }.get(trusted, reason)
    for trusted in TRUSTED
    for identity, reason in REASONS.items()
}


@pytest.fixture(scope="module")
def both(loop: LoopThread, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Give a world with the other account in it, and a user there for each of `IDENTITIES`."""
    seed = tmp_path_factory.mktemp("both") / "seed.json"
    boundary = {"name": "edge", "document": json.loads(document(allow("s3:*")))}
    users = [
        {
            "name": name,
            "access_keys": [{}],
            "inline_policies": {"own": json.loads(document(*statements))} if statements else {},
            **({"permissions_boundary": "edge"} if name == "bounded" else {}),
        }
        for name, statements in IDENTITIES.items()
    ]
    seed.write_text(json.dumps({"accounts": [{"id": OTHERS, "policies": [boundary], "users": users}]}))
    settings = Settings(
        account_id=ACCOUNT,
        seed=seed,
        root_access_key_id=ROOT_KEY[0],
        root_secret_access_key=Secret(ROOT_KEY[1]),
    )
    world = World(loop, settings)
    yield world
    world.close()


def actor(world: World, name: str) -> Actor:
    (key,) = (planted.access_key for planted in world.app.planted if planted.owner == name)
    return Actor(world, Credentials(key.access_key_id, key.secret.reveal()), name)


@pytest.mark.parametrize(("trusted", "identity"), EXPECTED)
def test_both_sides_decide(both: World, trusted: str, identity: str) -> None:
    """R-07, R-32."""
    statement = {"AWS": TRUSTED[trusted].format(identity)}
    trust = [allow("sts:AssumeRole", None, Principal=statement)]
    if trusted == "denied":
        trust.append(deny("sts:AssumeRole", None, Principal={"AWS": OTHERS}))
    name = f"{trusted}-{identity}".replace(" ", "-")
    role = both.root.iam.create_role(RoleName=name, AssumeRolePolicyDocument=document(*trust))["Role"]
    caller, reason = actor(both, identity), EXPECTED[trusted, identity]
    if reason is None:
        assert caller.assume(role["Arn"]).sts.get_caller_identity()["Account"] == ACCOUNT
        return
    code, message = refusal(caller.sts.assume_role, RoleArn=role["Arn"], RoleSessionName="ss")
    assert code == "AccessDenied"
    assert reason in message


def test_a_role_of_the_same_name_is_not_the_one_that_is_trusted(both: World) -> None:
    """R-07: principals are compared by account, too."""
    trusting = document(allow("sts:AssumeRole", None, Principal={"AWS": arn("user/allow", OTHERS)}))
    role = both.root.iam.create_role(RoleName="theirs", AssumeRolePolicyDocument=trusting)["Role"]
    twin = both.user("allow", allow("sts:*"))
    code, message = refusal(twin.sts.assume_role, RoleArn=role["Arn"], RoleSessionName="ss")
    assert (code, NO_TRUST in message) == ("AccessDenied", True)
