"""
Each edge of the trust graph agrees with real attempts: of random towns everybody asks for every role.

A town has users, groups, roles, boundaries, tags and policies that are made of few words, so that they often speak of each
other.  Conditions ask for an external id and the name of the session, and attempts have each of the values that matter.
"""

from collections import Counter
from collections.abc import Iterator
from itertools import product
from random import Random
from typing import Any, Final

import pytest
from botocore.exceptions import ClientError
from tests.support.loops import LoopThread
from tests.support.trusting import Held, details, held, of_files, told
from tests.support.world import ACCOUNT, Actor, World, allow, deny, document

pytestmark = pytest.mark.slow

USERS: Final = ("ann", "bob", "eve")
ROLES: Final = ("build", "deploy", "ops")
OPENER: Final = "opener"
TOWNS: Final = 5
EXTERNAL_IDS: Final = (None, "77", "88")
SESSIONS: Final = ("aa", "bb")

Attempts = dict[tuple[str, str], list[bool]]


def user_arn(name: str) -> str:
    return f"arn:aws:iam::{ACCOUNT}:user/{name}"


def role_arn(name: str) -> str:
    return f"arn:aws:iam::{ACCOUNT}:role/{name}"


def condition(rng: Random) -> dict[str, Any]:
    if rng.random() < 0.5:
        return {}
    team = rng.choice(["red", "blue", "${aws:PrincipalTag/team}"])
    return {
        "Condition": rng.choice(
            [
                {"StringEquals": {"sts:ExternalId": rng.choice(["77", "88"])}},
                {"StringNotEquals": {"sts:externalId": "88"}},
                {"Null": {"sts:ExternalId": rng.choice(["true", "false"])}},
                {"StringLike": {"sts:RoleSessionName": rng.choice(["a*", "?b"])}},
                {"StringEquals": {"aws:PrincipalTag/team": rng.choice(["red", "blue"])}},
                {"StringEqualsIfExists": {"aws:ResourceTag/team": team}},
                {"ArnLike": {"aws:PrincipalArn": f"arn:aws:iam::*:{rng.choice(['user', 'role'])}/*"}},
                {"Bool": {"aws:MultiFactorAuthPresent": "true"}},
                {"StringEquals": {"aws:PrincipalType": rng.choice(["User", "AssumedRole"])}},
                {"StringEquals": {"aws:SourceAccount": ACCOUNT}},
                {"StringNotEquals": {"aws:PrincipalAccount": ACCOUNT}},
            ]
        )
    }


def resource(rng: Random) -> str:
    return rng.choice(
        ["*", role_arn("*"), role_arn("?*o*"), role_arn("${aws:PrincipalTag/job}"), *map(role_arn, ROLES)]
    )


def identity_policy(rng: Random) -> str:
    statements = []
    for _ in range(rng.choice([1, 1, 2])):
        make = deny if rng.random() < 0.25 else allow
        action = rng.choice(["sts:AssumeRole", "sts:*", "sts:Assume*", "*", "iam:*"])
        statements.append(make(action, resource(rng), **condition(rng)))
    return document(*statements)


def trust_policy(rng: Random) -> str:
    statements = [allow("sts:AssumeRole", None, Principal={"AWS": user_arn(OPENER)})]
    names = [
        ACCOUNT,
        f"arn:aws:iam::{ACCOUNT}:root",
        "*",
        *map(user_arn, USERS),
        *map(role_arn, ROLES),
        *(f"arn:aws:sts::{ACCOUNT}:assumed-role/{name}/asking" for name in ROLES),
    ]
    for _ in range(rng.choice([1, 2])):
        make = deny if rng.random() < 0.15 else allow
        principals = rng.sample(names, rng.choice([1, 2, 3]))
        statements.append(make("sts:AssumeRole", None, Principal={"AWS": principals}, **condition(rng)))
    return document(*statements)


def tags(rng: Random) -> list[dict[str, str]]:
    found = [{"Key": "team", "Value": rng.choice(["red", "blue"])}] if rng.random() < 0.6 else []
    return [*found, {"Key": "job", "Value": rng.choice(ROLES)}] if rng.random() < 0.5 else found


def settle(world: World, rng: Random) -> dict[str, Actor]:
    """Make a town, and return its users."""
    iam = world.root.iam
    boundary = iam.create_policy(PolicyName="boundary", PolicyDocument=identity_policy(rng))["Policy"]["Arn"]
    shared = iam.create_policy(PolicyName="shared", PolicyDocument=identity_policy(rng))["Policy"]["Arn"]
    iam.create_group(GroupName="crew")
    iam.put_group_policy(GroupName="crew", PolicyName="test", PolicyDocument=identity_policy(rng))
    users = {OPENER: world.user(OPENER)}
    for name in USERS:
        bounded = {"PermissionsBoundary": boundary} if rng.random() < 0.25 else {}
        users[name] = world.user(name, Tags=tags(rng), **bounded)
        if rng.random() < 0.5:
            iam.add_user_to_group(GroupName="crew", UserName=name)
        if rng.random() < 0.7:
            iam.put_user_policy(UserName=name, PolicyName="test", PolicyDocument=identity_policy(rng))
        if rng.random() < 0.3:
            iam.attach_user_policy(UserName=name, PolicyArn=shared)
    nobody = document(allow("sts:AssumeRole", None, Principal={"AWS": ACCOUNT}))
    for name in ROLES:
        bounded = {"PermissionsBoundary": boundary} if rng.random() < 0.25 else {}
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=nobody, Tags=tags(rng), **bounded)
        if rng.random() < 0.7:
            iam.put_role_policy(RoleName=name, PolicyName="test", PolicyDocument=identity_policy(rng))
    for name in ROLES:
        iam.update_assume_role_policy(RoleName=name, PolicyDocument=trust_policy(rng))
    return users


def assumed(actor: Actor, role: str, session: str, external_id: str | None) -> Actor | None:
    """Return a session of a role, or None when it is refused."""
    more = {} if external_id is None else {"ExternalId": external_id}
    try:
        return actor.assume(role_arn(role), session, **more)
    except ClientError as error:
        if error.response["Error"]["Code"] != "AccessDenied":
            raise
        return None


def askers(users: dict[str, Actor]) -> Iterator[tuple[str, list[Actor]]]:
    """Yield everybody: users, and of each role two sessions, one of which has a name that trust policies know."""
    for name in USERS:
        yield name, [users[name]]
    for role in ROLES:
        sessions = [
            assumed(users[OPENER], role, session, "77") or assumed(users[OPENER], role, session, None)
            for session in ("asking", "other")
        ]
        found = [session for session in sessions if session is not None]
        if found:
            yield role, found


def attempts(users: dict[str, Actor]) -> Attempts:
    """Return what came of every attempt of everybody at every role."""
    return {
        (name, role): [
            assumed(actor, role, session, external_id) is not None
            for actor, session, external_id in product(actors, SESSIONS, EXTERNAL_IDS)
        ]
        for name, actors in askers(users)
        for role in ROLES
    }


def agreement(edges: Held, came: Attempts) -> Counter[tuple[str, str]]:
    """Count pairs by what the graph says and by what came of attempts: of none, some or all."""
    seen: Counter[tuple[str, str]] = Counter()
    for pair, results in came.items():
        outcome = "all" if all(results) else "some" if any(results) else "none"
        seen[edges.get(pair, "never"), outcome] += 1
    return seen


@pytest.fixture(scope="module")
def seen(loop: LoopThread) -> Counter[tuple[str, str]]:
    counted: Counter[tuple[str, str]] = Counter()
    for number in range(TOWNS):
        world = World(loop)
        users = settle(world, Random(number))  # noqa: S311  to be repeated, not to be secret
        edges = held(told(world))
        # What a file of AWS's form tells is the same.
        assert held(of_files(world, *details(world.root))) == edges
        counted += agreement(edges, attempts(users))
        world.close()
    return counted


@pytest.mark.parametrize(
    "contradiction",
    [("always", "some"), ("always", "none"), ("never", "some"), ("never", "all")],
    ids="-".join,
)
def test_no_attempt_contradicts_the_graph(
    seen: Counter[tuple[str, str]], contradiction: tuple[str, str]
) -> None:
    assert seen[contradiction] == 0


def test_the_towns_have_everything(seen: Counter[tuple[str, str]]) -> None:
    """Hold the generator to its task."""
    assert min(seen["always", "all"], seen["never", "none"], seen["conditionally", "some"]) > 5
